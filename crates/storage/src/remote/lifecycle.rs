//! Lifecycle rules, all of what they can say: rules of other people's are written back as they were.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus,
    LifecycleExpiration, LifecycleRule, LifecycleRuleAndOperator, LifecycleRuleFilter,
    NoncurrentVersionExpiration, NoncurrentVersionTransition, Tag, Transition,
    TransitionStorageClass,
};
use serde_json::{Value, json};

use super::WriteError;
use super::bucket::translate_tag;
use super::words::{flag, list, number, object, required, text, untranslatable};
use crate::Refusal;

pub(super) async fn read(s3: &Client, name: &str) -> Result<Option<Value>, Refusal> {
    let answer = s3
        .get_bucket_lifecycle_configuration()
        .bucket(name)
        .send()
        .await;
    let rules = answer.map_err(Refusal::read)?.rules.unwrap_or_default();
    let rules: Vec<Value> = rules.into_iter().map(rule).collect();
    Ok((!rules.is_empty()).then(|| json!({ "Rules": rules })))
}

pub(super) async fn write(s3: &Client, name: &str, document: &Value) -> Result<(), WriteError> {
    let mut configuration = BucketLifecycleConfiguration::builder();
    for rule in list(document, "Rules") {
        configuration = configuration.rules(translate(rule)?);
    }
    s3.put_bucket_lifecycle_configuration()
        .bucket(name)
        .lifecycle_configuration(configuration.build().map_err(untranslatable("Rules"))?)
        .send()
        .await
        .map_err(Refusal::read)?;
    Ok(())
}

/// The old form, a prefix beside the rule, is told as the filter that it means.
#[allow(deprecated, reason = "rules of the old form are still met")]
fn rule(rule: LifecycleRule) -> Value {
    let filter = rule.filter.map_or_else(
        || json!({ "Prefix": rule.prefix.unwrap_or_default() }),
        filter,
    );
    let expiration = rule.expiration.map(|expiration| {
        object([
            ("Date", expiration.date.as_ref().and_then(date)),
            ("Days", expiration.days.map(Value::from)),
            (
                "ExpiredObjectDeleteMarker",
                expiration.expired_object_delete_marker.map(Value::from),
            ),
        ])
    });
    let transitions = rule.transitions.filter(|all| !all.is_empty()).map(|all| {
        let transitions = all.into_iter().map(|transition| {
            object([
                ("Date", transition.date.as_ref().and_then(date)),
                ("Days", transition.days.map(Value::from)),
                ("StorageClass", class(transition.storage_class)),
            ])
        });
        transitions.collect()
    });
    let old = rule
        .noncurrent_version_transitions
        .filter(|all| !all.is_empty());
    let old_transitions = old.map(|all| {
        let transitions = all.into_iter().map(|transition| {
            object([
                (
                    "NoncurrentDays",
                    transition.noncurrent_days.map(Value::from),
                ),
                (
                    "NewerNoncurrentVersions",
                    transition.newer_noncurrent_versions.map(Value::from),
                ),
                ("StorageClass", class(transition.storage_class)),
            ])
        });
        transitions.collect()
    });
    let old_expiration = rule.noncurrent_version_expiration.map(|expiration| {
        object([
            (
                "NoncurrentDays",
                expiration.noncurrent_days.map(Value::from),
            ),
            (
                "NewerNoncurrentVersions",
                expiration.newer_noncurrent_versions.map(Value::from),
            ),
        ])
    });
    let abort = rule
        .abort_incomplete_multipart_upload
        .and_then(|abort| abort.days_after_initiation);
    object([
        ("ID", rule.id.map(Value::from)),
        ("Status", Some(rule.status.as_str().into())),
        ("Filter", Some(filter)),
        ("Expiration", expiration),
        ("Transitions", transitions),
        ("NoncurrentVersionTransitions", old_transitions),
        ("NoncurrentVersionExpiration", old_expiration),
        (
            "AbortIncompleteMultipartUpload",
            abort.map(|days| json!({ "DaysAfterInitiation": days })),
        ),
    ])
}

fn class(class: Option<TransitionStorageClass>) -> Option<Value> {
    class.map(|class| class.as_str().into())
}

fn date(date: &DateTime) -> Option<Value> {
    date.fmt(DateTimeFormat::DateTime).ok().map(Value::from)
}

fn tag(tag: &Tag) -> Value {
    json!({ "Key": tag.key, "Value": tag.value })
}

/// A filter of one thing says that thing, whichever way the store told it.
fn filter(filter: LifecycleRuleFilter) -> Value {
    if let Some(and) = filter.and {
        let tags: Vec<Value> = and.tags.unwrap_or_default().iter().map(tag).collect();
        let prefix = and.prefix.filter(|prefix| !prefix.is_empty());
        let sizes = and.object_size_greater_than.or(and.object_size_less_than);
        if let ([only], None, None) = (tags.as_slice(), &prefix, sizes) {
            return json!({ "Tag": only });
        }
        return json!({ "And": object([
            ("Prefix", prefix.map(Value::from)),
            ("Tags", Some(tags.into())),
            ("ObjectSizeGreaterThan", and.object_size_greater_than.map(Value::from)),
            ("ObjectSizeLessThan", and.object_size_less_than.map(Value::from)),
        ])});
    }
    let found = object([
        (
            "Prefix",
            filter
                .prefix
                .filter(|prefix| !prefix.is_empty())
                .map(Value::from),
        ),
        ("Tag", filter.tag.as_ref().map(tag)),
        (
            "ObjectSizeGreaterThan",
            filter.object_size_greater_than.map(Value::from),
        ),
        (
            "ObjectSizeLessThan",
            filter.object_size_less_than.map(Value::from),
        ),
    ]);
    let empty = found.as_object().is_some_and(serde_json::Map::is_empty);
    if empty {
        json!({ "Prefix": "" })
    } else {
        found
    }
}

