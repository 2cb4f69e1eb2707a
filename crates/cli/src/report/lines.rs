//! Plain lines, for a pipe or a log: each change of phase, and each tenth of the way.

use client::{Code, Mended, Phase, Snapshot};
use jiff::Timestamp;

use super::pace::Pace;
use super::{Item, Notice, Outcome, Report, words};
use crate::output;

/// Tells progress in lines.
pub(crate) struct Lines {
    several: bool,
    pace: Pace,
    last_phase: Option<&'static str>,
    last_wait: Option<(Code, Option<Timestamp>)>,
    last_restart: Option<u32>,
}

impl Lines {
    /// Of one file, whose link stands alone on its line, or of several.
    pub(crate) fn new(several: bool) -> Self {
        Self {
            several,
            pace: Pace::every(10),
            last_phase: None,
            last_wait: None,
            last_restart: None,
        }
    }

    fn forget_the_last(&mut self) {
        *self = Self::new(self.several);
    }

    /// What is worth a line in this snapshot.
    fn line(&mut self, snapshot: &Snapshot, now: Timestamp) -> Vec<String> {
        if let Some(phase) = words::of_phase(&snapshot.phase) {
            let is_new = self.last_phase.replace(phase) != Some(phase);
            return is_new.then(|| phase.to_owned()).into_iter().collect();
        }
        self.last_phase = None;
        match &snapshot.phase {
            Phase::Sending {
                attempt,
                bytes_per_second,
                seconds_left,
                restarted_because,
            } => {
                let (arrived_bytes, size_bytes) = (snapshot.arrived_bytes, snapshot.size_bytes);
                let mut lines = Vec::new();
                if let Some(reason) = restarted_because
                    && self.last_restart.replace(*attempt) != Some(*attempt)
                {
                    lines.push(words::of_restart(reason, arrived_bytes));
                }
                if let Some(percent) = self.pace.step(*attempt, arrived_bytes, size_bytes) {
                    let progress = words::of_progress(
                        arrived_bytes,
                        size_bytes,
                        *bytes_per_second,
                        *seconds_left,
                    );
                    lines.push(format!("sending, {percent} % ({progress})"));
                }
                lines
            }
            Phase::Waiting {
                cause,
                next_try,
                diagnosis,
                ..
            } => {
                let wait = (diagnosis.code, *next_try);
                let is_new = self.last_wait.replace(wait) != Some(wait);
                is_new
                    .then(|| {
                        format!(
                            "waiting: {}",
                            words::of_waiting(*cause, diagnosis, *next_try, now)
                        )
                    })
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Prints what became of a file: the link on standard output, the rest on standard error. Returns whether the former got
/// there.
pub(super) fn close(item: &Item, outcome: &Outcome, several: bool) -> bool {
    let name = output::harmless(&item.name);
    match outcome {
        Outcome::Done(done) => {
            output::explain(&words::of_done(&name, done, Timestamp::now()));
            let link = done.link.url.reveal();
            if several {
                output::result(&format!("{name}: {link}"))
            } else {
                output::result(link)
            }
        }
        Outcome::Held(diagnosis) => {
            output::explain(&words::of_held(item, diagnosis));
            true
        }
        Outcome::NotDone {
            diagnosis, kept, ..
        } => {
            output::explain(&words::of_failure(
                &name,
                item.job.as_ref(),
                diagnosis,
                *kept,
            ));
            !several || output::result(&format!("{name}: failed ({})", diagnosis.code))
        }
    }
}

/// The last line of several files.
pub(super) fn sum_up(done: usize, failed: usize) {
    output::result(&format!("{done} done, {failed} failed"));
}

impl Report for Lines {
    fn queued(&mut self, item: &Item, snapshot: &Snapshot) {
        output::explain(&words::of_queued(item, snapshot));
    }

    fn changed(&mut self, item: &Item, snapshot: &Snapshot) {
        let name = output::harmless(&item.name);
        for line in self.line(snapshot, Timestamp::now()) {
            output::explain(&format!("{name}: {line}"));
        }
    }

    fn mended(&mut self, item: &Item, mended: Mended) {
        output::explain(&words::of_mended(item, mended));
    }

    fn noticed(&mut self, notice: &Notice) {
        output::explain(&notice.words());
    }

    fn closed(&mut self, item: &Item, outcome: &Outcome) -> bool {
        self.forget_the_last();
        close(item, outcome, self.several)
    }

    fn summary(&mut self, done: usize, failed: usize) {
        sum_up(done, failed);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{initiating, sending, snapshot, waiting};
    use super::*;
    use client::Diagnosis;

    #[test]
    fn an_upload_in_lines() {
        let again = Diagnosis::of(Code::ConnectionLost);
        let snapshots = [
            initiating(),
            initiating(),
            sending(0, 1, None),
            sending(5, 1, None),
            sending(40, 1, None),
            waiting(),
            waiting(),
            initiating(),
            sending(0, 2, Some(again.clone())),
            sending(30, 2, Some(again.clone())),
            sending(100, 2, Some(again)),
            snapshot(Phase::Completing),
            snapshot(Phase::Verifying),
        ];
        let mut report = Lines::new(false);
        let now = Timestamp::from_second(1_763_978_400).unwrap();
        let lines: Vec<_> = snapshots
            .iter()
            .flat_map(|snapshot| report.line(snapshot, now))
            .collect();
        insta::assert_snapshot!("lines", lines.join("\n"));
    }
}
