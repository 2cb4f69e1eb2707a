//! What it means that a link does not open, that a recording does not come back, or that the disk takes nothing.

use std::io;
use std::path::Path;

use wire::UploadStatus;

use super::reach::{Place, of_network};
use super::{Code, Diagnosis};
use crate::backend::ProveError;
use crate::download::DownloadError;

/// What a recording without a link means.
pub fn of_incomplete(status: UploadStatus) -> Diagnosis {
    let incomplete = Diagnosis::of(Code::NotComplete);
    match status {
        UploadStatus::Failed => incomplete
            .saying("The upload of this recording failed, so there is no link to it.")
            .hinting("Upload it again."),
        _ => incomplete,
    }
}

/// What a link that does not open means.
pub fn of_link(error: &ProveError) -> Diagnosis {
    match error {
        ProveError::Unsafe(_) => Diagnosis::of(Code::UnsafeTicket)
            .saying("The server's link leads to a place that is not safe, so it was not opened."),
        ProveError::Unreachable { kind, .. } => of_network(*kind, Place::Storage),
        ProveError::Refused { .. } => Diagnosis::of(Code::LinkBroken),
        ProveError::OtherSize {
            stated_bytes,
            expected_bytes,
        } => Diagnosis::of(Code::Integrity)
            .saying(format!(
                "The link opens, but {stated_bytes} bytes lie behind it, and the recording has {expected_bytes}."
            ))
            .hinting("Upload the recording again. If it stays so, tell the server's administrator."),
        ProveError::CaptivePortal => Diagnosis::of(Code::CaptivePortal),
    }
}

/// What a failed download means.
pub fn of_download(error: &DownloadError) -> Diagnosis {
    match error {
        DownloadError::Exists(path) => Diagnosis::of(Code::DiskUnwritable)
            .saying(format!(
                "There is already a file `{}`; it was left as it is.",
                path.display()
            ))
            .hinting("Choose another name or folder, or move that file away.")
            .retryable(false),
        DownloadError::Link(error) => of_link(error),
        DownloadError::Interrupted { kind, .. } => of_network(*kind, Place::Storage),
        DownloadError::WrongSize { .. } => Diagnosis::of(Code::Integrity)
            .saying("The recording arrived incomplete, so it was not kept."),
        DownloadError::Unwritable { path, source } => of_disk(path, source),
    }
}

/// What it means that a file or folder cannot be written.
pub fn of_disk(path: &Path, error: &io::Error) -> Diagnosis {
    let unwritable = Diagnosis::of(Code::DiskUnwritable);
    let shown = path.display();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => unwritable
            .saying(format!("The disk is full: `{shown}` could not be written."))
            .hinting("Make room, then try again."),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => unwritable
            .saying(format!("You may not write `{shown}`."))
            .hinting("Choose another folder, or change its permissions."),
        io::ErrorKind::NotFound => unwritable
            .saying(format!(
                "`{shown}` could not be written: its folder is not there."
            ))
            .hinting("Choose a folder that exists."),
        _ => unwritable.saying(format!("`{shown}` could not be written.")),
    }
}
