//! Tickets: requests that are signed now and sent by somebody else later.

mod part;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials as Keys;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::types::ServerSideEncryption;

use crate::disposition::attachment;
use crate::identity::life_left;
use crate::{
    Bucket, Encryption, MAX_PARTS, MAX_TICKET_LIFE, PartChecksum, SecretText, SessionError, Tags,
    digest,
};

pub use part::PartTicket;

/// What a PUT will be held to. Everything given here enters the signature: the store refuses another value.
#[derive(Debug, Clone, Copy)]
pub struct PutTicket<'a> {
    /// The object's key.
    pub key: &'a str,
    /// `Content-Type`.
    pub content_type: &'a str,
    /// Exact size of the body in bytes.
    pub content_length: Option<u64>,
    /// SHA-256 of the body, 64 hexadecimal digits.
    pub sha256_hex: Option<&'a str>,
    /// Refuse to replace an object (`If-None-Match: *`).
    pub write_once: bool,
    /// Sign the encryption that [`crate::BucketConfig`] names.
    pub sign_encryption: bool,
    /// The object's tags; left out where the bucket's configuration says that tickets sign none.
    pub tags: Option<&'a Tags>,
    /// Life of the ticket, one second to [`MAX_TICKET_LIFE`]; temporary credentials may end it sooner.
    pub expires_in: Duration,
}

/// What a GET will answer with.
#[derive(Debug, Clone, Copy)]
pub struct GetTicket<'a> {
    /// The object's key.
    pub key: &'a str,
    /// The version to read; the latest when `None`.
    pub version_id: Option<&'a str>,
    /// The name to save it under.
    pub filename: &'a str,
    /// The `Content-Type` of the answer.
    pub content_type: &'a str,
    /// Life of the ticket, one second to [`MAX_TICKET_LIFE`]; temporary credentials may end it sooner.
    pub expires_in: Duration,
}

/// A ticket: whoever holds it may send the request until `expires_at`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// The whole URL, signature included.
    pub url: SecretText,
    /// Every signed header that must be sent with exactly this value, names in lower case. `host` and `content-length`
    /// are signed too where they apply, but follow from the URL and the body.
    pub headers: BTreeMap<String, String>,
    /// When the store stops taking it.
    pub expires_at: SystemTime,
}

/// Why no ticket could be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TicketError {
    /// The life asked for is none, or longer than SigV4 allows.
    #[error("a ticket lives for 1 to {} s, not {} s", MAX_TICKET_LIFE.as_secs(), asked.as_secs())]
    Life {
        /// What was asked for.
        asked: Duration,
    },
    /// The SHA-256 is not 64 hexadecimal digits.
    #[error("a SHA-256 has 64 hexadecimal digits")]
    Sha256,
    /// The checksum of a part has not the digits of its kind.
    #[error("a {kind} has {} hexadecimal digits", kind.digits())]
    PartChecksum {
        /// What parts are held to.
        kind: PartChecksum,
    },
    /// The size does not fit the protocol.
    #[error("{size_bytes} bytes are more than an object can have")]
    Size {
        /// What was asked for.
        size_bytes: u64,
    },
    /// There is no part of that number.
    #[error("a part has a number from 1 to {MAX_PARTS}, not {part_number}")]
    PartNumber {
        /// What was asked for.
        part_number: u32,
    },
    /// The temporary credentials ran out and could not be exchanged.
    #[error("the AWS credentials ran out")]
    Credentials {
        /// What their source said; absent when it keeps handing out dead ones.
        #[source]
        source: Option<CredentialsError>,
    },
    /// The signing role gave no session for the tenant.
    #[error("no session to sign with")]
    Session {
        /// Why.
        #[source]
        source: SessionError,
    },
    /// There is a signing role, and nobody said whose ticket it is.
    #[error("a ticket is signed for a tenant")]
    NoTenant,
    /// The SDK could not sign.
    #[error("could not sign a ticket for `{key}`")]
    Sign {
        /// The object's key.
        key: String,
        /// Why.
        #[source]
        source: BoxError,
    },
}

/// Keys and times of one signature.
struct Signing {
    keys: Keys,
    config: PresigningConfig,
    expires_at: SystemTime,
}

