//! A CloudFormation template in JSON.
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html>

use serde_json::{Map, Value, json};

use crate::desired::{Desired, Item, Place, Setting};

pub(super) fn template(desired: &Desired) -> String {
    let mut resources = Map::new();
    for place in [
        Place::User,
        Place::BackendRole,
        Place::SigningRole,
        Place::ReplicationRole,
        Place::Logs,
        Place::Recordings,
    ] {
        let items: Vec<&Item> = desired
            .items
            .iter()
            .filter(|item| item.place == place)
            .collect();
        if items.is_empty() {
            continue;
        }
        match place {
            Place::User => user(&items, &mut resources),
            Place::BackendRole => rights(&items, &mut resources),
            Place::SigningRole => role("SigningRole", &items, Some("BackendUser"), &mut resources),
            Place::ReplicationRole => role("ReplicationRole", &items, None, &mut resources),
            Place::Logs => bucket("LogBucket", &items, &[], &mut resources),
            Place::Recordings => {
                let before = ["LogBucketPolicy", "BackendUser", "ReplicationRole"];
                bucket("RecordingsBucket", &items, &before, &mut resources);
            }
        }
    }
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Storage for Revui recordings. Access keys are made outside: an output would show their secret.",
        "Resources": resources,
    });
    format!("{template:#}\n")
}

fn find<'a>(items: &[&'a Item], setting: Setting) -> Option<&'a Item> {
    items.iter().copied().find(|item| item.setting == setting)
}

fn policies(items: &[&Item]) -> Value {
    let permissions = items
        .iter()
        .filter(|item| item.setting == Setting::Permissions);
    permissions
        .map(|item| json!({ "PolicyName": item.policy_name, "PolicyDocument": item.wanted }))
        .collect()
}

fn user(items: &[&Item], resources: &mut Map<String, Value>) {
    let properties = json!({ "UserName": items[0].name, "Policies": policies(items) });
    let user = json!({ "Type": "AWS::IAM::User", "Properties": properties });
    resources.insert("BackendUser".to_owned(), user);
}

/// What a role may do that is made elsewhere.
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-rolepolicy.html>
fn rights(items: &[&Item], resources: &mut Map<String, Value>) {
    for item in items {
        let properties = json!({
            "RoleName": item.name,
            "PolicyName": item.policy_name,
            "PolicyDocument": item.wanted,
        });
        let policy = json!({ "Type": "AWS::IAM::RolePolicy", "Properties": properties });
        resources.insert("BackendRolePolicy".to_owned(), policy);
    }
}

fn role(logical: &str, items: &[&Item], after: Option<&str>, resources: &mut Map<String, Value>) {
    let Some(trust) = find(items, Setting::Trust) else {
        return;
    };
    let mut role = json!({
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": trust.name,
            "AssumeRolePolicyDocument": trust.wanted["AssumeRolePolicyDocument"],
            "MaxSessionDuration": trust.wanted["MaxSessionDuration"],
            "Policies": policies(items),
        },
    });
    if let Some(after) = after.filter(|after| resources.contains_key(*after)) {
        role["DependsOn"] = after.into();
    }
    resources.insert(logical.to_owned(), role);
}

fn bucket(logical: &str, items: &[&Item], before: &[&str], resources: &mut Map<String, Value>) {
    let mut properties = json!({ "BucketName": items[0].name });
    for item in items {
        if let Some((name, value)) = property(item) {
            properties[name] = value;
        }
        if item.setting == Setting::ObjectLock {
            properties["ObjectLockEnabled"] = true.into();
        }
    }
    // A stack that is deleted leaves the recordings where they are.
    let mut resource = json!({
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": properties,
    });
    let before: Vec<&str> = before
        .iter()
        .copied()
        .filter(|name| resources.contains_key(*name))
        .collect();
    if !before.is_empty() {
        resource["DependsOn"] = before.into();
    }
    resources.insert(logical.to_owned(), resource);
    if let Some(policy) = find(items, Setting::Policy) {
        let policy = json!({
            "Type": "AWS::S3::BucketPolicy",
            "Properties": { "Bucket": { "Ref": logical }, "PolicyDocument": policy.wanted },
        });
        resources.insert(format!("{logical}Policy"), policy);
    }
}

