//! One JSON object a line, for programs. Fields are only ever added; `version` of `queued` changes if one must change.

use client::{Code, Mended, Phase, Snapshot, WaitCause};
use jiff::Timestamp;
use serde::Serialize;

use super::pace::Pace;
use super::{Item, Notice, Outcome, Report, words};
use crate::failure::for_a_terminal;
use crate::output;

/// The version of these lines.
const VERSION: u32 = 1;

/// Tells everything in JSON.
pub(crate) struct JsonLines {
    pace: Pace,
    last_phase: Option<(&'static str, Option<u32>)>,
    last_wait: Option<(Code, Option<Timestamp>)>,
}

impl Default for JsonLines {
    fn default() -> Self {
        Self {
            pace: Pace::every(1),
            last_phase: None,
            last_wait: None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a, E> {
    job_id: Option<&'a str>,
    file: &'a str,
    #[serde(flatten)]
    event: E,
}

#[derive(Serialize)]
#[serde(
    tag = "event",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
enum Event<'a> {
    Queued {
        version: u32,
    },
    Phase {
        phase: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        attempt: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
    },
    Progress {
        sent_bytes: u64,
        total_bytes: u64,
        bytes_per_second: Option<f64>,
        seconds_left: Option<u64>,
    },
    Waiting {
        cause: WaitCause,
        next_try_at: Option<Timestamp>,
        code: Code,
        message: &'a str,
        hint: &'a str,
    },
    Mended {
        cut_bytes: u64,
    },
    Done {
        recording_id: &'a str,
        s3_key: &'a str,
        size_bytes: u64,
        duration_seconds: Option<f64>,
        sha256: Option<&'a str>,
        download_url: &'a str,
        expires_at: Option<Timestamp>,
        attempts: u32,
        bytes_sent: u64,
        elapsed_ms: u64,
    },
    Held {
        message: &'a str,
        hint: &'a str,
    },
    Failed {
        code: Code,
        message: &'a str,
        hint: &'a str,
        retryable: bool,
    },
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "camelCase")]
enum Last {
    Summary { done: usize, failed: usize },
}

/// A line of these types always has a JSON form: no map with other keys than strings, no number that JSON lacks but NaN,
/// which becomes `null`.
fn json(line: &impl Serialize) -> String {
    serde_json::to_string(line).unwrap_or_default()
}

fn of(item: &Item, event: Event<'_>) -> String {
    json(&Line {
        job_id: item.job.as_ref().map(client::JobId::as_str),
        file: &item.file,
        event,
    })
}

/// A line about a file that has no job, or about a folder.
pub(super) fn of_file(file: &str, event: impl Serialize) -> String {
    json(&Line {
        job_id: None,
        file,
        event,
    })
}

impl JsonLines {
    fn changed(&mut self, item: &Item, snapshot: &Snapshot) -> Vec<String> {
        let mut lines = Vec::new();
        let (phase, attempt, reason) = match &snapshot.phase {
            Phase::Initiating => ("initiating", None, None),
            Phase::Sending {
                attempt,
                restarted_because,
                ..
            } => {
                let reason = restarted_because
                    .as_ref()
                    .map(|reason| reason.message.as_str());
                ("sending", Some(*attempt), reason)
            }
            Phase::Completing => ("completing", None, None),
            Phase::Verifying => ("verifying", None, None),
            Phase::Waiting { .. } => {
                self.last_phase = None;
                lines.extend(self.waiting(item, snapshot));
                return lines;
            }
            _ => return lines,
        };
        if self.last_phase.replace((phase, attempt)) != Some((phase, attempt)) {
            let event = Event::Phase {
                phase,
                attempt,
                reason,
            };
            lines.push(of(item, event));
        }
        lines.extend(self.progress(item, snapshot));
        lines
    }

    fn waiting(&mut self, item: &Item, snapshot: &Snapshot) -> Option<String> {
        let Phase::Waiting {
            cause,
            next_try,
            diagnosis,
            ..
        } = &snapshot.phase
        else {
            return None;
        };
        let wait = (diagnosis.code, *next_try);
        if self.last_wait.replace(wait) == Some(wait) {
            return None;
        }
        let diagnosis = for_a_terminal(diagnosis.clone());
        let event = Event::Waiting {
            cause: *cause,
            next_try_at: *next_try,
            code: diagnosis.code,
            message: &diagnosis.message,
            hint: &diagnosis.hint,
        };
        Some(of(item, event))
    }

