//! Tickets for one part of an upload.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::config::Builder;

use super::{SignedRequest, TicketError, signed_request, unsigned};
use crate::{Bucket, MAX_PARTS, PartChecksum, digest};

/// What the PUT of a part will be held to: length and checksum enter the signature, the store refuses other bytes.
/// Encryption never does: S3 takes it from the upload.
#[derive(Debug, Clone, Copy)]
pub struct PartTicket<'a> {
    /// The object's key.
    pub key: &'a str,
    /// The upload's id.
    pub upload_id: &'a str,
    /// The part's number, 1 to [`MAX_PARTS`].
    pub part_number: u32,
    /// Exact size of the part in bytes.
    pub content_length: u64,
    /// Its checksum, of the kind that [`crate::BucketConfig`] names, in hexadecimal digits.
    pub checksum_hex: &'a str,
    /// Life of the ticket, one second to [`crate::MAX_TICKET_LIFE`]; temporary credentials may end it sooner.
    pub expires_in: Duration,
}

impl Bucket {
    /// Signs a PUT of one part. `now` is the time of signing.
    pub async fn part_ticket(
        &self,
        ticket: PartTicket<'_>,
        now: SystemTime,
    ) -> Result<SignedRequest, TicketError> {
        let part_number = ticket.part_number;
        let number = i32::try_from(part_number)
            .ok()
            .filter(|_| (1..=MAX_PARTS).contains(&part_number))
            .ok_or(TicketError::PartNumber { part_number })?;
        let size_bytes = ticket.content_length;
        let content_length =
            i64::try_from(size_bytes).map_err(|_| TicketError::Size { size_bytes })?;
        let kind = self.part_checksum;
        let checksum = digest::to_base64(kind, ticket.checksum_hex)
            .ok_or(TicketError::PartChecksum { kind })?;
        let signing = self.signing(ticket.key, ticket.expires_in, now).await?;
        let request = self.client.upload_part();
        let request = match kind {
            PartChecksum::Sha256 => request.checksum_sha256(checksum),
            PartChecksum::Crc64Nvme => request.checksum_crc64_nvme(checksum),
        };
        let presigned = request
            .bucket(&self.name)
            .key(ticket.key)
            .upload_id(ticket.upload_id)
            .part_number(number)
            .content_length(content_length)
            .customize()
            .config_override(Builder::new().credentials_provider(signing.keys))
            .presigned(signing.config)
            .await
            .map_err(|error| unsigned(ticket.key, error))?;
        Ok(signed_request(&presigned, signing.expires_at))
    }
}
