//! The account's keys at this moment, and how long they live.
//!
//! A presigned URL dies with the keys that signed it, so the keys whose expiry is read must be the very keys that sign:
//! they are resolved here, kept, and handed to each operation, past the SDK's own cache.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as Keys;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Providing;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use tokio::sync::Mutex;

/// Temporary keys with less life than this are exchanged. Instance and container roles offer new keys from about five
/// minutes before the old ones end; asking a little earlier costs one local request a ticket.
const RENEW_BELOW: Duration = Duration::from_mins(10);

/// Keeps the last resolved keys for as long as they are worth using.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    provider: SharedCredentialsProvider,
    current: Arc<Mutex<Keys>>,
}

impl Identity {
    /// Resolves the keys for the first time.
    pub(crate) async fn resolve(
        provider: SharedCredentialsProvider,
    ) -> Result<Self, CredentialsError> {
        let current = Arc::new(Mutex::new(provider.provide_credentials().await?));
        Ok(Self { provider, current })
    }

    /// Keys that are alive at `now`, exchanged when little life is left. When the exchange fails, the old ones serve for
    /// as long as they live.
    pub(crate) async fn keys(&self, now: SystemTime) -> Result<Keys, CredentialsError> {
        let mut current = self.current.lock().await;
        let Some(left) = life_left(&current, now).filter(|left| *left < RENEW_BELOW) else {
            return Ok(current.clone());
        };
        match self.provider.provide_credentials().await {
            Ok(keys) => *current = keys,
            Err(error) if left.is_zero() => return Err(error),
            Err(error) => {
                let left_seconds = left.as_secs();
                tracing::warn!(%error, left_seconds, "temporary credentials could not be exchanged");
            }
        }
        Ok(current.clone())
    }
}

impl ProvideCredentials for Identity {
    fn provide_credentials<'a>(&'a self) -> Providing<'a>
    where
        Self: 'a,
    {
        Providing::new(self.keys(SystemTime::now()))
    }
}

/// What remains of the keys' life: `None` when they have no end, zero when they are past it.
pub(crate) fn life_left(keys: &Keys, now: SystemTime) -> Option<Duration> {
    keys.expiry()
        .map(|end| end.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::UNIX_EPOCH;

    /// Hands out keys that live an hour from each minting, `most` times; then it fails.
    #[derive(Debug)]
    struct Mint {
        minted: AtomicU64,
        most: u64,
    }

    impl ProvideCredentials for Mint {
        fn provide_credentials<'a>(&'a self) -> Providing<'a>
        where
            Self: 'a,
        {
            let number = self.minted.fetch_add(1, Ordering::SeqCst) + 1;
            Providing::ready(if number <= self.most {
                let end = UNIX_EPOCH + Duration::from_secs(3600 * number);
                Ok(Keys::new(
                    format!("key-{number}"),
                    "secret",
                    None,
                    Some(end),
                    "mint",
                ))
            } else {
                Err(CredentialsError::not_loaded("the mint is closed"))
            })
        }
    }

    async fn identity(most: u64) -> Identity {
        let minted = AtomicU64::new(0);
        let provider = SharedCredentialsProvider::new(Mint { minted, most });
        Identity::resolve(provider).await.unwrap()
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[tokio::test]
    async fn keys_are_exchanged_only_when_little_life_is_left() {
        let identity = identity(2).await;
        for (seconds, expected) in [
            (0, "key-1"),
            (3000, "key-1"),
            (3001, "key-2"),
            (3601, "key-2"),
        ] {
            let keys = identity.keys(at(seconds)).await.unwrap();
            assert_eq!(keys.access_key_id(), expected, "after {seconds} s");
        }
    }

    #[tokio::test]
    async fn a_failed_exchange_matters_only_once_the_old_keys_are_dead() {
        let identity = identity(1).await;
        assert_eq!(
            identity.keys(at(3599)).await.unwrap().access_key_id(),
            "key-1"
        );
        assert!(identity.keys(at(3600)).await.is_err());
    }
}
