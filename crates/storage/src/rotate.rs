//! Access keys of an IAM user, exchanged: a new one is made and proven before the old one is touched, and each step can be
//! the last for today.
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html>

use std::time::{Duration, SystemTime};

use aws_sdk_iam::types::StatusType;
use aws_sdk_s3::primitives::ByteStream;

use crate::cloud::{CallerError, Cloud, CloudConfig};
use crate::desired::Settings;
use crate::{ConnectError, Credentials, Refusal, SecretText};

/// How long a new key may be unknown: IAM tells its servers of it one after the other.
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>
const PATIENCE: Duration = Duration::from_mins(1);

/// Pause between two tries of a new key.
const PAUSE: Duration = Duration::from_secs(2);

/// Where the object of a proof is.
const PROOF_PREFIX: &str = "revui-rotate-key/";

/// An access key, as IAM lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// Its id, `AKIA…`.
    pub id: String,
    /// Whether requests that it signed are taken.
    pub is_active: bool,
    /// When it was made.
    pub created_at: Option<SystemTime>,
}

/// A key that was made just now. Its secret is not to be had again.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: SecretText,
}

/// What stands in the way of another key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// There are two keys, as many as IAM allows; the other one is in use.
    #[error(
        "IAM allows two keys, and there are two: {current} and {other}. If {other} is the new one of an earlier rotation, let the backend use it and end the old one with `--retire {current}`; if nobody uses it, end it with `--retire {other}`"
    )]
    TwoActive {
        /// The one that is configured.
        current: String,
        /// The other one.
        other: String,
    },
    /// There are two keys, and the other one is inactive already.
    #[error(
        "IAM allows two keys, and there are two: {other} is inactive. If nobody has missed it, delete it with `--retire {other}`"
    )]
    TwoOneInactive {
        /// The inactive one.
        other: String,
    },
    /// The configured key is not the user's.
    #[error("the key that is configured, {current}, is none of the user's")]
    NotListed {
        /// The configured one.
        current: String,
    },
}

/// What failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotateError {
    /// There is no IAM.
    #[error(
        "this store has no IAM that is known: set AWS_ENDPOINT_URL_IAM, or exchange the key where the store's keys are kept"
    )]
    NoIam,
    /// The credentials are a role's, which has no keys.
    #[error(
        "{arn} is no IAM user: a role has no access keys, and its credentials are renewed by themselves"
    )]
    NoUser {
        /// Who it is.
        arn: String,
    },
    /// Whose key it is could not be asked.
    #[error(transparent)]
    Caller(#[from] CallerError),
    /// Another key cannot be made now.
    #[error(transparent)]
    Obstacle(#[from] Obstacle),
    /// A step that IAM refused.
    #[error("could not {step}")]
    Iam {
        /// What, with the right that it takes.
        step: &'static str,
        /// Why.
        #[source]
        source: Box<Refusal>,
    },
    /// A key cannot be used at all.
    #[error("the key could not be used")]
    Connect(#[from] ConnectError),
    /// The key is not good for what the backend does.
    #[error("the key {id} does not work: could not {step}")]
    Unproven {
        /// Its id.
        id: String,
        /// What failed.
        step: &'static str,
        /// Why.
        #[source]
        source: Box<Refusal>,
    },
}

/// The keys of one user.
#[derive(Debug)]
pub struct KeyRing {
    iam: aws_sdk_iam::Client,
    user: String,
}

impl KeyRing {
    /// Of the user whose key is configured, or of another one whom that key may administer.
    pub async fn of(cloud: &Cloud, user: Option<String>) -> Result<Self, RotateError> {
        let iam = cloud.iam.clone().ok_or(RotateError::NoIam)?;
        let user = match user {
            Some(user) => user,
            None => user_of(&cloud.caller().await?.arn)?,
        };
        Ok(Self { iam, user })
    }

    /// Whose they are.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// All of them, the oldest first.
    pub async fn keys(&self) -> Result<Vec<AccessKey>, RotateError> {
        let listed = self
            .iam
            .list_access_keys()
            .user_name(&self.user)
            .send()
            .await;
        let listed = listed.map_err(|error| RotateError::Iam {
            step: "list the user's keys (iam:ListAccessKeys)",
            source: Box::new(Refusal::read(error)),
        })?;
        let mut keys: Vec<_> = listed
            .access_key_metadata()
            .iter()
            .filter_map(|key| {
                Some(AccessKey {
                    id: key.access_key_id()?.to_owned(),
                    is_active: key.status() == Some(&StatusType::Active),
                    created_at: key
                        .create_date()
                        .and_then(|date| SystemTime::try_from(*date).ok()),
                })
            })
            .collect();
        keys.sort_by_key(|key| key.created_at);
        Ok(keys)
    }

    /// A new one.
    pub async fn make(&self) -> Result<NewKey, RotateError> {
        const STEP: &str = "make a key (iam:CreateAccessKey)";
        let failed = |source| RotateError::Iam {
            step: STEP,
            source: Box::new(source),
        };
        let made = self
            .iam
            .create_access_key()
            .user_name(&self.user)
            .send()
            .await;
        let made = made.map_err(|error| failed(Refusal::read(error)))?;
        let key = made
            .access_key
            .ok_or_else(|| failed(Refusal::Unreadable("no key")))?;
        Ok(NewKey {
            id: key.access_key_id,
            secret: SecretText::from(key.secret_access_key),
        })
    }

    /// Its requests are refused from now on; it can be made active again.
    pub async fn deactivate(&self, id: &str) -> Result<(), RotateError> {
        let request = self.iam.update_access_key().user_name(&self.user);
        let request = request.access_key_id(id).status(StatusType::Inactive);
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(RotateError::Iam {
                step: "make a key inactive (iam:UpdateAccessKey)",
                source: Box::new(Refusal::read(error)),
            }),
        }
    }

    /// It is gone.
    pub async fn delete(&self, id: &str) -> Result<(), RotateError> {
        let request = self.iam.delete_access_key().user_name(&self.user);
        match request.access_key_id(id).send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(RotateError::Iam {
                step: "delete a key (iam:DeleteAccessKey)",
                source: Box::new(Refusal::read(error)),
            }),
        }
    }

    /// Does with the key what the backend does: asks who it is, puts, reads and deletes. IAM may take a while to know it.
    /// Returns the account as this key sees it.
    pub async fn prove(
        &self,
        key: &NewKey,
        config: &CloudConfig,
        settings: &Settings,
    ) -> Result<Cloud, RotateError> {
        let with_key = CloudConfig {
            credentials: Credentials::Static {
                access_key_id: key.id.clone(),
                secret_access_key: key.secret.clone(),
                session_token: None,
            },
            ..config.clone()
        };
        let cloud = Cloud::connect(with_key, settings).await?;
        let begun = tokio::time::Instant::now();
        loop {
            match try_key(&cloud, &settings.bucket.name, &key.id).await {
                Err(error) if begun.elapsed() < PATIENCE && is_still_unknown(&error) => {
                    tokio::time::sleep(PAUSE).await;
                }
                tried => return tried.map(|()| cloud),
            }
        }
    }
}

