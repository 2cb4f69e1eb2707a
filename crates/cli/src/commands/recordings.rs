//! `list`, `show`, `link`, `download`, `delete`: recordings at the backend.

use std::path::PathBuf;

use client::{Code, Diagnosis, Downloaded, Link};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use wire::{Recording, RecordingId, TaskId};

use super::upload::cannot_listen;
use crate::arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::output::quantity;
use crate::silence::awaited;
use crate::{clipboard, output, session};

/// Longest file name that is written, with room for a temporary ending.
const LONGEST_NAME_BYTES: usize = 200;

/// What is longer is no extension.
const LONGEST_EXTENSION_BYTES: usize = 16;

/// `revui list`.
pub(super) async fn list(task: Option<TaskId>) -> Result<Exit, Failure> {
    let (client, _) = session::open_signed_in().await?;
    let mut cursor = None;
    let mut heading = Some(output::recording::heading());
    loop {
        let page = awaited(client.recordings(task.as_ref(), cursor.as_deref())).await?;
        for recording in &page.recordings {
            if let Some(heading) = heading.take() {
                output::result(&heading);
            }
            output::result(&output::recording::line(recording));
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    if heading.is_some() {
        output::explain("There are no recordings.");
    }
    Ok(Exit::Done)
}

/// `revui show ID`.
pub(super) async fn show(id: RecordingId) -> Result<Exit, Failure> {
    let (client, _) = session::open_signed_in().await?;
    let recording = awaited(client.recording(&id)).await?;
    output::result(&output::recording::page(&recording));
    if let Some(link) = &recording.download_url {
        output::result(&format!("{:<9}  {}", "link", link.reveal()));
    }
    Ok(Exit::Done)
}

/// `revui link ID`.
pub(super) async fn link(id: RecordingId, copy: bool) -> Result<Exit, Failure> {
    let (client, _) = session::open_signed_in().await?;
    let link = awaited(client.link(&id)).await?;
    output::result(link.url.reveal());
    let works = works_for(&link, Timestamp::now());
    if copy {
        let text = link.url.reveal().to_owned();
        let copied = tokio::task::spawn_blocking(move || clipboard::copy(&text)).await;
        copied.map_err(|error| {
            Failure::local(
                "internal",
                format!("Copying broke off: {error}."),
                "Copy the link above.",
            )
        })??;
        output::explain(&format!("Copied. It {works}."));
    } else {
        output::explain(&format!("It was opened once, and {works}."));
    }
    Ok(Exit::Done)
}

fn works_for(link: &Link, now: Timestamp) -> String {
    match link.expires_at {
        Some(at) => {
            let seconds = u64::try_from(at.as_second() - now.as_second()).unwrap_or(0);
            format!("works for {}", quantity::span(seconds))
        }
        None => "works".to_owned(),
    }
}

/// `revui download ID`.
pub(super) async fn download(arguments: arguments::Download) -> Result<Exit, Failure> {
    let mut interruption = Interruption::listen().map_err(|error| cannot_listen(&error))?;
    tokio::select! {
        biased;
        () = interruption.next() => Err(Failure::from(
            Diagnosis::of(Code::Interrupted)
                .saying("The download was stopped. Nothing of it was kept.")
                .hinting("The same command starts it again, from the beginning."),
        )),
        exit = bring_back(arguments) => exit,
    }
}

async fn bring_back(arguments: arguments::Download) -> Result<Exit, Failure> {
    let (client, _) = session::open_signed_in().await?;
    let recording = awaited(client.recording(&arguments.id)).await?;
    let to = match arguments.output {
        Some(path) => path,
        None => PathBuf::from(file_name(&recording)),
    };
    if to.try_exists().unwrap_or(true) {
        return Err(Failure::usage(
            format!("`{}` is there already.", to.display()),
            "Nothing was overwritten. Name another place with --output.",
        ));
    }
    let bar = progress_bar();
    let downloaded = client
        .download(&arguments.id, &to, &mut |so_far, in_all| {
            bar.set_length(in_all);
            bar.set_position(so_far);
        })
        .await;
    bar.finish_and_clear();
    let downloaded = downloaded?;
    output::result(&format!(
        "{}: {}, sha256 {}",
        downloaded.path.display(),
        quantity::size(downloaded.size_bytes),
        downloaded.sha256
    ));
    if arguments.verify {
        verify(&downloaded)?;
        output::result("SHA-256 agrees");
    }
    Ok(Exit::Done)
}

fn verify(downloaded: &Downloaded) -> Result<(), Failure> {
    match downloaded.agrees {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::from(
            Diagnosis::of(Code::Integrity)
                .saying("What arrived does not have the SHA-256 that the server keeps.")
                .hinting("Download it again; if it stays so, tell the server's administrator."),
        )),
        None => Err(Failure::local(
            "nothing_to_compare",
            "The file was saved, but the server keeps no SHA-256 to compare it with.",
            "Compare it with the sum that `revui upload` printed.",
        )),
    }
}

fn progress_bar() -> ProgressBar {
    if !output::is_watched() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(
        "[{bar:24}] {percent:>3} %  {decimal_bytes} of {decimal_total_bytes}",
    )
    .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr())
        .with_style(style.progress_chars("=> "))
}

