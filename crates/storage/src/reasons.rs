//! Why each thing is wanted, what may look at it and set it, and what to do where that is not to be had.

use serde_json::Value;

use crate::Refusal;
use crate::desired::{Item, Place, Setting};
use crate::observed::bad_credentials;

/// What a thing is for.
pub(crate) fn why(place: Place, setting: Setting) -> &'static str {
    match (place, setting) {
        (Place::User, Setting::Existence) => {
            "the backend acts as a user of its own, not as a person"
        }
        (_, Setting::Existence) => "without the bucket there is nowhere to put anything",
        (_, Setting::Trust) => "only who is named may act under this role",
        (_, Setting::Permissions) => "it may do what its work needs, and nothing else",
        (_, Setting::AccessKey) => "the backend signs upload and download URLs with it",
        (_, Setting::Ownership) => "with ACLs off, policies alone decide who may do what",
        (_, Setting::PublicAccess) => {
            "recordings are opened by presigned URLs only; no policy may make them public"
        }
        (_, Setting::Encryption) => {
            "what lies on disks is encrypted, also where a PUT doesn't ask for it"
        }
        (_, Setting::Versioning) => "what is overwritten or deleted by mistake can be brought back",
        (_, Setting::ObjectLock) => "objects can be protected against deletion",
        (_, Setting::Tags) => "the bill can be divided by them",
        (Place::Logs, Setting::Policy) => {
            "S3's log delivery may write here, for this bucket and account alone"
        }
        (_, Setting::Policy) => {
            "the backend is let in; plain HTTP and other encryptions are refused"
        }
        (_, Setting::Cors) => "browsers send recordings from the pages named, and from no others",
        (Place::Logs, Setting::Lifecycle) => "logs are not kept for ever",
        (_, Setting::Lifecycle) => {
            "recordings end when their time is over, move to cheaper storage, and leave nothing half-sent"
        }
        (_, Setting::Logging) => "who asked for which object can be looked up",
        (_, Setting::Metrics) => "requests, errors and transferred bytes are seen in CloudWatch",
        (_, Setting::Tiering) => "what nobody opens costs less",
        (_, Setting::Replication) => "a region that is lost does not take the recordings with it",
    }
}

/// The IAM actions that look at it and that set it. For Organizations, boundaries and whoever grants them.
/// Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>
fn actions(item: &Item) -> (&'static str, &'static str) {
    match (item.setting, item.place) {
        (Setting::Existence, Place::User) => ("iam:GetUser", "iam:CreateUser"),
        (Setting::Existence, _) => ("s3:ListBucket", "s3:CreateBucket"),
        (Setting::Trust, _) => (
            "iam:GetRole",
            "iam:CreateRole, iam:UpdateRole and iam:UpdateAssumeRolePolicy",
        ),
        (Setting::Permissions, Place::User) => ("iam:GetUserPolicy", "iam:PutUserPolicy"),
        (Setting::Permissions, _) => ("iam:GetRolePolicy", "iam:PutRolePolicy"),
        (Setting::AccessKey, _) => ("iam:ListAccessKeys", "iam:CreateAccessKey"),
        (Setting::Ownership, _) => (
            "s3:GetBucketOwnershipControls",
            "s3:PutBucketOwnershipControls",
        ),
        (Setting::PublicAccess, _) => (
            "s3:GetBucketPublicAccessBlock",
            "s3:PutBucketPublicAccessBlock",
        ),
        (Setting::Encryption, _) => (
            "s3:GetEncryptionConfiguration",
            "s3:PutEncryptionConfiguration",
        ),
        (Setting::Versioning, _) => ("s3:GetBucketVersioning", "s3:PutBucketVersioning"),
        (Setting::ObjectLock, _) => (
            "s3:GetBucketObjectLockConfiguration",
            "s3:PutBucketObjectLockConfiguration",
        ),
        (Setting::Tags, _) => ("s3:GetBucketTagging", "s3:PutBucketTagging"),
        (Setting::Policy, _) => ("s3:GetBucketPolicy", "s3:PutBucketPolicy"),
        (Setting::Cors, _) => ("s3:GetBucketCORS", "s3:PutBucketCORS"),
        (Setting::Lifecycle, _) => (
            "s3:GetLifecycleConfiguration",
            "s3:PutLifecycleConfiguration",
        ),
        (Setting::Logging, _) => ("s3:GetBucketLogging", "s3:PutBucketLogging"),
        (Setting::Metrics, _) => ("s3:GetMetricsConfiguration", "s3:PutMetricsConfiguration"),
        (Setting::Tiering, _) => (
            "s3:GetIntelligentTieringConfiguration",
            "s3:PutIntelligentTieringConfiguration",
        ),
        (Setting::Replication, _) => (
            "s3:GetReplicationConfiguration",
            "s3:PutReplicationConfiguration and iam:PassRole",
        ),
    }
}

