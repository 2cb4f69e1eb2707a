//! The guide's own way: `aws` commands, in the order in which they hold.

use serde_json::Value;

use crate::desired::{Desired, Item, Place, Setting};

/// What every script begins with. `again` waits for IAM to tell S3 of a user or a role that was just made.
const HEAD: &str = r#"#!/bin/sh
# Sets the recordings' storage up. It may be run again: what is there is set to the same.
# It needs AWS's command line, and credentials that may set all of this.
set -eu

again() {
  attempt=1
  until "$@"; do
    [ "$attempt" -lt 10 ] || return 1
    attempt=$((attempt + 1))
    sleep 3
  done
}
"#;

pub(super) fn script(desired: &Desired, region: &str) -> String {
    let mut lines = vec![
        HEAD.to_owned(),
        format!("export AWS_DEFAULT_REGION={region}"),
    ];
    for item in &desired.items {
        lines.push(format!("\n# {} of {}", item.id(), item.name));
        lines.push(command(item, region));
    }
    for left_out in &desired.left_out {
        lines.push(format!("\n# Left out: {left_out}"));
    }
    lines.join("\n") + "\n"
}

/// One argument, for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn json(document: &Value) -> String {
    quoted(&document.to_string())
}

fn command(item: &Item, region: &str) -> String {
    let wanted = &item.wanted;
    let name = &item.name;
    let bucket = |verb: &str, option: &str, value: String| {
        format!("aws s3api {verb} --bucket {name} --{option} {value}")
    };
    match item.setting {
        Setting::Existence if item.place.is_identity() => format!(
            "aws iam get-user --user-name {name} >/dev/null 2>&1 || aws iam create-user --user-name {name} >/dev/null\n\
             aws iam wait user-exists --user-name {name}"
        ),
        Setting::Existence => create_bucket(name, region),
        Setting::Trust => role(item),
        Setting::Permissions => permissions(item),
        Setting::AccessKey => format!(
            "# The secret half is shown once: keep it where secrets are kept.\n\
             [ \"$(aws iam list-access-keys --user-name {name} --output text \\\n  \
             --query 'length(AccessKeyMetadata[?Status==`Active`])')\" != 0 ] || aws iam create-access-key --user-name {name}"
        ),
        Setting::Ownership => bucket(
            "put-bucket-ownership-controls",
            "ownership-controls",
            json(wanted),
        ),
        Setting::PublicAccess => bucket(
            "put-public-access-block",
            "public-access-block-configuration",
            json(wanted),
        ),
        Setting::Encryption => bucket(
            "put-bucket-encryption",
            "server-side-encryption-configuration",
            json(wanted),
        ),
        Setting::Versioning => bucket(
            "put-bucket-versioning",
            "versioning-configuration",
            json(wanted),
        ),
        Setting::ObjectLock => bucket(
            "put-object-lock-configuration",
            "object-lock-configuration",
            json(wanted),
        ),
        Setting::Tags => bucket("put-bucket-tagging", "tagging", json(wanted)),
        Setting::Policy => format!(
            "again {}",
            bucket("put-bucket-policy", "policy", json(wanted))
        ),
        Setting::Cors => bucket("put-bucket-cors", "cors-configuration", json(wanted)),
        Setting::Lifecycle => {
            bucket(
                "put-bucket-lifecycle-configuration",
                "lifecycle-configuration",
                json(wanted),
            ) + " >/dev/null"
        }
        Setting::Logging => bucket("put-bucket-logging", "bucket-logging-status", json(wanted)),
        Setting::Metrics => {
            let id = wanted["Id"].as_str().unwrap_or_default();
            bucket(
                "put-bucket-metrics-configuration",
                "metrics-configuration",
                json(wanted),
            ) + &format!(" --id {id}")
        }
        Setting::Tiering => {
            let id = wanted["Id"].as_str().unwrap_or_default();
            bucket(
                "put-bucket-intelligent-tiering-configuration",
                "intelligent-tiering-configuration",
                json(wanted),
            ) + &format!(" --id {id}")
        }
        Setting::Replication => format!(
            "again {}",
            bucket(
                "put-bucket-replication",
                "replication-configuration",
                json(wanted)
            )
        ),
    }
}

/// The oldest region takes no constraint: the guide's own command fails there.
fn create_bucket(name: &str, region: &str) -> String {
    let constraint = if region == "us-east-1" {
        String::new()
    } else {
        format!(" \\\n  --create-bucket-configuration LocationConstraint={region}")
    };
    format!(
        "aws s3api head-bucket --bucket {name} >/dev/null 2>&1 || aws s3api create-bucket --bucket {name} --region \
         {region}{constraint} >/dev/null"
    )
}

fn role(item: &Item) -> String {
    let name = &item.name;
    let trust = json(&item.wanted["AssumeRolePolicyDocument"]);
    let seconds = &item.wanted["MaxSessionDuration"];
    format!(
        "trust={trust}\n\
         if aws iam get-role --role-name {name} >/dev/null 2>&1; then\n  \
         aws iam update-assume-role-policy --role-name {name} --policy-document \"$trust\"\n  \
         aws iam update-role --role-name {name} --max-session-duration {seconds} >/dev/null\n\
         else\n  \
         again aws iam create-role --role-name {name} --max-session-duration {seconds} \\\n    \
         --assume-role-policy-document \"$trust\" >/dev/null\n\
         fi"
    )
}

fn permissions(item: &Item) -> String {
    let (name, policy) = (&item.name, &item.policy_name);
    let of = if item.place == Place::User {
        "user"
    } else {
        "role"
    };
    let document = json(&item.wanted);
    format!(
        "aws iam put-{of}-policy --{of}-name {name} --policy-name {policy} --policy-document {document}"
    )
}
