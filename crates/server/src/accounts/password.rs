//! Passwords, stretched by Argon2id with the parameters that OWASP names first (19 MiB, two passes, one lane).
//! Source: <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>

use std::fmt;
use std::sync::Arc;

use argon2::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use wire::Secret;

use super::stretching::{CONCURRENT_STRETCHINGS, InKeptMemory, on_a_stretching_thread};

/// Random characters of a password that we make up: 62^20 is about 2^119.
const MADE_UP_CHARACTERS: usize = 20;

/// A password could not be stretched.
#[derive(Debug, thiserror::Error)]
pub enum StretchError {
    /// Argon2 refused.
    #[error("argon2 failed: {0}")]
    Argon2(argon2::password_hash::Error),
    /// The thread that did it is gone.
    #[error("the stretching thread ended early")]
    Thread,
    /// The system gives no thread for it.
    #[error("there is no thread to stretch on")]
    NoThread(#[source] std::io::Error),
    /// The server is shutting down.
    #[error("no stretching is started any more")]
    Closed,
}

/// Whether a password belongs to a hash (a PHC string): Argon2, but for a test that counts.
type Verify = dyn Fn(&Secret, &str) -> bool + Send + Sync;

/// Stretches and verifies, a few at a time and off the async threads.
#[derive(Clone)]
pub(crate) struct Passwords {
    gate: Arc<Semaphore>,
    verify: Arc<Verify>,
    /// The hash of a password that nobody has: verified when there is no account, so that an unknown address takes as
    /// long as a wrong password.
    decoy: Arc<str>,
}

impl Passwords {
    /// Stretches the decoy, which takes a moment.
    pub(crate) async fn prepare() -> Result<Self, StretchError> {
        Self::verifying_by(belongs).await
    }

    /// With another way to verify: a test counts what is asked of it.
    pub(crate) async fn verifying_by(
        verify: impl Fn(&Secret, &str) -> bool + Send + Sync + 'static,
    ) -> Result<Self, StretchError> {
        let decoy = stretch(made_up()).await?;
        Ok(Self {
            gate: Arc::new(Semaphore::new(CONCURRENT_STRETCHINGS)),
            verify: Arc::new(verify),
            decoy: decoy.into(),
        })
    }

    /// A hash for an account that has no password: nobody's belongs to it.
    pub(crate) fn nobodys_hash(&self) -> &str {
        &self.decoy
    }

    /// Whether the password belongs to the hash. Without a hash it never does, and takes as long to say so.
    pub(crate) async fn verify(
        &self,
        password: Secret,
        hash: Option<String>,
    ) -> Result<bool, StretchError> {
        let permit = Arc::clone(&self.gate)
            .acquire_owned()
            .await
            .map_err(|_closed| StretchError::Closed)?;
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.decoy.to_string());
        let verify = Arc::clone(&self.verify);
        let matches = on_a_stretching_thread(move || {
            // Held by the thread: a caller who hangs up ends the waiting, not the stretching.
            let _permit = permit;
            verify(&password, &hash)
        })
        .await?;
        Ok(matches && known)
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passwords")
    }
}

fn belongs(password: &Secret, hash: &str) -> bool {
    InKeptMemory
        .verify_password(password.expose().as_bytes(), hash)
        .is_ok()
}

/// Stretches a password into a PHC string.
pub(crate) async fn stretch(password: Secret) -> Result<String, StretchError> {
    on_a_stretching_thread(move || {
        InKeptMemory
            .hash_password(password.expose().as_bytes())
            .map(|hash| hash.to_string())
            .map_err(StretchError::Argon2)
    })
    .await?
}

/// A password that nobody could guess.
pub(crate) fn made_up() -> Secret {
    use rand::RngExt as _;
    let characters: String = rand::rng()
        .sample_iter(rand::distr::Alphanumeric)
        .take(MADE_UP_CHARACTERS)
        .map(char::from)
        .collect();
    Secret::from(characters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stretching_counts_until_it_ends_whoever_hangs_up() {
        let passwords = Passwords::prepare().await.unwrap();
        let verifying = passwords.verify(Secret::from("correct horse"), None);
        let hung_up = tokio::time::timeout(std::time::Duration::ZERO, verifying).await;
        assert!(hung_up.is_err());
        assert_eq!(
            passwords.gate.available_permits(),
            CONCURRENT_STRETCHINGS - 1
        );
        let all = u32::try_from(CONCURRENT_STRETCHINGS).unwrap();
        let _both = passwords.gate.acquire_many(all).await.unwrap();
    }

    #[tokio::test]
    async fn only_the_right_password_of_a_known_account_is_right() {
        let passwords = Passwords::prepare().await.unwrap();
        let hash = stretch(Secret::from("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        for (password, hash, expected) in [
            ("correct horse", Some(hash.clone()), true),
            ("correct horsE", Some(hash), false),
            ("correct horse", None, false),
            ("correct horse", Some("not a hash".to_owned()), false),
        ] {
            let right = passwords
                .verify(Secret::from(password), hash)
                .await
                .unwrap();
            assert_eq!(right, expected);
        }
    }
}
