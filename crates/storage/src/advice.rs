//! What the guide asks for and no bucket's API sets, or nobody has asked this program for: each with the exact step.

use serde::Serialize;

use crate::combinations::closes_links;
use crate::desired::{Algorithm, METRICS_ID, Profile, Settings};

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

/// What these settings leave to somebody else. In development only what matters there.
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
            "let TCP port 443 out to s3.{}.amazonaws.com, in firewalls and in security groups: aws ec2 \
             authorize-security-group-egress --group-id GROUP --protocol tcp --port 443 --cidr 0.0.0.0/0",
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
            mfa_delete_on(settings),
        );
    }
    if settings.profile == Profile::Production {
        watching(settings, &mut add);
        transferring(settings, &mut add);
        saving(settings, &mut add);
        keeping_keys(settings, &mut add);
        walling(settings, &mut add);
        protecting(settings, &mut add);
    }
    advice
}

fn mfa_delete_on(settings: &Settings) -> String {
    format!(
        "aws s3api put-bucket-versioning --bucket {} --versioning-configuration Status=Enabled,MFADelete=Enabled \
         --mfa 'SERIAL CODE'",
        settings.bucket.name
    )
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

fn transferring(settings: &Settings, add: &mut impl FnMut(&'static str, &str, String)) {
    let (bucket, region) = (&settings.bucket.name, &settings.bucket.region);
    let first = if settings.metrics.requests {
        ""
    } else {
        "`metrics.requests = true`, then "
    };
    add(
        "data transfer",
        "what leaves AWS is billed by the gigabyte, and is often most of the bill; what comes in is free",
        format!(
            "{first}aws cloudwatch get-metric-statistics --namespace AWS/S3 --metric-name BytesDownloaded --dimensions \
             Name=BucketName,Value={bucket} Name=FilterId,Value={METRICS_ID} --statistics Sum --period 86400 \
             --start-time FROM --end-time TO"
        ),
    );
    // Of CloudFront's own policies for requests to an origin, none passes on `response-content-disposition`, which links
    // are signed with. Kept for no time, for S3 is to look at each link's signature and end.
    // Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
    add(
        "CloudFront",
        "where recordings are opened far away; links stay as S3 signed them, and whoever shows them puts the distribution's \
         name in the place of the bucket's",
        format!(
            "aws cloudfront create-distribution --distribution-config '{{\"CallerReference\":\"{bucket}\",\"Comment\":\"{bucket}\",\
             \"Enabled\":true,\"Origins\":{{\"Quantity\":1,\"Items\":[{{\"Id\":\"recordings\",\"DomainName\":\
             \"{bucket}.s3.{region}.amazonaws.com\",\"S3OriginConfig\":{{\"OriginAccessIdentity\":\"\"}}}}]}},\
             \"DefaultCacheBehavior\":{{\"TargetOriginId\":\"recordings\",\"ViewerProtocolPolicy\":\"https-only\",\
             \"ForwardedValues\":{{\"QueryString\":true,\"Cookies\":{{\"Forward\":\"none\"}}}},\
             \"MinTTL\":0,\"DefaultTTL\":0,\"MaxTTL\":0}}}}'"
        ),
    );
}

fn saving(settings: &Settings, add: &mut impl FnMut(&'static str, &str, String)) {
    // Both are lifecycle rules.
    let may_move = !settings.bucket.mfa_delete;
    if may_move && !settings.intelligent_tiering.enabled {
        add(
            "Intelligent-Tiering",
            "for recordings that are opened again and again: STANDARD_IA bills each object for 128 KB and 30 days at least, \
             and each GB read",
            "`intelligent_tiering.enabled = true` and `lifecycle.infrequent_access_after_days = 0`, then \
             revui-server storage apply"
                .to_owned(),
        );
    }
    if may_move && settings.lifecycle.archive_after_days == 0 {
        add(
            "Glacier",
            "for recordings that are kept for years: an archive costs least",
            "`lifecycle.archive_after_days = 365` and `lifecycle.delete_after_days = 0`, then revui-server storage apply, and \
             for each tenant revui-server tenant update TENANT --retention-days 3650"
                .to_owned(),
        );
    }
    let tags = settings.bucket.tags.keys();
    let tags: Vec<String> = tags
        .map(|key| format!("TagKey={key},Status=Active"))
        .collect();
    add(
        "cost allocation",
        "the bucket's tags divide the bill only once they are activated, and appear there a day after the first use",
        format!(
            "aws ce update-cost-allocation-tags-status --cost-allocation-tags-status {}",
            tags.join(" ")
        ),
    );
}

fn keeping_keys(settings: &Settings, add: &mut impl FnMut(&'static str, &str, String)) {
    if !settings.access.principal.is_empty() {
        return;
    }
    add(
        "roles instead of keys",
        "on EC2, ECS, EKS or Lambda a role needs no key that could leak",
        "give the machine a role (aws ec2 associate-iam-instance-profile --instance-id INSTANCE --iam-instance-profile \
         Name=ROLE), name it in `access.principal`, let `apply` give it its rights, and leave AWS_ACCESS_KEY_ID out"
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

fn walling(settings: &Settings, add: &mut impl FnMut(&'static str, &str, String)) {
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
}

fn protecting(settings: &Settings, add: &mut impl FnMut(&'static str, &str, String)) {
    let (bucket, region) = (&settings.bucket.name, &settings.bucket.region);
    if !settings.bucket.mfa_delete {
        add(
            "MFA Delete",
            "for recordings of which none is ever to go: S3 takes no lifecycle rules beside it, and the server's own deletions \
             end",
            format!(
                "`bucket.mfa_delete = true` and every key of [lifecycle] 0, then as the account's root user {}",
                mfa_delete_on(settings)
            ),
        );
    }
    if !settings.object_lock.enabled {
        add(
            "Object Lock",
            "where a law wants single recordings kept until a day: nobody deletes them before, and it cannot be switched off \
             again",
            format!(
                "`object_lock.enabled = true`, then revui-server storage apply, and for each: aws s3api put-object-retention \
                 --bucket {bucket} --key KEY --retention Mode=COMPLIANCE,RetainUntilDate=DAY"
            ),
        );
    }
    if settings.replication.bucket.is_empty() {
        add(
            "replication",
            "one region holds the only copy",
            "aws s3api create-bucket --bucket COPIES --region REGION --create-bucket-configuration \
             LocationConstraint=REGION, aws s3api put-bucket-versioning --bucket COPIES --versioning-configuration \
             Status=Enabled, then `replication.bucket = \"COPIES\"` and revui-server storage apply"
                .to_owned(),
        );
    } else {
        add(
            "replication",
            "only what is put from now on is copied",
            format!(
                "for what is there: aws s3control create-job --account-id ACCOUNT --region {region} --priority 1 \
                 --role-arn ROLE --no-confirmation-required --operation '{{\"S3ReplicateObject\":{{}}}}' \
                 --report '{{\"Enabled\":false}}' --manifest-generator '{{\"S3JobManifestGenerator\":{{\"SourceBucket\":\
                 \"arn:aws:s3:::{bucket}\",\"EnableManifestOutput\":false,\"Filter\":{{\"EligibleForReplication\":true,\
                 \"ObjectReplicationStatuses\":[\"NONE\"]}}}}}}'"
            ),
        );
    }
    add(
        "restoring",
        "a backup that was never brought back is a hope",
        "revui-server storage restore-test, every quarter".to_owned(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::Surroundings;

    const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/setup-guide.md");

    fn topics(text: &str) -> Vec<&'static str> {
        let settings = Settings::read(text, &Surroundings::default());
        let settings = settings.unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
        of(&settings).iter().map(|advice| advice.topic).collect()
    }

    /// The guide's list, less what the profile sets by itself.
    #[test]
    fn what_nobody_has_set_is_explained_once() {
        assert_eq!(
            topics(""),
            [
                "outbound HTTPS",
                "CloudTrail",
                "Storage Lens",
                "storage metrics",
                "data transfer",
                "CloudFront",
                "Intelligent-Tiering",
                "Glacier",
                "cost allocation",
                "roles instead of keys",
                "Secrets Manager, Parameter Store",
                "rotation",
                "VPC endpoint",
                "Organizations",
                "MFA Delete",
                "Object Lock",
                "replication",
                "restoring",
            ]
        );
        assert_eq!(topics("profile = \"development\"\n"), ["outbound HTTPS"]);
    }

    #[test]
    fn what_is_set_is_explained_no_more_or_goes_on_from_there() {
        let all = topics("");
        for (text, topic, step) in [
            ("[object_lock]\nenabled = true\n", "Object Lock", None),
            (
                "[intelligent_tiering]\nenabled = true\n[lifecycle]\ninfrequent_access_after_days = 0\n",
                "Intelligent-Tiering",
                None,
            ),
            ("[lifecycle]\narchive_after_days = 60\n", "Glacier", None),
            (
                "[lifecycle]\narchive_after_days = 60\narchive_class = \"DEEP_ARCHIVE\"\n",
                "Glacier",
                Some("restore-object"),
            ),
            (
                "[replication]\nbucket = \"copies\"\n",
                "replication",
                Some("create-job"),
            ),
            ("[bucket]\nmfa_delete = true\n", "Glacier", None),
            (
                "[bucket]\nmfa_delete = true\n",
                "MFA Delete",
                Some("aws s3api put-bucket-versioning"),
            ),
            (
                "[access]\nprincipal = \"arn:aws:iam::123456789012:role/machine\"\nuser = \"\"\n",
                "rotation",
                None,
            ),
        ] {
            assert!(all.contains(&topic), "{topic}");
            let settings = Settings::read(text, &Surroundings::default()).unwrap();
            let advice = of(&settings);
            let found: Vec<_> = advice.iter().filter(|one| one.topic == topic).collect();
            assert_eq!(
                found.len(),
                usize::from(step.is_some()),
                "{text}: {found:?}"
            );
            if let (Some(found), Some(step)) = (found.first(), step) {
                assert!(found.step.contains(step), "{text}: {found:?}");
            }
        }
    }

    /// What the page shows is what is said of the `storage.toml` that it begins with.
    #[test]
    fn the_setup_guide_shows_what_is_said() {
        let page = std::fs::read_to_string(GUIDE)
            .unwrap()
            .replace("\r\n", "\n");
        let (_, rest) = page.split_once("```toml\n").unwrap();
        let (text, _) = rest.split_once("```\n").unwrap();
        let settings = Settings::read(text, &Surroundings::default()).unwrap();
        for Advice { topic, what, step } in of(&settings) {
            let lines = format!("  - {topic}: {what}\n    {step}\n");
            assert!(page.contains(&lines), "not in the page:\n{lines}");
        }
    }
}
