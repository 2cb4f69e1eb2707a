//! Looking at a file before anything is made of it.

use std::fs::{self, File, Metadata};
use std::io::BufReader;
use std::path::Path;
use std::time::{Duration, SystemTime};

use media::{Probe, Refusal, Structure};

use crate::diagnosis;
use crate::source::{self, Beating, Identity, Pulse, SourceError};
use crate::{Code, Diagnosis, Inspection};

/// Somebody who still writes a file has done so within this time.
const STILL_WRITTEN_WITHIN: Duration = Duration::from_secs(2);

/// How often such a file is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What a file is, and which file it is. A disk that says nothing for `limit` is given up on.
pub(crate) async fn inspect(
    path: &Path,
    limit: Duration,
) -> Result<(Inspection, Identity), Diagnosis> {
    let inspected = path.to_owned();
    let looked = source::ask(limit, move |pulse| look(&inspected, pulse)).await;
    looked.unwrap_or_else(|error| Err(unanswered(&error.into(), path)))
}

/// Blocks: for two seconds by itself, and for as long as the disk takes.
pub(crate) fn look(path: &Path, pulse: &Pulse) -> Result<(Inspection, Identity), Diagnosis> {
    let path = std::path::absolute(path).map_err(|error| unreadable(&error))?;
    if path.to_str().is_none() {
        return Err(nameless());
    }
    let metadata = fs::metadata(&path).map_err(|error| unreadable(&error))?;
    pulse.beat();
    if !metadata.is_file() {
        return Err(Diagnosis::of(Code::NotAFile));
    }
    if metadata.len() == 0 {
        return Err(Diagnosis::of(Code::EmptyFile));
    }
    let identity = Identity::take(&path).map_err(|error| at_first_sight(&error, &path))?;
    pulse.beat();
    let probed = probe(&path, identity.size_bytes, pulse);
    // Legal for a finished file, and what a recorder at work leaves: its age decides.
    let may_be_growing = match &probed {
        Ok(recording) => recording.structure == Structure::Open,
        Err(refusal) => matches!(refusal, Refusal::Truncated { .. } | Refusal::Io(_)),
    };
    if may_be_growing {
        settle(&path, &metadata, pulse)?;
    }
    if identity.check(&path).is_err() {
        return Err(Diagnosis::of(Code::StillGrowing));
    }
    let recording = probed.map_err(|refusal| diagnosis::of_media(&refusal))?;
    let inspection = Inspection {
        file_name: file_name(&path),
        size_bytes: identity.size_bytes,
        duration_seconds: recording.duration_seconds,
        content_type: recording.kind.media_type(),
        video_codec: recording.video_codec,
        audio_codec: recording.audio_codec,
        path,
    };
    Ok((inspection, identity))
}

pub(crate) fn probe(path: &Path, size_bytes: u64, pulse: &Pulse) -> Result<Probe, Refusal> {
    let file = File::open(path).map_err(Refusal::Io)?;
    media::probe(&mut BufReader::new(Beating::new(file, pulse)), size_bytes)
}

/// Waits until nobody has written for two seconds, or somebody does.
pub(crate) fn settle(path: &Path, first: &Metadata, pulse: &Pulse) -> Result<(), Diagnosis> {
    while age(first) < STILL_WRITTEN_WITHIN {
        std::thread::sleep(LOOK_EVERY);
        let now = fs::metadata(path).map_err(|error| unreadable(&error))?;
        pulse.beat();
        if now.len() != first.len() || now.modified().ok() != first.modified().ok() {
            return Err(Diagnosis::of(Code::StillGrowing));
        }
    }
    Ok(())
}

/// How long ago it was written to. A time in the future, or none, says nothing: it is taken to be old.
fn age(metadata: &Metadata) -> Duration {
    let age = metadata
        .modified()
        .ok()
        .and_then(|modified_at| SystemTime::now().duration_since(modified_at).ok());
    age.unwrap_or(Duration::MAX)
}

/// As people know it; what is not Unicode in it, or commands a terminal, is shown as such.
pub(crate) fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    let shown = |character: char| match character {
        _ if character.is_control() => char::REPLACEMENT_CHARACTER,
        _ => character,
    };
    name.to_string_lossy().chars().map(shown).collect()
}

pub(crate) fn unreadable(error: &std::io::Error) -> Diagnosis {
    Diagnosis::of(Code::Unreadable).saying(format!("The file cannot be read: {error}."))
}

/// The journal keeps paths as text: one that is none could not be found again.
fn nameless() -> Diagnosis {
    Diagnosis::of(Code::Unreadable)
        .saying(
            "The file's name, or that of a folder around it, is no text that can be written down.",
        )
        .hinting("Give it a name of ordinary letters, then choose it again.")
}

/// Nothing goes on by itself where there is no job yet.
pub(crate) fn unanswered(error: &SourceError, path: &Path) -> Diagnosis {
    diagnosis::of_source(error, path).hinting(
        "Check that the drive is plugged in, or that you can reach the network drive. Then choose the file again.",
    )
}

/// Gone or changed within the moment that looking takes.
fn at_first_sight(error: &SourceError, path: &Path) -> Diagnosis {
    match error {
        SourceError::Changed(_) => Diagnosis::of(Code::StillGrowing),
        other => diagnosis::of_source(other, path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_recording_is_refused_by_its_own_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            path
        };
        let code = |path: &Path| look(path, &Pulse::default()).unwrap_err().code;
        assert_eq!(code(folder.path()), Code::NotAFile);
        assert_eq!(code(&folder.path().join("missing.webm")), Code::Unreadable);
        assert_eq!(code(&at("empty.webm", b"")), Code::EmptyFile);
        assert_eq!(
            code(&at(
                "renamed.webm",
                b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41"
            )),
            Code::NotWebm
        );
        assert_eq!(code(&at("noise.webm", &[0x55; 4096])), Code::NotWebm);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_no_file() {
        assert_eq!(
            look(Path::new("/dev/null"), &Pulse::default())
                .unwrap_err()
                .code,
            Code::NotAFile
        );
    }
}
