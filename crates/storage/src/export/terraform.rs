//! HCL for the provider `hashicorp/aws`, one resource for each setting.
//! Source: <https://registry.terraform.io/providers/hashicorp/aws/latest/docs>

use hcl::expr::{FuncCall, Traversal, Variable};
use hcl::structure::BlockBuilder;
use hcl::{Block, Body, Expression};
use serde_json::Value;

use crate::desired::{Desired, Item, Place, Setting};

pub(super) fn module(desired: &Desired, region: &str) -> String {
    let mut body = Body::builder().add_block(provider()).add_block(
        Block::builder("provider")
            .add_label("aws")
            .add_attribute(("region", region))
            .build(),
    );
    for item in &desired.items {
        for resource in resources(item, desired) {
            body = body.add_block(resource);
        }
    }
    let text = hcl::format::to_string(&body.build()).unwrap_or_default();
    let head = "# Storage for Revui recordings. Access keys are made outside: the state would hold their secret.\n\n";
    format!("{head}{text}")
}

fn provider() -> Block {
    let aws = [("source", "hashicorp/aws"), ("version", ">= 5.0")];
    let aws: serde_json::Map<String, Value> = aws
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.into()))
        .collect();
    Block::builder("terraform")
        .add_block(
            Block::builder("required_providers")
                .add_attribute(("aws", expression(&Value::Object(aws))))
                .build(),
        )
        .build()
}

fn expression(value: &Value) -> Expression {
    // A JSON value is always an expression.
    hcl::to_expression(value).unwrap_or(Expression::Null)
}

/// A policy, in a form that can be read.
fn document(value: &Value) -> Expression {
    FuncCall::builder("jsonencode")
        .arg(expression(value))
        .build()
        .into()
}

/// `aws_s3_bucket.recordings.id`
fn reference(kind: &str, label: &str, attribute: &str) -> Expression {
    Traversal::builder(Variable::unchecked(kind))
        .attr(label)
        .attr(attribute)
        .build()
        .into()
}

fn label(place: Place) -> &'static str {
    match place {
        Place::User | Place::BackendRole => "backend",
        Place::SigningRole => "signing",
        Place::ReplicationRole => "replication",
        Place::Logs => "logs",
        Place::Recordings => "recordings",
    }
}

fn resource(kind: &str, place: Place) -> BlockBuilder {
    Block::builder("resource")
        .add_label(kind)
        .add_label(label(place))
}

/// A resource that belongs to a bucket.
fn of_bucket(kind: &str, place: Place) -> BlockBuilder {
    resource(kind, place).add_attribute(("bucket", reference("aws_s3_bucket", label(place), "id")))
}

fn resources(item: &Item, desired: &Desired) -> Vec<Block> {
    let place = item.place;
    let wanted = &item.wanted;
    let built = match item.setting {
        Setting::Existence if place.is_identity() => {
            resource("aws_iam_user", place).add_attribute(("name", item.name.as_str()))
        }
        Setting::Existence => the_bucket(item, desired),
        Setting::Trust => resource("aws_iam_role", place)
            .add_attribute(("name", item.name.as_str()))
            .add_attribute((
                "assume_role_policy",
                document(&wanted["AssumeRolePolicyDocument"]),
            ))
            .add_attribute((
                "max_session_duration",
                expression(&wanted["MaxSessionDuration"]),
            )),
        Setting::Permissions => permissions(item),
        // Tags are the bucket's own attribute, and keys are left to the command line.
        Setting::Tags | Setting::AccessKey => return Vec::new(),
        Setting::Ownership => of_bucket("aws_s3_bucket_ownership_controls", place).add_block(
            Block::builder("rule")
                .add_attribute((
                    "object_ownership",
                    expression(&wanted["Rules"][0]["ObjectOwnership"]),
                ))
                .build(),
        ),
        Setting::PublicAccess => of_bucket("aws_s3_bucket_public_access_block", place)
            .add_attribute(("block_public_acls", expression(&wanted["BlockPublicAcls"])))
            .add_attribute((
                "ignore_public_acls",
                expression(&wanted["IgnorePublicAcls"]),
            ))
            .add_attribute((
                "block_public_policy",
                expression(&wanted["BlockPublicPolicy"]),
            ))
            .add_attribute((
                "restrict_public_buckets",
                expression(&wanted["RestrictPublicBuckets"]),
            )),
        Setting::Encryption => encryption(item),
        Setting::Versioning => of_bucket("aws_s3_bucket_versioning", place).add_block(
            Block::builder("versioning_configuration")
                .add_attribute(("status", expression(&wanted["Status"])))
                .build(),
        ),
        Setting::ObjectLock => object_lock(item),
        Setting::Policy => {
            of_bucket("aws_s3_bucket_policy", place).add_attribute(("policy", document(wanted)))
        }
        Setting::Cors => cors(item),
        Setting::Lifecycle => lifecycle(item),
        Setting::Logging => of_bucket("aws_s3_bucket_logging", place)
            .add_attribute(("target_bucket", reference("aws_s3_bucket", "logs", "id")))
            .add_attribute((
                "target_prefix",
                expression(&wanted["LoggingEnabled"]["TargetPrefix"]),
            )),
        Setting::Metrics => of_bucket("aws_s3_bucket_metric", place)
            .add_attribute(("name", expression(&wanted["Id"]))),
        Setting::Tiering => tiering(item),
        Setting::Replication => replication(item),
    };
    vec![built.build()]
}

