//! What tickets open: a PUT, a GET, parts, tags.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use reqwest::Method;
use sha2::{Digest as _, Sha256};

use super::bucket::taken;
use super::causes::{Tried, is_lacking, refusal};
use super::probes::PROBE;
use super::{Trouble, Verdict, Verification, causes};
use crate::{
    Bucket, BucketConfig, CreateMultipart, GetTicket, PartChecksum, PartTicket, PutTicket,
    SignedRequest, StoreError, Tags, TicketError,
};

/// Life of the tickets.
pub(super) const LIFE: Duration = Duration::from_mins(10);

/// A base ticket's request, as the guide's own `curl` sends it.
pub(super) fn base(key: &str) -> PutTicket<'_> {
    PutTicket {
        key,
        content_type: "video/webm",
        content_length: None,
        sha256_hex: None,
        write_once: false,
        sign_encryption: false,
        tags: None,
        expires_in: LIFE,
    }
}

impl Verification {
    /// Signs a PUT, and notes that there may be something to take away.
    pub(super) async fn put_ticket(
        &self,
        ticket: PutTicket<'_>,
        now: SystemTime,
    ) -> Result<SignedRequest, Trouble> {
        self.note(ticket.key);
        let signed = self.bucket.put_ticket(ticket, now).await;
        signed.map_err(|error| unsigned(&error))
    }

    pub(super) async fn get_ticket_of(&self, key: &str) -> Result<SignedRequest, Trouble> {
        let signed = self.bucket.get_ticket(get(key), self.now()).await;
        signed.map_err(|error| unsigned(&error))
    }

    pub(super) async fn presigned_put(&self) -> Verdict {
        verdict(self.try_put().await)
    }

    async fn try_put(&self) -> Result<String, Trouble> {
        let ticket = self
            .put_ticket(base(&self.key("first")), self.now())
            .await?;
        let answer = self.use_ticket(Method::PUT, &ticket, PROBE).await?;
        taken(&answer, Tried::Put)?;
        match answer.header("etag") {
            Some(_) => Ok(format!(
                "{} bytes, as the guide's own curl sends them",
                PROBE.len()
            )),
            None => Err(Trouble::new(
                "the answer has no ETag",
                "an object is told from another by its ETag",
                "check what stands between here and the store",
            )),
        }
    }

    pub(super) async fn presigned_get(&self) -> Verdict {
        verdict(self.try_get().await)
    }

    async fn try_get(&self) -> Result<String, Trouble> {
        let ticket = self.get_ticket_of(&self.key("first")).await?;
        let answer = self.use_ticket(Method::GET, &ticket, &[]).await?;
        taken(&answer, Tried::Get)?;
        if answer.body != PROBE {
            return Err(Trouble::new(
                format!("{} other bytes came", answer.body.len()),
                "a link must give what was uploaded",
                "check what stands between here and the store: a proxy or a cache that changes bodies",
            ));
        }
        let range = [("range".to_owned(), "bytes=0-0".to_owned())].into();
        let first = self.send(Method::GET, ticket.url.expose(), &range, Vec::new());
        let first = first.await.map_err(|error| causes::unanswered(&error))?;
        if first.is(206) && first.body == PROBE[..1] {
            return Ok("whole, and by range".to_owned());
        }
        Err(Trouble::new(
            format!("asked for one byte, {first}"),
            "players ask for ranges, and the client opens a link by its first byte",
            "check what stands between here and the store: it must pass the Range header on",
        ))
    }

    /// Begun, one part put with its checksum signed, listed, given up.
    pub(super) async fn parts(&self) -> Verdict {
        let key = self.key("parts");
        self.note(&key);
        let create = CreateMultipart {
            key: &key,
            content_type: "video/webm",
            tags: None,
        };
        let upload_id = match self.bucket.create_multipart(create).await {
            Ok(upload_id) => upload_id,
            Err(error) => return store_verdict(&error, Tried::Put),
        };
        let tried = self.try_part(&key, &upload_id).await;
        match (tried, self.bucket.abort_multipart(&key, &upload_id).await) {
            (Err(trouble), _) => Verdict::Failed(trouble),
            (Ok(_), Err(error)) => store_verdict(&error, Tried::Parts),
            (Ok(found), Ok(())) => Verdict::Passed(found),
        }
    }

    async fn try_part(&self, key: &str, upload_id: &str) -> Result<String, Trouble> {
        let kind = self.bucket.part_checksum();
        let ticket = PartTicket {
            key,
            upload_id,
            part_number: 1,
            content_length: PROBE.len() as u64,
            checksum_hex: &checksum(kind),
            expires_in: LIFE,
        };
        let signed = self.bucket.part_ticket(ticket, self.now()).await;
        let signed = signed.map_err(|error| unsigned(&error))?;
        let answer = self.use_ticket(Method::PUT, &signed, PROBE).await?;
        if !answer.status.is_success() {
            let mut trouble = causes::answered(&answer, Tried::Put);
            trouble.mend = format!(
                "{}; if the store knows no {kind}, set AWS_S3_CHECKSUM to the other kind",
                trouble.mend
            );
            return Err(trouble);
        }
        let listed = self.bucket.parts(key, upload_id, None).await;
        let listed = listed.map_err(|error| store_trouble(&error, Tried::Parts))?;
        match listed.parts.as_slice() {
            [part] if part.size_bytes == PROBE.len() as u64 => {
                Ok(format!("one part, held to its {kind}"))
            }
            parts => Err(Trouble::new(
                format!("{} parts are listed, and one was put", parts.len()),
                "an upload that was cut off could not be gone on with",
                "see the notes on other stores in docs/storage.md",
            )),
        }
    }

