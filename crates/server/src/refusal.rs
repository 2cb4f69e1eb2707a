//! Everything that a call can be refused for: one variant for each reason, with the public text and the stable code
//! beside it. How it becomes an HTTP answer is `http::answer`'s business.

use std::fmt;
use std::time::Duration;

use storage::{CompleteError, StoreError, TicketError};
use wire::{ErrorCode, Messages};

use crate::db::{self, Excess, WriteError};

/// Why a call was refused. `Display` is for the person who called; the `source` chain is for the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the request is not valid")]
    Invalid(Vec<Flaw>),
    #[error("this is not the key that was handed out for this recording")]
    KeyMismatch,
    #[error("Recording is already COMPLETE")]
    AlreadyComplete,
    #[error("sign in first: the request carries no valid token")]
    Unauthorized,
    #[error("the token has expired: refresh it")]
    TokenExpired,
    #[error("the e-mail address and the password do not belong together")]
    WrongCredentials,
    #[error("whoever signed you in cannot be asked about your token now; try again")]
    ProviderUnavailable,
    #[error("your role does not allow this")]
    Forbidden,
    #[error("Recording not found")]
    NotFound,
    #[error("the store has no object under this recording's key yet")]
    ObjectMissing,
    #[error("the store holds {stored_bytes} bytes under this key, not {stated_bytes}")]
    SizeMismatch {
        stored_bytes: u64,
        stated_bytes: u64,
    },
    #[error("the SHA-256 of what was uploaded is not the stated one")]
    ChecksumMismatch,
    #[error("this idempotency key was used with another request")]
    IdempotencyConflict,
    #[error("the recording is no longer waiting for its bytes")]
    NotPending,
    #[error("the object was replaced after the recording was completed")]
    ObjectChanged,
    #[error("this recording comes in parts: ask for tickets of parts")]
    ComesInParts,
    #[error("this recording comes whole: it has no parts")]
    ComesWhole,
    #[error("the store does not know the upload any more: initiate it again")]
    UploadAborted,
    #[error("{0}")]
    PartsMismatch(PartsFlaw),
    #[error("the store wants larger parts than S3 does: an administrator has to look at it")]
    PartsTooSmall,
    #[error("the recording is on legal hold: it can be deleted once the hold is lifted")]
    Held,
    #[error(
        "this is noted here, but the store would not change the object's tag `retention`, by which the bucket's own rules \
         delete: grant the backend s3:GetObjectTagging and s3:PutObjectTagging, and ask again"
    )]
    HoldNotTagged(#[source] Box<StoreError>),
    #[error("the recording is not complete yet")]
    NotComplete,
    #[error("this upload was given up")]
    GivenUp,
    #[error("the file has {stated_bytes} bytes; this server takes at most {max_bytes}")]
    FileTooLarge { stated_bytes: u64, max_bytes: u64 },
    #[error("{}", OverQuota(.0))]
    QuotaExceeded(Excess),
    #[error("too many attempts; try again in {} s", whole_seconds(*retry_after))]
    TooManyAttempts { retry_after: Duration },
    #[error("too many requests; try again in {} s", whole_seconds(*retry_after))]
    TooManyRequests { retry_after: Duration },
    #[error("{0}")]
    StoreNotConfigured(String),
    #[error("the store could not be asked; try again")]
    StoreUnavailable(#[source] Box<StoreError>),
    #[error(
        "the bucket keeps the recording's earlier versions, and the backend may not delete them: \
         an administrator has to grant it s3:ListBucketVersions and s3:DeleteObjectVersion"
    )]
    VersionsKept(#[source] Box<StoreError>),
    #[error(
        "the bucket has MFA Delete, which leaves deleting to the AWS account's root user: the recording is shown to \
         nobody any more, and stays in the bucket until an administrator switches MFA Delete off"
    )]
    MfaDelete(#[source] Box<StoreError>),
    #[error("the upload could not be signed; try again")]
    Unsigned(#[source] Box<TicketError>),
    #[error("the store could not put the parts together; try again")]
    Unassembled(#[source] Box<CompleteError>),
    #[error("there is nothing at this address")]
    NoSuchRoute,
    #[error("this address does not take that method")]
    MethodNotAllowed,
    #[error("the request's body is larger than {max_bytes} bytes")]
    BodyTooLarge { max_bytes: usize },
    #[error("the request's body took too long to arrive")]
    BodyTooSlow,
    #[error("the server took too long to answer; try again")]
    TimedOut,
    #[error("the server's database could not be asked; try again")]
    DatabaseUnavailable(#[source] sqlx::Error),
    #[error("the server failed")]
    Database(#[source] sqlx::Error),
    #[error("the server failed")]
    Defect(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the server failed")]
    Panicked,
}

/// As `Retry-After` has it: whole seconds, of which a begun one counts.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// In words for whoever uploads, and for the administrator whom they ask.
struct OverQuota<'a>(&'a Excess);

impl fmt::Display for OverQuota<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Excess::Bytes { most, kept } => write!(
                f,
                "your organisation may keep {} of recordings and has {}: there is no room for this one",
                rounded(*most),
                rounded(*kept)
            ),
            Excess::Recordings { most } => write!(
                f,
                "your organisation may begin {most} recordings a day (UTC), and has today"
            ),
        }
    }
}

/// A size as people read it, in decimal units.
fn rounded(bytes: u64) -> String {
    let units = [
        (1_000_000_000_000, "TB"),
        (1_000_000_000, "GB"),
        (1_000_000, "MB"),
    ];
    for (unit, name) in units {
        if bytes >= unit {
            return format!("{}.{} {name}", bytes / unit, bytes % unit / (unit / 10));
        }
    }
    format!("{bytes} bytes")
}

/// How the parts that were named differ from those that the store holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PartsFlaw {
    #[error("the store has no part {part_number}")]
    Missing { part_number: u32 },
    #[error("the store has another part {part_number}: its ETag is not the stated one")]
    Tag { part_number: u32 },
    #[error("the store has another part {part_number}: its checksum is not the stated one")]
    Checksum { part_number: u32 },
    #[error(
        "part {part_number} has {size_bytes} bytes: all but the last have the same size, of at least {} bytes, and the last has no more",
        wire::MIN_PART_BYTES
    )]
    Size { part_number: u32, size_bytes: u64 },
    #[error("the store refused the parts: send them again")]
    Refused,
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
}