/// A bucket of that name in another region than is wanted.
pub(crate) fn elsewhere(found: &Value) -> String {
    let region = found["Region"].as_str().unwrap_or("another region");
    format!(
        "the bucket is in {region}, and a bucket cannot move: set `bucket.region` and AWS_REGION to {region}, or choose \
         another name"
    )
}

/// What could not be looked at.
pub(crate) fn unreadable(item: &Item, refusal: &Refusal) -> String {
    let (read, _) = actions(item);
    match (refusal.status(), item.setting) {
        (Some(403), Setting::Existence) if !item.place.is_identity() => format!(
            "`{}` is there, and is not open to these credentials: it is somebody else's, for names are given once in the \
             world, and then choose another name; or grant {read}; or the keys are wrong",
            item.name
        ),
        (Some(403), _) => format!("these credentials may not look at it: grant {read}"),
        _ => format!("it could not be looked at: {refusal}"),
    }
}

/// What the store lacks, and what to do instead.
pub(crate) fn instead(item: &Item, said: &str) -> String {
    let instead = match item.setting {
        _ if item.place.is_identity() => "make the user and its rights by the store's own means",
        Setting::Existence | Setting::Trust | Setting::Permissions | Setting::AccessKey => {
            "make it by the store's own means"
        }
        Setting::Ownership => "put no ACL on anything; the backend never does",
        Setting::PublicAccess => {
            "see that no policy and no ACL lets everybody in: `storage verify` tries it"
        }
        Setting::Encryption => "encrypt the disks that the store lies on",
        Setting::Versioning => "back the store up by copying it elsewhere",
        Setting::ObjectLock => "protect the copies instead",
        Setting::Tags => "the store divides no bill",
        Setting::Policy => {
            "give the backend a key that is good for this bucket alone, and let a proxy in front refuse plain HTTP"
        }
        Setting::Cors => {
            "answer preflights by a proxy in front of the store, or send from the desktop app only"
        }
        Setting::Lifecycle => {
            "the server deletes on schedule by itself, and sweeps up what was never completed"
        }
        Setting::Logging => "keep the log of the store itself, or of the proxy in front of it",
        Setting::Metrics => "watch the store's own metrics, and the server's at /metrics",
        Setting::Tiering => "move what is old by the store's own means",
        Setting::Replication => "copy the store elsewhere by its own means",
    };
    format!("this store has no such setting ({said}): {instead}")
}

/// What could not be set, in words for the person who started `apply`.
pub(crate) fn unwritable(item: &Item, refusal: &Refusal) -> String {
    let (_, write) = actions(item);
    if let Some(mend) = bad_credentials(refusal) {
        return mend.to_owned();
    }
    match (refusal.status(), refusal.code()) {
        (Some(404), _) if item.place == Place::BackendRole => format!(
            "there is no role `{}`: it is the machine's, made where the machine is; name it in `access.principal` once it is there",
            item.name
        ),
        (_, Some("BucketAlreadyExists")) => {
            "a bucket of this name is somebody else's, for names are given once in the world: choose another".to_owned()
        }
        (_, Some("SlowDown" | "Throttling" | "ThrottlingException" | "RequestLimitExceeded")) | (Some(429 | 503), _) => {
            "the store asks for fewer requests: start `apply` again in a minute, and it goes on from here".to_owned()
        }
        (_, Some("InvalidBucketAclWithObjectOwnership")) => format!(
            "the bucket's ACL lets others in, and ACLs can only be switched off without that: first \
             `aws s3api put-bucket-acl --bucket {} --acl private`",
            item.name
        ),
        (_, Some("LimitExceeded")) if item.setting == Setting::AccessKey => {
            "the user has two keys, the most there can be: delete one that is not used".to_owned()
        }
        (_, Some("OperationAborted")) => {
            "another change of this bucket is under way: start `apply` again in a minute".to_owned()
        }
        (Some(403), _) => format!("these credentials may not set it: grant {write}"),
        _ => "start `apply` again once this is mended; what was set stays, and it goes on from here".to_owned(),
    }
}
