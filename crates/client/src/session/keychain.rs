//! The operating system's keychain, behind a time limit: it may ask its user something, or never answer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wire::{Secret, User};

use super::ServerOrigin;
use super::provider::Grant;
use crate::home::APPLICATION;

/// Longest wait for the keychain.
const LIMIT: Duration = Duration::from_secs(5);

/// The keychain could not be used. Holds nothing that was kept in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeychainError {
    /// This computer runs none, or none that we know.
    #[error("there is no keychain here")]
    Absent,
    /// It is there and refuses: locked, or without a place for new entries.
    #[error("the keychain refuses: {0}")]
    Refused(String),
    /// It did not answer in time.
    #[error("the keychain did not answer within {} s", LIMIT.as_secs())]
    Silent,
    /// What it holds under our name is not ours.
    #[error("the keychain's entry is garbled")]
    Garbled,
}

/// Where secrets are kept. Calls may block; whoever implements it need not limit their time.
pub trait SecretStore: Send + Sync + fmt::Debug {
    /// The secret of an account, if there is one.
    fn read(&self, account: &str) -> Result<Option<Secret>, KeychainError>;
    /// Keeps a secret in place of the one before.
    fn write(&self, account: &str, secret: &Secret) -> Result<(), KeychainError>;
    /// Forgets an account; one that isn't there is forgotten already.
    fn erase(&self, account: &str) -> Result<(), KeychainError>;
}

/// A keychain. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Keychain {
    store: Arc<dyn SecretStore>,
    limit: Duration,
}

impl Keychain {
    /// The operating system's own: Keychain (macOS), Credential Manager (Windows), Secret Service (elsewhere).
    pub fn system() -> Self {
        Self::over(Arc::new(System))
    }

    /// Another store in its place.
    pub fn over(store: Arc<dyn SecretStore>) -> Self {
        Self {
            store,
            limit: LIMIT,
        }
    }

    /// What is kept for an account. An entry that cannot be understood is an error, not an absence.
    pub(super) async fn read(&self, account: &Account) -> Result<Option<Entry>, KeychainError> {
        let name = account.to_string();
        let Some(text) = self.within_limit(move |store| store.read(&name)).await? else {
            return Ok(None);
        };
        serde_json::from_str(text.expose())
            .map(Some)
            .map_err(|_| KeychainError::Garbled)
    }

    /// Keeps this for an account.
    pub(super) async fn write(
        &self,
        account: &Account,
        entry: &Entry,
    ) -> Result<(), KeychainError> {
        let name = account.to_string();
        let text = serde_json::to_string(entry).map_err(|_| KeychainError::Garbled)?;
        self.within_limit(move |store| store.write(&name, &Secret::from(text)))
            .await
    }

    /// Forgets an account.
    pub(super) async fn erase(&self, account: &Account) -> Result<(), KeychainError> {
        let name = account.to_string();
        self.within_limit(move |store| store.erase(&name)).await
    }

    /// Runs a blocking call off the async threads. One that outlives the limit is left to itself.
    async fn within_limit<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn SecretStore) -> Result<T, KeychainError> + Send + 'static,
    ) -> Result<T, KeychainError> {
        let store = Arc::clone(&self.store);
        let running = tokio::task::spawn_blocking(move || call(store.as_ref()));
        match tokio::time::timeout(self.limit, running).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(KeychainError::Refused("its library failed".to_owned())),
            Err(_) => Err(KeychainError::Silent),
        }
    }
}

/// Whose entry: `<origin>|<email>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) server: ServerOrigin,
    pub(crate) email: String,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}", self.server, self.email)
    }
}

/// What outlives the process, and what it takes to show whose it is before the server has been asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    #[serde(flatten)]
    pub(crate) kept: Kept,
    pub(crate) user: User,
}

/// The part of a session that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "lowercase")]
pub(crate) enum Kept {
    /// Exchanged for an access token, and for its own successor.
    Refresh(Secret),
    /// Exchanged like that, at the provider that gave it.
    Provider(Grant),
    /// An access token that was pasted, or that a deployment returns without a refresh token.
    Token(Secret),
    /// `name=value` of the session's cookies.
    Cookie(Secret),
}

