//! From a configuration to a bucket. A source of credentials that fails now may answer in a moment (an instance whose
//! role is not there yet, a container's agent that is still starting), so it is asked again, in the background, and no
//! restart is needed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use storage::{Bucket, BucketConfig, ConnectError, Credentials, StoreObserver};
use tokio_util::task::AbortOnDropHandle;
use wire::TenantId;

use crate::configuration::MissingVariables;
use crate::logging;

/// Pause before the second attempt; each later one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Whose objects a bucket has.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Whose {
    /// One tenant's.
    Tenants(TenantId),
    /// Those of all tenants without one of their own.
    AllOthers,
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenants(tenant) => write!(f, "the bucket of {tenant}"),
            Self::AllOthers => f.write_str("the shared bucket"),
        }
    }
}

/// The buckets, or what is in their way: one that most tenants share, and those of tenants' own.
#[derive(Debug)]
pub(crate) struct Store {
    shared: Arc<Place>,
    own: BTreeMap<TenantId, Arc<Place>>,
}

impl Store {
    /// A bucket that is known from the start.
    pub(crate) fn ready(bucket: Bucket) -> Self {
        Self {
            shared: Arc::new(Place::ready(bucket)),
            own: BTreeMap::new(),
        }
    }

    /// No bucket yet, and why.
    #[cfg(test)]
    pub(crate) fn obstructed(obstacle: String) -> Self {
        Self {
            shared: Arc::new(Place::obstructed(obstacle)),
            own: BTreeMap::new(),
        }
    }

    /// The shared bucket; without one, in words, what would mend it.
    pub(crate) fn bucket(&self) -> Result<&Bucket, String> {
        self.shared.bucket()
    }

    /// The bucket of a tenant's objects, for that tenant alone; without one, in words, what would mend it. A tenant whose own
    /// bucket is missing is not given the shared one instead.
    pub(crate) fn bucket_of(&self, tenant: &TenantId) -> Result<Bucket, String> {
        let place = self.own.get(tenant).unwrap_or(&self.shared);
        Ok(place.bucket()?.of_tenant(tenant.as_str()))
    }

    /// Which bucket has the tenant's objects.
    pub(crate) fn whose(&self, tenant: &TenantId) -> Whose {
        if self.own.contains_key(tenant) {
            return Whose::Tenants(tenant.clone());
        }
        Whose::AllOthers
    }

    /// Every bucket that is there.
    pub(crate) fn buckets(&self) -> Vec<(Whose, Bucket)> {
        let shared = std::iter::once((Whose::AllOthers, &self.shared));
        let own = self.own.iter();
        let own = own.map(|(tenant, place)| (Whose::Tenants(tenant.clone()), place));
        shared
            .chain(own)
            .filter_map(|(whose, place)| Some((whose, place.bucket.get().cloned()?)))
            .collect()
    }
}

/// One bucket, or what is in its way.
#[derive(Debug)]
struct Place {
    bucket: OnceLock<Bucket>,
    obstacle: Mutex<String>,
}

impl Place {
    fn ready(bucket: Bucket) -> Self {
        Self {
            bucket: OnceLock::from(bucket),
            obstacle: Mutex::default(),
        }
    }

    fn obstructed(obstacle: String) -> Self {
        Self {
            bucket: OnceLock::new(),
            obstacle: Mutex::new(obstacle),
        }
    }

    fn bucket(&self) -> Result<&Bucket, String> {
        self.bucket.get().ok_or_else(|| {
            let obstacle = self.obstacle.lock();
            obstacle.unwrap_or_else(PoisonError::into_inner).clone()
        })
    }

    /// Notes what is in the way now; `false` when that was known.
    fn note(&self, obstacle: String) -> bool {
        let mut noted = self.obstacle.lock().unwrap_or_else(PoisonError::into_inner);
        let new = *noted != obstacle;
        *noted = obstacle;
        new
    }
}

/// Attempts that go on in the background. Dropping it ends them.
#[derive(Debug, Default)]
pub(crate) struct Retrying {
    _tasks: Vec<AbortOnDropHandle<()>>,
}

