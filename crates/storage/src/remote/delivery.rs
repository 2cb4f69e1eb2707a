//! Pages that may send, logs, metrics, tiers and copies.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BucketLoggingStatus, CorsConfiguration, CorsRule, DeleteMarkerReplication,
    DeleteMarkerReplicationStatus, Destination, IntelligentTieringAccessTier,
    IntelligentTieringConfiguration, IntelligentTieringStatus, LoggingEnabled,
    MetricsConfiguration, ReplicationConfiguration, ReplicationRule, ReplicationRuleFilter,
    ReplicationRuleStatus, StorageClass, Tiering,
};
use serde_json::{Value, json};

use super::WriteError;
use super::words::{list, number, object, required, text, texts, untranslatable};
use crate::Refusal;
use crate::desired::{METRICS_ID, TIERING_ID};

type Read = Result<Option<Value>, Refusal>;
type Written = Result<(), WriteError>;

pub(super) async fn read_cors(s3: &Client, name: &str) -> Read {
    let answer = s3.get_bucket_cors().bucket(name).send().await;
    let rules = answer.map_err(Refusal::read)?.cors_rules;
    let rules: Vec<Value> = rules
        .unwrap_or_default()
        .into_iter()
        .map(|rule| {
            object([
                ("ID", rule.id.map(Value::from)),
                ("AllowedHeaders", rule.allowed_headers.map(Value::from)),
                ("AllowedMethods", Some(rule.allowed_methods.into())),
                ("AllowedOrigins", Some(rule.allowed_origins.into())),
                ("ExposeHeaders", rule.expose_headers.map(Value::from)),
                ("MaxAgeSeconds", rule.max_age_seconds.map(Value::from)),
            ])
        })
        .collect();
    Ok((!rules.is_empty()).then(|| json!({ "CORSRules": rules })))
}

pub(super) async fn write_cors(s3: &Client, name: &str, document: &Value) -> Written {
    let mut configuration = CorsConfiguration::builder();
    for rule in list(document, "CORSRules") {
        let rule = CorsRule::builder()
            .set_id(text(rule, "ID"))
            .set_allowed_headers(texts(rule, "AllowedHeaders"))
            .set_allowed_methods(texts(rule, "AllowedMethods"))
            .set_allowed_origins(texts(rule, "AllowedOrigins"))
            .set_expose_headers(texts(rule, "ExposeHeaders"))
            .set_max_age_seconds(number(rule, "MaxAgeSeconds"))
            .build()
            .map_err(untranslatable("CORSRules"))?;
        configuration = configuration.cors_rules(rule);
    }
    s3.put_bucket_cors()
        .bucket(name)
        .cors_configuration(configuration.build().map_err(untranslatable("CORSRules"))?)
        .send()
        .await
        .map_err(Refusal::read)?;
    Ok(())
}

pub(super) async fn read_logging(s3: &Client, name: &str) -> Read {
    let answer = s3.get_bucket_logging().bucket(name).send().await;
    let found = answer.map_err(Refusal::read)?.logging_enabled;
    Ok(found.map(|found| {
        json!({ "LoggingEnabled": {
            "TargetBucket": found.target_bucket,
            "TargetPrefix": found.target_prefix,
        }})
    }))
}

pub(super) async fn write_logging(s3: &Client, name: &str, document: &Value) -> Written {
    let enabled = &document["LoggingEnabled"];
    let enabled = LoggingEnabled::builder()
        .target_bucket(required(enabled, "TargetBucket")?)
        .target_prefix(required(enabled, "TargetPrefix")?)
        .build()
        .map_err(untranslatable("LoggingEnabled"))?;
    let status = BucketLoggingStatus::builder()
        .logging_enabled(enabled)
        .build();
    s3.put_bucket_logging()
        .bucket(name)
        .bucket_logging_status(status)
        .send()
        .await
        .map_err(Refusal::read)?;
    Ok(())
}

/// Only a configuration of the whole bucket has our name and no filter.
pub(super) async fn read_metrics(s3: &Client, name: &str) -> Read {
    let answer = s3
        .get_bucket_metrics_configuration()
        .bucket(name)
        .id(METRICS_ID)
        .send()
        .await;
    let found = answer.map_err(Refusal::read)?.metrics_configuration;
    Ok(found.map(|found| {
        let filter = found.filter.map(|_| Value::from("of some objects only"));
        object([("Id", Some(found.id.into())), ("Filter", filter)])
    }))
}

pub(super) async fn write_metrics(s3: &Client, name: &str, document: &Value) -> Written {
    let id = required(document, "Id")?;
    let metrics = MetricsConfiguration::builder()
        .id(&id)
        .build()
        .map_err(untranslatable("Id"))?;
    s3.put_bucket_metrics_configuration()
        .bucket(name)
        .id(id)
        .metrics_configuration(metrics)
        .send()
        .await
        .map_err(Refusal::read)?;
    Ok(())
}

