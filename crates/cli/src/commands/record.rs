//! `record`: until Ctrl+C, or for as long as was said; and the upload after it.

use std::path::PathBuf;

use capture::protocol::Event;
use capture::{CaptureError, Helper, OutputError, Recording};
use jiff::ZonedDateTime;

use super::upload;
use crate::arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::recording::Show;
use crate::{output, session};

/// `revui record`.
pub(super) async fn record(arguments: arguments::Record) -> Result<Exit, Failure> {
    if arguments.upload {
        // What cannot be uploaded as this computer is set up is better known before than after.
        session::open()?;
    }
    let path = recorded(&arguments).await?;
    let Some(task) = arguments.task else {
        return Ok(Exit::Done);
    };
    upload::upload(arguments::Upload {
        files: vec![path],
        task,
        limit: None,
        watching: arguments.watching,
    })
    .await
}

/// The finished file.
async fn recorded(arguments: &arguments::Record) -> Result<PathBuf, Failure> {
    let mut interruption = Interruption::listen().map_err(|error| upload::cannot_listen(&error))?;
    let helper = Helper::start().await?;
    let file = new_file(arguments.output.clone()).map_err(CaptureError::from)?;
    let recording = helper.record(&arguments.options(), file).await?;
    let mut show = Show::choose(arguments.watching.json);
    let path = until_it_ends(recording, &mut interruption, &mut show).await?;
    // With --upload the result is the link.
    if !arguments.upload && !arguments.watching.json {
        output::result(&path.display().to_string());
    }
    Ok(path)
}

fn new_file(named: Option<PathBuf>) -> Result<PathBuf, OutputError> {
    match named {
        Some(path) => {
            let absolute = std::path::absolute(&path);
            capture::reserve(absolute.map_err(|source| OutputError::Unwritable { path, source })?)
        }
        None => capture::new_in(&capture::default_folder()?, ZonedDateTime::now().datetime()),
    }
}

async fn until_it_ends(
    mut recording: Recording,
    interruption: &mut Interruption,
    show: &mut Show,
) -> Result<PathBuf, Failure> {
    let mut stopping = false;
    loop {
        let event = tokio::select! {
            biased;
            () = interruption.next() => {
                if stopping {
                    return Err(not_awaited(&recording));
                }
                stopping = true;
                recording.stop().await;
                continue;
            }
            event = recording.next() => event,
        };
        let Some(event) = event else {
            return Err(not_awaited(&recording));
        };
        show.event(&event);
        match event {
            Event::Stopped { path, .. } => return Ok(path),
            Event::Failed { failure, path } => return Err(failed(failure, path)),
            _ => {}
        }
    }
}

fn failed(mut failure: capture::Failure, begun: Option<PathBuf>) -> Failure {
    match begun {
        Some(path) => {
            failure.hint.push_str(" `revui repair` mends it.");
            Failure::from(failure).about(&path.display().to_string())
        }
        None => failure.into(),
    }
}

fn not_awaited(recording: &Recording) -> Failure {
    Failure::stopped_waiting(
        format!(
            "{}: this program did not wait until the recording was finished.",
            recording.path().display()
        ),
        "It is finished without it, in a moment.",
    )
}
