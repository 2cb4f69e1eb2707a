//! What the callers ask for, read from their fields; all that is wrong is said at once.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use wire::{
    CompletedPart, DEFAULT_TICKET_SECONDS, ErrorCode, IdempotencyKey, MAX_PARTS,
    MAX_SINGLE_PUT_BYTES, MAX_TICKET_SECONDS, TaskId, VIDEO_WEBM,
};

use super::content_type;
use crate::fields::Fields;
use crate::refusal::Refusal;

/// Longest name of a file, in characters.
const MAX_FILENAME_CHARACTERS: usize = 1024;

/// Longest idempotency key, in characters.
const MAX_IDEMPOTENCY_KEY_CHARACTERS: usize = 128;

/// Largest object of S3, in bytes: 5 TiB. An upload in parts can reach it, a single PUT cannot.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub(crate) const MAX_OBJECT_BYTES: u64 = 5 * 1024 * 1024 * 1024 * 1024;

/// Longest entity tag that is taken, in bytes; S3's have 34 or a few more.
const MAX_ETAG_BYTES: usize = 128;

/// `POST /recordings/initiate`, checked.
#[derive(Debug, Serialize)]
pub(crate) struct NewUpload {
    pub(crate) task: TaskId,
    pub(crate) filename: String,
    pub(crate) content_type: String,
    pub(crate) ticket_seconds: u32,
    pub(crate) file_size: Option<u64>,
    pub(crate) sha256: Option<String>,
    /// Whether the bytes will come in parts. Left out of the fingerprint where they don't: there were fingerprints before
    /// there were parts.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) multipart: bool,
    #[serde(skip)]
    pub(crate) idempotency_key: Option<IdempotencyKey>,
    /// Whether any extension field was there: then more is signed, and said.
    #[serde(skip)]
    pub(crate) extended: bool,
}

impl NewUpload {
    /// Reads the fields.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let task = read_task(&mut fields);
        let filename = read_filename(&mut fields);
        let content_type = read_content_type(&mut fields);
        let ticket_seconds = fields
            .optional_integer("urlExpiresIn", 1, MAX_TICKET_SECONDS)
            .unwrap_or(DEFAULT_TICKET_SECONDS);
        let idempotency_key = read_idempotency_key(&mut fields);
        let file_size = fields.optional_size("fileSize");
        let sha256 = fields.optional_sha256("sha256");
        let multipart = fields.optional_flag("multipart");
        fields.finish()?;
        let in_parts = multipart == Some(true);
        let max_bytes = if in_parts {
            MAX_OBJECT_BYTES
        } else {
            MAX_SINGLE_PUT_BYTES
        };
        if let Some(stated_bytes) = file_size.filter(|size| *size > max_bytes) {
            return Err(Refusal::FileTooLarge {
                stated_bytes,
                max_bytes,
            });
        }
        Ok(Self {
            extended: idempotency_key.is_some()
                || file_size.is_some()
                || sha256.is_some()
                || multipart.is_some(),
            task: task.ok_or_else(|| Refusal::invalid("taskId must be a string"))?,
            filename,
            content_type,
            ticket_seconds,
            file_size,
            sha256,
            multipart: in_parts,
            idempotency_key,
        })
    }

    /// The same request has the same fingerprint.
    pub(crate) fn fingerprint(&self) -> Result<String, Refusal> {
        let canonical = serde_json::to_vec(self).map_err(|error| Refusal::Defect(error.into()))?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&canonical)))
    }
}

fn read_task(fields: &mut Fields) -> Option<TaskId> {
    let text = fields.required_text("taskId")?;
    match TaskId::parse(&text) {
        Ok(task) => Some(task),
        Err(error) => {
            fields.flaw(ErrorCode::InvalidTaskId, format!("taskId: {error}"));
            None
        }
    }
}

fn read_filename(fields: &mut Fields) -> String {
    let Some(name) = fields.required_text("filename") else {
        return String::new();
    };
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        fields.flaw(
            ErrorCode::InvalidRequest,
            "filename must have a visible character and no control characters",
        );
    }
    if name.chars().count() > MAX_FILENAME_CHARACTERS {
        fields.flaw(
            ErrorCode::InvalidRequest,
            format!("filename must have at most {MAX_FILENAME_CHARACTERS} characters"),
        );
    }
    name
}

fn read_content_type(fields: &mut Fields) -> String {
    let Some(text) = fields.optional_text("contentType") else {
        return VIDEO_WEBM.to_owned();
    };
    if !content_type::is_recording(&text) {
        fields.flaw(
            ErrorCode::UnsupportedContentType,
            "contentType must be video/webm or audio/webm, with or without a codecs parameter",
        );
    }
    text
}

fn read_idempotency_key(fields: &mut Fields) -> Option<IdempotencyKey> {
    let text = fields.optional_text("idempotencyKey")?;
    let right = (1..=MAX_IDEMPOTENCY_KEY_CHARACTERS).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !right {
        fields.flaw(
            ErrorCode::InvalidRequest,
            format!(
                "idempotencyKey must have 1 to {MAX_IDEMPOTENCY_KEY_CHARACTERS} visible ASCII characters"
            ),
        );
    }
    Some(IdempotencyKey::from(text))
}

/// `POST /recordings/{id}/complete`, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) s3_key: String,
    pub(crate) file_size: u64,
    pub(crate) duration: Option<u32>,
    pub(crate) sha256: Option<String>,
    /// The parts that make the object, 1 to the last without a gap.
    pub(crate) parts: Option<Vec<CompletedPart>>,
}