pub(super) async fn read_tiering(s3: &Client, name: &str) -> Read {
    let answer = s3
        .get_bucket_intelligent_tiering_configuration()
        .bucket(name)
        .id(TIERING_ID)
        .send()
        .await;
    let found = answer.map_err(Refusal::read)?;
    Ok(found.intelligent_tiering_configuration.map(|found| {
        let tiers = found.tierings.iter();
        let tiers: Vec<Value> = tiers
            .map(|tier| json!({ "AccessTier": tier.access_tier.as_str(), "Days": tier.days }))
            .collect();
        json!({ "Id": found.id, "Status": found.status.as_str(), "Tierings": tiers })
    }))
}

pub(super) async fn write_tiering(s3: &Client, name: &str, document: &Value) -> Written {
    let id = required(document, "Id")?;
    let mut configuration = IntelligentTieringConfiguration::builder()
        .id(&id)
        .status(IntelligentTieringStatus::Enabled);
    for tier in list(document, "Tierings") {
        let access_tier = required(tier, "AccessTier")?;
        let tier = Tiering::builder()
            .access_tier(IntelligentTieringAccessTier::from(access_tier.as_str()))
            .set_days(number(tier, "Days"))
            .build()
            .map_err(untranslatable("Tierings"))?;
        configuration = configuration.tierings(tier);
    }
    s3.put_bucket_intelligent_tiering_configuration()
        .bucket(name)
        .id(id)
        .intelligent_tiering_configuration(
            configuration.build().map_err(untranslatable("Tierings"))?,
        )
        .send()
        .await
        .map_err(Refusal::read)?;
    Ok(())
}

pub(super) async fn read_replication(s3: &Client, name: &str) -> Read {
    let answer = s3.get_bucket_replication().bucket(name).send().await;
    let found = answer.map_err(Refusal::read)?.replication_configuration;
    Ok(found.map(|found| {
        let rules: Vec<Value> = found.rules.into_iter().map(replication_rule).collect();
        json!({ "Role": found.role, "Rules": rules })
    }))
}

fn replication_rule(rule: ReplicationRule) -> Value {
    let prefix = rule.filter.and_then(|filter| filter.prefix);
    let markers = rule
        .delete_marker_replication
        .and_then(|markers| markers.status);
    let destination = rule.destination.map(|destination| {
        object([
            ("Bucket", Some(destination.bucket.into())),
            (
                "StorageClass",
                destination.storage_class.map(|class| class.as_str().into()),
            ),
        ])
    });
    object([
        ("ID", rule.id.map(Value::from)),
        ("Priority", rule.priority.map(Value::from)),
        ("Status", Some(rule.status.as_str().into())),
        (
            "Filter",
            Some(json!({ "Prefix": prefix.unwrap_or_default() })),
        ),
        (
            "DeleteMarkerReplication",
            markers.map(|status| json!({ "Status": status.as_str() })),
        ),
        ("Destination", destination),
    ])
}

pub(super) async fn write_replication(s3: &Client, name: &str, document: &Value) -> Written {
    let mut configuration = ReplicationConfiguration::builder().role(required(document, "Role")?);
    for rule in list(document, "Rules") {
        let destination = &rule["Destination"];
        let destination = Destination::builder()
            .bucket(required(destination, "Bucket")?)
            .set_storage_class(
                text(destination, "StorageClass").map(|class| StorageClass::from(class.as_str())),
            )
            .build()
            .map_err(untranslatable("Destination"))?;
        let markers = required(&rule["DeleteMarkerReplication"], "Status")?;
        let markers = DeleteMarkerReplication::builder()
            .status(DeleteMarkerReplicationStatus::from(markers.as_str()))
            .build();
        let filter = ReplicationRuleFilter::builder()
            .set_prefix(text(&rule["Filter"], "Prefix"))
            .build();
        let status = required(rule, "Status")?;
        let rule = ReplicationRule::builder()
            .set_id(text(rule, "ID"))
            .set_priority(number(rule, "Priority"))
            .status(ReplicationRuleStatus::from(status.as_str()))
            .filter(filter)
            .delete_marker_replication(markers)
            .destination(destination)
            .build()
            .map_err(untranslatable("Rules"))?;
        configuration = configuration.rules(rule);
    }
    s3.put_bucket_replication()
        .bucket(name)
        .replication_configuration(configuration.build().map_err(untranslatable("Rules"))?)
        .send()
        .await
        .map_err(Refusal::read)?;
    Ok(())
}