/// Whether another key can be made beside the one that is configured.
pub fn room_for_another(keys: &[AccessKey], current: &str) -> Result<(), Obstacle> {
    if !keys.iter().any(|key| key.id == current) {
        return Err(Obstacle::NotListed {
            current: current.to_owned(),
        });
    }
    match keys.iter().find(|key| key.id != current) {
        None => Ok(()),
        Some(other) if other.is_active => Err(Obstacle::TwoActive {
            current: current.to_owned(),
            other: other.id.clone(),
        }),
        Some(other) => Err(Obstacle::TwoOneInactive {
            other: other.id.clone(),
        }),
    }
}

/// `arn:aws:iam::123456789012:user/path/name`.
fn user_of(arn: &str) -> Result<String, RotateError> {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let name = resource
        .strip_prefix("user/")
        .and_then(|path| path.rsplit('/').next());
    name.map(str::to_owned).ok_or_else(|| RotateError::NoUser {
        arn: arn.to_owned(),
    })
}

async fn try_key(cloud: &Cloud, bucket: &str, id: &str) -> Result<(), RotateError> {
    let unproven = |step| {
        move |source| RotateError::Unproven {
            id: id.to_owned(),
            step,
            source: Box::new(source),
        }
    };
    match cloud.caller().await {
        Ok(_) | Err(CallerError::NoSts) => {}
        Err(CallerError::Ask { source }) => return Err(unproven("ask whose it is")(source)),
    }
    let key = format!("{PROOF_PREFIX}{id}.webm");
    let put = cloud.s3.put_object().bucket(bucket).key(&key);
    let put = put.body(ByteStream::from_static(b"proof")).send().await;
    put.map_err(|error| unproven("put an object")(Refusal::read(error)))?;
    let read = cloud.s3.get_object().bucket(bucket).key(&key).send().await;
    let read = read.map_err(|error| unproven("read an object")(Refusal::read(error)));
    let deleted = cloud
        .s3
        .delete_object()
        .bucket(bucket)
        .key(&key)
        .send()
        .await;
    deleted.map_err(|error| unproven("delete an object")(Refusal::read(error)))?;
    read.map(drop)
}

/// As long as a key is new, these mean that it is not known everywhere.
fn is_still_unknown(error: &RotateError) -> bool {
    let RotateError::Unproven { source, .. } = error else {
        return false;
    };
    matches!(
        source.code(),
        Some(
            "InvalidAccessKeyId"
                | "InvalidClientTokenId"
                | "AccessDenied"
                | "SignatureDoesNotMatch"
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_named_by_the_arn_and_a_role_is_none() {
        for (arn, expected) in [
            (
                "arn:aws:iam::123456789012:user/revui-backend",
                Some("revui-backend"),
            ),
            (
                "arn:aws-cn:iam::123456789012:user/division/ada",
                Some("ada"),
            ),
            ("arn:aws:sts::123456789012:assumed-role/r/session", None),
            ("arn:aws:iam::123456789012:root", None),
            ("", None),
        ] {
            assert_eq!(user_of(arn).ok().as_deref(), expected, "{arn}");
        }
    }

    #[test]
    fn there_is_room_for_one_more_key_or_it_is_told_what_is_in_its_way() {
        let key = |id: &str, is_active| AccessKey {
            id: id.to_owned(),
            is_active,
            created_at: None,
        };
        assert_eq!(room_for_another(&[key("A", true)], "A"), Ok(()));
        let two = [key("A", true), key("B", true)];
        let told = room_for_another(&two, "A").unwrap_err().to_string();
        assert!(
            told.contains("--retire A") && told.contains("--retire B"),
            "{told}"
        );
        let inactive = [key("B", false), key("A", true)];
        let told = room_for_another(&inactive, "A").unwrap_err().to_string();
        assert!(
            told.contains("--retire B") && !told.contains("--retire A"),
            "{told}"
        );
        assert!(matches!(
            room_for_another(&two, "C"),
            Err(Obstacle::NotListed { .. })
        ));
    }
}