impl Flaw {
    /// A flaw without a code of its own.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            code: ErrorCode::InvalidRequest,
            message: message.into(),
        }
    }
}

impl Refusal {
    /// A refusal for a single flaw.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(vec![Flaw::new(message)])
    }

    /// The stable code; `None` where nobody branches on it.
    pub(crate) fn code(&self) -> Option<ErrorCode> {
        Some(match self {
            Self::Invalid(flaws) => match flaws.as_slice() {
                [only] => only.code,
                _ => ErrorCode::InvalidRequest,
            },
            Self::KeyMismatch => ErrorCode::KeyMismatch,
            Self::AlreadyComplete => ErrorCode::AlreadyComplete,
            Self::Unauthorized => ErrorCode::Unauthorized,
            Self::TokenExpired => ErrorCode::TokenExpired,
            Self::WrongCredentials => ErrorCode::WrongCredentials,
            Self::Forbidden => ErrorCode::Forbidden,
            Self::NotFound => ErrorCode::NotFound,
            Self::ObjectMissing => ErrorCode::ObjectMissing,
            Self::SizeMismatch { .. } => ErrorCode::SizeMismatch,
            Self::ChecksumMismatch => ErrorCode::ChecksumMismatch,
            Self::IdempotencyConflict => ErrorCode::IdempotencyConflict,
            Self::NotPending => ErrorCode::NotPending,
            Self::ObjectChanged => ErrorCode::ObjectChanged,
            Self::ComesInParts | Self::ComesWhole => ErrorCode::WrongUploadKind,
            Self::UploadAborted => ErrorCode::UploadAborted,
            Self::PartsMismatch(_) => ErrorCode::PartsMismatch,
            Self::PartsTooSmall => ErrorCode::PartsTooSmall,
            Self::Held => ErrorCode::Held,
            Self::GivenUp => ErrorCode::GivenUp,
            Self::FileTooLarge { .. } => ErrorCode::FileTooLarge,
            Self::QuotaExceeded(_) => ErrorCode::QuotaExceeded,
            Self::TooManyAttempts { .. } => ErrorCode::TooManyAttempts,
            Self::TooManyRequests { .. } => ErrorCode::RateLimited,
            // Trying again helps as little as with a store that is not set up at all.
            Self::StoreNotConfigured(_)
            | Self::VersionsKept(_)
            | Self::MfaDelete(_)
            | Self::HoldNotTagged(_) => ErrorCode::StoreNotConfigured,
            Self::StoreUnavailable(_) | Self::Unsigned(_) | Self::Unassembled(_) => {
                ErrorCode::StoreUnavailable
            }
            Self::DatabaseUnavailable(_) => ErrorCode::DatabaseUnavailable,
            Self::Database(_) | Self::Defect(_) | Self::Panicked => ErrorCode::Internal,
            Self::NotComplete
            | Self::ProviderUnavailable
            | Self::NoSuchRoute
            | Self::MethodNotAllowed
            | Self::BodyTooLarge { .. }
            | Self::BodyTooSlow
            | Self::TimedOut => return None,
        })
    }

    /// Whether the store contradicts what was claimed at complete, so that asking it again changes nothing.
    pub(crate) fn contradicts(&self) -> bool {
        matches!(
            self,
            Self::ObjectMissing
                | Self::SizeMismatch { .. }
                | Self::ChecksumMismatch
                | Self::UploadAborted
                | Self::PartsMismatch(_)
                | Self::PartsTooSmall
        )
    }

    /// Whether nothing comes of what was claimed at complete, until somebody claims it again.
    pub(crate) fn ends_claim(&self) -> bool {
        self.contradicts() || matches!(self, Self::QuotaExceeded(_))
    }

    /// What the caller is told.
    pub(crate) fn messages(&self) -> Messages {
        match self {
            Self::Invalid(flaws) => {
                Messages::Many(flaws.iter().map(|flaw| flaw.message.clone()).collect())
            }
            other => Messages::One(other.to_string()),
        }
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        if db::is_passing(&error) {
            Self::DatabaseUnavailable(error)
        } else {
            Self::Database(error)
        }
    }
}