impl Claim {
    /// Reads the fields.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let claim = Self {
            s3_key: fields.required_text("s3Key").unwrap_or_default(),
            file_size: fields.required_size("fileSize").unwrap_or_default(),
            duration: fields.optional_integer("duration", 1, u32::MAX),
            sha256: fields.optional_sha256("sha256"),
            parts: fields.optional_objects("parts", MAX_PARTS as usize, read_completed_part),
        };
        if claim.parts.as_ref().is_some_and(|parts| has_gap(parts)) {
            fields.flaw(
                ErrorCode::InvalidRequest,
                "parts must be numbered 1, 2, 3 and so on, in this order",
            );
        }
        fields.finish()?;
        Ok(claim)
    }
}

fn read_completed_part(fields: &mut Fields) -> Option<CompletedPart> {
    let part_number = fields.required_integer("partNumber", 1, MAX_PARTS);
    let etag = fields.required_text("etag");
    let checksum = fields.required_checksum("checksum");
    let etag = etag?;
    if etag.is_empty() || etag.len() > MAX_ETAG_BYTES || etag.chars().any(char::is_control) {
        fields.flaw(ErrorCode::InvalidRequest, "etag must be one of the store's");
    }
    Some(CompletedPart {
        part_number: part_number?,
        etag,
        checksum: checksum?,
    })
}

fn has_gap(parts: &[CompletedPart]) -> bool {
    !parts
        .iter()
        .map(|part| part.part_number)
        .eq((1..=MAX_PARTS).take(parts.len()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(json: &str) -> Result<NewUpload, Refusal> {
        NewUpload::read(Fields::new(serde_json::from_str(json).unwrap()))
    }

    #[test]
    fn a_base_request_is_not_extended_and_any_extension_is() {
        let base = read(r#"{"taskId":"t","filename":"a.webm"}"#).unwrap();
        assert!(!base.extended);
        assert_eq!(base.content_type, VIDEO_WEBM);
        assert_eq!(base.ticket_seconds, 3600);
        for extension in [
            r#""idempotencyKey":"k""#,
            r#""fileSize":1"#,
            r#""multipart":false"#,
            &format!(r#""sha256":"{}""#, "a".repeat(64)),
        ] {
            let json = format!(r#"{{"taskId":"t","filename":"a.webm",{extension}}}"#);
            assert!(read(&json).unwrap().extended, "{extension}");
        }
    }

    #[test]
    fn each_flaw_has_its_code() {
        for (json, code) in [
            (
                r#"{"taskId":"../x","filename":"a"}"#,
                ErrorCode::InvalidTaskId,
            ),
            (
                r#"{"taskId":"t","filename":"a","contentType":"video/mp4"}"#,
                ErrorCode::UnsupportedContentType,
            ),
            (
                r#"{"taskId":"t","filename":"\u0000"}"#,
                ErrorCode::InvalidRequest,
            ),
            (
                r#"{"taskId":"../x","filename":""}"#,
                ErrorCode::InvalidRequest,
            ),
            (
                r#"{"taskId":"t","filename":"a","urlExpiresIn":604801}"#,
                ErrorCode::InvalidRequest,
            ),
            (
                r#"{"taskId":"t","filename":"a","multipart":1}"#,
                ErrorCode::InvalidRequest,
            ),
            (
                r#"{"taskId":"t","filename":"a","fileSize":5368709121}"#,
                ErrorCode::FileTooLarge,
            ),
            (
                r#"{"taskId":"t","filename":"a","multipart":true,"fileSize":5497558138881}"#,
                ErrorCode::FileTooLarge,
            ),
        ] {
            assert_eq!(read(json).unwrap_err().code(), Some(code), "{json}");
        }
    }

    #[test]
    fn another_request_has_another_fingerprint() {
        let of = |json| read(json).unwrap().fingerprint().unwrap();
        let first = of(r#"{"taskId":"t","filename":"a","idempotencyKey":"k"}"#);
        assert_eq!(
            first,
            of(r#"{"idempotencyKey":"k","filename":"a","taskId":"t"}"#)
        );
        assert_eq!(
            first,
            of(r#"{"taskId":"t","filename":"a","idempotencyKey":"k","multipart":false}"#)
        );
        for other in [
            r#"{"taskId":"t","filename":"b","idempotencyKey":"k"}"#,
            r#"{"taskId":"t","filename":"a","idempotencyKey":"k","multipart":true}"#,
        ] {
            assert_ne!(first, of(other), "{other}");
        }
        // As the version before parts wrote it: keys of those days are still remembered.
        assert_eq!(first, FINGERPRINT_OF_BEFORE_PARTS);
    }

    const FINGERPRINT_OF_BEFORE_PARTS: &str = "mMgMb8QtZTFama1tEIdCQKXFpiznX_xeRRUUrxj7KX0";

    #[test]
    fn parts_are_numbered_without_a_gap() {
        let claim = |numbers: &[u32]| {
            let part = |number: &u32| json!({"partNumber": number, "etag": "\"e\"", "checksum": "a".repeat(64)});
            let parts: Vec<Value> = numbers.iter().map(part).collect();
            let body = json!({"s3Key": "k", "fileSize": 1, "parts": parts});
            Claim::read(Fields::new(body.as_object().unwrap().clone()))
        };
        let most: Vec<u32> = (1..=MAX_PARTS).collect();
        for good in [&[1][..], &[1, 2, 3], &most] {
            assert_eq!(claim(good).unwrap().parts.unwrap().len(), good.len());
        }
        for bad in [&[][..], &[0], &[2], &[1, 3], &[2, 1], &[1, 1], &[10_001]] {
            assert!(claim(bad).is_err(), "{bad:?}");
        }
    }
}
