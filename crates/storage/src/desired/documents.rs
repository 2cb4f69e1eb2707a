//! Settings in AWS's own words: the documents that its command line takes.

use serde_json::{Value, json};

use super::policies;
use super::settings::{Algorithm, LockMode, Settings};
use super::{Account, Desired, Place, Setting, partition};
use crate::{DEFAULT_RETENTION, RETENTION_TAG};

/// The names of our lifecycle rules: the guide's two, and those that it leaves out. Rules of other names are somebody
/// else's, and stay.
pub(crate) const OUR_RULES: [&str; 6] = [
    "DeleteOldRecordings",
    "TransitionToInfrequentAccess",
    "MoveToArchive",
    "AbortIncompleteUploads",
    "DeleteOldVersions",
    "DeleteOldLogs",
];

/// The name of our metrics configuration; AWS's console uses the same for a whole bucket.
pub(crate) const METRICS_ID: &str = "EntireBucket";

/// The name of our Intelligent-Tiering configuration.
pub(crate) const TIERING_ID: &str = "RevuiArchiveTiers";

/// The bucket for access logs. It has no Object Lock: S3 delivers nothing into a bucket with a default retention.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html>
pub(super) fn logs(
    settings: &Settings,
    account: Option<&Account>,
    is_https: bool,
    desired: &mut Desired,
) {
    let name = &settings.logging.bucket;
    let mut add = |setting, wanted| desired.add(Place::Logs, name, setting, wanted);
    add(Setting::Existence, existence(name, settings));
    add(Setting::Ownership, ownership());
    add(Setting::PublicAccess, public_access());
    // Delivery takes no KMS key of AWS's own, so logs are held to SSE-S3.
    add(
        Setting::Encryption,
        encryption(Algorithm::Aes256, "", false),
    );
    add(Setting::Tags, tags(settings));
    add(
        Setting::Policy,
        policies::log_bucket(settings, account, is_https),
    );
    let mut rules = Vec::new();
    if settings.logging.keep_days > 0 {
        rules.push(rule(
            "DeleteOldLogs",
            &json!({ "Prefix": settings.logging.prefix }),
            "Expiration",
            &json!({
                "Days": settings.logging.keep_days,
            }),
        ));
    }
    if !rules.is_empty() {
        add(Setting::Lifecycle, json!({ "Rules": rules }));
    }
}

/// The bucket of the recordings.
pub(super) fn recordings(
    settings: &Settings,
    account: Option<&Account>,
    is_https: bool,
    desired: &mut Desired,
) {
    let name = &settings.bucket.name;
    let (policy, left_out) = policies::recordings_bucket(settings, account, is_https);
    desired.left_out.extend(left_out);
    let mut add = |setting, wanted| desired.add(Place::Recordings, name, setting, wanted);
    add(Setting::Existence, existence(name, settings));
    add(Setting::Ownership, ownership());
    add(Setting::PublicAccess, public_access());
    let chosen = &settings.encryption;
    add(
        Setting::Encryption,
        encryption(chosen.algorithm, &chosen.kms_key, chosen.bucket_key),
    );
    if settings.bucket.versioning {
        add(Setting::Versioning, json!({ "Status": "Enabled" }));
    }
    if settings.object_lock.enabled {
        add(Setting::ObjectLock, object_lock(settings));
    }
    if !settings.bucket.tags.is_empty() {
        add(Setting::Tags, tags(settings));
    }
    if let Some(policy) = policy {
        add(Setting::Policy, policy);
    }
    if !settings.cors.origins.is_empty() {
        add(Setting::Cors, cors(settings));
    }
    let rules = lifecycle_rules(settings);
    if !rules.is_empty() {
        add(Setting::Lifecycle, json!({ "Rules": rules }));
    }
    if !settings.logging.bucket.is_empty() {
        add(
            Setting::Logging,
            json!({ "LoggingEnabled": {
                "TargetBucket": settings.logging.bucket,
                "TargetPrefix": settings.logging.prefix,
            }}),
        );
    }
    if settings.metrics.requests {
        add(Setting::Metrics, json!({ "Id": METRICS_ID }));
    }
    if let Some(tiering) = tiering(settings) {
        add(Setting::Tiering, tiering);
    }
    if let Some(account) = account.filter(|_| !settings.replication.bucket.is_empty()) {
        add(Setting::Replication, replication(settings, account));
    }
}

fn existence(name: &str, settings: &Settings) -> Value {
    json!({ "Bucket": name, "Region": settings.bucket.region })
}