/// A name for the current folder, whatever the backend says: no folder, no hidden file, nothing empty.
fn file_name(recording: &Recording) -> String {
    let name = output::recording::name(recording);
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let safe: String = output::harmless(last)
        .chars()
        .map(|character| match character {
            ':' | '*' | '?' | '"' | '<' | '>' | '|' | '\u{fffd}' => '_',
            other => other,
        })
        .collect();
    let visible = safe.trim_start_matches('.').trim();
    if visible.is_empty() {
        return "recording.webm".to_owned();
    }
    shortened(visible)
}

/// Most file systems take 255 bytes; the extension is kept.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST_NAME_BYTES {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= LONGEST_EXTENSION_BYTES => {
            (stem, format!(".{extension}"))
        }
        _ => (name, String::new()),
    };
    let room = LONGEST_NAME_BYTES - extension.len();
    let end = (0..=room.min(stem.len()))
        .rev()
        .find(|&end| stem.is_char_boundary(end))
        .unwrap_or(0);
    format!("{}{extension}", &stem[..end])
}

/// `revui delete ID`.
pub(super) async fn delete(id: RecordingId) -> Result<Exit, Failure> {
    let (client, _) = session::open_signed_in().await?;
    awaited(client.delete(&id)).await?;
    output::explain(&format!("{}: deleted.", output::harmless(id.as_str())));
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(filename: &str) -> Recording {
        let mut recording: Recording = serde_json::from_str(
            r#"{"id":"r","taskId":"t","userId":"u","s3Key":"a/t/u/1_x.webm","uploadStatus":"COMPLETE",
                "createdAt":"2026-11-24T10:00:00Z"}"#,
        )
        .unwrap();
        recording.filename = Some(filename.to_owned());
        recording
    }

    #[test]
    fn a_backend_cannot_choose_the_folder() {
        for (given, saved) in [
            ("demo.webm", "demo.webm"),
            ("../../.bashrc", "bashrc"),
            ("C:\\Windows\\a.webm", "a.webm"),
            ("a\u{1b}[2J:b.webm", "a_[2J_b.webm"),
            ("запись.webm", "запись.webm"),
            ("..", "recording.webm"),
            ("/", "recording.webm"),
        ] {
            assert_eq!(file_name(&named(given)), saved, "{given}");
        }
    }

    #[test]
    fn a_long_name_is_shortened_between_characters() {
        let saved = file_name(&named(&format!("{}.webm", "я".repeat(300))));
        assert!(
            saved.len() <= LONGEST_NAME_BYTES && saved.ends_with("я.webm"),
            "{saved}"
        );
    }

    #[test]
    fn agreement_is_said_only_where_there_was_something_to_compare() {
        let with = |agrees| Downloaded {
            path: "a.webm".into(),
            size_bytes: 1,
            sha256: String::new(),
            agrees,
        };
        assert!(verify(&with(Some(true))).is_ok());
        for agrees in [Some(false), None] {
            assert_eq!(verify(&with(agrees)).unwrap_err().exit(), Exit::Failed);
        }
    }
}
