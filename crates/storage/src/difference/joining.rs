//! What is wanted, and of what was found all that is stricter: nothing is weakened by bringing it to a wish.

use serde_json::{Value, json};

use crate::desired::{Item, OUR_RULES, Setting};

/// What is to be set, and what it keeps of what was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Joined {
    pub(crate) target: Value,
    pub(crate) kept: Vec<String>,
}

/// What `apply` brings the setting to. With `allow_weaker`, what is stricter than wanted is given up; what is somebody
/// else's (tags, lifecycle rules, keys) stays all the same.
pub(crate) fn join(item: &Item, found: &Value, allow_weaker: bool) -> Joined {
    let wanted = &item.wanted;
    let strictly = !allow_weaker;
    let as_wanted = || Joined {
        target: wanted.clone(),
        kept: Vec::new(),
    };
    match item.setting {
        Setting::AccessKey => Joined {
            target: found.clone(),
            kept: Vec::new(),
        },
        Setting::Versioning => versioning(wanted, found),
        Setting::Tags => tags(wanted, found),
        Setting::Lifecycle => lifecycle(wanted, found, strictly),
        Setting::Encryption if strictly => encryption(wanted, found),
        Setting::ObjectLock if strictly => object_lock(wanted, found),
        Setting::Policy | Setting::Permissions if strictly => denials(wanted, found),
        Setting::Trust if strictly => {
            let trust = "AssumeRolePolicyDocument";
            let joined = denials(&wanted[trust], &found[trust]);
            let mut target = wanted.clone();
            target[trust] = joined.target;
            Joined {
                target,
                kept: joined.kept,
            }
        }
        _ => as_wanted(),
    }
}

/// MFA Delete is not this setting's to take away.
fn versioning(wanted: &Value, found: &Value) -> Joined {
    let mut target = wanted.clone();
    let mut kept = Vec::new();
    if found["MFADelete"] == "Enabled" {
        target["MFADelete"] = "Enabled".into();
        kept.push("MFA Delete stays on".to_owned());
    }
    Joined { target, kept }
}

fn items<'a>(document: &'a Value, key: &str) -> &'a [Value] {
    document[key]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// Tags of other names are somebody else's.
fn tags(wanted: &Value, found: &Value) -> Joined {
    let mut tags = items(wanted, "TagSet").to_vec();
    for tag in items(found, "TagSet") {
        if tags.iter().all(|ours| ours["Key"] != tag["Key"]) {
            tags.push(tag.clone());
        }
    }
    Joined {
        target: json!({ "TagSet": tags }),
        kept: Vec::new(),
    }
}

fn strength(encryption: &Value) -> u8 {
    let default = &encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"];
    match default["SSEAlgorithm"].as_str() {
        Some("aws:kms:dsse") => 3,
        Some("aws:kms") => 2,
        Some("AES256") => 1,
        _ => 0,
    }
}

fn encryption(wanted: &Value, found: &Value) -> Joined {
    if strength(found) <= strength(wanted) {
        return Joined {
            target: wanted.clone(),
            kept: Vec::new(),
        };
    }
    let default = &found["Rules"][0]["ApplyServerSideEncryptionByDefault"];
    let algorithm = default["SSEAlgorithm"].as_str().unwrap_or_default();
    Joined {
        target: found.clone(),
        kept: vec![format!("{algorithm} is stricter than what is wanted")],
    }
}

/// Mode and days of a default retention.
fn retention(lock: &Value) -> (u8, i64) {
    let retention = &lock["Rule"]["DefaultRetention"];
    let mode = match retention["Mode"].as_str() {
        Some("COMPLIANCE") => 2,
        Some("GOVERNANCE") => 1,
        _ => 0,
    };
    let years = retention["Years"].as_i64().map(|years| years * 365);
    (mode, retention["Days"].as_i64().or(years).unwrap_or(0))
}

