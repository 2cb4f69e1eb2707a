//! What the guide asks for and no bucket's API sets: each with the exact step.

use serde::Serialize;

use crate::combinations::closes_links;
use crate::desired::{Algorithm, Profile, Settings};

/// One thing to do, or to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Advice {
    /// The guide's word for it.
    pub topic: &'static str,
    /// What it is about.
    pub what: String,
    /// The step.
    pub step: String,
}

/// What these settings leave to be done elsewhere. In development only what matters there.
pub(crate) fn of(settings: &Settings) -> Vec<Advice> {
    let mut advice = Vec::new();
    let mut add = |topic, what: &str, step: String| {
        advice.push(Advice {
            topic,
            what: what.to_owned(),
            step,
        });
    };
    add(
        "outbound HTTPS",
        "the backend and everybody who uploads reach S3 by HTTPS",
        format!(
            "let TCP port 443 out to s3.{}.amazonaws.com, in security groups and firewalls",
            settings.bucket.region
        ),
    );
    if settings.encryption.algorithm == Algorithm::Kms && !settings.encryption.kms_key.is_empty() {
        add(
            "KMS key",
            "the key's own policy must let the backend use it too",
            "allow the backend's user kms:GenerateDataKey and kms:Decrypt in the key's policy (KMS console, key, Key policy)".to_owned(),
        );
    }
    if settings.lifecycle.archive_after_days > 0 && closes_links(settings.lifecycle.archive_class) {
        add(
            "Glacier",
            "archived recordings open only after they were restored; the server says `archived` until then",
            format!(
                "aws s3api restore-object --bucket {} --key KEY --restore-request Days=7",
                settings.bucket.name
            ),
        );
    }
    if settings.bucket.mfa_delete {
        add(
            "MFA Delete",
            "only the account's root user can switch it on, with the device in hand",
            format!(
                "aws s3api put-bucket-versioning --bucket {} --versioning-configuration Status=Enabled,MFADelete=Enabled --mfa 'SERIAL CODE'",
                settings.bucket.name
            ),
        );
    }
    if settings.profile == Profile::Production {
        watching(settings, &mut add);
        costs(settings, &mut add);
        securing(settings, &mut add);
    }
    advice
}

fn watching(settings: &Settings, add: &mut impl FnMut(&'static str, &str, String)) {
    let (bucket, region) = (&settings.bucket.name, &settings.bucket.region);
    add(
        "CloudTrail",
        "data events tell who read, put or deleted each object; access logs are delivered at best effort only",
        format!(
            "aws cloudtrail put-event-selectors --trail-name TRAIL --region {region} --advanced-event-selectors \
             '[{{\"Name\":\"recordings\",\"FieldSelectors\":[{{\"Field\":\"eventCategory\",\"Equals\":[\"Data\"]}},\
             {{\"Field\":\"resources.type\",\"Equals\":[\"AWS::S3::Object\"]}},\
             {{\"Field\":\"resources.ARN\",\"StartsWith\":[\"arn:aws:s3:::{bucket}/\"]}}]}}]'"
        ),
    );
    add(
        "Storage Lens",
        "a dashboard of how storage grows, and of what was never completed; the free metrics are enough",
        format!(
            "aws s3control put-storage-lens-configuration --account-id ACCOUNT --config-id recordings --region {region} \
             --storage-lens-configuration '{{\"Id\":\"recordings\",\"IsEnabled\":true,\"AccountLevel\":{{\"BucketLevel\":{{}}}}}}'"
        ),
    );
    add(
        "storage metrics",
        "BucketSizeBytes and NumberOfObjects are in CloudWatch daily, and free",
        format!(
            "aws cloudwatch get-metric-statistics --namespace AWS/S3 --metric-name BucketSizeBytes --dimensions \
             Name=BucketName,Value={bucket} Name=StorageType,Value=StandardStorage --statistics Average --period 86400 \
             --start-time FROM --end-time TO"
        ),
    );
}

fn costs(settings: &Settings, add: &mut impl FnMut(&'static str, &str, String)) {
    add(
        "data transfer",
        "what leaves AWS is billed by the gigabyte, and is often most of the bill; what comes in is free",
        "watch BytesDownloaded in CloudWatch; where recordings are opened often and far away, put CloudFront in front of \
         downloads (its origin access control then needs a statement of its own in the bucket policy)"
            .to_owned(),
    );
    if settings.lifecycle.infrequent_access_after_days > 0 {
        add(
            "STANDARD_IA",
            "each object is billed for 128 KB and 30 days at least, and each GB read costs",
            "for recordings that are opened again and again, prefer `intelligent_tiering.enabled = true`".to_owned(),
        );
    }
    add(
        "cost allocation",
        "the bucket's tags divide the bill only once they are activated",
        "Billing console, Cost allocation tags: activate those of [bucket.tags]; they appear a day after the first use"
            .to_owned(),
    );
}

fn securing(settings: &Settings, add: &mut impl FnMut(&'static str, &str, String)) {
    if settings.access.principal.is_empty() {
        add(
            "roles instead of keys",
            "on EC2, ECS, EKS or Lambda a role needs no key that could leak",
            "give the machine a role, name it in `access.principal`, let `apply` give it its rights, and leave \
             AWS_ACCESS_KEY_ID out"
                .to_owned(),
        );
        add(
            "Secrets Manager, Parameter Store",
            "the key belongs into neither an image nor a repository",
            "let the start-up fill the environment: AWS_SECRET_ACCESS_KEY=$(aws secretsmanager get-secret-value --secret-id \
             revui/backend --query SecretString --output text), or aws ssm get-parameter --with-decryption --name \
             /revui/backend; or name a program as `credential_process` in a profile, and the profile in AWS_PROFILE"
                .to_owned(),
        );
        add(
            "rotation",
            "keys get old: 90 days is what auditors ask for",
            "revui-server storage rotate-key".to_owned(),
        );
    }
    add(
        "VPC endpoint",
        "inside a VPC, a gateway endpoint keeps the backend's own requests off the internet and costs nothing; people's uploads come over the internet as before",
        format!(
            "aws ec2 create-vpc-endpoint --vpc-id VPC --service-name com.amazonaws.{}.s3 --route-table-ids TABLE",
            settings.bucket.region
        ),
    );
    add(
        "Organizations",
        "the firmest wall between tenants is an account for each",
        "aws organizations create-account --email MAIL --account-name TENANT, then this program in each, with a \
         storage.toml of its own; the server takes a bucket and credentials for each tenant"
            .to_owned(),
    );
    if settings.replication.bucket.is_empty() {
        add(
            "replication",
            "one region holds the only copy",
            "make a versioned bucket in another region, and name it in `replication.bucket`"
                .to_owned(),
        );
    } else {
        add(
            "replication",
            "only what is put from now on is copied",
            "for what is there: aws s3control create-job, with the operation S3ReplicateObject (Batch Replication)"
                .to_owned(),
        );
    }
    add(
        "restoring",
        "a backup that was never brought back is a hope",
        "revui-server storage restore-test, every quarter".to_owned(),
    );
}