/// CloudFormation's name for a setting, and its way to say it.
fn property(item: &Item) -> Option<(&'static str, Value)> {
    let wanted = &item.wanted;
    Some(match item.setting {
        Setting::Ownership => ("OwnershipControls", wanted.clone()),
        Setting::PublicAccess => ("PublicAccessBlockConfiguration", wanted.clone()),
        Setting::Encryption => ("BucketEncryption", encryption(wanted)),
        Setting::Versioning => ("VersioningConfiguration", wanted.clone()),
        Setting::ObjectLock => ("ObjectLockConfiguration", wanted.clone()),
        Setting::Tags => ("Tags", wanted["TagSet"].clone()),
        Setting::Cors => ("CorsConfiguration", cors(wanted)),
        Setting::Lifecycle => ("LifecycleConfiguration", lifecycle(wanted)),
        Setting::Logging => {
            let enabled = &wanted["LoggingEnabled"];
            let logging = json!({
                "DestinationBucketName": enabled["TargetBucket"],
                "LogFilePrefix": enabled["TargetPrefix"],
            });
            ("LoggingConfiguration", logging)
        }
        Setting::Metrics => ("MetricsConfigurations", json!([wanted])),
        Setting::Tiering => ("IntelligentTieringConfigurations", json!([wanted])),
        Setting::Replication => ("ReplicationConfiguration", replication(wanted)),
        Setting::Existence
        | Setting::Trust
        | Setting::Permissions
        | Setting::AccessKey
        | Setting::Policy => return None,
    })
}

fn rules<'a>(document: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    document[key].as_array().into_iter().flatten()
}

fn encryption(wanted: &Value) -> Value {
    let rules = rules(wanted, "Rules").map(|rule| {
        json!({
            "ServerSideEncryptionByDefault": rule["ApplyServerSideEncryptionByDefault"],
            "BucketKeyEnabled": rule["BucketKeyEnabled"],
        })
    });
    json!({ "ServerSideEncryptionConfiguration": rules.collect::<Vec<_>>() })
}

fn cors(wanted: &Value) -> Value {
    let rules = rules(wanted, "CORSRules").map(|rule| {
        json!({
            "AllowedHeaders": rule["AllowedHeaders"],
            "AllowedMethods": rule["AllowedMethods"],
            "AllowedOrigins": rule["AllowedOrigins"],
            "ExposedHeaders": rule["ExposeHeaders"],
            "MaxAge": rule["MaxAgeSeconds"],
        })
    });
    json!({ "CorsRules": rules.collect::<Vec<_>>() })
}

fn lifecycle(wanted: &Value) -> Value {
    let rules = rules(wanted, "Rules").map(|rule| {
        let mut translated = json!({ "Id": rule["ID"], "Status": rule["Status"] });
        let filter = &rule["Filter"];
        if filter["Tag"].is_object() {
            translated["TagFilters"] = json!([filter["Tag"]]);
        } else if filter["Prefix"]
            .as_str()
            .is_some_and(|prefix| !prefix.is_empty())
        {
            translated["Prefix"] = filter["Prefix"].clone();
        }
        let days = &rule["Expiration"]["Days"];
        if !days.is_null() {
            translated["ExpirationInDays"] = days.clone();
        }
        if let Some(transitions) = rule["Transitions"].as_array() {
            let transitions = transitions.iter().map(|transition| {
                json!({
                    "StorageClass": transition["StorageClass"],
                    "TransitionInDays": transition["Days"],
                })
            });
            translated["Transitions"] = transitions.collect();
        }
        for same in [
            "AbortIncompleteMultipartUpload",
            "NoncurrentVersionExpiration",
        ] {
            if rule[same].is_object() {
                translated[same] = rule[same].clone();
            }
        }
        translated
    });
    json!({ "Rules": rules.collect::<Vec<_>>() })
}

fn replication(wanted: &Value) -> Value {
    let mut translated = wanted.clone();
    for rule in translated["Rules"].as_array_mut().into_iter().flatten() {
        if let Some(rule) = rule.as_object_mut()
            && let Some(id) = rule.remove("ID")
        {
            rule.insert("Id".to_owned(), id);
        }
    }
    translated
}
