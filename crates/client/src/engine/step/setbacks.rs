//! What becomes of parts that did not arrive.

use std::time::Duration;

use jiff::SignedDuration;

use super::react::ACCIDENTS;
use super::{Effect, Transition, Trouble};
use crate::{Diagnosis, diagnosis};

impl Transition<'_> {
    /// A disk that says nothing is asked again later, from the file's beginning: what was read is compared then.
    pub(super) fn read_failed(&mut self, trouble: Trouble, diagnosis: Diagnosis) {
        if trouble != Trouble::DiskSilent {
            return self.fail(diagnosis);
        }
        if let Some(parts) = self.state.parts_mut() {
            parts.begin_pass();
        }
        if self.is_sending_parts() {
            self.drop_parts();
            self.react(trouble, diagnosis);
        }
    }

    pub(super) fn part_failed(
        &mut self,
        number: u32,
        bytes: u64,
        trouble: Trouble,
        diagnosis: Diagnosis,
    ) {
        let (now, policy, jitter) = (self.at.time, self.state.policy, self.at.jitter);
        let Some(parts) = self.state.parts_mut() else {
            return;
        };
        let Some(setback) = parts.fell_short(number, bytes) else {
            return;
        };
        if trouble != Trouble::TicketRefused {
            setback.refused_tickets = 0;
        }
        let (slow_down, retry_after) = match trouble {
            // These concern the whole upload.
            Trouble::NoWay
            | Trouble::SignedOut
            | Trouble::DiskSilent
            | Trouble::UploadLost
            | Trouble::Gone => {
                self.drop_parts();
                return self.react(trouble, diagnosis);
            }
            Trouble::Lasting => return self.fail(diagnosis),
            Trouble::TicketRefused => {
                setback.refused_tickets += 1;
                if setback.refused_tickets > 1 {
                    return self.fail(diagnosis);
                }
                // Every attempt has a ticket of its own: the next is a fresh one.
                return self.go_on();
            }
            Trouble::Mismatch => {
                setback.mismatches += 1;
                if setback.mismatches >= ACCIDENTS {
                    return self.fail(diagnosis::of_mismatch(&diagnosis));
                }
                return self.read_part_again(number);
            }
            Trouble::Passing {
                slow_down,
                retry_after,
            } => (slow_down, retry_after),
            _ => (false, None),
        };
        setback.tries = setback.tries.saturating_add(1);
        let delay = policy.delay(setback.tries, slow_down, retry_after, jitter);
        setback.retry_at = later(now, delay);
        if retry_after.is_some()
            && let Some(until) = setback.retry_at
        {
            parts.hold(until);
        }
        self.state.tally.last_setback = Some(diagnosis);
        self.go_on();
    }

    fn read_part_again(&mut self, number: u32) {
        let Some(parts) = self.state.parts_mut() else {
            return;
        };
        let kind = parts.kind();
        if let Some(part) = parts.rehash(number) {
            self.effects.push(Effect::HashPart { part, kind });
        }
        self.go_on();
    }

    /// Nothing is on its way any more; what arrived stays.
    pub(super) fn drop_parts(&mut self) {
        let Some(parts) = self.state.parts_mut() else {
            return;
        };
        let bytes = parts.drop_in_flight();
        self.state.tally.bytes_sent += bytes;
        self.count_progress();
        self.effects.push(Effect::Abort);
    }

    /// The computer slept: connections are dead, and whoever asked to be left alone has been.
    pub(super) fn parts_woke_up(&mut self) {
        if !self.is_sending_parts() {
            return;
        }
        let Some(parts) = self.state.parts_mut() else {
            return;
        };
        let was_sending = parts.in_flight() > 0;
        let bytes = parts.drop_in_flight();
        self.state.tally.bytes_sent += bytes;
        self.count_progress();
        if was_sending {
            self.state.tally.restarted_because = Some(diagnosis::slept_in_parts());
        }
    }
}

fn later(now: jiff::Timestamp, delay: Duration) -> Option<jiff::Timestamp> {
    now.checked_add(SignedDuration::try_from(delay).ok()?).ok()
}
