//! `trim`: a stretch of a recording in a file of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use client::Trimmed;
use serde_json::json;

use super::repair::settle;
use super::upload::cannot_listen;
use crate::arguments::Trim;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::output::{self, harmless, quantity};

/// `revui trim`.
pub(super) async fn trim(arguments: Trim) -> Result<Exit, Failure> {
    let name = arguments.file.display().to_string();
    let outcome = cut(arguments).await;
    outcome.map_err(|failure| failure.about(&harmless(&name)))
}

async fn cut(arguments: Trim) -> Result<Exit, Failure> {
    let mut interruption = Interruption::listen().map_err(|error| cannot_listen(&error))?;
    settle(&arguments.file).await?;
    let as_json = arguments.json;
    let is_stopped = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_stopped);
    let mut working = tokio::task::spawn_blocking(move || {
        let seconds = arguments.from..arguments.to.unwrap_or(f64::INFINITY);
        client::trim(&arguments.file, seconds, arguments.output.as_deref(), &seen)
    });
    let trimmed = tokio::select! {
        biased;
        trimmed = &mut working => trimmed,
        () = interruption.next() => {
            is_stopped.store(true, Ordering::Relaxed);
            working.await
        }
    };
    let trimmed = trimmed.map_err(|error| {
        Failure::local("broken_off", format!("{error}."), "Report it, please.")
    })??;
    output::result(&if as_json {
        as_json_object(&trimmed)
    } else {
        as_text(&trimmed)
    });
    Ok(Exit::Done)
}

fn as_text(trimmed: &Trimmed) -> String {
    format!(
        "{}: {}, {}\n  begins at {:.1} s of the recording, with the nearest picture that needs no other",
        harmless(&trimmed.path.to_string_lossy()),
        quantity::size(trimmed.size_bytes),
        quantity::length(trimmed.duration_seconds),
        trimmed.starts_at_seconds,
    )
}

fn as_json_object(trimmed: &Trimmed) -> String {
    json!({
        "event": "trimmed",
        "output": trimmed.path.to_string_lossy(),
        "startsAtSeconds": trimmed.starts_at_seconds,
        "durationSeconds": trimmed.duration_seconds,
        "sizeBytes": trimmed.size_bytes,
    })
    .to_string()
}
