//! `upload`: files, one after the other, each until its link works.

use std::path::Path;

use client::{ClientError, Code, Diagnosis, NewUpload};

use super::following::{Begun, Watch};
use crate::arguments::{self, Rate};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::report::{self, Item};
use crate::{session, silence};

/// `revui upload`.
pub(super) async fn upload(arguments: arguments::Upload) -> Result<Exit, Failure> {
    if arguments.watching.json {
        silence::is_fine();
    }
    let mut interruption = Interruption::listen().map_err(|error| cannot_listen(&error))?;
    let (client, mut interrupted) = session::open_for_upload_until(&mut interruption).await?;
    let several = arguments.files.len() > 1;
    let bytes_per_second = arguments.limit.and_then(|Rate(limit)| limit);
    let mut report = report::choose(arguments.watching.json, several);
    let mut begun = Vec::new();
    for file in &arguments.files {
        if interrupted {
            begun.push(Begun::refused(named(file), not_begun()));
            continue;
        }
        let new = NewUpload::new(file, arguments.task.clone()).limited(bytes_per_second);
        // Looking at a file takes as long as its disk likes.
        let upload = tokio::select! {
            biased;
            () = interruption.next() => {
                interrupted = true;
                Err(ClientError::Upload(not_begun()))
            }
            upload = client.upload(new) => upload,
        };
        begun.push(Begun::new(named(file), upload, report.as_mut()));
    }
    let exit = Watch {
        client: &client,
        report: report.as_mut(),
        interruption: &mut interruption,
        interrupted,
        max_wait: arguments.watching.max_wait,
        folder: None,
        holds_for_review: false,
    }
    .all(begun, several)
    .await;
    Ok(exit)
}

pub(super) fn cannot_listen(error: &std::io::Error) -> Failure {
    Failure::local(
        "internal",
        format!("This program cannot listen for Ctrl+C: {error}."),
        "Nothing was sent. Try again.",
    )
}

/// Its user said stop while the file was looked at: there is no job to go on with.
fn not_begun() -> Diagnosis {
    Diagnosis::of(Code::Interrupted)
        .saying("This was stopped before the upload began.")
        .hinting("The file is as it was. Start the same command again whenever you like.")
}

/// A file as the command line named it; it has no job yet.
pub(super) fn named(file: &Path) -> Item {
    let name = file.file_name().unwrap_or(file.as_os_str());
    Item {
        job: None,
        file: file.display().to_string(),
        name: name.display().to_string(),
    }
}