/// The keychain of the operating system.
#[derive(Debug)]
struct System;

impl SecretStore for System {
    fn read(&self, account: &str) -> Result<Option<Secret>, KeychainError> {
        match entry(account)?.get_secret() {
            Ok(bytes) => String::from_utf8(bytes)
                .map(|text| Some(Secret::from(text)))
                .map_err(|_| KeychainError::Garbled),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(refusal(&error)),
        }
    }

    fn write(&self, account: &str, secret: &Secret) -> Result<(), KeychainError> {
        // As bytes: Windows stores texts in UTF-16, which halves what fits into an entry.
        let kept = entry(account)?.set_secret(secret.expose().as_bytes());
        kept.map_err(|error| refusal(&error))
    }

    fn erase(&self, account: &str) -> Result<(), KeychainError> {
        match entry(account)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(refusal(&error)),
        }
    }
}

fn entry(account: &str) -> Result<keyring::Entry, KeychainError> {
    keyring::Entry::new(APPLICATION, account).map_err(|error| refusal(&error))
}

/// Some of the library's errors carry the entry's bytes: only those that cannot are put into words.
fn refusal(error: &keyring::Error) -> KeychainError {
    match error {
        keyring::Error::NoDefaultStore => KeychainError::Absent,
        keyring::Error::BadEncoding(_) | keyring::Error::BadDataFormat(..) => {
            KeychainError::Garbled
        }
        keyring::Error::Ambiguous(entries) => {
            KeychainError::Refused(format!("{} entries have the same name", entries.len()))
        }
        other => KeychainError::Refused(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, mpsc};

    use super::*;

    #[test]
    fn an_entry_is_small_tagged_json_and_survives_the_round_trip() {
        let entry = Entry {
            kept: Kept::Refresh(Secret::from("r-1")),
            user: serde_json::from_str(
                r#"{"id":"u1","email":"anna@example.com","name":"Anna","role":"USER","tenantId":"t1"}"#,
            )
            .unwrap(),
        };
        let text = serde_json::to_string(&entry).unwrap();
        assert_eq!(
            text,
            r#"{"kind":"refresh","value":"r-1","user":{"id":"u1","email":"anna@example.com","name":"Anna","role":"USER","tenantId":"t1"}}"#
        );
        assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), entry);
        assert!(!format!("{entry:?}").contains("r-1"));
    }

    #[test]
    fn errors_of_the_library_lose_the_entrys_bytes() {
        let garbled = keyring::Error::BadEncoding(b"canary".to_vec());
        assert!(matches!(refusal(&garbled), KeychainError::Garbled));
        assert!(matches!(
            refusal(&keyring::Error::NoDefaultStore),
            KeychainError::Absent
        ));
    }

    /// Answers once the test is over.
    #[derive(Debug)]
    struct Stuck(Mutex<mpsc::Receiver<()>>);

    impl SecretStore for Stuck {
        fn read(&self, _: &str) -> Result<Option<Secret>, KeychainError> {
            let ended = self.0.lock().unwrap().recv();
            ended.map(|()| None).map_err(|_| KeychainError::Absent)
        }
        fn write(&self, _: &str, _: &Secret) -> Result<(), KeychainError> {
            Err(KeychainError::Absent)
        }
        fn erase(&self, _: &str) -> Result<(), KeychainError> {
            Err(KeychainError::Absent)
        }
    }

    #[tokio::test]
    async fn a_keychain_that_does_not_answer_is_given_up() {
        let (end, ended) = mpsc::channel();
        let keychain = Keychain {
            store: Arc::new(Stuck(Mutex::new(ended))),
            limit: Duration::from_millis(20),
        };
        let account = Account {
            server: ServerOrigin::parse("https://recordings.example").unwrap(),
            email: "anna@example.com".to_owned(),
        };
        let read = keychain.read(&account).await;
        assert!(matches!(read, Err(KeychainError::Silent)), "{read:?}");
        drop(end);
    }
}
