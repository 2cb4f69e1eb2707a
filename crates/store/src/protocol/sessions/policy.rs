//! A session's policy, as far as it is understood here.
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>

use serde::Deserialize;

/// What it allows; everything else is refused.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Policy {
    #[serde(default, rename = "Version")]
    _version: Option<String>,
    #[serde(default, rename = "Id")]
    _id: Option<String>,
    statement: OneOrMore<Statement>,
}

/// One that refuses something, or depends on a condition, is not understood.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    #[serde(default, rename = "Sid")]
    _sid: Option<String>,
    #[serde(rename = "Effect")]
    _effect: Effect,
    action: OneOrMore<String>,
    resource: OneOrMore<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Effect {
    Allow,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<T> OneOrMore<T> {
    fn all(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more,
        }
    }
}

impl Policy {
    /// What is wrong with it otherwise.
    pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    pub(super) fn allows(&self, action: &str, resource: &str) -> bool {
        let among = |patterns: &OneOrMore<String>, text: &str| {
            patterns.all().iter().any(|pattern| fits(pattern, text))
        };
        self.statement.all().iter().any(|statement| {
            among(&statement.action, action) && among(&statement.resource, resource)
        })
    }
}

/// `*` stands for anything, `?` for one character.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<_>, Vec<_>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at_pattern, mut at_text) = (0, 0);
    // Where the last `*` stands, and how much of the text it has taken so far.
    let mut star = None;
    while at_text < text.len() {
        match pattern.get(at_pattern) {
            Some('*') => {
                star = Some((at_pattern, at_text));
                at_pattern += 1;
            }
            Some(sign) if *sign == '?' || *sign == text[at_text] => {
                at_pattern += 1;
                at_text += 1;
            }
            _ => {
                let Some((star_at, taken)) = star else {
                    return false;
                };
                star = Some((star_at, taken + 1));
                at_pattern = star_at + 1;
                at_text = taken + 1;
            }
        }
    }
    pattern[at_pattern..].iter().all(|sign| *sign == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_in_iam() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*", "a", true),
            ("a/*", "a/b/c", true),
            ("a/*", "ab/c", false),
            ("a/*", "a", false),
            ("*b*d", "abcbd", true),
            ("*b*d", "abcb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("", "a", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_no_policy() {
        let allow = r#"{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/t/*"}}"#;
        let policy = Policy::read(allow).unwrap();
        assert!(policy.allows("s3:GetObject", "arn:aws:s3:::b/t/k"));
        assert!(!policy.allows("s3:GetObject", "arn:aws:s3:::b/u/k"));
        assert!(!policy.allows("s3:PutObject", "arn:aws:s3:::b/t/k"));
        for (from, to) in [
            ("Allow", "Deny"),
            (r#""Effect""#, r#""Condition": {}, "Effect""#),
            (r#""Action""#, r#""NotAction""#),
        ] {
            assert!(Policy::read(&allow.replace(from, to)).is_err(), "{to}");
        }
    }
}
