//! Keys that open one tenant's prefix and nothing else.
//!
//! Keys are made of a tenant's name in the database, and a mistake there would sign what belongs to another tenant. With a
//! signing role, each tenant's tickets are signed by a session of that role whose policy names the tenant's prefix only: the
//! store itself refuses then what was signed by mistake.
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session>

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as Keys;
use url::Url;

use crate::connect::Patience;
use crate::identity::{Identity, life_left};
use crate::{BucketConfig, Refusal, connect};

/// Least life of a session: STS gives none for less.
/// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html> (`DurationSeconds`)
pub const MIN_SESSION_LIFE: Duration = Duration::from_mins(15);

/// Most that a role can allow. A session that is had with another session's keys (an instance's role, say) lives an hour at
/// most. Source: as for [`MIN_SESSION_LIFE`].
pub const MAX_SESSION_LIFE: Duration = Duration::from_hours(12);

/// Longest name of a session, in characters. Source: as for [`MIN_SESSION_LIFE`] (`RoleSessionName`).
const MAX_NAME_CHARACTERS: usize = 64;

/// Somebody waits for a ticket.
const PATIENCE: Patience = Patience {
    attempt: Duration::from_secs(10),
    operation: Duration::from_secs(25),
};

/// Fewer slots than these are not worth a look for those that nobody uses.
const TIDY_ABOVE: usize = 1024;

/// The role that signs tickets, one session for each tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningRole {
    /// `arn:aws:iam::123456789012:role/revui-signing`.
    pub arn: String,
    /// Life of a session, [`MIN_SESSION_LIFE`] to [`MAX_SESSION_LIFE`]. No ticket outlives the session that signed it.
    pub session_life: Duration,
    /// Another STS than AWS's own of the bucket's region, as an origin.
    pub sts_endpoint_url: Option<Url>,
}

/// Why a tenant has no session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// A policy cannot name such a prefix without naming others'.
    #[error("`{tenant}` is no name that a policy can hold: letters, digits, `_` and `-`")]
    Tenant {
        /// What it was.
        tenant: String,
    },
    /// STS did not give one.
    #[error("the signing role `{role}` gave no session for the tenant `{tenant}`")]
    AssumeRole {
        /// The role's ARN.
        role: String,
        /// The tenant.
        tenant: String,
        /// What STS said.
        #[source]
        source: Box<Refusal>,
    },
}

/// The sessions of all tenants of one bucket. Clones share them.
#[derive(Clone)]
pub(crate) struct Sessions(Arc<Shared>);

struct Shared {
    sts: aws_sdk_sts::Client,
    role: SigningRole,
    bucket_arn: String,
    /// Whether the store is AWS's own, whose keys of KMS a policy can name. Ceph takes no policy that names what it has not.
    has_kms: bool,
    slots: Mutex<Slots>,
}

/// The lock of a slot is held while its session is fetched: a tenant's tickets wait for one call, others' for none.
type Slot = tokio::sync::Mutex<Option<Keys>>;

/// The tenants' slots. Those that nobody uses any more are thrown away when there are twice as many as the last time left:
/// a look at all of them is paid for by as many tenants that came, however many there are.
#[derive(Default)]
struct Slots {
    by_tenant: HashMap<String, Arc<Slot>>,
    left_by_tidying: usize,
}

impl Slots {
    fn of(&mut self, tenant: &str, now: SystemTime) -> Arc<Slot> {
        if let Some(slot) = self.by_tenant.get(tenant) {
            return Arc::clone(slot);
        }
        if self.by_tenant.len() > TIDY_ABOVE.max(2 * self.left_by_tidying) {
            self.by_tenant.retain(|_, slot| is_in_use(slot, now));
            self.left_by_tidying = self.by_tenant.len();
        }
        Arc::clone(self.by_tenant.entry(tenant.to_owned()).or_default())
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("role", &self.0.role)
            .finish_non_exhaustive()
    }
}

impl Sessions {
    /// Asks nothing yet: a role that may not be assumed is known at the first ticket.
    pub(crate) fn new(role: SigningRole, config: &BucketConfig, identity: Identity) -> Self {
        Self(Arc::new(Shared {
            sts: aws_sdk_sts::Client::new(&connect::service_config(
                &config.region,
                role.sts_endpoint_url.as_ref(),
                identity,
                PATIENCE,
            )),
            role,
            bucket_arn: bucket_arn(&config.region, &config.bucket),
            has_kms: config.endpoint_url.is_none(),
            slots: Mutex::default(),
        }))
    }

    /// The tenant's keys, alive at `now`. They are exchanged when less is left than a ticket wants, or than half a session,
    /// whichever is less. When that fails, the old ones serve for as long as they live.
    pub(crate) async fn keys(
        &self,
        tenant: &str,
        wanted: Duration,
        now: SystemTime,
    ) -> Result<Keys, SessionError> {
        check_tenant(tenant)?;
        let slot = self.slot(tenant, now);
        let mut kept = slot.lock().await;
        let left = kept.as_ref().and_then(|keys| life_left(keys, now));
        let enough = wanted.min(self.0.role.session_life / 2);
        if let (Some(keys), Some(left)) = (kept.as_ref(), left)
            && left >= enough
            && !left.is_zero()
        {
            return Ok(keys.clone());
        }
        match self.assume(tenant).await {
            Ok(keys) => Ok(kept.insert(keys).clone()),
            Err(error) => match kept.as_ref() {
                Some(keys) if left.is_some_and(|left| !left.is_zero()) => {
                    tracing::warn!(%error, tenant, "a tenant's session could not be exchanged");
                    Ok(keys.clone())
                }
                _ => Err(error),
            },
        }
    }

