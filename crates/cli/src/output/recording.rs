//! A recording, as a line of a list and as a page of its own.

use jiff::Timestamp;
use wire::{Recording, UploadStatus};

use super::{harmless, quantity};

/// The head of the list.
pub(crate) fn heading() -> String {
    row(
        [
            "RECORDING",
            "CREATED (UTC)",
            "SIZE",
            "LENGTH",
            "STATUS",
            "TASK",
        ],
        "NAME",
    )
}

/// One line of the list.
pub(crate) fn line(recording: &Recording) -> String {
    let created = minute(recording.created_at);
    row(
        [
            &harmless(recording.id.as_str()),
            &created,
            &size(recording),
            &length(recording),
            status(recording.upload_status),
            &harmless(&recording.task_id),
        ],
        &harmless(&name(recording)),
    )
}

fn row([id, created, size, length, status, task]: [&str; 6], name: &str) -> String {
    format!("{id:<36}  {created:<16}  {size:>7}  {length:>7}  {status:<8}  {task:<20}  {name}")
        .trim_end()
        .to_owned()
}

/// Everything about it, a line each; the link is the caller's to add.
pub(crate) fn page(recording: &Recording) -> String {
    let mut lines = vec![
        ("recording", recording.id.to_string()),
        ("name", name(recording)),
        ("task", recording.task_id.clone()),
        ("user", recording.user_id.to_string()),
        ("status", status(recording.upload_status).to_owned()),
        ("size", size_in_full(recording)),
        ("length", length(recording)),
        ("type", recording.mime_type.clone().unwrap_or_default()),
        ("created", recording.created_at.to_string()),
        (
            "completed",
            recording
                .completed_at
                .map(|at| at.to_string())
                .unwrap_or_default(),
        ),
        (
            "kept",
            recording
                .kept_until
                .map(|until| format!("until {until}"))
                .unwrap_or_default(),
        ),
        ("key", recording.s3_key.clone()),
        ("sha256", recording.sha256.clone().unwrap_or_default()),
    ];
    lines.retain(|(_, value)| !value.is_empty());
    lines
        .iter()
        .map(|(label, value)| format!("{label:<9}  {}", harmless(value)))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The name that people gave it; from a backend that does not keep it, the end of the key.
pub(crate) fn name(recording: &Recording) -> String {
    match &recording.filename {
        Some(name) => name.clone(),
        None => recording
            .s3_key
            .rsplit('/')
            .next()
            .map(without_timestamp)
            .unwrap_or_default()
            .to_owned(),
    }
}

/// Keys end in `{timestamp}_{filename}`.
fn without_timestamp(end_of_key: &str) -> &str {
    match end_of_key.split_once('_') {
        Some((digits, name))
            if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name
        }
        _ => end_of_key,
    }
}

fn size(recording: &Recording) -> String {
    recording
        .file_size
        .map(|size| quantity::size(size.0))
        .unwrap_or_default()
}

fn size_in_full(recording: &Recording) -> String {
    recording
        .file_size
        .map(|size| format!("{} ({} bytes)", quantity::size(size.0), size.0))
        .unwrap_or_default()
}

fn length(recording: &Recording) -> String {
    recording
        .duration
        .map(|seconds| quantity::length(f64::from(seconds)))
        .unwrap_or_default()
}

fn status(status: UploadStatus) -> &'static str {
    match status {
        UploadStatus::Pending => "pending",
        UploadStatus::Complete => "complete",
        UploadStatus::Failed => "failed",
        UploadStatus::Unknown => "unknown",
    }
}

/// `2026-11-24 10:00`, in UTC.
fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording() -> Recording {
        serde_json::from_str(
            r#"{"id":"0193c5f2-6d1e-7c1c-9d4e-5a1b2c3d4e5f","taskId":"onboarding","userId":"u-1",
                "s3Key":"acme/onboarding/u-1/1732442400000_demo_1.webm","fileSize":"233018","duration":10,
                "mimeType":"video/webm","uploadStatus":"COMPLETE","createdAt":"2026-11-24T10:00:00Z",
                "completedAt":"2026-11-24T10:00:04Z"}"#,
        )
        .unwrap()
    }

    #[test]
    fn a_list_lines_up() {
        let mut pending = recording();
        (pending.file_size, pending.duration) = (None, None);
        pending.upload_status = UploadStatus::Pending;
        pending.filename = Some("Übergabe\u{7}.webm".to_owned());
        let list = [heading(), line(&recording()), line(&pending)].join("\n");
        insta::assert_snapshot!("list", list);
    }

    #[test]
    fn a_page_shows_what_is_known() {
        insta::assert_snapshot!("page", page(&recording()));
        let mut kept = recording();
        kept.kept_until = Some("2027-02-26T10:00:00Z".parse().unwrap());
        let lines = page(&kept);
        assert!(
            lines.contains("\nkept       until 2027-02-26T10:00:00Z\n"),
            "{lines}"
        );
    }

    #[test]
    fn the_name_is_the_filename_or_the_end_of_the_key() {
        let mut recording = recording();
        assert_eq!(name(&recording), "demo_1.webm");
        for (key, expected) in [
            ("t/a_b.webm", "a_b.webm"),
            ("12_.webm", ".webm"),
            ("_x", "_x"),
        ] {
            key.clone_into(&mut recording.s3_key);
            assert_eq!(name(&recording), expected);
        }
    }
}