/// A server without a bucket still starts: health says what is missing. The first attempts are waited for.
pub(crate) async fn connect(
    bucket: Result<BucketConfig, MissingVariables>,
    own: BTreeMap<TenantId, BucketConfig>,
    observer: &StoreObserver,
) -> (Arc<Store>, Retrying) {
    let mut tasks = Vec::new();
    let shared = match bucket {
        Ok(config) => Box::pin(establish(config, observer, &mut tasks)).await,
        Err(missing) => {
            tracing::warn!(%missing, "S3 is not configured");
            Arc::new(Place::obstructed(not_configured(&missing.to_string())))
        }
    };
    let mut places = BTreeMap::new();
    for (tenant, config) in own {
        tracing::info!(%tenant, bucket = config.bucket, "this tenant has a bucket of its own");
        places.insert(
            tenant,
            Box::pin(establish(config, observer, &mut tasks)).await,
        );
    }
    let store = Store {
        shared,
        own: places,
    };
    (Arc::new(store), Retrying { _tasks: tasks })
}

async fn establish(
    config: BucketConfig,
    observer: &StoreObserver,
    tasks: &mut Vec<AbortOnDropHandle<()>>,
) -> Arc<Place> {
    match Bucket::connect(config.clone()).await {
        Ok(bucket) => {
            let bucket = bucket.observed_by(observer);
            tokio::spawn(warn_if_unreachable(bucket.clone()));
            Arc::new(Place::ready(bucket))
        }
        Err(error) => {
            let place = Arc::new(Place::obstructed(obstacle(&error)));
            let cause = logging::chain(&error);
            let again = may_pass(&config.credentials, &error);
            tracing::warn!(cause, again, "the bucket is not configured");
            if again {
                let retrying = retry(config, Arc::clone(&place), observer.clone());
                tasks.push(AbortOnDropHandle::new(tokio::spawn(retrying)));
            }
            place
        }
    }
}

/// Whether another attempt could end otherwise: values that are missing or wrong stay so, but whoever hands out
/// credentials may answer later.
fn may_pass(credentials: &Credentials, error: &ConnectError) -> bool {
    matches!(
        credentials,
        Credentials::Chain | Credentials::Profile { .. }
    ) && matches!(
        error,
        ConnectError::NoCredentials { .. }
            | ConnectError::CredentialsFailed { .. }
            | ConnectError::CredentialsTimedOut
    )
}

async fn retry(config: BucketConfig, place: Arc<Place>, observer: StoreObserver) {
    let mut pause = FIRST_PAUSE;
    loop {
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        match Bucket::connect(config.clone()).await {
            Ok(bucket) => {
                let bucket = bucket.observed_by(&observer);
                tracing::info!("the bucket is configured after all");
                // Nobody else sets it.
                let _ = place.bucket.set(bucket.clone());
                return warn_if_unreachable(bucket).await;
            }
            Err(error) => {
                if place.note(obstacle(&error)) {
                    let cause = logging::chain(&error);
                    tracing::warn!(cause, "the bucket is still not configured");
                }
            }
        }
    }
}

/// Whatever source of credentials failed, the two variables are the way out.
fn obstacle(error: &ConnectError) -> String {
    let failed = matches!(
        error,
        ConnectError::CredentialsFailed { .. } | ConnectError::CredentialsTimedOut
    );
    if !failed {
        return not_configured(&error.to_string());
    }
    not_configured(&format!(
        "{error}; it is asked again from time to time; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or mend the \
         profile or role that holds them"
    ))
}

fn not_configured(why: &str) -> String {
    format!("S3 is not configured: {why}")
}

/// A bucket that cannot be reached yet is no reason not to start, but the operator should know.
async fn warn_if_unreachable(bucket: Bucket) {
    if let Err(error) = bucket.reachable().await {
        tracing::warn!(cause = logging::chain(&error), "the bucket cannot be used");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whoever_hands_out_credentials_is_asked_again() {
        let keys = Credentials::Static {
            access_key_id: String::new(),
            secret_access_key: "".into(),
            session_token: None,
        };
        let missing = ConnectError::Missing {
            variable: "AWS_REGION",
        };
        let scheme = "ftp".to_owned();
        let endpoint = ConnectError::Endpoint { scheme };
        for (credentials, error, expected) in [
            (&Credentials::Chain, ConnectError::CredentialsTimedOut, true),
            (&Credentials::Chain, missing, false),
            (&Credentials::Chain, endpoint, false),
            (&keys, ConnectError::CredentialsTimedOut, false),
        ] {
            assert_eq!(may_pass(credentials, &error), expected, "{error}");
        }
    }
}
