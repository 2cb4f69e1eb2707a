//! What is: each wanted thing looked at where it is. Nothing is written.

use serde_json::Value;

use crate::Refusal;
use crate::cloud::Cloud;
use crate::desired::{Desired, Place, Setting};
use crate::{difference, remote};

/// What was seen of one thing.
#[derive(Debug)]
pub enum Found {
    /// This is set.
    Set(Value),
    /// Nothing is set.
    Absent,
    /// The store knows no such setting; what it said.
    Lacking(String),
    /// It could not be seen.
    Refused(Refusal),
    /// It was not looked at, for what it belongs to cannot be.
    NotExamined,
}

/// What was seen.
#[derive(Debug)]
pub struct Observed {
    /// For each item of the desired state, in its order.
    pub found: Vec<Found>,
    /// Whether the log bucket locks what comes into it.
    pub has_locked_logs: bool,
    /// What the recordings' bucket does by age, also where nothing is wanted of that.
    pub lifecycle: Option<Value>,
    /// Whether it locks what comes into it, also where nothing is wanted of that.
    pub has_locked_recordings: bool,
    /// Whether deleting its versions needs a second factor.
    pub has_mfa_delete: bool,
}

/// Nothing can be seen at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObserveError {
    /// The store, or IAM, could not be reached.
    #[error(
        "nothing answers at the store's address: check AWS_ENDPOINT_URL_S3, the network, and that outbound HTTPS (port 443) is allowed"
    )]
    Unreachable {
        /// Why.
        #[source]
        source: Refusal,
    },
    /// These keys are no good.
    #[error("the store does not take these credentials ({}): {mend}", source.code().unwrap_or_default())]
    Credentials {
        /// What to do.
        mend: &'static str,
        /// What it said.
        #[source]
        source: Refusal,
    },
}

impl Observed {
    /// Looks at everything that is wanted. What one setting refuses is that setting's finding; keys that are no good and
    /// a store that is not there are an error.
    pub async fn of(cloud: &Cloud, desired: &Desired) -> Result<Self, ObserveError> {
        let mut found = Vec::new();
        let mut barred: Vec<Place> = Vec::new();
        for item in &desired.items {
            if barred.contains(&item.place) {
                found.push(Found::NotExamined);
                continue;
            }
            let seen = if item.place.is_identity() && !cloud.has_iam() {
                let said =
                    "no IAM is known for this store; where it has one, set AWS_ENDPOINT_URL_IAM";
                Found::Lacking(said.to_owned())
            } else {
                see(cloud, remote::read(cloud, item).await)?
            };
            if difference::bars_the_rest(item.place, item.setting, &seen, &cloud.region)
                && !matches!(seen, Found::Lacking(_))
            {
                barred.push(item.place);
            }
            found.push(seen);
        }
        let mut observed = Self {
            found,
            has_locked_logs: false,
            lifecycle: None,
            has_locked_recordings: false,
            has_mfa_delete: false,
        };
        observed.look_around(cloud, desired, &barred).await;
        Ok(observed)
    }

    /// What bites although it is not wanted. What cannot be seen here does not bite here.
    async fn look_around(&mut self, cloud: &Cloud, desired: &Desired, barred: &[Place]) {
        let exists = |place: Place| {
            let mut items = desired.items.iter().zip(&self.found);
            items.any(|(item, found)| {
                item.place == place
                    && item.setting == Setting::Existence
                    && matches!(found, Found::Set(_))
                    && !barred.contains(&place)
            })
        };
        let (logs, recordings) = (exists(Place::Logs), exists(Place::Recordings));
        if let Some(item) = desired
            .item(Place::Logs, Setting::Existence)
            .filter(|_| logs)
        {
            self.has_locked_logs = remote::has_object_lock(cloud, &item.name).await;
        }
        let item = desired.item(Place::Recordings, Setting::Existence);
        if let Some(item) = item.filter(|_| recordings) {
            self.has_locked_recordings = remote::has_object_lock(cloud, &item.name).await;
            let of = |setting| {
                let mut item = item.clone();
                item.setting = setting;
                item
            };
            let lifecycle = remote::read(cloud, &of(Setting::Lifecycle)).await;
            self.lifecycle = lifecycle.ok().flatten();
            let versioning = remote::read(cloud, &of(Setting::Versioning)).await;
            self.has_mfa_delete = versioning
                .ok()
                .flatten()
                .is_some_and(|found| found["MFADelete"] == "Enabled");
        }
    }
}

fn see(cloud: &Cloud, read: Result<Option<Value>, Refusal>) -> Result<Found, ObserveError> {
    match read {
        Ok(Some(found)) => Ok(Found::Set(found)),
        Ok(None) => Ok(Found::Absent),
        Err(refusal) if is_lacking(&refusal, cloud.is_compatible()) => {
            Ok(Found::Lacking(refusal.to_string()))
        }
        Err(source @ Refusal::Unanswered(_)) => Err(ObserveError::Unreachable { source }),
        Err(source) => match bad_credentials(&source) {
            Some(mend) => Err(ObserveError::Credentials { mend, source }),
            None => Ok(Found::Refused(source)),
        },
    }
}

/// Whether a store says that it has no such thing. Stores that are compatible in part say so in many ways; Ceph's answers
/// 400 to settings that it does not know, and some pass over what they do not know and answer with something else.
pub(crate) fn is_lacking(refusal: &Refusal, is_compatible: bool) -> bool {
    let said = matches!(
        refusal.code(),
        Some("NotImplemented" | "MethodNotAllowed" | "UnsupportedOperation" | "XNotImplemented")
    );
    match refusal.status() {
        Some(405 | 501) => true,
        Some(200) if is_compatible => true,
        Some(400) if is_compatible => {
            said || matches!(
                refusal.code(),
                None | Some("InvalidArgument" | "InvalidRequest")
            )
        }
        _ => said,
    }
}

/// What to do about keys that are no good; none where they are.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
pub(crate) fn bad_credentials(refusal: &Refusal) -> Option<&'static str> {
    match refusal.code()? {
        "InvalidAccessKeyId" | "InvalidClientTokenId" | "UnrecognizedClientException" => {
            Some("AWS_ACCESS_KEY_ID is no key of theirs, or it was deleted or deactivated")
        }
        "SignatureDoesNotMatch" => Some("AWS_SECRET_ACCESS_KEY does not belong to this key"),
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => {
            Some("temporary credentials have run out: get new ones")
        }
        "InvalidToken" => Some("AWS_SESSION_TOKEN does not belong to this key"),
        "RequestTimeTooSkewed" => Some("this computer's clock is off: set it right"),
        _ => None,
    }
}
