//! Conditional reads, decided purely.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use s3s::dto::{ETag, ETagCondition, Timestamp};

/// The conditions of a GET or HEAD, by the names of their headers.
#[allow(clippy::struct_field_names, reason = "the headers are called so")]
#[derive(Debug, Default)]
pub(super) struct Conditions {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_none_match: Option<ETagCondition>,
    pub(super) if_modified_since: Option<Timestamp>,
    pub(super) if_unmodified_since: Option<Timestamp>,
}

/// What they come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Send it.
    Proceed,
    /// 304.
    NotModified,
    /// 412.
    Failed,
}

impl Conditions {
    /// In the order of RFC 9110, section 13.2.2: an entity tag outweighs a date.
    pub(super) fn judge(&self, etag: &ETag, modified_at: SystemTime) -> Verdict {
        let modified_at = whole_second(modified_at);
        let unwanted = match (&self.if_match, &self.if_unmodified_since) {
            (Some(condition), _) => !matches(condition, etag),
            (None, Some(since)) => modified_at > *since,
            (None, None) => false,
        };
        if unwanted {
            return Verdict::Failed;
        }
        let known = match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) => matches(condition, etag),
            (None, Some(since)) => modified_at <= *since,
            (None, None) => false,
        };
        if known {
            return Verdict::NotModified;
        }
        Verdict::Proceed
    }
}

fn matches(condition: &ETagCondition, etag: &ETag) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(wanted) => wanted.weak_cmp(etag),
    }
}

/// The dates of headers have no fractions.
fn whole_second(time: SystemTime) -> Timestamp {
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    Timestamp::from(UNIX_EPOCH + Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_dates_decide_in_order() {
        let tag = |value: &str| Some(ETagCondition::ETag(ETag::Strong(value.to_owned())));
        let at = |seconds| Some(Timestamp::from(UNIX_EPOCH + Duration::from_secs(seconds)));
        let none = Conditions::default;
        for (case, conditions, expected) in [
            ("nothing asked", none(), Verdict::Proceed),
            (
                "match",
                Conditions {
                    if_match: tag("a"),
                    ..none()
                },
                Verdict::Proceed,
            ),
            (
                "no match",
                Conditions {
                    if_match: tag("b"),
                    ..none()
                },
                Verdict::Failed,
            ),
            (
                "any match",
                Conditions {
                    if_match: Some(ETagCondition::Any),
                    ..none()
                },
                Verdict::Proceed,
            ),
            (
                "known",
                Conditions {
                    if_none_match: tag("a"),
                    ..none()
                },
                Verdict::NotModified,
            ),
            (
                "unknown",
                Conditions {
                    if_none_match: tag("b"),
                    ..none()
                },
                Verdict::Proceed,
            ),
            (
                "same second",
                Conditions {
                    if_modified_since: at(1000),
                    ..none()
                },
                Verdict::NotModified,
            ),
            (
                "older copy",
                Conditions {
                    if_modified_since: at(999),
                    ..none()
                },
                Verdict::Proceed,
            ),
            (
                "unmodified",
                Conditions {
                    if_unmodified_since: at(1000),
                    ..none()
                },
                Verdict::Proceed,
            ),
            (
                "modified",
                Conditions {
                    if_unmodified_since: at(999),
                    ..none()
                },
                Verdict::Failed,
            ),
            (
                "the tag outweighs the date",
                Conditions {
                    if_match: tag("a"),
                    if_unmodified_since: at(1),
                    ..none()
                },
                Verdict::Proceed,
            ),
            (
                "likewise when reading anew",
                Conditions {
                    if_none_match: tag("b"),
                    if_modified_since: at(2000),
                    ..none()
                },
                Verdict::Proceed,
            ),
        ] {
            let modified_at = UNIX_EPOCH + Duration::from_millis(1_000_700);
            let etag = ETag::Strong("a".to_owned());
            assert_eq!(conditions.judge(&etag, modified_at), expected, "{case}");
        }
    }
}
