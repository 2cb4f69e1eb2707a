//! Where a session outlives its program: the secret in the keychain, whose it is in the settings, and a lock over both,
//! because the window and the command line share them.

use super::account::SignedIn;
use super::keychain::{Account, Entry, Kept};
use super::{Keeping, Keychain, KeychainError, lock};
use crate::{ClientError, Home, Settings};

/// The keychain, and the home folder of settings and lock. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct KeptSession {
    pub(super) keychain: Keychain,
    pub(super) home: Home,
}

impl KeptSession {
    /// The account that was used last; unreadable settings name none, and say so where they are read for themselves.
    pub(super) fn account(&self) -> Option<Account> {
        let settings = Settings::load(&self.home).ok()?;
        Some(Account {
            server: settings.server?,
            email: settings.email?,
        })
    }

    /// Writes keychain and settings. `false` where the session stays in memory.
    pub(super) async fn keep(
        &self,
        account: &Account,
        signed_in: &SignedIn,
        keeping: Keeping,
    ) -> Result<bool, ClientError> {
        let entry = Entry {
            kept: signed_in.kept.clone(),
            user: signed_in.user.clone(),
        };
        let _lock = lock::take(&self.home).await;
        let is_kept = match (self.keychain.write(account, &entry).await, keeping) {
            (Ok(()), _) => true,
            (Err(error), Keeping::KeychainOrMemory) => {
                tracing::warn!(%error, "the session is kept in memory only");
                false
            }
            (Err(error), Keeping::KeychainOnly) => return Err(error.into()),
        };
        if let Err(error) = self.remember(account) {
            // Without the settings nobody would find the entry again.
            if is_kept && let Err(error) = self.keychain.erase(account).await {
                tracing::warn!(%error, "a session that nobody will find stays in the keychain");
            }
            return Err(error);
        }
        Ok(is_kept)
    }

    /// Reads and erases an account's entry while no other process renews it. `was_current`: this process knows that there
    /// was one, so that it is erased even if it cannot be read.
    pub(super) async fn take_out(
        &self,
        account: &Account,
        was_current: bool,
    ) -> (Option<Kept>, Result<(), KeychainError>) {
        let _lock = lock::take(&self.home).await;
        match self.keychain.read(account).await {
            Ok(Some(entry)) => (Some(entry.kept), self.keychain.erase(account).await),
            // Nothing can be kept where there is no keychain.
            Ok(None) | Err(KeychainError::Absent) => (None, Ok(())),
            Err(KeychainError::Garbled) => (None, self.keychain.erase(account).await),
            Err(error) if was_current => {
                tracing::warn!(%error, "the keychain could not be asked at sign-out");
                (None, self.keychain.erase(account).await)
            }
            Err(error) => (None, Err(error)),
        }
    }

    /// Erases the entry of the account that was used before another one signed in.
    pub(super) async fn forget(&self, account: &Account) {
        if let (_, Err(error)) = self.take_out(account, false).await {
            tracing::warn!(%error, "the session of the account before stays in the keychain");
        }
    }

    /// Writes down who signed in where.
    fn remember(&self, account: &Account) -> Result<(), ClientError> {
        let mut settings = Settings::load(&self.home)?;
        settings.server = Some(account.server.clone());
        settings.email = Some(account.email.clone());
        settings.save(&self.home)
    }
}