impl Bucket {
    /// Signs a PUT of one object. `now` is the time of signing.
    pub async fn put_ticket(
        &self,
        ticket: PutTicket<'_>,
        now: SystemTime,
    ) -> Result<SignedRequest, TicketError> {
        let content_length = ticket
            .content_length
            .map(|size_bytes| {
                i64::try_from(size_bytes).map_err(|_| TicketError::Size { size_bytes })
            })
            .transpose()?;
        let sha256 = ticket
            .sha256_hex
            .map(|hex| digest::to_base64(PartChecksum::Sha256, hex).ok_or(TicketError::Sha256))
            .transpose()?;
        let encryption = (ticket.sign_encryption && self.encryption == Encryption::Aes256)
            .then_some(ServerSideEncryption::Aes256);
        let tagging = ticket.tags.filter(|_| self.tagging).map(Tags::header);
        let signing = self.signing(ticket.key, ticket.expires_in, now).await?;
        let presigned = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(ticket.key)
            .content_type(ticket.content_type)
            .set_content_length(content_length)
            .set_checksum_sha256(sha256)
            .set_server_side_encryption(encryption)
            .set_tagging(tagging)
            .set_if_none_match(ticket.write_once.then(|| "*".to_owned()))
            .customize()
            .config_override(Builder::new().credentials_provider(signing.keys))
            .presigned(signing.config)
            .await
            .map_err(|error| unsigned(ticket.key, error))?;
        Ok(signed_request(&presigned, signing.expires_at))
    }

    /// Signs a GET of one object, answered as an attachment under its own name. `now` is the time of signing.
    pub async fn get_ticket(
        &self,
        ticket: GetTicket<'_>,
        now: SystemTime,
    ) -> Result<SignedRequest, TicketError> {
        let signing = self.signing(ticket.key, ticket.expires_in, now).await?;
        let presigned = self
            .client
            .get_object()
            .bucket(&self.name)
            .key(ticket.key)
            .set_version_id(ticket.version_id.map(str::to_owned))
            .response_content_disposition(attachment(ticket.filename))
            .response_content_type(ticket.content_type)
            .customize()
            .config_override(Builder::new().credentials_provider(signing.keys))
            .presigned(signing.config)
            .await
            .map_err(|error| unsigned(ticket.key, error))?;
        Ok(signed_request(&presigned, signing.expires_at))
    }

    /// Whose keys sign: the tenant's where there is a signing role, otherwise the account's.
    async fn signing_keys(&self, asked: Duration, now: SystemTime) -> Result<Keys, TicketError> {
        match (&self.sessions, &self.tenant) {
            (Some(sessions), Some(tenant)) => sessions
                .keys(tenant, asked, now)
                .await
                .map_err(|source| TicketError::Session { source }),
            (Some(_), None) => Err(TicketError::NoTenant),
            (None, _) => self
                .identity
                .keys(now)
                .await
                .map_err(|source| TicketError::Credentials {
                    source: Some(source),
                }),
        }
    }

    async fn signing(
        &self,
        key: &str,
        asked: Duration,
        now: SystemTime,
    ) -> Result<Signing, TicketError> {
        let keys = self.signing_keys(asked, now).await?;
        let signed_at = whole_second(now);
        let life = ticket_life(asked, life_left(&keys, signed_at))?;
        let config = PresigningConfig::builder()
            .start_time(signed_at)
            .expires_in(life)
            .build()
            .map_err(|error| unsigned(key, error))?;
        Ok(Signing {
            keys,
            config,
            expires_at: signed_at + life,
        })
    }
}

/// A ticket dies with the credentials that signed it, whatever it says: so it says so.
fn ticket_life(
    asked: Duration,
    credentials_left: Option<Duration>,
) -> Result<Duration, TicketError> {
    let asked_seconds = asked.as_secs();
    if !(1..=MAX_TICKET_LIFE.as_secs()).contains(&asked_seconds) {
        return Err(TicketError::Life { asked });
    }
    let seconds = credentials_left.map_or(asked_seconds, |left| left.as_secs().min(asked_seconds));
    if seconds == 0 {
        return Err(TicketError::Credentials { source: None });
    }
    Ok(Duration::from_secs(seconds))
}

/// `X-Amz-Date` knows no fractions; counting from the rounded time keeps `expires_at` exact.
fn whole_second(now: SystemTime) -> SystemTime {
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn signed_request(presigned: &PresignedRequest, expires_at: SystemTime) -> SignedRequest {
    let headers = presigned
        .headers()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .filter(|(name, _)| name != "host" && name != "content-length")
        .collect();
    SignedRequest {
        url: SecretText::from(presigned.uri()),
        headers,
        expires_at,
    }
}

fn unsigned(key: &str, error: impl Into<BoxError>) -> TicketError {
    TicketError::Sign {
        key: key.to_owned(),
        source: error.into(),
    }
}

#[cfg(test)]
mod tests;