fn the_bucket(item: &Item, desired: &Desired) -> BlockBuilder {
    let mut bucket =
        resource("aws_s3_bucket", item.place).add_attribute(("bucket", item.name.as_str()));
    if desired.item(item.place, Setting::ObjectLock).is_some() {
        bucket = bucket.add_attribute(("object_lock_enabled", true));
    }
    if let Some(tags) = desired.item(item.place, Setting::Tags) {
        let tags = list(&tags.wanted, "TagSet")
            .iter()
            .filter_map(|tag| Some((tag["Key"].as_str()?.to_owned(), tag["Value"].clone())));
        let tags = Value::Object(tags.collect());
        bucket = bucket.add_attribute(("tags", expression(&tags)));
    }
    // What lies in it is not to go with a mistake in this file.
    bucket.add_block(
        Block::builder("lifecycle")
            .add_attribute(("prevent_destroy", true))
            .build(),
    )
}

fn list<'a>(document: &'a Value, key: &str) -> &'a [Value] {
    document[key]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn permissions(item: &Item) -> BlockBuilder {
    let place = item.place;
    let (kind, attribute, owner) = match place {
        Place::User => (
            "aws_iam_user_policy",
            "user",
            reference("aws_iam_user", label(place), "name"),
        ),
        // The role is made elsewhere.
        Place::BackendRole => (
            "aws_iam_role_policy",
            "role",
            Expression::from(item.name.as_str()),
        ),
        _ => (
            "aws_iam_role_policy",
            "role",
            reference("aws_iam_role", label(place), "id"),
        ),
    };
    resource(kind, place)
        .add_attribute(("name", item.policy_name.as_str()))
        .add_attribute((attribute, owner))
        .add_attribute(("policy", document(&item.wanted)))
}

fn encryption(item: &Item) -> BlockBuilder {
    let rule = &item.wanted["Rules"][0];
    let chosen = &rule["ApplyServerSideEncryptionByDefault"];
    let mut default = Block::builder("apply_server_side_encryption_by_default")
        .add_attribute(("sse_algorithm", expression(&chosen["SSEAlgorithm"])));
    if !chosen["KMSMasterKeyID"].is_null() {
        default =
            default.add_attribute(("kms_master_key_id", expression(&chosen["KMSMasterKeyID"])));
    }
    of_bucket(
        "aws_s3_bucket_server_side_encryption_configuration",
        item.place,
    )
    .add_block(
        Block::builder("rule")
            .add_attribute(("bucket_key_enabled", expression(&rule["BucketKeyEnabled"])))
            .add_block(default.build())
            .build(),
    )
}

fn object_lock(item: &Item) -> BlockBuilder {
    let mut lock = of_bucket("aws_s3_bucket_object_lock_configuration", item.place);
    let retention = &item.wanted["Rule"]["DefaultRetention"];
    if retention.is_object() {
        let retention = Block::builder("default_retention")
            .add_attribute(("mode", expression(&retention["Mode"])))
            .add_attribute(("days", expression(&retention["Days"])))
            .build();
        lock = lock.add_block(Block::builder("rule").add_block(retention).build());
    }
    lock
}

fn cors(item: &Item) -> BlockBuilder {
    let mut cors = of_bucket("aws_s3_bucket_cors_configuration", item.place);
    for rule in list(&item.wanted, "CORSRules") {
        let block = Block::builder("cors_rule")
            .add_attribute(("allowed_headers", expression(&rule["AllowedHeaders"])))
            .add_attribute(("allowed_methods", expression(&rule["AllowedMethods"])))
            .add_attribute(("allowed_origins", expression(&rule["AllowedOrigins"])))
            .add_attribute(("expose_headers", expression(&rule["ExposeHeaders"])))
            .add_attribute(("max_age_seconds", expression(&rule["MaxAgeSeconds"])));
        cors = cors.add_block(block.build());
    }
    cors
}

