//! A stretch of a recording in a file of its own, beside the recording, which stays as it is.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use media::repair::RepairError;
use media::trim::{TrimError, plan};

use crate::diagnosis::{of_disk, of_media};
use crate::new_file::{NewFileError, is_there, write_new_file};
use crate::{Code, Diagnosis};

/// How many stretches of one recording are given names.
const MOST_NAMES: u32 = 1000;

/// A stretch that has been written.
#[derive(Debug, Clone, PartialEq)]
pub struct Trimmed {
    /// Where it is.
    pub path: PathBuf,
    /// When it begins in the recording, in seconds: at or before what was asked for.
    pub starts_at_seconds: f64,
    /// How long it lasts, in seconds.
    pub duration_seconds: f64,
    /// How large it is.
    pub size_bytes: u64,
}

/// Writes what lies between two times of a recording to a file of its own: to this one, or to one beside the recording.
/// Nothing is overwritten, and nothing is left of what could not be finished, or was stopped by `is_stopped`.
///
/// It reads and writes for as long as that takes: not on a thread that others wait for.
pub fn trim(
    recording: &Path,
    seconds: Range<f64>,
    to: Option<&Path>,
    is_stopped: &AtomicBool,
) -> Result<Trimmed, Diagnosis> {
    let mut file = File::open(recording).map_err(|error| unreadable(&error))?;
    let metadata = file.metadata().map_err(|error| unreadable(&error))?;
    let failed = |error| of_trim(error, to.unwrap_or(recording));
    let trim = plan(&mut file, metadata.len(), seconds).map_err(failed)?;
    let path = match to {
        Some(to) => to.to_owned(),
        None => beside(recording)?,
    };
    let content = |writer: &mut dyn Write| trim.copy(&mut file, writer);
    let size_bytes = write_new_file(&path, metadata.permissions(), is_stopped, content)
        .map_err(|error| refused(error, &path))?;
    Ok(Trimmed {
        path,
        starts_at_seconds: trim.starts_at_seconds(),
        duration_seconds: trim.duration_seconds(),
        size_bytes,
    })
}

/// `demo.trimmed.webm` for `demo.webm`, or the first such name with a number that is free.
fn beside(recording: &Path) -> Result<PathBuf, Diagnosis> {
    let name = |number: u32| {
        let mut name = OsString::from(recording.file_stem().unwrap_or_default());
        name.push(".trimmed");
        if number > 1 {
            name.push(format!("-{number}"));
        }
        name.push(".webm");
        recording.with_file_name(name)
    };
    let mut names = (1..=MOST_NAMES).map(name);
    names
        .find(|path| !is_there(path))
        .ok_or_else(|| exists(&name(MOST_NAMES)))
}

fn refused(error: NewFileError<TrimError>, to: &Path) -> Diagnosis {
    match error {
        NewFileError::Exists => exists(to),
        NewFileError::Stopped => Diagnosis::of(Code::Interrupted)
            .saying("The trimming was stopped. Nothing of it was kept.".to_owned())
            .hinting("Start it again; the recording is as it was."),
        NewFileError::Unwritable(error) => of_disk(to, &error),
        NewFileError::Content(error) => of_trim(error, to),
    }
}

fn of_trim(error: TrimError, to: &Path) -> Diagnosis {
    match error {
        TrimError::Nothing => Diagnosis::of(Code::EmptyFile)
            .saying("There is nothing of the recording between these two times.".to_owned())
            .hinting("Choose an end that comes after the beginning."),
        TrimError::Recording(RepairError::Refused(refusal)) => of_media(&refusal),
        TrimError::Recording(RepairError::Changed) => Diagnosis::of(Code::StillGrowing),
        TrimError::Recording(RepairError::Read(error)) => unreadable(&error),
        TrimError::Recording(RepairError::Write(error)) => of_disk(to, &error),
        error => Diagnosis::of(Code::NotWebm).saying(format!("It cannot be trimmed: {error}.")),
    }
}

fn unreadable(error: &io::Error) -> Diagnosis {
    Diagnosis::of(Code::Unreadable).saying(format!("The file cannot be read: {error}."))
}

fn exists(to: &Path) -> Diagnosis {
    Diagnosis::of(Code::DiskUnwritable)
        .saying(format!("`{}` is there already.", to.display()))
        .hinting("Nothing was overwritten. Name another place.")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three seconds, with a keyframe at each.
    fn recording() -> Vec<u8> {
        let element = |id: &[u8], content: &[u8]| {
            let size = (content.len() as u64 | 1 << 56).to_be_bytes();
            [id, &size, content].concat()
        };
        let track = [element(&[0xD7], &[1]), element(&[0x86], b"V_VP9")].concat();
        let tracks = element(&[0x16, 0x54, 0xAE, 0x6B], &element(&[0xAE], &track));
        let second = |from: u16| {
            let time = element(&[0xE7], &from.to_be_bytes());
            let frames = [[0x81, 0, 0, 0x80, 7], [0x81, 1, 0xF4, 0, 8]];
            let frames = frames.map(|frame| element(&[0xA3], &frame)).concat();
            element(&[0x1F, 0x43, 0xB6, 0x75], &[time, frames].concat())
        };
        let clusters = [0, 1000, 2000].map(second).concat();
        [
            element(&[0x1A, 0x45, 0xDF, 0xA3], &element(&[0x42, 0x82], b"webm")),
            element(&[0x18, 0x53, 0x80, 0x67], &[tracks, clusters].concat()),
        ]
        .concat()
    }

    #[test]
    fn a_stretch_stands_beside_its_recording_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo.webm");
        std::fs::write(&path, recording()).unwrap();
        let go = AtomicBool::new(false);
        let first = trim(&path, 1.2..3.0, None, &go).unwrap();
        assert_eq!(first.path, folder.path().join("demo.trimmed.webm"));
        assert!((first.starts_at_seconds - 1.0).abs() < 0.001, "{first:?}");
        assert!((first.duration_seconds - 2.0).abs() < 0.001, "{first:?}");
        assert_eq!(first.size_bytes, first.path.metadata().unwrap().len());
        let second = trim(&path, 0.0..1.0, None, &go).unwrap();
        assert_eq!(second.path, folder.path().join("demo.trimmed-2.webm"));
        let refused = trim(&path, 0.0..1.0, Some(&first.path), &go).unwrap_err();
        assert!(refused.message.contains("is there already"), "{refused:?}");
        assert_eq!(std::fs::read(&path).unwrap(), recording());
    }

    #[test]
    fn what_is_stopped_or_empty_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo.webm");
        std::fs::write(&path, recording()).unwrap();
        let stopped = trim(&path, 0.0..3.0, None, &AtomicBool::new(true)).unwrap_err();
        assert_eq!(stopped.code, Code::Interrupted);
        let empty = trim(&path, 2.0..1.0, None, &AtomicBool::new(false)).unwrap_err();
        assert_eq!(empty.code, Code::EmptyFile);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