    fn progress(&mut self, item: &Item, snapshot: &Snapshot) -> Option<String> {
        let Phase::Sending {
            attempt,
            bytes_per_second,
            seconds_left,
            ..
        } = &snapshot.phase
        else {
            return None;
        };
        let (arrived_bytes, size_bytes) = (snapshot.arrived_bytes, snapshot.size_bytes);
        self.pace.step(*attempt, arrived_bytes, size_bytes)?;
        let event = Event::Progress {
            sent_bytes: arrived_bytes,
            total_bytes: size_bytes,
            bytes_per_second: *bytes_per_second,
            seconds_left: *seconds_left,
        };
        Some(of(item, event))
    }
}

fn of_mended(item: &Item, mended: Mended) -> String {
    let Mended { cut_bytes } = mended;
    of(item, Event::Mended { cut_bytes })
}

fn closed(item: &Item, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done(done) => of(
            item,
            Event::Done {
                recording_id: done.recording.as_str(),
                s3_key: &done.s3_key,
                size_bytes: done.size_bytes,
                duration_seconds: done.duration_seconds,
                sha256: done.sha256.as_deref(),
                download_url: done.link.url.reveal(),
                expires_at: done.link.expires_at,
                attempts: done.attempts,
                bytes_sent: done.bytes_sent,
                elapsed_ms: done.elapsed_milliseconds,
            },
        ),
        Outcome::Held(diagnosis) => of(
            item,
            Event::Held {
                message: &diagnosis.message,
                hint: &words::how_to_decide(item),
            },
        ),
        Outcome::NotDone { diagnosis, .. } => {
            let diagnosis = for_a_terminal(diagnosis.clone());
            let event = Event::Failed {
                code: diagnosis.code,
                message: &diagnosis.message,
                hint: &diagnosis.hint,
                retryable: diagnosis.retryable,
            };
            of(item, event)
        }
    }
}

impl Report for JsonLines {
    fn queued(&mut self, item: &Item, _: &Snapshot) {
        output::result(&of(item, Event::Queued { version: VERSION }));
    }

    fn changed(&mut self, item: &Item, snapshot: &Snapshot) {
        for line in Self::changed(self, item, snapshot) {
            output::result(&line);
        }
    }

    fn mended(&mut self, item: &Item, mended: Mended) {
        output::result(&of_mended(item, mended));
    }

    fn noticed(&mut self, notice: &Notice) {
        output::result(&notice.line());
    }

    fn closed(&mut self, item: &Item, outcome: &Outcome) -> bool {
        *self = Self::default();
        output::result(&closed(item, outcome))
    }

    fn summary(&mut self, done: usize, failed: usize) {
        output::result(&json(&Last::Summary { done, failed }));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{done, initiating, item, sending, snapshot, waiting};
    use super::*;
    use crate::exit::Exit;
    use client::Diagnosis;

    #[test]
    fn every_event_has_its_fields() {
        let mut report = JsonLines::default();
        let mut lines = vec![of(&item(), Event::Queued { version: VERSION })];
        lines.push(of_mended(&item(), Mended { cut_bytes: 7 }));
        for now in [
            initiating(),
            sending(0, 1, None),
            sending(40, 1, None),
            waiting(),
            waiting(),
            sending(0, 2, Some(Diagnosis::of(Code::ConnectionLost))),
            snapshot(Phase::Completing),
            snapshot(Phase::Verifying),
        ] {
            lines.extend(report.changed(&item(), &now));
        }
        lines.push(closed(&item(), &Outcome::Done(Box::new(done()))));
        let refused = Item {
            job: None,
            ..item()
        };
        let outcome = Outcome::NotDone {
            diagnosis: Diagnosis::of(Code::NotWebm),
            exit: Exit::NotARecording,
            kept: false,
        };
        lines.push(closed(&refused, &outcome));
        lines.push(json(&Last::Summary { done: 1, failed: 1 }));
        insta::assert_snapshot!("json", lines.join("\n"));
    }
}
