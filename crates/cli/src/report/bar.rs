//! A bar on a terminal, redrawn in place.

use std::time::Instant;

use client::{Diagnosis, Mended, Phase, Snapshot, WaitCause};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use super::{Item, Notice, Outcome, Report, lines, words};
use crate::output::{self, quantity};

/// Name, bar, and what is known.
const SENDING: &str = "{prefix} [{bar:24}] {wide_msg}";
/// Name, and what is going on.
const STANDING: &str = "{prefix} {spinner} {wide_msg}";

/// Draws the file that is being sent.
pub(crate) struct Bar {
    several: bool,
    drawn: ProgressBar,
    countdown: Option<(WaitCause, Diagnosis, Timestamp)>,
    last_restart: Option<u32>,
}

impl Bar {
    /// Of one file, or of several, one below the other.
    pub(crate) fn new(several: bool) -> Self {
        let drawn = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr())
            .with_style(style(STANDING));
        Self {
            several,
            drawn,
            countdown: None,
            last_restart: None,
        }
    }

    fn stand(&self, message: String) {
        self.drawn.set_style(style(STANDING));
        self.drawn.set_message(message);
        self.drawn.tick();
    }

    fn send(&mut self, name: &str, snapshot: &Snapshot) {
        let Phase::Sending {
            attempt,
            bytes_per_second,
            seconds_left,
            restarted_because,
        } = &snapshot.phase
        else {
            return;
        };
        let (arrived_bytes, size_bytes) = (snapshot.arrived_bytes, snapshot.size_bytes);
        if let Some(reason) = restarted_because
            && self.last_restart.replace(*attempt) != Some(*attempt)
        {
            let why = words::of_restart(reason, arrived_bytes);
            self.drawn.println(format!("{name}: {why}"));
        }
        self.drawn.set_style(style(SENDING));
        self.drawn.set_length(size_bytes.max(1));
        self.drawn.set_position(arrived_bytes);
        let percent = quantity::percent_on_the_way(arrived_bytes, size_bytes);
        let progress =
            words::of_progress(arrived_bytes, size_bytes, *bytes_per_second, *seconds_left);
        self.drawn
            .set_message(format!("{percent:>2} %  {progress}"));
    }
}

/// A template of ours that indicatif cannot read is a bar without style, not a failed upload.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

impl Report for Bar {
    fn queued(&mut self, item: &Item, snapshot: &Snapshot) {
        self.drawn.println(words::of_queued(item, snapshot));
    }

    fn changed(&mut self, item: &Item, snapshot: &Snapshot) {
        let name = output::harmless(&item.name);
        self.drawn.set_prefix(name.clone());
        self.countdown = None;
        match &snapshot.phase {
            Phase::Sending { .. } => self.send(&name, snapshot),
            Phase::Waiting {
                cause,
                next_try,
                diagnosis,
                ..
            } => {
                self.stand(words::of_waiting(
                    *cause,
                    diagnosis,
                    *next_try,
                    Timestamp::now(),
                ));
                self.countdown = next_try.map(|at| (*cause, diagnosis.clone(), at));
            }
            Phase::Queued { ahead: 0 } => self.stand("queued".to_owned()),
            Phase::Queued { ahead } => self.stand(format!("queued, {ahead} ahead")),
            phase => {
                if let Some(words) = words::of_phase(phase) {
                    self.stand(words.to_owned());
                }
            }
        }
    }

    fn mended(&mut self, item: &Item, mended: Mended) {
        self.drawn.println(words::of_mended(item, mended));
    }

    fn noticed(&mut self, notice: &Notice) {
        self.drawn.println(notice.words());
    }

    fn tick(&mut self, _now: Instant) {
        if let Some((cause, diagnosis, at)) = &self.countdown {
            self.stand(words::of_waiting(
                *cause,
                diagnosis,
                Some(*at),
                Timestamp::now(),
            ));
        }
    }

    fn closed(&mut self, item: &Item, outcome: &Outcome) -> bool {
        self.drawn.finish_and_clear();
        *self = Self::new(self.several);
        lines::close(item, outcome, self.several)
    }

    fn summary(&mut self, done: usize, failed: usize) {
        lines::sum_up(done, failed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_read() {
        for template in [SENDING, STANDING] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