impl From<WriteError> for Refusal {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Database(error) => error.into(),
            WriteError::Excess(excess) => Self::QuotaExceeded(excess),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let error = Box::new(error);
        match *error {
            StoreError::VersionsKept { .. } => Self::VersionsKept(error),
            StoreError::MfaDelete { .. } => Self::MfaDelete(error),
            _ => Self::StoreUnavailable(error),
        }
    }
}

impl From<TicketError> for Refusal {
    fn from(error: TicketError) -> Self {
        Self::Unsigned(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_told_in_sizes_that_people_read() {
        for (bytes, expected) in [
            (0, "0 bytes"),
            (999_999, "999999 bytes"),
            (1_000_000, "1.0 MB"),
            (59_990_000_000, "59.9 GB"),
            (2_500_000_000_000, "2.5 TB"),
            (u64::MAX, "18446744.0 TB"),
        ] {
            assert_eq!(rounded(bytes), expected);
        }
        let (most, kept) = (500_000_000_000, 499_000_000_000);
        let refusal = Refusal::QuotaExceeded(Excess::Bytes { most, kept });
        let said = refusal.to_string();
        assert!(
            said.contains("keep 500.0 GB of recordings and has 499.0 GB"),
            "{said}"
        );
    }

    #[test]
    fn parts_that_a_store_finds_too_small_are_not_to_be_sent_again() {
        let refusal = Refusal::PartsTooSmall;
        let said = refusal.to_string();
        assert!(said.contains("administrator"), "{said}");
        assert!(!said.contains("again"), "{said}");
        assert_eq!(refusal.code(), Some(ErrorCode::PartsTooSmall));
        assert!(refusal.contradicts(), "nobody asks the store again");
    }

    #[test]
    fn rights_that_are_missing_are_named_to_whoever_deletes() {
        let key = "t/task/user/1_a.webm".to_owned();
        let refusal = Refusal::from(StoreError::VersionsKept { key });
        let said = refusal.to_string();
        assert!(said.contains("s3:DeleteObjectVersion"), "{said}");
        assert!(!said.contains("try again"), "it would not help: {said}");
        assert_eq!(refusal.code(), Some(ErrorCode::StoreNotConfigured));
    }

    #[test]
    fn mfa_delete_is_named_to_whoever_deletes() {
        let key = "t/task/user/1_a.webm".to_owned();
        let source = storage::Refusal::Unreadable("a trial");
        let refusal = Refusal::from(StoreError::MfaDelete { key, source });
        let said = refusal.to_string();
        assert!(said.contains("MFA Delete"), "{said}");
        assert!(!said.contains("try again"), "it would not help: {said}");
        assert_eq!(refusal.code(), Some(ErrorCode::StoreNotConfigured));
    }
}
