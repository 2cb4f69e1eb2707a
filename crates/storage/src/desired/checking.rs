//! Values that are of the right type and cannot be used all the same. Combinations of values are judged by the plan,
//! which can say more about them: see `difference`.

use url::Url;

use super::settings::Settings;

/// The keys that are wrong, each with what it must be.
pub(super) fn check(settings: &Settings) -> Vec<(&'static str, String)> {
    let mut problems = Vec::new();
    names(settings, &mut problems);
    ranges(settings, &mut problems);
    for origin in &settings.cors.origins {
        if !is_origin(origin) {
            let message = format!("`{origin}` is no origin such as https://app.example.com");
            problems.push(("cors.origins", message));
        }
    }
    problems
}

fn names(settings: &Settings, problems: &mut Vec<(&'static str, String)>) {
    let buckets = [
        ("bucket.name", &settings.bucket.name, true),
        ("logging.bucket", &settings.logging.bucket, false),
        ("replication.bucket", &settings.replication.bucket, false),
    ];
    for (key, name, required) in buckets {
        if (required || !name.is_empty()) && !is_bucket_name(name) {
            let message = format!(
                "`{name}` is no bucket's name: 3 to 63 small letters, digits, dots and hyphens"
            );
            problems.push((key, message));
        }
    }
    for (key, name) in [
        ("logging.bucket", &settings.logging.bucket),
        ("replication.bucket", &settings.replication.bucket),
    ] {
        if *name == settings.bucket.name {
            problems.push((
                key,
                "it must be another bucket than the recordings'".to_owned(),
            ));
        }
    }
    let region = &settings.bucket.region;
    if region.is_empty()
        || !region
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        problems.push((
            "bucket.region",
            format!("`{region}` is no region such as eu-central-1"),
        ));
    }
    let account = &settings.bucket.account_id;
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    if !(account.is_empty() || is_account) {
        problems.push((
            "bucket.account_id",
            "it must be twelve digits, or empty".to_owned(),
        ));
    }
    let access = &settings.access;
    let roles = [
        ("access.user", &access.user, access.user.is_empty()),
        (
            "access.user_policy",
            &access.user_policy,
            access.user.is_empty(),
        ),
        (
            "access.signing_role",
            &access.signing_role,
            access.signing_role.is_empty(),
        ),
        (
            "replication.role",
            &settings.replication.role,
            settings.replication.bucket.is_empty(),
        ),
    ];
    for (key, name, may_be_empty) in roles {
        if !(may_be_empty || is_iam_name(name)) {
            let message =
                format!("`{name}` is no name that IAM takes: 1 to 64 of A-Z a-z 0-9 _+=,.@-");
            problems.push((key, message));
        }
    }
    if !access.principal.is_empty() && !access.principal.starts_with("arn:") {
        problems.push((
            "access.principal",
            "it must be an ARN, arn:aws:iam::…:role/…".to_owned(),
        ));
    }
}

fn ranges(settings: &Settings, problems: &mut Vec<(&'static str, String)>) {
    let lifecycle = &settings.lifecycle;
    let tiering = &settings.intelligent_tiering;
    let ranges = [
        (
            "access.session_minutes",
            settings.access.session_minutes,
            60,
            720,
        ),
        (
            "cors.max_age_seconds",
            settings.cors.max_age_seconds,
            0,
            86_400,
        ),
        (
            "lifecycle.delete_after_days",
            lifecycle.delete_after_days,
            0,
            36_500,
        ),
        (
            "lifecycle.archive_after_days",
            lifecycle.archive_after_days,
            0,
            36_500,
        ),
        (
            "lifecycle.abort_multipart_after_days",
            lifecycle.abort_multipart_after_days,
            0,
            36_500,
        ),
        (
            "lifecycle.delete_old_versions_after_days",
            lifecycle.delete_old_versions_after_days,
            0,
            36_500,
        ),
        ("logging.keep_days", settings.logging.keep_days, 0, 36_500),
        (
            "object_lock.default_days",
            settings.object_lock.default_days,
            0,
            36_500,
        ),
    ];
    for (key, value, least, most) in ranges {
        if !(least..=most).contains(&value) {
            problems.push((key, format!("it must be a number from {least} to {most}")));
        }
    }
    // Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html and
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_Tiering.html
    let never_or = [
        (
            "lifecycle.infrequent_access_after_days",
            lifecycle.infrequent_access_after_days,
            30,
            36_500,
        ),
        (
            "intelligent_tiering.archive_access_after_days",
            tiering.archive_access_after_days,
            90,
            730,
        ),
        (
            "intelligent_tiering.deep_archive_access_after_days",
            tiering.deep_archive_access_after_days,
            180,
            730,
        ),
    ];
    for (key, value, least, most) in never_or {
        if value != 0 && !(least..=most).contains(&value) {
            problems.push((
                key,
                format!("it must be 0 or a number from {least} to {most}"),
            ));
        }
    }
    for method in &settings.cors.methods {
        if !["GET", "PUT", "POST", "DELETE", "HEAD"].contains(&method.as_str()) {
            problems.push((
                "cors.methods",
                format!("S3 knows no `{method}` here: GET, PUT, POST, DELETE, HEAD"),
            ));
        }
    }
}

/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn is_bucket_name(name: &str) -> bool {
    let inside =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    let outside = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().copied().all(inside)
        && outside(bytes.first())
        && outside(bytes.last())
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
}

/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
fn is_iam_name(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(known)
}

/// Scheme, host and port, nothing else (RFC 6454, section 6.2); S3 also takes one `*`.
fn is_origin(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    if text.matches('*').count() > 1 {
        return false;
    }
    let plain = text.replace('*', "any");
    Url::parse(&plain).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == plain
    })
}
