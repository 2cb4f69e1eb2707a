//! Identifiers. Recording, user and tenant ids are whatever a backend says they are; only a task id has a form of its
//! own, because it becomes part of an object's key.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self(value)
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self(value.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

opaque_id!(
    /// A recording, as its backend names it.
    RecordingId
);
opaque_id!(
    /// A user, as the backend names them (`sub` of the access token).
    UserId
);
opaque_id!(
    /// A tenant: the organisation that owns users and recordings.
    TenantId
);
opaque_id!(
    /// The client's name for one upload: repeating an initiate with it returns the same recording.
    IdempotencyKey
);

/// What a recording is for: `[A-Za-z0-9_-]{1,128}`, opaque otherwise.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[A-Za-z0-9_-]{1,128}$")]
pub struct TaskId(String);

/// Longest task id, in characters.
const MAX_TASK_ID_CHARACTERS: usize = 128;

/// Length of a UUID as 8-4-4-4-12 hexadecimal digits (RFC 9562, section 4).
const HYPHENATED_UUID_CHARACTERS: usize = 36;

/// The text is no task id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTaskId {
    /// Nothing was given.
    #[error("a task id cannot be empty")]
    Empty,
    /// More than 128 characters.
    #[error("a task id has at most {MAX_TASK_ID_CHARACTERS} characters; this one has {0}")]
    TooLong(usize),
    /// A character outside `[A-Za-z0-9_-]`.
    #[error("a task id holds only letters A-Z, digits, `_` and `-`; this one has {0:?}")]
    Character(char),
}

impl TaskId {
    /// Reads a task id, refusing what the contract refuses.
    pub fn parse(text: &str) -> Result<Self, InvalidTaskId> {
        if text.is_empty() {
            return Err(InvalidTaskId::Empty);
        }
        let allowed =
            |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
        if let Some(character) = text.chars().find(|&character| !allowed(character)) {
            return Err(InvalidTaskId::Character(character));
        }
        if text.len() > MAX_TASK_ID_CHARACTERS {
            return Err(InvalidTaskId::TooLong(text.len()));
        }
        Ok(Self(text.to_owned()))
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has the form of a UUID: some deployments answer a plain 500 to any other.
    pub fn is_uuid(&self) -> bool {
        self.0.len() == HYPHENATED_UUID_CHARACTERS && uuid::Uuid::try_parse(&self.0).is_ok()
    }
}

impl TryFrom<String> for TaskId {
    type Error = InvalidTaskId;

    fn try_from(value: String) -> Result<Self, Self::Error> {
        Self::parse(&value)
    }
}

impl FromStr for TaskId {
    type Err = InvalidTaskId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl From<TaskId> for String {
    fn from(id: TaskId) -> Self {
        id.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_id_is_letters_digits_underscore_and_hyphen() {
        for good in ["a", "task-uuid", "A_1", &"x".repeat(128)] {
            assert!(TaskId::parse(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", InvalidTaskId::Empty),
            ("a/b", InvalidTaskId::Character('/')),
            ("..", InvalidTaskId::Character('.')),
            ("tâche", InvalidTaskId::Character('â')),
            (&"x".repeat(129), InvalidTaskId::TooLong(129)),
        ] {
            assert_eq!(TaskId::parse(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn a_uuid_is_told_from_other_ids() {
        assert!(
            TaskId::parse("0191f3c6-7d1a-7c50-9a3e-1f2b3c4d5e6f")
                .unwrap()
                .is_uuid()
        );
        assert!(!TaskId::parse("onboarding-review").unwrap().is_uuid());
    }
}
