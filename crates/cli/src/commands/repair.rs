//! `repair`: mends a recording that was not finished, in a copy or where it is.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use client::diagnosis::{of_disk, of_media};
use client::{Code, Diagnosis, NewFileError, write_new_file};
use media::repair::{Plan, RepairError, plan};
use tokio::time::sleep;

use super::upload::cannot_listen;
use crate::arguments::Repair;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::output::mended::Mended;
use crate::output::{self, harmless};

/// Somebody who still writes a file has done so within this time.
const STILL_WRITTEN_WITHIN: Duration = Duration::from_secs(2);

/// `revui repair`.
pub(super) async fn repair(arguments: Repair) -> Result<Exit, Failure> {
    let name = arguments.file.display().to_string();
    let outcome = mend(arguments).await;
    outcome.map_err(|failure| failure.about(&harmless(&name)))
}

async fn mend(arguments: Repair) -> Result<Exit, Failure> {
    let mut interruption = Interruption::listen().map_err(|error| cannot_listen(&error))?;
    settle(&arguments.file).await?;
    let as_json = arguments.json;
    let is_stopped = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_stopped);
    let mut working = tokio::task::spawn_blocking(move || work(&arguments, &seen));
    let mended = tokio::select! {
        biased;
        mended = &mut working => mended,
        () = interruption.next() => {
            is_stopped.store(true, Ordering::Relaxed);
            working.await
        }
    };
    let mended = mended.map_err(|error| {
        Failure::local("broken_off", format!("{error}."), "Report it, please.")
    })??;
    output::result(&if as_json {
        mended.as_json()
    } else {
        mended.as_text()
    });
    Ok(Exit::Done)
}

/// Waits until nobody has written for two seconds, or somebody does.
pub(super) async fn settle(path: &Path) -> Result<(), Failure> {
    let look = || -> Result<Metadata, Failure> {
        let metadata = fs::metadata(path).map_err(|error| unreadable(&error))?;
        if metadata.is_file() {
            Ok(metadata)
        } else {
            Err(Diagnosis::of(Code::NotAFile).into())
        }
    };
    let first = look()?;
    // A time in the future, or none, says nothing: it is taken to be old.
    let modified_at = first.modified().ok();
    let age = modified_at.and_then(|at| SystemTime::now().duration_since(at).ok());
    if let Some(wait) = age.and_then(|age| STILL_WRITTEN_WITHIN.checked_sub(age)) {
        sleep(wait).await;
    }
    let now = look()?;
    if now.len() == first.len() && now.modified().ok() == modified_at {
        Ok(())
    } else {
        Err(Diagnosis::of(Code::StillGrowing).into())
    }
}

fn work(arguments: &Repair, is_stopped: &AtomicBool) -> Result<Mended, Failure> {
    let open = OpenOptions::new()
        .read(true)
        .write(arguments.in_place)
        .open(&arguments.file);
    let mut file = open.map_err(|error| unreadable(&error))?;
    let size_bytes = file.metadata().map_err(|error| unreadable(&error))?.len();
    let failed = |to: &Path| {
        let to = to.to_owned();
        move |error| failure(error, &to)
    };
    let plan = plan(&mut file, size_bytes).map_err(failed(&arguments.file))?;
    let mut mended = Mended {
        file: arguments.file.clone(),
        output: None,
        size_bytes,
        plan,
    };
    if mended.plan.needs().is_empty() {
        return Ok(mended);
    }
    let output = if arguments.in_place {
        lock(&file)?;
        mended
            .plan
            .mend(&mut file)
            .map_err(failed(&arguments.file))?;
        mended.size_bytes = file.metadata().map_err(|error| unreadable(&error))?.len();
        arguments.file.clone()
    } else {
        let output = arguments.output.clone();
        let output = output.unwrap_or_else(|| beside(&arguments.file));
        mended.size_bytes = copy(&mended.plan, &mut file, &output, is_stopped)?;
        output
    };
    mended.output = Some(output);
    Ok(mended)
}

/// Against a second repair at the same time; where a file system knows no locks, there is none.
fn lock(file: &File) -> Result<(), Failure> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Diagnosis::of(Code::StillGrowing).into()),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// `demo.repaired.webm` for `demo.webm`.
fn beside(file: &Path) -> PathBuf {
    let mut name = OsString::from(file.file_stem().unwrap_or_default());
    name.push(".repaired.");
    name.push(file.extension().unwrap_or("webm".as_ref()));
    file.with_file_name(name)
}

