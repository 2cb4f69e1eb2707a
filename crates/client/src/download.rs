//! Bringing a recording back: into a file beside its place first, hashed on the way, and moved there once it is whole.

use std::io;
use std::path::{Path, PathBuf};

use tokio::io::AsyncWriteExt;
use wire::{DownloadUrl, Recording, UploadStatus};

use crate::ClientError;
use crate::backend::{Backend, Cause, ProveError, Unreachable, link, unreachable};
use crate::session::UnsafeAddress;
use crate::sum::{Sha256, hexadecimal};

/// A recording brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// Where it is now.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// SHA-256 of what arrived, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Whether that agrees with what the backend keeps; `None` when the backend keeps none.
    pub agrees: Option<bool>,
}

/// A recording could not be brought back. Nothing is left of what had arrived.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// There is a file at the place already; it is left as it is.
    #[error("`{}` exists already", .0.display())]
    Exists(PathBuf),
    /// The link did not open.
    #[error("the link does not open")]
    Link(#[source] ProveError),
    /// The connection broke on the way.
    #[error("the download broke off: {kind}")]
    Interrupted {
        /// What stood in the way.
        kind: Unreachable,
        /// What the network library says.
        #[source]
        source: Cause,
    },
    /// Another number of bytes arrived than the backend keeps.
    #[error("{arrived} bytes arrived; the backend keeps {expected}")]
    WrongSize {
        /// Bytes that arrived.
        arrived: u64,
        /// Bytes that the backend keeps.
        expected: u64,
    },
    /// The file could not be written.
    #[error("`{}` cannot be written", path.display())]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// Longest file name that every file system takes, in bytes.
const LONGEST_NAME_BYTES: usize = 255;

/// What a recording is called that has no usable name.
const NAMELESS: &str = "recording.webm";

/// What is added to the name of a file that has not arrived in full.
const UNFINISHED: &str = ".part";

/// The link of a complete recording.
pub(crate) fn link_of(recording: &Recording) -> Result<&DownloadUrl, ClientError> {
    if recording.upload_status != UploadStatus::Complete {
        return Err(ClientError::NotComplete(recording.upload_status));
    }
    recording.download_url.as_ref().ok_or(ClientError::NoLink)
}

/// Fetches `recording` to `to`, or into it if it is a folder. A file that is there already is never replaced. Dropping
/// the future stops, and removes what had arrived.
pub(crate) async fn fetch(
    backend: &Backend,
    recording: &Recording,
    to: &Path,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Downloaded, ClientError> {
    let url = link_of(recording)?;
    let place = place(recording, to);
    if place.symlink_metadata().is_ok() {
        return Err(DownloadError::Exists(place).into());
    }
    let response = open(backend, url).await?;
    let (part, file) = Unfinished::create(beside(&place)).await?;
    let arrived = receive(response, recording, &part, file, progress).await?;
    settle(&part.0, &place).await?;
    Ok(Downloaded {
        path: place,
        agrees: recording
            .sha256
            .as_ref()
            .map(|kept| kept.eq_ignore_ascii_case(&arrived.sha256)),
        size_bytes: arrived.size_bytes,
        sha256: arrived.sha256,
    })
}

/// The file in which a recording arrives. Dropping it removes it: what is whole has another name by then.
struct Unfinished(PathBuf);

impl Unfinished {
    /// An empty one. Whoever no longer waits for it leaves none behind either.
    async fn create(path: PathBuf) -> Result<(Self, tokio::fs::File), DownloadError> {
        let place = path.clone();
        let create = move || std::fs::File::create(&place).map(|file| (Self(place), file));
        let created = tokio::task::spawn_blocking(create).await;
        match created.map_err(io::Error::other).flatten() {
            Ok((unfinished, file)) => Ok((unfinished, tokio::fs::File::from_std(file))),
            Err(source) => Err(DownloadError::Unwritable { path, source }),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Nothing more can be done if even that fails; the error that matters is another.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What came over the wire.
struct Arrived {
    size_bytes: u64,
    sha256: String,
}

async fn open(backend: &Backend, url: &DownloadUrl) -> Result<reqwest::Response, DownloadError> {
    let refused = |reason: UnsafeAddress| DownloadError::Link(ProveError::Unsafe(reason));
    let address = backend
        .server()
        .may_lead_to(url.reveal())
        .map_err(refused)?;
    let response = backend
        .links()
        .get(address)
        .send()
        .await
        .map_err(|error| DownloadError::Link(link::unopened(error)))?;
    link::of_answer(response.status(), response.headers()).map_err(DownloadError::Link)?;
    Ok(response)
}

/// Writes the body to `part`, hashing it, and has the disk confirm it.
async fn receive(
    mut response: reqwest::Response,
    recording: &Recording,
    part: &Unfinished,
    mut file: tokio::fs::File,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Arrived, DownloadError> {
    let unwritable = |source| DownloadError::Unwritable {
        path: part.0.clone(),
        source,
    };
    let kept = recording.file_size.map(|size| size.0);
    let total = kept.or(response.content_length()).unwrap_or_default();
    let mut sum = Sha256::new();
    let mut size_bytes = 0_u64;
    progress(0, total);
    while let Some(chunk) = response.chunk().await.map_err(interrupted)? {
        sum.update(&chunk);
        size_bytes += chunk.len() as u64;
        if kept.is_some_and(|kept| size_bytes > kept) {
            break;
        }
        file.write_all(&chunk).await.map_err(unwritable)?;
        progress(size_bytes, total.max(size_bytes));
    }
    file.flush().await.map_err(unwritable)?;
    file.sync_all().await.map_err(unwritable)?;
    match kept {
        Some(expected) if expected != size_bytes => Err(DownloadError::WrongSize {
            arrived: size_bytes,
            expected,
        }),
        _ => Ok(Arrived {
            size_bytes,
            sha256: hexadecimal(&sum.finalize()),
        }),
    }
}

fn interrupted(error: reqwest::Error) -> DownloadError {
    let (kind, source) = unreachable(error);
    DownloadError::Interrupted { kind, source }
}

/// Moves the whole file to its place, unless something has appeared there meanwhile. A hard link fails where a rename
/// would replace; file systems without hard links are asked first instead.
async fn settle(part: &Path, place: &Path) -> Result<(), DownloadError> {
    let unwritable = |source| DownloadError::Unwritable {
        path: place.to_owned(),
        source,
    };
    match tokio::fs::hard_link(part, place).await {
        Ok(()) => tokio::fs::remove_file(part).await.map_err(unwritable),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(DownloadError::Exists(place.to_owned()))
        }
        Err(_) if place.symlink_metadata().is_err() => {
            tokio::fs::rename(part, place).await.map_err(unwritable)
        }
        Err(_) => Err(DownloadError::Exists(place.to_owned())),
    }
}

fn beside(place: &Path) -> PathBuf {
    let mut name = place.as_os_str().to_owned();
    name.push(UNFINISHED);
    PathBuf::from(name)
}

fn place(recording: &Recording, to: &Path) -> PathBuf {
    if to.is_dir() {
        to.join(name_of(recording))
    } else {
        to.to_owned()
    }
}

/// The name that the recording was given, else that of its object without the time before it; as a plain file name,
/// whatever the server says.
fn name_of(recording: &Recording) -> String {
    let of_key = || {
        let last = recording.s3_key.rsplit('/').next().unwrap_or_default();
        match last.split_once('_') {
            Some((time, name)) if time.bytes().all(|byte| byte.is_ascii_digit()) => name.to_owned(),
            _ => last.to_owned(),
        }
    };
    plain(&recording.filename.clone().unwrap_or_else(of_key))
}

/// Without folders, without characters that a file system refuses or that mean something to it, not hidden, not too long.
fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .map(|character| {
            let refused = character.is_control() || "<>:\"|?*".contains(character);
            if refused { '_' } else { character }
        })
        .collect();
    let kept = kept
        .trim_start_matches(['.', ' ', '-'])
        .trim_end_matches(['.', ' ']);
    let stem = kept.split('.').next().unwrap_or_default();
    if kept.is_empty() || is_reserved(stem) {
        return NAMELESS.to_owned();
    }
    shortened(kept)
}

/// Device names of Windows, which open a device whatever extension follows.
/// Source: <https://learn.microsoft.com/windows/win32/fileio/naming-a-file>
fn is_reserved(stem: &str) -> bool {
    let stem = stem.trim().to_ascii_uppercase();
    ["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str())
        || (stem.len() == 4
            && (stem.starts_with("COM") || stem.starts_with("LPT"))
            && stem.ends_with(|last: char| last.is_ascii_digit()))
}

/// At most as long as a file system takes with `.part` after it; the extension stays.
fn shortened(name: &str) -> String {
    let room = LONGEST_NAME_BYTES - UNFINISHED.len();
    if name.len() <= room {
        return name.to_owned();
    }
    let (stem, extension) = match name.rfind('.') {
        Some(dot) if name.len() - dot <= 16 => name.split_at(dot),
        _ => (name, ""),
    };
    let end = stem.floor_char_boundary(room - extension.len());
    format!("{}{extension}", &stem[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(filename: Option<&str>, key: &str) -> Recording {
        Recording {
            id: "r1".into(),
            task_id: "task".into(),
            user_id: "u1".into(),
            s3_key: key.to_owned(),
            file_size: None,
            duration: None,
            mime_type: None,
            upload_status: UploadStatus::Complete,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            completed_at: None,
            filename: filename.map(str::to_owned),
            sha256: None,
            kept_until: None,
            availability: None,
            download_url: None,
        }
    }

    #[test]
    fn the_name_is_the_recordings_and_a_plain_one() {
        for (filename, key, expected) in [
            (Some("Übung 1.webm"), "", "Übung 1.webm"),
            (None, "t/k/u/1764000000000_demo_2.webm", "demo_2.webm"),
            (None, "t/k/u/demo_2.webm", "demo_2.webm"),
            (Some("../../.ssh/authorized_keys"), "", "authorized_keys"),
            (Some("C:\\Windows\\system.ini"), "", "system.ini"),
            (Some("..."), "", NAMELESS),
            (Some(""), "", NAMELESS),
            (Some("con.webm"), "", NAMELESS),
            (Some("com7"), "", NAMELESS),
            (Some("a\u{0}b\n:c?.webm"), "", "a_b__c_.webm"),
            (Some("-rf.webm"), "", "rf.webm"),
        ] {
            assert_eq!(
                name_of(&recording(filename, key)),
                expected,
                "{filename:?} {key}"
            );
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension_and_whole_characters() {
        let name = plain(&format!("{}.webm", "ü".repeat(300)));
        assert!(name.ends_with("ü.webm"));
        assert!(
            name.len() + UNFINISHED.len() <= LONGEST_NAME_BYTES,
            "{}",
            name.len()
        );
    }
}
