//! Who may do what: policies of the user, the roles and the buckets, each as small as its work allows.

use serde_json::{Value, json};

use super::settings::{Algorithm, Settings};
use super::{Account, partition};

const VERSION: &str = "2012-10-17";

/// What the backend does with objects. The guide's `PutObjectAcl` is left out: ACLs are off.
const OBJECT_ACTIONS: [&str; 7] = [
    "s3:PutObject",
    "s3:GetObject",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
    "s3:PutObjectTagging",
    "s3:GetObjectTagging",
];

/// The guide's statement in the bucket policy.
const GUIDES_ACTIONS: [&str; 3] = ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"];

fn arn(settings: &Settings, bucket: &str) -> String {
    format!("arn:{}:s3:::{bucket}", partition(&settings.bucket.region))
}

fn document(statements: &[Value]) -> Value {
    json!({ "Version": VERSION, "Statement": statements })
}

/// Who the backend is: the role that it runs under, or its user.
pub(crate) fn backend_arn(settings: &Settings, account: Option<&Account>) -> Option<String> {
    let access = &settings.access;
    if !access.principal.is_empty() {
        return Some(access.principal.clone());
    }
    let account = account.filter(|_| !access.user.is_empty())?;
    Some(account.iam("user", &access.user))
}

/// What the backend's user may do.
pub(crate) fn backend(settings: &Settings, account: Option<&Account>) -> Value {
    let bucket = arn(settings, &settings.bucket.name);
    let mut of_bucket = vec!["s3:ListBucket", "s3:ListBucketMultipartUploads"];
    if settings.bucket.versioning {
        of_bucket.push("s3:ListBucketVersions");
    }
    let mut statements = vec![
        objects(settings),
        json!({ "Sid": "S3RecordingsBucket", "Effect": "Allow", "Action": of_bucket, "Resource": bucket }),
    ];
    statements.extend(kms(settings, account));
    let signing_role = &settings.access.signing_role;
    if let Some(account) = account.filter(|_| !signing_role.is_empty()) {
        statements.push(json!({
            "Sid": "SignForOneTenant",
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": account.iam("role", signing_role),
        }));
    }
    document(&statements)
}

/// What sessions of the signing role may do at most; each is narrowed to its tenant's prefix when it begins.
pub(crate) fn signing(settings: &Settings, account: Option<&Account>) -> Value {
    let mut statements = vec![objects(settings)];
    statements.extend(kms(settings, account));
    document(&statements)
}

fn objects(settings: &Settings) -> Value {
    let mut actions = OBJECT_ACTIONS.to_vec();
    if settings.bucket.versioning {
        actions.push("s3:DeleteObjectVersion");
    }
    json!({
        "Sid": "S3RecordingsAccess",
        "Effect": "Allow",
        "Action": actions,
        "Resource": format!("{}/*", arn(settings, &settings.bucket.name)),
    })
}

/// For a key of one's own. AWS's own key for S3 lets in whoever may use the bucket.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>
fn kms(settings: &Settings, account: Option<&Account>) -> Option<Value> {
    let key = &settings.encryption.kms_key;
    if settings.encryption.algorithm != Algorithm::Kms || key.is_empty() {
        return None;
    }
    let region = &settings.bucket.region;
    let partition = partition(region);
    let owner = account.map_or("*", |account| account.id.as_str());
    let is_alias = key.starts_with("alias/");
    let resource = if key.starts_with("arn:") {
        key.clone()
    } else if is_alias {
        format!("arn:{partition}:kms:{region}:{owner}:key/*")
    } else {
        format!("arn:{partition}:kms:{region}:{owner}:key/{key}")
    };
    let mut conditions = json!({
        "StringEquals": { "kms:ViaService": format!("s3.{region}.amazonaws.com") },
    });
    if is_alias {
        conditions["ForAnyValue:StringEquals"] = json!({ "kms:ResourceAliases": key });
    }
    Some(json!({
        "Sid": "RecordingsKey",
        "Effect": "Allow",
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": resource,
        "Condition": conditions,
    }))
}

/// Who may assume a role.
pub(crate) fn trust(principal: &Value) -> Value {
    document(&[json!({
        "Sid": "MayAssume",
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sts:AssumeRole",
    })])
}

/// What S3 needs to copy recordings.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html>
pub(crate) fn replication(settings: &Settings) -> Value {
    let source = arn(settings, &settings.bucket.name);
    let destination = arn(settings, &settings.replication.bucket);
    document(&[
        json!({
            "Sid": "ReadConfiguration",
            "Effect": "Allow",
            "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"],
            "Resource": source,
        }),
        json!({
            "Sid": "ReadRecordings",
            "Effect": "Allow",
            "Action": [
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionTagging",
            ],
            "Resource": format!("{source}/*"),
        }),
        json!({
            "Sid": "WriteCopies",
            "Effect": "Allow",
            "Action": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
            "Resource": format!("{destination}/*"),
        }),
    ])
}