/// The stricter mode and the longer time, each for itself.
fn object_lock(wanted: &Value, found: &Value) -> Joined {
    let (wanted_mode, wanted_days) = retention(wanted);
    let (found_mode, found_days) = retention(found);
    let mut target = wanted.clone();
    let mut kept = Vec::new();
    if found_mode > wanted_mode || found_days > wanted_days {
        let retention = &found["Rule"]["DefaultRetention"];
        target["Rule"] = wanted["Rule"].clone();
        if !target["Rule"].is_object() {
            target["Rule"] = json!({ "DefaultRetention": {} });
        }
        if found_mode >= wanted_mode {
            target["Rule"]["DefaultRetention"]["Mode"] = retention["Mode"].clone();
        }
        if found_days >= wanted_days {
            let time = &mut target["Rule"]["DefaultRetention"];
            for unit in ["Days", "Years"] {
                if let Some(time) = time.as_object_mut() {
                    time.remove(unit);
                }
                if !retention[unit].is_null() {
                    time[unit] = retention[unit].clone();
                }
            }
        }
        kept.push("a default retention that is stricter than wanted stays".to_owned());
    }
    Joined { target, kept }
}

/// What somebody has denied stays denied.
fn denials(wanted: &Value, found: &Value) -> Joined {
    let mut target = wanted.clone();
    let mut kept = Vec::new();
    let ours = items(wanted, "Statement");
    let theirs = match &found["Statement"] {
        Value::Array(list) => list.clone(),
        Value::Null => Vec::new(),
        single => vec![single.clone()],
    };
    for statement in theirs {
        let is_denial = statement["Effect"] == "Deny";
        let sid = &statement["Sid"];
        let is_ours = sid.is_string() && ours.iter().any(|ours| ours["Sid"] == *sid);
        if !is_denial || is_ours || ours.contains(&statement) {
            continue;
        }
        let name = sid.as_str().unwrap_or("without a name");
        kept.push(format!("the denial `{name}` stays"));
        if let Some(statements) = target["Statement"].as_array_mut() {
            statements.push(statement);
        }
    }
    Joined { target, kept }
}

