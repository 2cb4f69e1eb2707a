//! What the callers ask for, read from their fields; all that is wrong is said at once.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use wire::{
    DEFAULT_TICKET_SECONDS, ErrorCode, IdempotencyKey, MAX_SINGLE_PUT_BYTES, MAX_TICKET_SECONDS,
    TaskId, VIDEO_WEBM,
};

use super::content_type;
use crate::fields::Fields;
use crate::refusal::Refusal;

/// Longest name of a file, in characters.
const MAX_FILENAME_CHARACTERS: usize = 1024;

/// Longest idempotency key, in characters.
const MAX_IDEMPOTENCY_KEY_CHARACTERS: usize = 128;

/// `POST /recordings/initiate`, checked.
#[derive(Debug, Serialize)]
pub(crate) struct NewUpload {
    pub(crate) task: TaskId,
    pub(crate) filename: String,
    pub(crate) content_type: String,
    pub(crate) ticket_seconds: u32,
    pub(crate) file_size: Option<u64>,
    pub(crate) sha256: Option<String>,
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
        if multipart == Some(true) {
            fields.flaw(
                ErrorCode::InvalidRequest,
                "multipart uploads are not offered by this server",
            );
        }
        fields.finish()?;
        if let Some(stated_bytes) = file_size.filter(|size| *size > MAX_SINGLE_PUT_BYTES) {
            return Err(Refusal::FileTooLarge {
                stated_bytes,
                max_bytes: MAX_SINGLE_PUT_BYTES,
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
}

impl Claim {
    /// Reads the fields.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let claim = Self {
            s3_key: fields.required_text("s3Key").unwrap_or_default(),
            file_size: fields.required_size("fileSize").unwrap_or_default(),
            duration: fields.optional_integer("duration", 1, u32::MAX),
            sha256: fields.optional_sha256("sha256"),
        };
        fields.finish()?;
        Ok(claim)
    }
}

#[cfg(test)]
mod tests {
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
                r#"{"taskId":"t","filename":"a","multipart":true}"#,
                ErrorCode::InvalidRequest,
            ),
            (
                r#"{"taskId":"t","filename":"a","fileSize":5368709121}"#,
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
        assert_ne!(
            first,
            of(r#"{"taskId":"t","filename":"b","idempotencyKey":"k"}"#)
        );
    }
}