    pub(super) async fn tags(&self) -> Verdict {
        let found = verdict(self.try_tags().await);
        if self.config.tagging {
            return found;
        }
        match found {
            Verdict::Failed(trouble) => Verdict::Skipped(format!(
                "tickets sign no tags (AWS_S3_TAGGING=off), and none could be: {}",
                trouble.found
            )),
            _ => Verdict::Warned(Trouble::new(
                "objects can be tagged, and AWS_S3_TAGGING is off",
                "the bucket's lifecycle rules look for the tag retention=default: untagged recordings are kept for ever",
                "set AWS_S3_TAGGING=on",
            )),
        }
    }

    async fn try_tags(&self) -> Result<String, Trouble> {
        let key = self.key("tagged");
        let tags = Tags::of_recording("revui-verify", "probe");
        let ticket = PutTicket {
            tags: Some(&tags),
            ..base(&key)
        };
        let ticket = self.put_ticket(ticket, self.now()).await?;
        let answer = self.use_ticket(Method::PUT, &ticket, PROBE).await?;
        if !answer.status.is_success() {
            let mut trouble = causes::answered(&answer, Tried::Tag);
            trouble.mend.push_str(", or set AWS_S3_TAGGING=off");
            return Err(trouble);
        }
        match self.bucket.tags(&key).await {
            Ok(found) if found == tags => Ok("by the ticket itself".to_owned()),
            Ok(_) => Err(Trouble::new(
                "the object has other tags than were signed",
                "the bucket's lifecycle rules look for the tag retention=default",
                "set AWS_S3_TAGGING=off: this store does not keep them",
            )),
            // Whoever may not read them may still set them.
            Err(StoreError::GetTags { source, .. }) if source.status() == Some(403) => {
                Ok("by the ticket itself; they may not be read (s3:GetObjectTagging)".to_owned())
            }
            Err(error) => Err(store_trouble(&error, Tried::Tag)),
        }
    }

    /// The bucket, signing for somebody whose clock is this one.
    pub(super) fn sessions(&self) -> Option<(&Bucket, &BucketConfig)> {
        self.narrowed.as_ref().map(|bucket| (bucket, &self.config))
    }
}

pub(super) fn get(key: &str) -> GetTicket<'_> {
    GetTicket {
        key,
        version_id: None,
        filename: "probe.webm",
        content_type: "video/webm",
        expires_in: LIFE,
    }
}

pub(super) fn verdict(tried: Result<String, Trouble>) -> Verdict {
    match tried {
        Ok(found) => Verdict::Passed(found),
        Err(trouble) => Verdict::Failed(trouble),
    }
}

pub(super) fn unsigned(error: &TicketError) -> Trouble {
    let found = causes::chain(error);
    if let TicketError::Session { .. } = error {
        return Trouble::new(
            found,
            "no ticket can be signed for a tenant",
            "let the backend's user assume the role (sts:AssumeRole), and let the role trust it: `revui-server storage policy` shows both",
        );
    }
    Trouble::new(
        found,
        "no ticket can be signed",
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or mend the profile or role that holds them",
    )
}

fn store_verdict(error: &StoreError, tried: Tried) -> Verdict {
    match source(error) {
        Some(source) if is_lacking(source) => {
            Verdict::Skipped(format!("the store cannot do it: {source}"))
        }
        _ => Verdict::Failed(store_trouble(error, tried)),
    }
}

pub(super) fn store_trouble(error: &StoreError, tried: Tried) -> Trouble {
    match source(error) {
        Some(source) => refusal(source, tried),
        None => Trouble::new(error.to_string(), "it should be possible", "try again"),
    }
}

fn source(error: &StoreError) -> Option<&crate::Refusal> {
    std::error::Error::source(error).and_then(|source| source.downcast_ref())
}

fn checksum(kind: PartChecksum) -> String {
    match kind {
        PartChecksum::Sha256 => hex(&Sha256::digest(PROBE)),
        PartChecksum::Crc64Nvme => hex(&crc64_nvme(PROBE).to_be_bytes()),
    }
}

/// Bit by bit: the probe is short. Source: the NVM Express NVM Command Set Specification, "64b CRC".
fn crc64_nvme(bytes: &[u8]) -> u64 {
    const REVERSED_POLYNOMIAL: u64 = 0x9A6C_9329_AC4B_C9B5;
    let mut sum = u64::MAX;
    for byte in bytes {
        sum ^= u64::from(*byte);
        for _ in 0..8 {
            let low = sum & 1;
            sum >>= 1;
            if low == 1 {
                sum ^= REVERSED_POLYNOMIAL;
            }
        }
    }
    !sum
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_known_one() {
        // The check value of CRC-64/NVME.
        assert_eq!(crc64_nvme(b"123456789"), 0xAE8B_1486_0A79_9888);
    }
}