    fn slot(&self, tenant: &str, now: SystemTime) -> Arc<Slot> {
        let mut slots = self.0.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.of(tenant, now)
    }

    async fn assume(&self, tenant: &str) -> Result<Keys, SessionError> {
        let Shared {
            sts,
            role,
            bucket_arn,
            has_kms,
            ..
        } = &*self.0;
        let failed = |source| SessionError::AssumeRole {
            role: role.arn.clone(),
            tenant: tenant.to_owned(),
            source: Box::new(source),
        };
        let seconds = i32::try_from(role.session_life.as_secs()).unwrap_or(i32::MAX);
        let answer = sts
            .assume_role()
            .role_arn(&role.arn)
            .role_session_name(session_name(tenant))
            .duration_seconds(seconds)
            .policy(policy(bucket_arn, tenant, *has_kms))
            .send()
            .await
            .map_err(|error| failed(Refusal::read(error)))?;
        let given = answer
            .credentials
            .ok_or_else(|| failed(Refusal::Unreadable("no credentials")))?;
        let end = SystemTime::try_from(given.expiration)
            .map_err(|_| failed(Refusal::Unreadable("no end of the credentials' life")))?;
        tracing::debug!(tenant, "a session for the tenant's tickets");
        Ok(Keys::new(
            given.access_key_id,
            given.secret_access_key,
            Some(given.session_token),
            Some(end),
            "signing role",
        ))
    }
}

/// Somebody waits at it, or it holds keys that live.
fn is_in_use(slot: &Slot, now: SystemTime) -> bool {
    slot.try_lock().map_or(true, |kept| {
        kept.as_ref()
            .is_some_and(|keys| life_left(keys, now).is_none_or(|left| !left.is_zero()))
    })
}

/// China and the government's regions are partitions of their own.
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
pub(crate) fn bucket_arn(region: &str, bucket: &str) -> String {
    let partition = match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    format!("arn:{partition}:s3:::{bucket}")
}

/// What a ticket can be for, under the tenant's prefix. A policy of a session takes away and gives nothing: which keys of
/// KMS, is said by the role's own policy.
fn policy(bucket_arn: &str, tenant: &str, has_kms: bool) -> String {
    let mut statements = vec![serde_json::json!({
        "Sid": "TicketsOfOneTenant",
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:PutObjectTagging"],
        "Resource": format!("{bucket_arn}/{tenant}/*"),
    })];
    if has_kms {
        statements.push(serde_json::json!({
            "Sid": "KeysOfTheBucket",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
        }));
    }
    serde_json::json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// `*`, `?` and `${` mean something in a policy, and `/` would leave the prefix.
fn check_tenant(tenant: &str) -> Result<(), SessionError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !tenant.is_empty() && tenant.bytes().all(plain) {
        return Ok(());
    }
    Err(SessionError::Tenant {
        tenant: tenant.to_owned(),
    })
}

/// It stands in AWS's own trail beside every request that a ticket made.
fn session_name(tenant: &str) -> String {
    let mut name = format!("revui-{tenant}");
    // Checked before: a character is a byte.
    name.truncate(MAX_NAME_CHARACTERS);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_names_one_prefix_and_the_partition_of_its_region() {
        for (region, expected) in [
            ("eu-central-1", "arn:aws:s3:::recordings/acme/*"),
            ("cn-north-1", "arn:aws-cn:s3:::recordings/acme/*"),
            ("us-gov-west-1", "arn:aws-us-gov:s3:::recordings/acme/*"),
        ] {
            let policy = policy(&bucket_arn(region, "recordings"), "acme", true);
            let policy: serde_json::Value = serde_json::from_str(&policy).unwrap();
            assert_eq!(policy["Statement"][0]["Resource"], expected);
            assert!(policy.to_string().len() < 2048, "STS takes no longer one");
        }
        let elsewhere = policy("arn:aws:s3:::recordings", "acme", false);
        assert!(!elsewhere.contains("kms"), "{elsewhere}");
    }

    #[test]
    fn a_tenant_that_would_open_another_prefix_has_no_session() {
        for good in ["acme", "a_B-9", &"x".repeat(200)] {
            assert!(check_tenant(good).is_ok(), "{good}");
            assert!(session_name(good).len() <= MAX_NAME_CHARACTERS);
        }
        for bad in ["", "*", "ac?e", "${aws:username}", "a/b", "a b", "ä"] {
            assert!(check_tenant(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn slots_are_looked_through_seldom_and_those_of_ended_sessions_go() {
        let hour = Duration::from_hours(1);
        let begun = SystemTime::UNIX_EPOCH;
        let mut slots = Slots::default();
        let mut tidyings = 0;
        for tenant in 0..20_000 {
            let left = slots.left_by_tidying;
            let slot = slots.of(&tenant.to_string(), begun);
            let keys = Keys::new("id", "key", None, Some(begun + hour), "test");
            *slot.try_lock().unwrap() = Some(keys);
            tidyings += usize::from(slots.left_by_tidying != left);
        }
        assert_eq!(slots.by_tenant.len(), 20_000, "all of them live");
        assert_eq!(tidyings, 5, "with 1,025, 2,051, 4,103, 8,207 and 16,415");
        let waited_at = slots.of("0", begun);
        let _fetching = waited_at.try_lock().unwrap();
        for tenant in 20_000..40_000 {
            slots.of(&tenant.to_string(), begun + hour);
        }
        let left = slots.by_tenant.len();
        assert!(left <= TIDY_ABOVE + 1, "{left}");
        let kept = slots.of("0", begun + hour);
        assert!(Arc::ptr_eq(&kept, &waited_at), "somebody waits at it");
    }
}