fn lifecycle(item: &Item) -> BlockBuilder {
    let mut lifecycle = of_bucket("aws_s3_bucket_lifecycle_configuration", item.place);
    for rule in list(&item.wanted, "Rules") {
        lifecycle = lifecycle.add_block(lifecycle_rule(rule));
    }
    lifecycle
}

fn lifecycle_rule(rule: &Value) -> Block {
    let tag = &rule["Filter"]["Tag"];
    let filter = if tag.is_object() {
        let tag = Block::builder("tag")
            .add_attribute(("key", expression(&tag["Key"])))
            .add_attribute(("value", expression(&tag["Value"])));
        Block::builder("filter").add_block(tag.build())
    } else {
        let prefix = expression(&rule["Filter"]["Prefix"]);
        Block::builder("filter").add_attribute(("prefix", prefix))
    };
    let mut block = Block::builder("rule")
        .add_attribute(("id", expression(&rule["ID"])))
        .add_attribute(("status", expression(&rule["Status"])))
        .add_block(filter.build());
    let mut inner = |name: &str, attributes: &[(&str, &Value)]| {
        let mut inner = Block::builder(name);
        for (attribute, value) in attributes {
            inner = inner.add_attribute((*attribute, expression(value)));
        }
        let grown = std::mem::replace(&mut block, Block::builder("rule"));
        block = grown.add_block(inner.build());
    };
    if rule["Expiration"].is_object() {
        inner("expiration", &[("days", &rule["Expiration"]["Days"])]);
    }
    for transition in list(rule, "Transitions") {
        inner(
            "transition",
            &[
                ("days", &transition["Days"]),
                ("storage_class", &transition["StorageClass"]),
            ],
        );
    }
    let old = &rule["NoncurrentVersionExpiration"];
    if old.is_object() {
        inner(
            "noncurrent_version_expiration",
            &[("noncurrent_days", &old["NoncurrentDays"])],
        );
    }
    let abort = &rule["AbortIncompleteMultipartUpload"];
    if abort.is_object() {
        inner(
            "abort_incomplete_multipart_upload",
            &[("days_after_initiation", &abort["DaysAfterInitiation"])],
        );
    }
    block.build()
}

fn tiering(item: &Item) -> BlockBuilder {
    let wanted = &item.wanted;
    let mut tiering = of_bucket(
        "aws_s3_bucket_intelligent_tiering_configuration",
        item.place,
    )
    .add_attribute(("name", expression(&wanted["Id"])));
    for tier in list(wanted, "Tierings") {
        tiering = tiering.add_block(
            Block::builder("tiering")
                .add_attribute(("access_tier", expression(&tier["AccessTier"])))
                .add_attribute(("days", expression(&tier["Days"])))
                .build(),
        );
    }
    tiering
}

fn replication(item: &Item) -> BlockBuilder {
    let rule = &item.wanted["Rules"][0];
    let destination = &rule["Destination"];
    let class = &destination["StorageClass"];
    let mut destination =
        Block::builder("destination").add_attribute(("bucket", expression(&destination["Bucket"])));
    if class.is_string() {
        destination = destination.add_attribute(("storage_class", expression(class)));
    }
    let filter = Block::builder("filter").add_attribute(("prefix", ""));
    let markers = Block::builder("delete_marker_replication").add_attribute((
        "status",
        expression(&rule["DeleteMarkerReplication"]["Status"]),
    ));
    let rule = Block::builder("rule")
        .add_attribute(("id", expression(&rule["ID"])))
        .add_attribute(("priority", expression(&rule["Priority"])))
        .add_attribute(("status", expression(&rule["Status"])))
        .add_block(filter.build())
        .add_block(markers.build())
        .add_block(destination.build());
    let versioning = Traversal::builder(Variable::unchecked("aws_s3_bucket_versioning"))
        .attr("recordings")
        .build();
    let before: Expression = vec![Expression::from(versioning)].into();
    of_bucket("aws_s3_bucket_replication_configuration", item.place)
        .add_attribute(("role", expression(&item.wanted["Role"])))
        .add_block(rule.build())
        .add_attribute(("depends_on", before))
}
