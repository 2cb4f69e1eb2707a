//! Settings that are right one by one and bite together. `plan` refuses them, each with the reason and the way out; what
//! somebody may want all the same it warns of.

use serde_json::Value;

use crate::desired::{Algorithm, ArchiveClass, LockMode, OUR_RULES, Settings};
use crate::difference::Conflict;
use crate::observed::Observed;
use crate::{DEFAULT_RETENTION, RETENTION_TAG};

/// What bites in what was decided.
pub(crate) fn of_settings(settings: &Settings) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    locks(settings, &mut conflicts);
    ages(settings, &mut conflicts);
    conflicts
}

fn has_lifecycle(settings: &Settings) -> bool {
    let lifecycle = &settings.lifecycle;
    settings.intelligent_tiering.enabled
        || lifecycle.delete_after_days
            + lifecycle.infrequent_access_after_days
            + lifecycle.archive_after_days
            + lifecycle.abort_multipart_after_days
            + lifecycle.delete_old_versions_after_days
            > 0
}

fn locks(settings: &Settings, conflicts: &mut Vec<Conflict>) {
    let lock = &settings.object_lock;
    // Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html
    if settings.bucket.mfa_delete && has_lifecycle(settings) {
        conflicts.push(Conflict::new(
            "mfa-delete-with-lifecycle",
            "S3 takes no lifecycle rules on a bucket with MFA Delete",
            "set `bucket.mfa_delete = false`, or every key of [lifecycle] to 0 and `intelligent_tiering.enabled = false`",
        ));
    }
    // Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
    if lock.enabled && lock.default_mode != LockMode::None {
        conflicts.push(Conflict::new(
            "default-retention-with-base-clients",
            "with a default retention S3 refuses every PUT without a checksum, and clients of the base contract send none; \
             a recording that was put by mistake could not be deleted either",
            "set `object_lock.default_mode = \"none\"`: single objects can still be locked",
        ));
    }
    if lock.enabled && !settings.bucket.versioning {
        conflicts.push(Conflict::new(
            "object-lock-without-versioning",
            "Object Lock protects versions, and none are kept",
            "set `bucket.versioning = true`, or `object_lock.enabled = false`",
        ));
    }
    if lock.default_mode != LockMode::None && (lock.default_days == 0 || !lock.enabled) {
        conflicts.push(Conflict::new(
            "retention-without-time",
            "a default retention needs `object_lock.enabled = true` and `object_lock.default_days`",
            "set them, or `object_lock.default_mode = \"none\"`",
        ));
    }
    if settings.bucket.mfa_delete && !settings.bucket.versioning {
        conflicts.push(Conflict::new(
            "mfa-delete-without-versioning",
            "MFA Delete protects versions, and none are kept",
            "set `bucket.versioning = true`, or `bucket.mfa_delete = false`",
        ));
    }
    if !settings.replication.bucket.is_empty() && !settings.bucket.versioning {
        conflicts.push(Conflict::new(
            "replication-without-versioning",
            "S3 copies versions, and none are kept",
            "set `bucket.versioning = true`, or `replication.bucket = \"\"`",
        ));
    }
    if !settings.replication.bucket.is_empty() && settings.encryption.algorithm == Algorithm::Kms {
        conflicts.push(Conflict::new(
            "replication-with-kms",
            "S3 does not copy what a KMS key encrypts unless the role may use both keys, which this program does not set up",
            "set `encryption.algorithm = \"AES256\"`, or `replication.bucket = \"\"` and set the copies up by hand",
        ));
    }
}

fn ages(settings: &Settings, conflicts: &mut Vec<Conflict>) {
    let lifecycle = &settings.lifecycle;
    let (delete, infrequent, archive) = (
        lifecycle.delete_after_days,
        lifecycle.infrequent_access_after_days,
        lifecycle.archive_after_days,
    );
    if settings.intelligent_tiering.enabled && infrequent > 0 {
        conflicts.push(Conflict::new(
            "infrequent-access-with-intelligent-tiering",
            "what has moved to STANDARD_IA is no longer watched by Intelligent-Tiering, and each would undo the other's saving",
            "set `lifecycle.infrequent_access_after_days = 0`, or `intelligent_tiering.enabled = false`",
        ));
    }
    if delete > 0 && !lifecycle.only_tagged {
        conflicts.push(Conflict::new(
            "lifecycle-deletes-held-recordings",
            "a rule that deletes by age alone deletes recordings under a legal hold too",
            "set `lifecycle.only_tagged = true`: a hold takes the tag away that the rule looks for",
        ));
    }
    for (days, what) in [(infrequent, "STANDARD_IA"), (archive, "the archive")] {
        if delete > 0 && days >= delete {
            conflicts.push(Conflict::new(
                "moved-when-deleted",
                &format!("recordings would move to {what} after {days} days, and are deleted after {delete}"),
                "let `lifecycle.delete_after_days` be later, or do without the move",
            ));
        }
    }
    // Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
    if archive > 0 && infrequent > 0 && archive < infrequent + 30 {
        conflicts.push(Conflict::new(
            "archived-too-soon",
            "S3 wants 30 days or more between the move to STANDARD_IA and that to an archive",
            "let `lifecycle.archive_after_days` be 30 days later, or `lifecycle.infrequent_access_after_days = 0`",
        ));
    }
    let tiering = &settings.intelligent_tiering;
    if tiering.deep_archive_access_after_days > 0
        && tiering.deep_archive_access_after_days <= tiering.archive_access_after_days
    {
        conflicts.push(Conflict::new(
            "deep-archive-before-archive",
            "the Deep Archive Access tier comes after the Archive Access tier",
            "let `intelligent_tiering.deep_archive_access_after_days` be later",
        ));
    }
    if !tiering.enabled
        && tiering.archive_access_after_days + tiering.deep_archive_access_after_days > 0
    {
        conflicts.push(Conflict::new(
            "tiers-without-intelligent-tiering",
            "archive tiers are Intelligent-Tiering's, and it is off",
            "set `intelligent_tiering.enabled = true`, or the days to 0",
        ));
    }
}

