//! One form for what means the same: order, lists of one, and names that don't matter.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::desired::Setting;

/// Two documents of a setting mean the same when their normal forms are equal.
pub(crate) fn normal(setting: Setting, document: &Value) -> Value {
    match setting {
        Setting::Policy | Setting::Permissions => sorted(&policy(document)),
        Setting::Trust => {
            let mut document = document.clone();
            document["AssumeRolePolicyDocument"] = policy(&document["AssumeRolePolicyDocument"]);
            sorted(&document)
        }
        Setting::Cors => {
            let mut document = document.clone();
            for rule in document["CORSRules"].as_array_mut().into_iter().flatten() {
                if let Some(rule) = rule.as_object_mut() {
                    rule.remove("ID");
                }
            }
            sorted(&document)
        }
        _ => sorted(document),
    }
}

/// Lists sorted by what they hold: none of ours has an order that matters.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(list) => {
            let mut list: Vec<Value> = list.iter().map(sorted).collect();
            list.sort_by_key(Value::to_string);
            Value::Array(list)
        }
        // Keys in order too, for lists are sorted by what their items look like.
        Value::Object(object) => {
            let sorted = object
                .iter()
                .map(|(key, value)| (key.clone(), sorted(value)));
            let sorted: BTreeMap<String, Value> = sorted.collect();
            Value::Object(sorted.into_iter().collect())
        }
        other => other.clone(),
    }
}

/// A policy language's single values are lists of one, and `"*"` is everybody.
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
fn policy(document: &Value) -> Value {
    let statements = as_list(&document["Statement"])
        .into_iter()
        .map(|statement| {
            let Value::Object(parts) = statement else {
                return statement;
            };
            let parts = parts.into_iter().map(|(key, value)| {
                let value = match key.as_str() {
                    "Action" | "NotAction" | "Resource" | "NotResource" => as_list(&value).into(),
                    "Principal" | "NotPrincipal" if value == "*" => json!({ "AWS": ["*"] }),
                    "Principal" | "NotPrincipal" => lists_within(&value),
                    "Condition" => match value {
                        Value::Object(operators) => operators
                            .into_iter()
                            .map(|(operator, keys)| (operator, lists_within(&keys)))
                            .collect::<Map<_, _>>()
                            .into(),
                        other => other,
                    },
                    _ => value,
                };
                (key, value)
            });
            parts.collect::<Map<_, _>>().into()
        });
    json!({ "Version": document["Version"], "Statement": statements.collect::<Vec<_>>() })
}

fn as_list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list.clone(),
        Value::Null => Vec::new(),
        single => vec![single.clone()],
    }
}

fn lists_within(value: &Value) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| (key.clone(), as_list(value).into()))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_the_same_is_the_same() {
        let one = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["b", "a"],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } } } });
        let other = json!({ "Version": "2012-10-17", "Statement": [{
            "Action": ["s3:*"], "Effect": "Deny", "Principal": { "AWS": "*" }, "Resource": ["a", "b"],
            "Condition": { "Bool": { "aws:SecureTransport": ["false"] } } }] });
        assert_eq!(
            normal(Setting::Policy, &one),
            normal(Setting::Policy, &other)
        );
        let mut wider = other.clone();
        wider["Statement"][0]["Resource"] = json!(["a"]);
        assert_ne!(
            normal(Setting::Policy, &one),
            normal(Setting::Policy, &wider)
        );
    }

    #[test]
    fn a_trust_differs_by_its_duration_too() {
        let trust =
            |seconds: u32| json!({ "AssumeRolePolicyDocument": {}, "MaxSessionDuration": seconds });
        let normal = |seconds| normal(Setting::Trust, &trust(seconds));
        assert_ne!(normal(3600), normal(7200));
    }
}