/// Rules of other names stay. Of ours, whatever deletes later than wanted stays so: what is gone cannot be had back.
fn lifecycle(wanted: &Value, found: &Value, strictly: bool) -> Joined {
    let mut rules = items(wanted, "Rules").to_vec();
    let mut kept = Vec::new();
    for theirs in items(found, "Rules") {
        let id = theirs["ID"].as_str().unwrap_or_default();
        if !OUR_RULES.contains(&id) {
            kept.push(format!("the rule `{id}` is somebody else's, and stays"));
            rules.push(theirs.clone());
            continue;
        }
        let same = rules.iter_mut().find(|rule| rule["ID"] == theirs["ID"]);
        let Some(ours) = same.filter(|_| strictly && theirs["Status"] == "Enabled") else {
            continue;
        };
        for (what, unit) in [
            ("Expiration", "Days"),
            ("NoncurrentVersionExpiration", "NoncurrentDays"),
        ] {
            let (Some(theirs), Some(wanted)) =
                (theirs[what][unit].as_i64(), ours[what][unit].as_i64())
            else {
                continue;
            };
            if theirs > wanted {
                ours[what][unit] = theirs.into();
                kept.push(format!("`{id}` deletes after {theirs} days, not {wanted}"));
            }
        }
    }
    Joined {
        target: json!({ "Rules": rules }),
        kept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::Place;
    use crate::difference::normal;

    fn item(setting: Setting, wanted: Value) -> Item {
        Item {
            place: Place::Recordings,
            name: "b".to_owned(),
            setting,
            policy_name: String::new(),
            wanted,
        }
    }

    fn encryption(algorithm: &str) -> Value {
        json!({ "Rules": [{ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": algorithm } }] })
    }

    fn lock(mode: &str, days: u32) -> Value {
        json!({ "ObjectLockEnabled": "Enabled", "Rule": { "DefaultRetention": { "Mode": mode, "Days": days } } })
    }

    fn expiry(id: &str, days: u32) -> Value {
        json!({ "ID": id, "Status": "Enabled", "Filter": { "Prefix": "" }, "Expiration": { "Days": days } })
    }

    fn policy(statements: &[(&str, &str)]) -> Value {
        let statements = statements.iter();
        let statements: Vec<Value> = statements
            .map(|(sid, effect)| json!({ "Sid": sid, "Effect": effect }))
            .collect();
        json!({ "Version": "2012-10-17", "Statement": statements })
    }

    /// Wanted, found, the target, and the target with `--allow-weaker`.
    #[test]
    fn nothing_that_is_stricter_is_weakened_unless_it_may_be() {
        let unlocked = json!({ "ObjectLockEnabled": "Enabled" });
        let cases = [
            (
                Setting::Encryption,
                encryption("AES256"),
                encryption("aws:kms"),
                encryption("aws:kms"),
                encryption("AES256"),
            ),
            (
                Setting::Encryption,
                encryption("aws:kms"),
                encryption("AES256"),
                encryption("aws:kms"),
                encryption("aws:kms"),
            ),
            (
                Setting::ObjectLock,
                unlocked.clone(),
                lock("GOVERNANCE", 3),
                lock("GOVERNANCE", 3),
                unlocked,
            ),
            (
                Setting::ObjectLock,
                lock("GOVERNANCE", 9),
                lock("COMPLIANCE", 3),
                lock("COMPLIANCE", 9),
                lock("GOVERNANCE", 9),
            ),
            (
                Setting::ObjectLock,
                lock("COMPLIANCE", 3),
                lock("GOVERNANCE", 9),
                lock("COMPLIANCE", 9),
                lock("COMPLIANCE", 3),
            ),
            (
                Setting::Policy,
                policy(&[("Ours", "Allow"), ("OurDenial", "Deny")]),
                policy(&[
                    ("OurDenial", "Deny"),
                    ("Theirs", "Deny"),
                    ("TheirGrant", "Allow"),
                ]),
                policy(&[("Ours", "Allow"), ("OurDenial", "Deny"), ("Theirs", "Deny")]),
                policy(&[("Ours", "Allow"), ("OurDenial", "Deny")]),
            ),
            (
                Setting::Lifecycle,
                json!({ "Rules": [expiry("DeleteOldRecordings", 90)] }),
                json!({ "Rules": [expiry("DeleteOldRecordings", 365), expiry("theirs", 7), expiry("DeleteOldVersions", 5)] }),
                json!({ "Rules": [expiry("DeleteOldRecordings", 365), expiry("theirs", 7)] }),
                json!({ "Rules": [expiry("DeleteOldRecordings", 90), expiry("theirs", 7)] }),
            ),
            (
                Setting::Lifecycle,
                json!({ "Rules": [expiry("DeleteOldRecordings", 90)] }),
                json!({ "Rules": [expiry("DeleteOldRecordings", 30)] }),
                json!({ "Rules": [expiry("DeleteOldRecordings", 90)] }),
                json!({ "Rules": [expiry("DeleteOldRecordings", 90)] }),
            ),
            (
                Setting::Tags,
                json!({ "TagSet": [{ "Key": "a", "Value": "1" }] }),
                json!({ "TagSet": [{ "Key": "a", "Value": "2" }, { "Key": "b", "Value": "3" }] }),
                json!({ "TagSet": [{ "Key": "a", "Value": "1" }, { "Key": "b", "Value": "3" }] }),
                json!({ "TagSet": [{ "Key": "a", "Value": "1" }, { "Key": "b", "Value": "3" }] }),
            ),
        ];
        for (setting, wanted, found, strict, weaker) in cases {
            let item = item(setting, wanted);
            for (allow_weaker, expected) in [(false, strict), (true, weaker)] {
                let joined = join(&item, &found, allow_weaker);
                assert_eq!(
                    normal(setting, &joined.target),
                    normal(setting, &expected),
                    "{setting:?} over {found}, allow_weaker: {allow_weaker}"
                );
            }
        }
    }
}
