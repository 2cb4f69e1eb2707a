//! `record`: until Ctrl+C, or for as long as was said; and the upload, which goes meanwhile.

use std::path::{Path, PathBuf};

use capture::protocol::Event;
use capture::{CaptureError, Helper, OutputError, Recording};
use client::{Completion, Home, Undecided};
use jiff::ZonedDateTime;

use super::following::{Begun, Watch};
use super::left::LeftBehind;
use super::sending::{News, Sending};
use super::upload::{cannot_listen, named};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::keys::Keys;
use crate::output::left::Found;
use crate::recording::Show;
use crate::{arguments, failure, output, session, silence};

/// Pauses, and goes on.
const PAUSE: u8 = b'p';

/// `revui record`.
pub(super) async fn record(arguments: arguments::Record) -> Result<Exit, Failure> {
    if arguments.watching.json {
        silence::is_fine();
    }
    let mut interruption = Interruption::listen().map_err(|error| cannot_listen(&error))?;
    let completion = if arguments.review {
        Completion::AfterReview
    } else {
        Completion::AtStop
    };
    let sending = arguments.task.clone();
    let sending = sending.map(|task| Sending::new(task, completion));
    let mut left = left_behind();
    let (helper, found) = tokio::join!(Helper::start(), at_first(&mut left));
    let sending = sending.transpose()?;
    let show = Show::choose(arguments.watching.json);
    for found in &found {
        show.found(found);
    }
    let mut session = Session {
        sending,
        show,
        left,
        keys: Keys::listen(),
        interruption: &mut interruption,
        is_paused: false,
    };
    // No file is begun where nobody can write it.
    let helper = helper?;
    let file = new_file(arguments.output.clone()).map_err(CaptureError::from)?;
    let note = noted(&file);
    let recording = helper.record(&arguments.options(), file).await?;
    let ended = session.until_it_ends(recording).await;
    // The terminal is as it was before.
    session.keys = None;
    let Session { sending, show, .. } = session;
    let ended = ended?;
    note.iter().for_each(Undecided::decided);
    conclude(ended, sending, show, &arguments, &mut interruption).await
}

/// What becomes of a recording that has ended like this.
async fn conclude(
    ended: End,
    sending: Option<Sending>,
    show: Show,
    arguments: &arguments::Record,
    interruption: &mut Interruption,
) -> Result<Exit, Failure> {
    match (sending, ended) {
        (None, End::Finished(path)) => {
            if !arguments.watching.json {
                output::result(&path.display().to_string());
            }
            Ok(Exit::Done)
        }
        (None, End::BrokenOff(failure, path)) => Err(failed(failure, path)),
        (Some(sending), End::BrokenOff(failure, None)) => {
            sending.give_up().await;
            Err(failed(failure, None))
        }
        (Some(sending), End::BrokenOff(failure, Some(path))) => {
            // What there is of it goes on.
            let failure = Failure::from(failure).about(&path.display().to_string());
            output::explain(&failure.to_string());
            let shared = share(sending, show, path, arguments, interruption).await;
            Ok(match shared {
                Exit::Done => failure.exit(),
                exit => exit,
            })
        }
        (Some(sending), End::Finished(path)) => {
            Ok(share(sending, show, path, arguments, interruption).await)
        }
    }
}

/// How a recording ended.
enum End {
    Finished(PathBuf),
    /// What was recorded until then is in the file, if there is one.
    BrokenOff(capture::Failure, Option<PathBuf>),
}

/// A recording, and what goes on around it.
struct Session<'a> {
    sending: Option<Sending>,
    show: Show,
    left: Option<LeftBehind>,
    keys: Option<Keys>,
    interruption: &'a mut Interruption,
    is_paused: bool,
}

