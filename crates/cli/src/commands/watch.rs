//! `watch`: the recordings that other programs save in a folder, each once.

use client::WatchedFolder;

use super::following::Watch;
use super::upload::cannot_listen;
use crate::arguments::{self, Rate};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::report::{self, Notice};
use crate::{session, silence};

/// `revui watch`.
pub(super) async fn watch(arguments: arguments::Watch) -> Result<Exit, Failure> {
    if arguments.json {
        silence::is_fine();
    }
    let mut interruption = Interruption::listen().map_err(|error| cannot_listen(&error))?;
    let (client, interrupted) = session::open_for_upload_until(&mut interruption).await?;
    let folder = WatchedFolder {
        path: arguments.folder.clone(),
        task: arguments.task.clone(),
        bytes_per_second: arguments.limit.and_then(|Rate(limit)| limit),
        quiet: arguments.quiet,
        once: arguments.once,
    };
    let watched = client.watch_folder(folder).await.map_err(|error| {
        let diagnosis = error.diagnosis();
        Failure::usage(diagnosis.message, diagnosis.hint)
    })?;
    let mut report = report::choose(arguments.json, true);
    report.noticed(&Notice::Watching {
        folder: arguments.folder.display().to_string(),
        task: arguments.task.as_str().to_owned(),
    });
    let mut watch = Watch {
        client: &client,
        report: report.as_mut(),
        interruption: &mut interruption,
        interrupted,
        max_wait: None,
        folder: Some(watched),
        holds_for_review: false,
    };
    let exit = watch.all(Vec::new(), true).await;
    // Whatever was done until then: it was to go on.
    let was_interrupted = watch.interrupted && exit != Exit::SignedOut;
    Ok(if was_interrupted {
        Exit::Resumable
    } else {
        exit
    })
}