fn ownership() -> Value {
    json!({ "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] })
}

fn public_access() -> Value {
    json!({
        "BlockPublicAcls": true,
        "IgnorePublicAcls": true,
        "BlockPublicPolicy": true,
        "RestrictPublicBuckets": true,
    })
}

fn encryption(algorithm: Algorithm, kms_key: &str, bucket_key: bool) -> Value {
    let mut default = json!({ "SSEAlgorithm": algorithm.as_str() });
    if algorithm == Algorithm::Kms && !kms_key.is_empty() {
        default["KMSMasterKeyID"] = kms_key.into();
    }
    json!({ "Rules": [{
        "ApplyServerSideEncryptionByDefault": default,
        "BucketKeyEnabled": algorithm == Algorithm::Kms && bucket_key,
    }]})
}

fn object_lock(settings: &Settings) -> Value {
    let mode = match settings.object_lock.default_mode {
        LockMode::None => return json!({ "ObjectLockEnabled": "Enabled" }),
        LockMode::Governance => "GOVERNANCE",
        LockMode::Compliance => "COMPLIANCE",
    };
    json!({
        "ObjectLockEnabled": "Enabled",
        "Rule": { "DefaultRetention": { "Mode": mode, "Days": settings.object_lock.default_days } },
    })
}

fn tags(settings: &Settings) -> Value {
    let tags = settings.bucket.tags.iter();
    let tags: Vec<Value> = tags
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect();
    json!({ "TagSet": tags })
}

fn cors(settings: &Settings) -> Value {
    let cors = &settings.cors;
    json!({ "CORSRules": [{
        "AllowedHeaders": cors.allowed_headers,
        "AllowedMethods": cors.methods,
        "AllowedOrigins": cors.origins,
        "ExposeHeaders": cors.exposed_headers,
        "MaxAgeSeconds": cors.max_age_seconds,
    }]})
}

fn rule(id: &str, filter: &Value, what: &str, value: &Value) -> Value {
    json!({ "ID": id, "Status": "Enabled", "Filter": filter, what: value })
}

/// Each with ID and Filter: the guide's `Prefix` beside the rule is the old form.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html>
fn lifecycle_rules(settings: &Settings) -> Vec<Value> {
    let lifecycle = &settings.lifecycle;
    let everything = json!({ "Prefix": "" });
    let mut rules = Vec::new();
    if lifecycle.delete_after_days > 0 {
        let tagged = json!({ "Tag": { "Key": RETENTION_TAG, "Value": DEFAULT_RETENTION } });
        let filter = if lifecycle.only_tagged {
            &tagged
        } else {
            &everything
        };
        let expiration = json!({ "Days": lifecycle.delete_after_days });
        rules.push(rule(OUR_RULES[0], filter, "Expiration", &expiration));
    }
    let mut transition = |id, days: u32, class: &str| {
        let transitions = json!([{ "Days": days, "StorageClass": class }]);
        rules.push(rule(id, &everything, "Transitions", &transitions));
    };
    if settings.intelligent_tiering.enabled {
        transition(OUR_RULES[1], 0, "INTELLIGENT_TIERING");
    } else if lifecycle.infrequent_access_after_days > 0 {
        transition(
            OUR_RULES[1],
            lifecycle.infrequent_access_after_days,
            "STANDARD_IA",
        );
    }
    if lifecycle.archive_after_days > 0 {
        let class = lifecycle.archive_class.as_str();
        transition(OUR_RULES[2], lifecycle.archive_after_days, class);
    }
    if lifecycle.abort_multipart_after_days > 0 {
        let abort = json!({ "DaysAfterInitiation": lifecycle.abort_multipart_after_days });
        rules.push(rule(
            OUR_RULES[3],
            &everything,
            "AbortIncompleteMultipartUpload",
            &abort,
        ));
    }
    if settings.bucket.versioning && lifecycle.delete_old_versions_after_days > 0 {
        let old = json!({ "NoncurrentDays": lifecycle.delete_old_versions_after_days });
        rules.push(rule(
            OUR_RULES[4],
            &everything,
            "NoncurrentVersionExpiration",
            &old,
        ));
    }
    rules
}

fn tiering(settings: &Settings) -> Option<Value> {
    let chosen = &settings.intelligent_tiering;
    let tiers = [
        ("ARCHIVE_ACCESS", chosen.archive_access_after_days),
        ("DEEP_ARCHIVE_ACCESS", chosen.deep_archive_access_after_days),
    ];
    let tiers: Vec<Value> = tiers
        .into_iter()
        .filter(|(_, days)| *days > 0)
        .map(|(tier, days)| json!({ "AccessTier": tier, "Days": days }))
        .collect();
    let wanted = chosen.enabled && !tiers.is_empty();
    wanted.then(|| json!({ "Id": TIERING_ID, "Status": "Enabled", "Tierings": tiers }))
}

fn replication(settings: &Settings, account: &Account) -> Value {
    let chosen = &settings.replication;
    let partition = partition(&settings.bucket.region);
    let mut destination = json!({ "Bucket": format!("arn:{partition}:s3:::{}", chosen.bucket) });
    if !chosen.storage_class.is_empty() {
        destination["StorageClass"] = chosen.storage_class.as_str().into();
    }
    json!({
        "Role": account.iam("role", &chosen.role),
        "Rules": [{
            "ID": "CopyRecordings",
            "Priority": 1,
            "Status": "Enabled",
            "Filter": { "Prefix": "" },
            "DeleteMarkerReplication": { "Status": "Disabled" },
            "Destination": destination,
        }],
    })
}