impl Session<'_> {
    async fn until_it_ends(&mut self, mut recording: Recording) -> Result<End, Failure> {
        let mut stopping = false;
        loop {
            let event = tokio::select! {
                biased;
                () = self.interruption.next() => {
                    if stopping {
                        return Err(self.not_awaited(&recording));
                    }
                    stopping = true;
                    recording.stop().await;
                    continue;
                }
                event = recording.next() => event,
                key = pressed(&mut self.keys) => {
                    self.obey(key, &mut recording).await;
                    continue;
                }
                news = news(&mut self.sending) => {
                    self.tell(&mut recording, news).await;
                    continue;
                }
                Some(found) = next_of(&mut self.left) => {
                    self.show.found(&found);
                    continue;
                }
            };
            let Some(event) = event else {
                return Err(self.not_awaited(&recording));
            };
            self.show.event(&event, self.keys.is_some());
            match event {
                Event::Started { path, .. } => {
                    if let Some(sending) = &mut self.sending {
                        sending.begin(path);
                    }
                }
                Event::Paused { .. } => self.is_paused = true,
                Event::Resumed { .. } => self.is_paused = false,
                Event::Stopped { path, .. } => return Ok(End::Finished(path)),
                Event::Failed { failure, path } => return Ok(End::BrokenOff(failure, path)),
                _ => {}
            }
        }
    }

    async fn obey(&self, key: u8, recording: &mut Recording) {
        match (key.to_ascii_lowercase(), self.is_paused) {
            (PAUSE, false) => recording.pause().await,
            (PAUSE, true) => recording.resume().await,
            _ => {}
        }
    }

    async fn tell(&mut self, recording: &mut Recording, news: News) {
        if let News::Begun(snapshot) | News::Moved(snapshot) = &news {
            recording.limit_size(snapshot.most_bytes).await;
        }
        let mut item = named(recording.path());
        match news {
            News::Begun(snapshot) => {
                item.job = Some(snapshot.job.clone());
                self.show.begun(&item, &snapshot);
            }
            News::Moved(snapshot) => {
                item.job = Some(snapshot.job.clone());
                self.show.moved(&item, &snapshot);
            }
            News::Refused(diagnosis) => self.show.refused(&diagnosis),
        }
    }

    fn not_awaited(&self, recording: &Recording) -> Failure {
        let hint = match self.sending {
            Some(_) => "It is finished without it, in a moment. `revui resume` uploads it then.",
            None => "It is finished without it, in a moment.",
        };
        Failure::stopped_waiting(
            format!(
                "{}: this program did not wait until the recording was finished.",
                recording.path().display()
            ),
            hint,
        )
    }
}

/// The key that is pressed next; none, if nobody listens to keys.
async fn pressed(keys: &mut Option<Keys>) -> u8 {
    match keys {
        Some(keys) => keys.next().await,
        None => std::future::pending().await,
    }
}

/// What is new about the upload; nothing, if there is none.
async fn news(sending: &mut Option<Sending>) -> News {
    match sending {
        Some(sending) => sending.next().await,
        None => std::future::pending().await,
    }
}

/// What was left before. Whatever keeps it from being found keeps nobody from recording.
fn left_behind() -> Option<LeftBehind> {
    let client = session::open_stored();
    let client = client.inspect_err(|failure| tracing::debug!("nothing is looked for: {failure}"));
    client.ok().map(LeftBehind::of)
}

async fn at_first(left: &mut Option<LeftBehind>) -> Vec<Found> {
    match left {
        Some(left) => left.at_first().await,
        None => Vec::new(),
    }
}

/// The next of those that were left; `None` once each is named.
async fn next_of(left: &mut Option<LeftBehind>) -> Option<Found> {
    left.as_mut()?.next().await
}

/// A next start finds it by this if this one is killed. It is recorded without, too.
fn noted(file: &Path) -> Option<Undecided> {
    let home = Home::from_environment();
    let noted = home.and_then(|home| Undecided::begin(&home, file));
    noted.inspect_err(failure::log_causes).ok()
}

fn new_file(path: Option<PathBuf>) -> Result<PathBuf, OutputError> {
    match path {
        Some(path) => {
            let absolute = std::path::absolute(&path);
            capture::reserve(absolute.map_err(|source| OutputError::Unwritable { path, source })?)
        }
        None => capture::new_in(&capture::default_folder()?, ZonedDateTime::now().datetime()),
    }
}

/// The recording has ended: what is left of it goes, until there is a link, or until its user has to look at it.
async fn share(
    sending: Sending,
    show: Show,
    path: PathBuf,
    arguments: &arguments::Record,
    interruption: &mut Interruption,
) -> Exit {
    let client = sending.client().clone();
    let (upload, interrupted) = sending.seal(interruption).await;
    let mut report = show.into_report();
    let mut watch = Watch {
        client: &client,
        report: report.as_mut(),
        interruption,
        interrupted,
        max_wait: arguments.watching.max_wait,
        folder: None,
        holds_for_review: arguments.review,
    };
    let begun = Begun::going(named(&path), upload);
    watch.all(vec![begun], false).await
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
