//! How recordings are shown: a line that is redrawn for a person, lines for a pipe, JSON for a program.

mod devices;
mod words;

use capture::protocol::{self, Event, SoundSource};
use client::{Code, Diagnosis, Phase, Snapshot, WaitCause};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use serde::Serialize;

use crate::output::{self, left::Found};
use crate::report::{self, Item, JsonLines, Report};

pub(crate) use devices::list;

/// A pipe is told of progress so often, in milliseconds of the recording.
const LINE_EVERY_MS: u64 = 10_000;

/// A way of showing a recording.
pub(crate) struct Show {
    way: Way,
    /// Of the microphone; of the system's sound where there is none.
    loudness: Option<(SoundSource, f64)>,
    /// Of an upload that goes meanwhile.
    arrived_bytes: Option<u64>,
    last_wait: Option<(WaitCause, Code)>,
}

/// An event for programs; of progress, with what has arrived of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    #[serde(flatten)]
    event: &'a Event,
    #[serde(skip_serializing_if = "Option::is_none")]
    arrived_bytes: Option<u64>,
}

enum Way {
    Json(JsonLines),
    Line(ProgressBar),
    Lines { next_ms: u64 },
}

impl Show {
    /// The one that fits where it is read.
    pub(crate) fn choose(json: bool) -> Self {
        let way = if json {
            Way::Json(JsonLines::default())
        } else if output::is_watched() {
            let style = ProgressStyle::with_template("{spinner:.red} {wide_msg}");
            Way::Line(
                ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
                    .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner())),
            )
        } else {
            Way::Lines { next_ms: 0 }
        };
        Self {
            way,
            loudness: None,
            arrived_bytes: None,
            last_wait: None,
        }
    }

    /// Shows what happened. With `has_keys` somebody can pause it.
    pub(crate) fn event(&mut self, event: &Event, has_keys: bool) {
        if let Way::Json(_) = self.way {
            if !matches!(event, Event::Unknown | Event::Hello { .. }) {
                output::result(&self.json(event));
            }
            return;
        }
        match event {
            Event::Level {
                source,
                peak_decibels,
                ..
            } => self.hear(*source, *peak_decibels),
            Event::Progress {
                elapsed_ms,
                bytes,
                minutes_left,
                ..
            } => self.progress(*elapsed_ms, *bytes, *minutes_left),
            event => {
                let last = event.is_last();
                if let (Way::Line(line), true) = (&self.way, last) {
                    line.finish_and_clear();
                }
                if let Some(text) = words::of_event(event, has_keys) {
                    self.say(&text);
                }
            }
        }
    }

    fn json(&self, event: &Event) -> String {
        let is_progress = matches!(event, Event::Progress { .. });
        let told = Told {
            event,
            arrived_bytes: self.arrived_bytes.filter(|_| is_progress),
        };
        protocol::line(&told).unwrap_or_default()
    }

    /// One from before was left, and nobody has decided about it.
    pub(crate) fn found(&self, found: &Found) {
        if let Way::Json(_) = self.way {
            output::result(&found.as_json());
        } else {
            self.say(&found.as_text());
        }
    }

    /// Its upload has begun.
    pub(crate) fn begun(&mut self, item: &Item, snapshot: &Snapshot) {
        self.arrived_bytes = Some(snapshot.arrived_bytes);
        match &mut self.way {
            Way::Json(lines) => lines.queued(item, snapshot),
            _ => self.say(&format!("Sending it meanwhile, job {}.", snapshot.job)),
        }
    }

    /// Its upload stands like this.
    pub(crate) fn moved(&mut self, item: &Item, snapshot: &Snapshot) {
        self.arrived_bytes = Some(snapshot.arrived_bytes);
        if let Way::Json(lines) = &mut self.way {
            return lines.changed(item, snapshot);
        }
        match &snapshot.phase {
            Phase::Waiting {
                cause,
                next_try,
                diagnosis,
                ..
            } => {
                let wait = (*cause, diagnosis.code);
                if self.last_wait.replace(wait) != Some(wait) {
                    let now = Timestamp::now();
                    self.say(&report::of_waiting(*cause, diagnosis, *next_try, now));
                }
            }
            Phase::Failed(diagnosis) => self.refused(diagnosis),
            _ => {}
        }
    }

    /// It is not uploaded, for now.
    pub(crate) fn refused(&mut self, diagnosis: &Diagnosis) {
        if !matches!(self.way, Way::Json(_)) {
            self.say(&format!(
                "It is not being uploaded: {} The recording goes on.",
                diagnosis.message
            ));
        }
    }

    /// What goes on showing the upload once the recording has ended.
    pub(crate) fn into_report(self) -> Box<dyn Report> {
        match self.way {
            Way::Json(lines) => Box::new(lines),
            _ => report::choose(false, false),
        }
    }

    fn hear(&mut self, source: SoundSource, decibels: f64) {
        let is_louder_source = match self.loudness {
            Some((SoundSource::Microphone, _)) => source == SoundSource::Microphone,
            _ => true,
        };
        if is_louder_source {
            self.loudness = Some((source, decibels));
        }
    }

    fn progress(&mut self, elapsed_ms: u64, bytes: u64, minutes_left: Option<u64>) {
        let arrived = self.arrived_bytes;
        let text = words::of_progress(elapsed_ms, bytes, arrived, self.loudness, minutes_left);
        match &mut self.way {
            Way::Json(_) => {}
            Way::Line(line) => {
                line.set_message(text);
                line.tick();
            }
            Way::Lines { next_ms } => {
                if elapsed_ms >= *next_ms {
                    *next_ms = elapsed_ms + LINE_EVERY_MS;
                    output::explain(&text);
                }
            }
        }
    }

    fn say(&self, text: &str) {
        match &self.way {
            Way::Line(line) if !line.is_finished() => line.println(text),
            _ => output::explain(text),
        }
    }
}