/// What bites in what was found, together with what was decided.
pub(crate) fn of_observed(settings: &Settings, observed: &Observed) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    if observed.has_locked_logs {
        conflicts.push(Conflict::new(
            "log-bucket-with-default-retention",
            "S3 delivers no logs into a bucket with a default retention",
            "name another bucket in `logging.bucket`",
        ));
    }
    if observed.has_locked_recordings && settings.object_lock.default_mode == LockMode::None {
        conflicts.push(Conflict::new(
            "default-retention-with-base-clients",
            "the bucket has a default retention: S3 refuses every PUT without a checksum, and clients of the base contract send none",
            "take the default retention away (S3 console, bucket, Properties, Object Lock), or use another bucket",
        ));
    }
    if observed.has_mfa_delete && !settings.bucket.mfa_delete && has_lifecycle(settings) {
        conflicts.push(Conflict::new(
            "mfa-delete-with-lifecycle",
            "the bucket has MFA Delete, and S3 takes no lifecycle rules on it",
            "switch MFA Delete off as the account's root user, or every key of [lifecycle] to 0",
        ));
    }
    let rules = observed.lifecycle.as_ref().map(|found| &found["Rules"]);
    for rule in rules.and_then(Value::as_array).into_iter().flatten() {
        if deletes_held(rule) {
            let id = rule["ID"].as_str().unwrap_or("without a name");
            conflicts.push(Conflict::new(
                "lifecycle-deletes-held-recordings",
                &format!("the bucket's rule `{id}` deletes recordings under a legal hold too"),
                "take the rule away, or let it look for the tag retention=default (S3 console, bucket, Management)",
            ));
        }
    }
    conflicts
}

/// What may be wanted and has a price: told, and no bar. The server deletes version by version, and MFA Delete leaves that
/// to the account's root user. Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMFADelete.html>
pub(crate) fn warnings(settings: &Settings, observed: &Observed) -> Vec<Conflict> {
    let bucket = &settings.bucket.name;
    let way_back = if observed.has_mfa_delete {
        format!(
            "switch it off as the root user: aws s3api put-bucket-versioning --bucket {bucket} \
             --versioning-configuration Status=Enabled,MFADelete=Disabled --mfa 'SERIAL CODE'"
        )
    } else if settings.bucket.mfa_delete {
        "set `bucket.mfa_delete = false`".to_owned()
    } else {
        return Vec::new();
    };
    vec![Conflict::new(
        "mfa-delete-with-deletions",
        "with MFA Delete only the account's root user deletes versions, and the server is not that: what people delete, and \
         what was kept for its time, is shown to nobody and stays in the bucket for good, each such call is answered 503, and \
         what `storage verify`, `restore-test` and `rotate-key` put for a trial stays, too",
        &format!(
            "if recordings are ever to be deleted, {way_back}, and guard them by holds and copies (`replication.bucket`); \
             if none is, revui-server tenant update TENANT --keep-for-ever --existing, and what must go goes by hand: \
             aws s3api delete-object --bucket {bucket} --key KEY --version-id VERSION --mfa 'SERIAL CODE'"
        ),
    )]
}

/// Rules of ours are set right by `apply`; this is about somebody else's.
fn deletes_held(rule: &Value) -> bool {
    let is_ours = rule["ID"]
        .as_str()
        .is_some_and(|id| OUR_RULES.contains(&id));
    let expires = !rule["Expiration"]["Days"].is_null() || !rule["Expiration"]["Date"].is_null();
    let is_tag = |tag: &Value| tag["Key"] == RETENTION_TAG && tag["Value"] == DEFAULT_RETENTION;
    let filter = &rule["Filter"];
    let tags = filter["And"]["Tags"].as_array();
    let looks_for_tag = is_tag(&filter["Tag"]) || tags.is_some_and(|tags| tags.iter().any(is_tag));
    !is_ours && expires && rule["Status"] == "Enabled" && !looks_for_tag
}

