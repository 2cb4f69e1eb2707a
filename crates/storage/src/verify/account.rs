//! As whom: whether the credentials are anybody's, and how long they will be.

use std::time::{Duration, SystemTime};

use super::causes::{Tried, is_lacking, refusal};
use super::{Trouble, Verdict, Verification};
use crate::Refusal;
use crate::cloud::CallerError;
use crate::identity::life_left;

/// An access key older than this is to be exchanged.
/// Source: <https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-3>
pub(crate) const OLD_KEY: Duration = Duration::from_hours(24 * 90);

impl Verification {
    /// `aws sts get-caller-identity`.
    pub(super) async fn caller(&self) -> Verdict {
        match self.cloud.caller().await {
            Ok(caller) => {
                Verdict::Passed(format!("{} of account {}", caller.arn, caller.account_id))
            }
            Err(CallerError::NoSts) => {
                Verdict::Skipped("no STS is known for this store (AWS_ENDPOINT_URL_STS)".to_owned())
            }
            Err(CallerError::Ask { source }) if is_lacking(&source) => {
                Verdict::Skipped(format!("this store does not say: {source}"))
            }
            Err(CallerError::Ask { source }) => Verdict::Failed(refusal(&source, Tried::Caller)),
        }
    }

    pub(super) async fn credentials(&self) -> Verdict {
        let now = self.now();
        let keys = match self.bucket.identity.keys(now).await {
            Ok(keys) => keys,
            Err(error) => {
                return Verdict::Failed(Trouble::new(
                    error.to_string(),
                    "nothing can be signed",
                    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or mend the profile or role that holds them",
                ));
            }
        };
        if keys.session_token().is_some() {
            return Verdict::Warned(temporary(life_left(&keys, now)));
        }
        let key = keys.access_key_id();
        let Some(iam) = &self.cloud.iam else {
            return Verdict::Passed(format!(
                "{} is a lasting key; without IAM its age is not known",
                short(key)
            ));
        };
        // Without a name, IAM lists those of whoever asks.
        let listed = iam.list_access_keys().send().await.map_err(Refusal::read);
        let created = match &listed {
            Ok(listed) => listed
                .access_key_metadata()
                .iter()
                .find(|known| known.access_key_id() == Some(key))
                .and_then(|known| known.create_date()),
            Err(error) => {
                return Verdict::Passed(format!(
                    "{} is a lasting key; its age is not known (iam:ListAccessKeys: {error})",
                    short(key)
                ));
            }
        };
        match created.and_then(|date| SystemTime::try_from(*date).ok()) {
            Some(created) => aged(key, created, now),
            None => Verdict::Passed(format!(
                "{} is a lasting key; IAM does not list it",
                short(key)
            )),
        }
    }
}

fn temporary(left: Option<Duration>) -> Trouble {
    let found = match left {
        Some(left) => format!(
            "they are temporary, for {} more minutes",
            left.as_secs() / 60
        ),
        None => "they are temporary, until nobody here knows when".to_owned(),
    };
    let mend = match left {
        Some(_) => {
            "ask for shorter lives (`urlExpiresIn`), or use the lasting key of an IAM user that may do nothing else"
        }
        None => {
            "keys from a role are renewed by themselves: let the machine have one instead of AWS_SESSION_TOKEN"
        }
    };
    Trouble::new(
        found,
        "a URL dies with the credentials that signed it, whatever it says itself",
        mend,
    )
}

fn aged(key: &str, created: SystemTime, now: SystemTime) -> Verdict {
    let age = now.duration_since(created).unwrap_or_default();
    let days = age.as_secs() / 86_400;
    if age < OLD_KEY {
        return Verdict::Passed(format!("{} is {days} days old", short(key)));
    }
    Verdict::Warned(Trouble::new(
        format!("{} is {days} days old", short(key)),
        "a key that has been about for long has been copied to more places than anybody knows",
        "`revui-server storage rotate-key` makes a new one and takes the old one away",
    ))
}

/// Enough of a key's id to know it by.
pub(crate) fn short(key: &str) -> String {
    let end: String = key
        .chars()
        .rev()
        .take(4)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    format!("{}…{end}", key.get(..4).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_grows_old_after_ninety_days() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 365);
        for (days, old) in [(0, false), (89, false), (90, true), (300, true)] {
            let created = now - Duration::from_hours(24 * days);
            let verdict = aged("AKIDEXAMPLE", created, now);
            assert_eq!(matches!(verdict, Verdict::Warned(_)), old, "{days}");
            assert_eq!(matches!(verdict, Verdict::Passed(_)), !old, "{days}");
        }
        assert_eq!(short("AKIDEXAMPLE"), "AKID…MPLE");
        assert_eq!(short("é"), "…é");
    }

    #[test]
    fn temporary_keys_are_told_by_what_is_left_of_them() {
        for (left, found, mend) in [
            (
                Some(Duration::from_hours(1)),
                "60 more minutes",
                "urlExpiresIn",
            ),
            (
                Some(Duration::from_secs(119)),
                "1 more minutes",
                "urlExpiresIn",
            ),
            (Some(Duration::ZERO), "0 more minutes", "urlExpiresIn"),
            (None, "nobody here knows when", "AWS_SESSION_TOKEN"),
        ] {
            let told = temporary(left);
            assert!(told.found.contains(found), "{left:?}: {told:?}");
            assert!(told.mend.contains(mend), "{left:?}: {told:?}");
            assert!(told.why.contains("dies with the credentials"), "{told:?}");
        }
    }
}