fn translate(rule: &Value) -> Result<LifecycleRule, WriteError> {
    let status = required(rule, "Status")?;
    let mut builder = LifecycleRule::builder()
        .set_id(text(rule, "ID"))
        .status(ExpirationStatus::from(status.as_str()))
        .filter(translate_filter(&rule["Filter"])?);
    let expiration = &rule["Expiration"];
    if expiration.is_object() {
        builder = builder.expiration(
            LifecycleExpiration::builder()
                .set_date(translate_date(expiration)?)
                .set_days(number(expiration, "Days"))
                .set_expired_object_delete_marker(flag(expiration, "ExpiredObjectDeleteMarker"))
                .build(),
        );
    }
    for transition in list(rule, "Transitions") {
        builder = builder.transitions(
            Transition::builder()
                .set_date(translate_date(transition)?)
                .set_days(number(transition, "Days"))
                .storage_class(translate_class(transition)?)
                .build(),
        );
    }
    for transition in list(rule, "NoncurrentVersionTransitions") {
        builder = builder.noncurrent_version_transitions(
            NoncurrentVersionTransition::builder()
                .set_noncurrent_days(number(transition, "NoncurrentDays"))
                .set_newer_noncurrent_versions(number(transition, "NewerNoncurrentVersions"))
                .storage_class(translate_class(transition)?)
                .build(),
        );
    }
    let old = &rule["NoncurrentVersionExpiration"];
    if old.is_object() {
        builder = builder.noncurrent_version_expiration(
            NoncurrentVersionExpiration::builder()
                .set_noncurrent_days(number(old, "NoncurrentDays"))
                .set_newer_noncurrent_versions(number(old, "NewerNoncurrentVersions"))
                .build(),
        );
    }
    let abort = &rule["AbortIncompleteMultipartUpload"];
    if abort.is_object() {
        builder = builder.abort_incomplete_multipart_upload(
            AbortIncompleteMultipartUpload::builder()
                .set_days_after_initiation(number(abort, "DaysAfterInitiation"))
                .build(),
        );
    }
    builder.build().map_err(untranslatable("Rules"))
}

fn translate_class(transition: &Value) -> Result<TransitionStorageClass, WriteError> {
    let class = required(transition, "StorageClass")?;
    Ok(TransitionStorageClass::from(class.as_str()))
}

fn translate_date(document: &Value) -> Result<Option<DateTime>, WriteError> {
    let date = text(document, "Date");
    let date = date.map(|date| DateTime::from_str(&date, DateTimeFormat::DateTime));
    date.transpose().map_err(untranslatable("Date"))
}

fn size(document: &Value, key: &str) -> Option<i64> {
    document[key].as_i64()
}

fn translate_filter(filter: &Value) -> Result<LifecycleRuleFilter, WriteError> {
    let mut builder = LifecycleRuleFilter::builder()
        .set_prefix(text(filter, "Prefix"))
        .set_object_size_greater_than(size(filter, "ObjectSizeGreaterThan"))
        .set_object_size_less_than(size(filter, "ObjectSizeLessThan"));
    if filter["Tag"].is_object() {
        builder = builder.tag(translate_tag(&filter["Tag"])?);
    }
    let and = &filter["And"];
    if and.is_object() {
        let tags = list(and, "Tags").iter().map(translate_tag);
        builder = builder.and(
            LifecycleRuleAndOperator::builder()
                .set_prefix(text(and, "Prefix"))
                .set_tags(Some(tags.collect::<Result<_, _>>()?))
                .set_object_size_greater_than(size(and, "ObjectSizeGreaterThan"))
                .set_object_size_less_than(size(and, "ObjectSizeLessThan"))
                .build(),
        );
    }
    Ok(builder.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_of_somebody_elses_comes_back_as_it_was() {
        for there in [
            json!({ "ID": "a", "Status": "Disabled", "Filter": { "Prefix": "x/" },
                "Expiration": { "Date": "2030-01-01T00:00:00Z" } }),
            json!({ "ID": "b", "Status": "Enabled", "Filter": { "And": {
                    "Prefix": "y/", "Tags": [{ "Key": "k", "Value": "v" }], "ObjectSizeGreaterThan": 9 } },
                "Transitions": [{ "Days": 1, "StorageClass": "GLACIER" }, { "Days": 100, "StorageClass": "DEEP_ARCHIVE" }],
                "NoncurrentVersionTransitions": [{ "NoncurrentDays": 3, "NewerNoncurrentVersions": 2, "StorageClass": "GLACIER" }] }),
            json!({ "ID": "c", "Status": "Enabled", "Filter": { "ObjectSizeLessThan": 5 },
                "Expiration": { "ExpiredObjectDeleteMarker": true },
                "NoncurrentVersionExpiration": { "NoncurrentDays": 3, "NewerNoncurrentVersions": 2 },
                "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 4 } }),
        ] {
            assert_eq!(rule(translate(&there).unwrap()), there);
        }
    }
}