/// The policy of the recordings' bucket, if any statement is left, and what had to be left out.
pub(crate) fn recordings_bucket(
    settings: &Settings,
    account: Option<&Account>,
    is_https: bool,
) -> (Option<Value>, Vec<String>) {
    let bucket = arn(settings, &settings.bucket.name);
    let mut statements = Vec::new();
    let mut left_out = Vec::new();
    match backend_arn(settings, account) {
        Some(backend) => statements.push(json!({
            "Sid": "AllowPresignedURLAccess",
            "Effect": "Allow",
            "Principal": { "AWS": backend },
            "Action": GUIDES_ACTIONS,
            "Resource": format!("{bucket}/*"),
        })),
        None if !settings.access.user.is_empty() => left_out.push(
            "the statement that lets the backend in: it names the account, which is not known; set `bucket.account_id`"
                .to_owned(),
        ),
        None => {}
    }
    if settings.access.tls_only {
        if is_https {
            statements.push(tls_only(&bucket));
        } else {
            left_out.push(
                "the statement that refuses plain HTTP: this store is reached by http, and it would lock everybody out"
                    .to_owned(),
            );
        }
    }
    if settings.encryption.refuse_other {
        statements.extend(no_other_encryption(settings, &bucket));
    }
    let policy = (!statements.is_empty()).then(|| document(&statements));
    (policy, left_out)
}

/// `IfExists`, for Ceph's gateway tells a policy of the key only where the request came by TLS: without it, plain HTTP
/// would go on there. AWS always tells.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html>
fn tls_only(bucket: &str) -> Value {
    json!({
        "Sid": "DenyPlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket, format!("{bucket}/*")],
        "Condition": { "BoolIfExists": { "aws:SecureTransport": "false" } },
    })
}

/// What a PUT may name. Another name S3 refuses by itself.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
const NAMED_ENCRYPTIONS: [&str; 4] = ["AES256", "aws:fsx", "aws:kms", "aws:kms:dsse"];

/// Another encryption that is named is refused; a PUT that names none gets the bucket's default. So the others are listed:
/// `StringNotEquals` is true of a PUT that names none, too, and the `Null` that would except those is taken for its contrary
/// by Ceph's gateway, which then refuses every PUT.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingServerSideEncryption.html>
fn no_other_encryption(settings: &Settings, bucket: &str) -> Vec<Value> {
    let objects = format!("{bucket}/*");
    let deny = |sid: &str, condition: Value| {
        json!({
            "Sid": sid,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": objects,
            "Condition": condition,
        })
    };
    let algorithm = settings.encryption.algorithm.as_str();
    let others: Vec<_> = NAMED_ENCRYPTIONS
        .into_iter()
        .filter(|named| *named != algorithm)
        .collect();
    let mut statements = vec![
        deny(
            "DenyOtherEncryption",
            json!({ "StringEquals": { "s3:x-amz-server-side-encryption": others } }),
        ),
        deny(
            "DenyKeysOfCustomers",
            json!({ "StringLike": { "s3:x-amz-server-side-encryption-customer-algorithm": "*" } }),
        ),
    ];
    let key = &settings.encryption.kms_key;
    if settings.encryption.algorithm == Algorithm::Kms && key.starts_with("arn:") {
        statements.push(deny(
            "DenyOtherKey",
            json!({
                "StringNotEquals": { "s3:x-amz-server-side-encryption-aws-kms-key-id": key },
                "Null": { "s3:x-amz-server-side-encryption-aws-kms-key-id": "false" },
            }),
        ));
    }
    statements
}

/// The policy of the log bucket: S3's delivery may write below the prefix, for this bucket and account alone.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html>
pub(crate) fn log_bucket(settings: &Settings, account: Option<&Account>, is_https: bool) -> Value {
    let logs = arn(settings, &settings.logging.bucket);
    let mut conditions = json!({
        "ArnLike": { "aws:SourceArn": arn(settings, &settings.bucket.name) },
    });
    if let Some(account) = account {
        conditions["StringEquals"] = json!({ "aws:SourceAccount": account.id });
    }
    let mut statements = vec![json!({
        "Sid": "AllowLogDelivery",
        "Effect": "Allow",
        "Principal": { "Service": "logging.s3.amazonaws.com" },
        "Action": "s3:PutObject",
        "Resource": format!("{logs}/{}*", settings.logging.prefix),
        "Condition": conditions,
    })];
    if settings.access.tls_only && is_https {
        statements.push(tls_only(&logs));
    }
    document(&statements)
}
