//! Sessions: keys that live for a while and may do less than the account, as `AssumeRole` of STS gives them.
//!
//! There is one account here and no IAM: whatever role is named, a session may do what its own policy allows, and nothing
//! without one. Of policies, what tickets need is understood, statements that allow actions on resources; what is more is
//! refused and not passed over. Sessions are in memory: they end with the store.
//! Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

mod policy;
mod sts;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, Uri};
use percent_encoding::percent_decode_str;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::path::S3Path;
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use self::policy::Policy;
use super::Account;
use crate::disk::random_hex;

/// The account, and the sessions that it has given out. Clones share them.
#[derive(Clone)]
pub(crate) struct Sessions {
    account: Account,
    given: Arc<Mutex<HashMap<String, Session>>>,
}

/// One session, by its access key id.
#[derive(Clone)]
struct Session {
    secret: SecretKey,
    token: String,
    ends_at: SystemTime,
    policy: Policy,
}

/// What a session is spoken to with.
struct SessionKeys {
    access_key_id: String,
    secret: String,
    token: String,
    ends_at: SystemTime,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}

impl Sessions {
    pub(crate) fn new(account: Account) -> Self {
        Self {
            account,
            given: Arc::default(),
        }
    }

    /// A new one; those that have ended are forgotten on the way.
    fn give(&self, policy: Policy, life: Duration) -> S3Result<SessionKeys> {
        let random = || {
            random_hex().map_err(|error| s3_error!(error, InternalError, "No keys could be made"))
        };
        let keys = SessionKeys {
            access_key_id: format!("ASIA{}", &random()?[..16].to_ascii_uppercase()),
            secret: format!("{}{}", random()?, random()?),
            token: format!("{}{}", random()?, random()?),
            ends_at: SystemTime::now() + life,
        };
        let session = Session {
            secret: SecretKey::from(keys.secret.as_str()),
            token: keys.token.clone(),
            ends_at: keys.ends_at,
            policy,
        };
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let now = SystemTime::now();
        given.retain(|_, session| session.ends_at > now);
        given.insert(keys.access_key_id.clone(), session);
        Ok(keys)
    }

    fn find(&self, access_key_id: &str) -> Option<Session> {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.get(access_key_id).cloned()
    }
}

#[async_trait::async_trait]
impl S3Auth for Sessions {
    async fn get_secret_key(&self, access_key_id: &str) -> S3Result<SecretKey> {
        match self.find(access_key_id) {
            Some(session) => Ok(session.secret),
            None => self.account.get_secret_key(access_key_id).await,
        }
    }
}

#[async_trait::async_trait]
impl S3Access for Sessions {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let Some(credentials) = context.credentials() else {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        };
        let session = self.find(&credentials.access_key);
        let token = token(context.headers(), context.uri());
        let Some(session) = session else {
            // The account's own key has no token.
            return match token {
                None => Ok(()),
                Some(_) => Err(invalid_token()),
            };
        };
        if token.as_deref() != Some(session.token.as_str()) {
            return Err(invalid_token());
        }
        if session.ends_at <= SystemTime::now() {
            return Err(s3_error!(ExpiredToken, "The provided token has expired."));
        }
        let resource = match context.s3_path() {
            S3Path::Root => "*".to_owned(),
            S3Path::Bucket { bucket } => format!("arn:aws:s3:::{bucket}"),
            S3Path::Object { bucket, key } => format!("arn:aws:s3:::{bucket}/{key}"),
        };
        let tags = context.headers().contains_key("x-amz-tagging");
        for action in actions(context.s3_op().name(), tags) {
            if !session.policy.allows(&action, &resource) {
                return Err(s3_error!(
                    AccessDenied,
                    "The session is not authorized to perform: {action} on resource: \"{resource}\" because no session policy allows the {action} action"
                ));
            }
        }
        Ok(())
    }
}

/// What an operation asks of a policy: not always what it is called.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
fn actions(operation: &str, tags: bool) -> Vec<String> {
    let action = match operation {
        "HeadObject" => "GetObject",
        "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload" => "PutObject",
        "ListParts" => "ListMultipartUploadParts",
        "ListObjectsV2" | "ListObjects" | "HeadBucket" => "ListBucket",
        "ListObjectVersions" => "ListBucketVersions",
        "ListMultipartUploads" => "ListBucketMultipartUploads",
        "ListBuckets" => "ListAllMyBuckets",
        same => same,
    };
    let mut actions = vec![format!("s3:{action}")];
    if tags && matches!(operation, "PutObject" | "CreateMultipartUpload") {
        actions.push("s3:PutObjectTagging".to_owned());
    }
    actions
}

/// In a header, or in a presigned address.
fn token(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    if let Some(value) = headers.get("x-amz-security-token") {
        return value.to_str().ok().map(str::to_owned);
    }
    let parameters = uri.query().unwrap_or_default().split('&');
    parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| *name == "X-Amz-Security-Token")
        .map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned())
}

fn invalid_token() -> S3Error {
    let mut error = S3Error::with_message(
        S3ErrorCode::InvalidToken,
        "The provided token is malformed or otherwise invalid.",
    );
    error.set_status_code(http::StatusCode::BAD_REQUEST);
    error
}