fn copy(plan: &Plan, file: &mut File, to: &Path, is_stopped: &AtomicBool) -> Result<u64, Failure> {
    let metadata = file.metadata().map_err(|error| unreadable(&error))?;
    let content = |writer: &mut dyn Write| plan.copy(file, writer);
    write_new_file(to, metadata.permissions(), is_stopped, content).map_err(|error| match error {
        NewFileError::Exists => exists(to),
        NewFileError::Stopped => stopped(),
        NewFileError::Unwritable(error) => of_disk(to, &error).into(),
        NewFileError::Content(error) => failure(error, to),
    })
}

fn failure(error: RepairError, to: &Path) -> Failure {
    match error {
        RepairError::Refused(refusal) => of_media(&refusal).into(),
        RepairError::NothingWhole => Diagnosis::of(Code::Truncated)
            .saying("Not one frame of it is whole, so there is nothing to be saved.")
            .into(),
        RepairError::Changed => Diagnosis::of(Code::StillGrowing).into(),
        RepairError::Read(error) => unreadable(&error),
        RepairError::Write(error) => of_disk(to, &error).into(),
        RepairError::NotInPlace(obstacle) => Failure::local(
            "not_in_place",
            format!("It cannot be mended where it is: {obstacle}. Nothing was changed."),
            "Leave --in-place out to get a mended copy.",
        ),
        error => Diagnosis::of(Code::NotWebm)
            .saying(format!("It cannot be mended: {error}."))
            .into(),
    }
}

fn unreadable(error: &io::Error) -> Failure {
    Diagnosis::of(Code::Unreadable)
        .saying(format!("The file cannot be read: {error}."))
        .into()
}

fn exists(to: &Path) -> Failure {
    Failure::usage(
        format!("`{}` is there already.", harmless(&to.to_string_lossy())),
        "Nothing was overwritten. Name another place with --output.",
    )
}

fn stopped() -> Failure {
    Diagnosis::of(Code::Interrupted)
        .saying("The repair was stopped. Nothing of the copy was kept.")
        .hinting("The same command starts it again, from the beginning.")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One picture, as a recorder leaves it that wrote no end.
    fn unfinished() -> Vec<u8> {
        let element = |id: &[u8], content: &[u8]| {
            let size = 0x80 | u8::try_from(content.len()).unwrap();
            [id, &[size], content].concat()
        };
        let open = |id: &[u8], content: &[u8]| [id, &[0xFF], content].concat();
        let track = [element(&[0xD7], &[1]), element(&[0x86], b"V_VP9")].concat();
        let block = element(&[0xA3], &[0x81, 0, 0, 0x80, 7]);
        let cluster = [element(&[0xE7], &[0]), block].concat();
        let segment = [
            element(&[0x16, 0x54, 0xAE, 0x6B], &element(&[0xAE], &track)),
            open(&[0x1F, 0x43, 0xB6, 0x75], &cluster),
        ];
        [
            element(&[0x1A, 0x45, 0xDF, 0xA3], &element(&[0x42, 0x82], b"webm")),
            open(&[0x18, 0x53, 0x80, 0x67], &segment.concat()),
        ]
        .concat()
    }

    #[test]
    fn a_copy_that_is_stopped_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo.webm");
        fs::write(&path, unfinished()).unwrap();
        let mut file = File::open(&path).unwrap();
        let size_bytes = file.metadata().unwrap().len();
        let plan = plan(&mut file, size_bytes).unwrap();
        let to = beside(&path);
        for (is_stopped, files) in [(true, 1), (false, 2)] {
            let copied = copy(&plan, &mut file, &to, &AtomicBool::new(is_stopped));
            match copied {
                Ok(written) => assert_eq!(written, fs::metadata(&to).unwrap().len()),
                Err(failure) => assert_eq!(failure.exit(), Exit::Resumable),
            }
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), files);
        }
    }

    #[test]
    fn a_copy_stands_beside_its_recording() {
        for (file, expected) in [
            ("demo.webm", "demo.repaired.webm"),
            ("/tmp/a b.c.webm", "/tmp/a b.c.repaired.webm"),
            ("crashed", "crashed.repaired.webm"),
        ] {
            assert_eq!(beside(Path::new(file)), Path::new(expected));
        }
    }
}