/// Whether a link to an archived recording stops opening until it was restored.
pub(crate) fn closes_links(class: ArchiveClass) -> bool {
    class != ArchiveClass::InstantRetrieval
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desired::{Profile, Surroundings};

    fn codes(text: &str) -> Vec<&'static str> {
        let settings = Settings::read(text, &Surroundings::default());
        let settings = settings.unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
        of_settings(&settings)
            .iter()
            .map(|conflict| conflict.code)
            .collect()
    }

    #[test]
    fn the_profiles_bite_nowhere() {
        for profile in [Profile::Development, Profile::Production] {
            assert_eq!(of_settings(&Settings::of(profile).unwrap()), []);
        }
    }

    #[test]
    fn combinations_that_bite_are_refused() {
        for (text, expected) in [
            ("[bucket]\nmfa_delete = true\n", "mfa-delete-with-lifecycle"),
            (
                "[object_lock]\nenabled = true\ndefault_mode = \"GOVERNANCE\"\ndefault_days = 1\n",
                "default-retention-with-base-clients",
            ),
            (
                "[intelligent_tiering]\nenabled = true\n",
                "infrequent-access-with-intelligent-tiering",
            ),
            (
                "[lifecycle]\nonly_tagged = false\n",
                "lifecycle-deletes-held-recordings",
            ),
            (
                "[bucket]\nversioning = false\n[object_lock]\nenabled = true\n",
                "object-lock-without-versioning",
            ),
            (
                "[bucket]\nversioning = false\n[replication]\nbucket = \"copies\"\n",
                "replication-without-versioning",
            ),
            (
                "[replication]\nbucket = \"copies\"\n[encryption]\nalgorithm = \"aws:kms\"\n",
                "replication-with-kms",
            ),
            (
                "[lifecycle]\ninfrequent_access_after_days = 90\n",
                "moved-when-deleted",
            ),
            (
                "[lifecycle]\narchive_after_days = 40\n",
                "archived-too-soon",
            ),
            (
                "[intelligent_tiering]\narchive_access_after_days = 90\n",
                "tiers-without-intelligent-tiering",
            ),
            (
                "[object_lock]\ndefault_mode = \"GOVERNANCE\"\n",
                "retention-without-time",
            ),
        ] {
            assert_eq!(codes(text), [expected], "{text}");
        }
    }

    fn observed(lifecycle: Value) -> Observed {
        Observed {
            found: Vec::new(),
            has_locked_logs: false,
            lifecycle: Some(lifecycle),
            has_locked_recordings: false,
            has_mfa_delete: false,
        }
    }

    /// Whoever wants MFA Delete for a guard may have it without rules by age, and is told that the server's own deletions
    /// end; so is whoever has it already.
    #[test]
    fn mfa_delete_is_let_through_and_warned_of() {
        let wish = |mfa_delete: bool| {
            let mut settings = Settings::of(Profile::Production).unwrap();
            settings.bucket.mfa_delete = mfa_delete;
            let lifecycle = &mut settings.lifecycle;
            lifecycle.delete_after_days = 0;
            lifecycle.infrequent_access_after_days = 0;
            lifecycle.abort_multipart_after_days = 0;
            lifecycle.delete_old_versions_after_days = 0;
            settings
        };
        let set = "set `bucket.mfa_delete = false`";
        let switch = "Status=Enabled,MFADelete=Disabled";
        for (wished, has, expected) in [
            (false, false, None),
            (true, false, Some(set)),
            (false, true, Some(switch)),
            (true, true, Some(switch)),
        ] {
            let settings = wish(wished);
            let mut observed = observed(Value::Null);
            observed.has_mfa_delete = has;
            assert_eq!(of_settings(&settings), [], "{wished} {has}");
            assert_eq!(of_observed(&settings, &observed), [], "{wished} {has}");
            let warnings = warnings(&settings, &observed);
            let mends: Vec<&str> = warnings.iter().map(|one| one.mend.as_str()).collect();
            assert_eq!(mends.len(), usize::from(expected.is_some()), "{mends:?}");
            for mend in mends {
                assert!(mend.contains(expected.unwrap()), "{mend}");
                assert!(mend.contains("--keep-for-ever"), "{mend}");
            }
        }
    }

    #[test]
    fn what_is_found_bites_too() {
        let settings = Settings::of(Profile::Production).unwrap();
        let rule = |filter: Value| json!({ "Rules": [{ "ID": "old", "Status": "Enabled", "Filter": filter, "Expiration": { "Days": 9 } }] });
        let tag = json!({ "Key": "retention", "Value": "default" });
        for (filter, count) in [
            (json!({ "Prefix": "" }), 1),
            (json!({ "Tag": { "Key": "x", "Value": "y" } }), 1),
            (json!({ "Tag": tag.clone() }), 0),
            (json!({ "And": { "Prefix": "a", "Tags": [tag] } }), 0),
        ] {
            let conflicts = of_observed(&settings, &observed(rule(filter.clone())));
            assert_eq!(conflicts.len(), count, "{filter}: {conflicts:?}");
        }
        let mut all = observed(Value::Null);
        all.has_locked_logs = true;
        all.has_locked_recordings = true;
        all.has_mfa_delete = true;
        assert_eq!(of_observed(&settings, &all).len(), 3);
    }
}
