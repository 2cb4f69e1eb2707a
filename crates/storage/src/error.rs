//! What the store answered when it did not do as asked.

mod hidden;

use std::error::Error;
use std::fmt;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

pub(crate) use self::hidden::HiddenError;

type Cause = Box<dyn Error + Send + Sync>;

/// A question or an order that the store did not answer as hoped, by step.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The bucket could not be asked whether it is there.
    #[error("could not reach the bucket `{bucket}`")]
    Reach {
        /// Its name.
        bucket: String,
        /// Why.
        #[source]
        source: Refusal,
    },
    /// There is no bucket of that name for these credentials.
    #[error("there is no bucket `{bucket}`")]
    NoBucket {
        /// Its name.
        bucket: String,
    },
    /// The bucket was missing and could not be made.
    #[error("could not create the bucket `{bucket}`")]
    Create {
        /// Its name.
        bucket: String,
        /// Why.
        #[source]
        source: Refusal,
    },
    /// The object's facts could not be had.
    #[error("could not look at the object `{key}`")]
    Look {
        /// Its key.
        key: String,
        /// Why.
        #[source]
        source: Refusal,
    },
    /// The object's versions could not be listed.
    #[error("could not list the versions of `{key}`")]
    ListVersions {
        /// Its key.
        key: String,
        /// Why.
        #[source]
        source: Refusal,
    },
    /// The object, or a version of it, could not be deleted.
    #[error("could not delete `{key}`")]
    Delete {
        /// Its key.
        key: String,
        /// Why.
        #[source]
        source: Refusal,
    },
    /// The object's tags could not be set.
    #[error("could not tag the object `{key}`")]
    PutTags {
        /// Its key.
        key: String,
        /// Why.
        #[source]
        source: Refusal,
    },
    /// The object's tags could not be had.
    #[error("could not read the tags of the object `{key}`")]
    GetTags {
        /// Its key.
        key: String,
        /// Why.
        #[source]
        source: Refusal,
    },
    /// An upload in parts could not be begun.
    #[error("could not begin an upload in parts of `{key}`")]
    CreateMultipart {
        /// Its key.
        key: String,
        /// Why.
        #[source]
        source: Refusal,
    },
    /// The upload was completed, given up or never begun.
    #[error("there is no such upload for `{key}`")]
    NoSuchUpload {
        /// Its key.
        key: String,
    },
    /// The parts of an upload could not be listed.
    #[error("could not list the parts of the upload of `{key}`")]
    ListParts {
        /// Its key.
        key: String,
        /// Why.
        #[source]
        source: Refusal,
    },
    /// An upload in parts could not be given up.
    #[error("could not give up the upload of `{key}`")]
    AbortMultipart {
        /// Its key.
        key: String,
        /// Why.
        #[source]
        source: Refusal,
    },
    /// The uploads that were begun could not be listed.
    #[error("could not list the uploads that were begun")]
    ListMultiparts {
        /// Why.
        #[source]
        source: Refusal,
    },
    /// The bucket keeps versions, and these credentials may neither list nor delete them.
    #[error(
        "`{key}` is hidden but its versions remain: grant s3:ListBucketVersions and s3:DeleteObjectVersion on the bucket"
    )]
    VersionsKept {
        /// Its key.
        key: String,
    },
    /// The bucket has MFA Delete, and these credentials are not the root user's with the device in hand.
    #[error(
        "`{key}` stays: the bucket has MFA Delete, which leaves deleting to the account's root user"
    )]
    MfaDelete {
        /// Its key.
        key: String,
        /// Why.
        #[source]
        source: Refusal,
    },
}

/// Why the store did not do as asked, without the SDK's types.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// No answer came: no connection, no name, no credentials, no time left.
    Unanswered(Cause),
    /// The store answered with an error.
    Answered {
        /// The HTTP status.
        status: u16,
        /// S3's code, `AccessDenied`; absent when the answer had no body (HEAD).
        code: Option<String>,
        /// S3's message.
        message: Option<String>,
        /// `x-amz-request-id`, for AWS support.
        request_id: Option<String>,
        /// `x-amz-id-2`, likewise.
        extended_request_id: Option<String>,
    },
    /// The store answered with a success that makes no sense; what is wrong with it.
    Unreadable(&'static str),
}

impl Refusal {
    /// The HTTP status, when an answer came.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Unanswered(_) | Self::Unreadable(_) => None,
            Self::Answered { status, .. } => Some(*status),
        }
    }

    /// S3's error code, when the answer named one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Unanswered(_) | Self::Unreadable(_) => None,
            Self::Answered { code, .. } => code.as_deref(),
        }
    }

    pub(crate) fn read<E>(error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let Some(answer) = error.raw_response() else {
            return Self::Unanswered(error.into());
        };
        // Read here and not from the SDK's metadata, which has no ids of answers without a body.
        let header = |name| answer.headers().get(name).map(str::to_owned);
        let metadata = error.meta();
        // The SDK looks for an error where the status tells of one; S3 also puts one into the body of a 200.
        let hidden = match metadata.code() {
            None => HiddenError::find(answer.body().bytes().unwrap_or_default()),
            Some(_) => HiddenError::default(),
        };
        Self::Answered {
            status: answer.status().as_u16(),
            code: metadata.code().map(str::to_owned).or(hidden.code),
            message: metadata.message().map(str::to_owned).or(hidden.message),
            request_id: header("x-amz-request-id"),
            extended_request_id: header("x-amz-id-2"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unanswered(_) => f.write_str("the store did not answer"),
            Self::Unreadable(what) => write!(f, "the store's answer makes no sense: {what}"),
            Self::Answered {
                status,
                code,
                message,
                request_id,
                ..
            } => {
                write!(f, "the store answered {status}")?;
                if let Some(code) = code {
                    write!(f, " {code}")?;
                }
                if let Some(message) = message {
                    write!(f, ": {message}")?;
                }
                if let Some(request_id) = request_id {
                    write!(f, " (request {request_id})")?;
                }
                Ok(())
            }
        }
    }
}

impl Error for Refusal {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unanswered(cause) => Some(cause.as_ref()),
            Self::Answered { .. } | Self::Unreadable(_) => None,
        }
    }
}
