//! How recordings are shown: a line that is redrawn for a person, lines for a pipe, JSON for a program.

mod words;

use capture::protocol::{self, Event, SoundSource};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output;

pub(crate) use words::list;

/// A pipe is told of progress so often, in milliseconds of the recording.
const LINE_EVERY_MS: u64 = 10_000;

/// A way of showing a recording.
pub(crate) struct Show {
    way: Way,
    /// Of the microphone; of the system's sound where there is none.
    loudness: Option<(SoundSource, f64)>,
}

enum Way {
    Json,
    Line(ProgressBar),
    Lines { next_ms: u64 },
}

impl Show {
    /// The one that fits where it is read.
    pub(crate) fn choose(json: bool) -> Self {
        let way = if json {
            Way::Json
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
        }
    }

    /// Shows what happened.
    pub(crate) fn event(&mut self, event: &Event) {
        if let Way::Json = self.way {
            if !matches!(event, Event::Unknown | Event::Hello { .. }) {
                output::result(&protocol::line(event).unwrap_or_default());
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
                if let Some(text) = words::of_event(event) {
                    self.say(&text);
                }
            }
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
        let text = words::of_progress(elapsed_ms, bytes, self.loudness, minutes_left);
        match &mut self.way {
            Way::Json => {}
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
