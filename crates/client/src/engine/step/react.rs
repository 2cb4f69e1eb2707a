//! Reacting to trouble: what is tried again, when, and from where.

use std::time::Duration;

use jiff::SignedDuration;

use super::super::Wait;
use super::{Contract, Effect, Goal, Record, Stage, Ticket, Transition, Trouble};
use crate::{Code, Diagnosis, WaitCause, diagnosis};

/// Times that the same contradiction is taken for an accident.
pub(super) const ACCIDENTS: u32 = 3;

impl Transition<'_> {
    /// Something came to nothing.
    pub(super) fn react(&mut self, trouble: Trouble, diagnosis: Diagnosis) {
        if matches!(self.state.goal, Goal::Send(_, Ticket::Single(_))) {
            self.state.tally.restarted_because = Some(diagnosis.clone());
        }
        if !matches!(trouble, Trouble::TicketRefused) {
            self.state.tally.refused_tickets = 0;
        }
        match trouble {
            Trouble::NoWay => self.probe(WaitCause::Network, diagnosis),
            Trouble::DiskSilent => self.probe(WaitCause::BackOff, diagnosis),
            Trouble::SignedOut => self.wait(WaitCause::SignIn, None, diagnosis),
            Trouble::Passing {
                retry_after,
                slow_down,
            } => self.back_off(slow_down, retry_after, diagnosis),
            Trouble::Stalled => self.back_off(false, None, diagnosis),
            Trouble::ServerDefect => self.server_defect(diagnosis),
            Trouble::TicketRefused => self.ticket_refused(diagnosis),
            Trouble::BrokenBody => self.body_broke(diagnosis),
            Trouble::ObjectExists | Trouble::Unclear => self.look_closer(diagnosis),
            Trouble::Mismatch => self.mismatch(diagnosis),
            Trouble::ObjectMissing => self.object_missing(diagnosis),
            Trouble::UploadLost => self.upload_lost(diagnosis),
            Trouble::Gone => self.gone(diagnosis),
            Trouble::LinkRefused => self.link_refused(diagnosis),
            // What was asked for was another upload in parts for a recording that is spent.
            Trouble::Lasting
                if diagnosis.code == Code::GivenUp && matches!(self.state.goal, Goal::Reserve) =>
            {
                self.upload_lost(diagnosis);
            }
            Trouble::Lasting => self.fail(diagnosis),
        }
    }

    fn back_off(&mut self, slow_down: bool, retry_after: Option<Duration>, diagnosis: Diagnosis) {
        self.state.tally.tries = self.state.tally.tries.saturating_add(1);
        let tries = self.state.tally.tries;
        let policy = self.state.policy;
        let delay = policy.delay(tries, slow_down, retry_after, self.at.jitter);
        self.wait(WaitCause::BackOff, Some(delay), diagnosis);
    }

    /// Looks again and again whether there is a way: to the network, or to the disk.
    fn probe(&mut self, cause: WaitCause, diagnosis: Diagnosis) {
        let delay = self.state.policy.probe(self.state.tally.probes);
        self.state.tally.probes = self.state.tally.probes.saturating_add(1);
        self.wait(cause, Some(delay), diagnosis);
    }

    pub(super) fn wait(&mut self, cause: WaitCause, delay: Option<Duration>, diagnosis: Diagnosis) {
        self.effects.push(Effect::Journal(Record::Waiting {
            cause,
            diagnosis: diagnosis.clone(),
        }));
        if delay.is_none_or(|delay| delay > self.state.policy.keeps_turn_within) {
            self.yield_turn();
        }
        self.effects.extend(delay.map(Effect::Wake));
        let next_try = delay
            .and_then(|delay| SignedDuration::try_from(delay).ok())
            .and_then(|delay| self.at.time.checked_add(delay).ok());
        self.state.stage = Stage::Waiting(Wait {
            cause,
            next_try,
            diagnosis,
        });
    }

    /// A base backend may not understand this task id, whatever it answers; another is given the time it takes.
    fn server_defect(&mut self, diagnosis: Diagnosis) {
        let may_be_the_task =
            self.state.contract == Some(Contract::Base) && !self.state.job.task.is_uuid();
        if may_be_the_task {
            self.state.tally.task_failures += 1;
            if self.state.tally.task_failures >= ACCIDENTS {
                return self.fail(diagnosis);
            }
        }
        self.back_off(false, None, diagnosis);
    }

    fn ticket_refused(&mut self, diagnosis: Diagnosis) {
        let Some(place) = self.state.goal.reservation().cloned() else {
            return self.fail(diagnosis);
        };
        self.state.tally.refused_tickets += 1;
        if self.state.tally.refused_tickets > 1 {
            // The bytes never got in: a retry begins with another ticket.
            self.state.goal = Goal::Renew(place);
            return self.fail(diagnosis);
        }
        self.pursue(Goal::Renew(place));
    }

    /// A store that refuses and closes can look like a broken connection; a fresh ticket cures it if it was that. Asked
    /// for once only: a network that breaks connections must not cost a place at the backend each time.
    fn body_broke(&mut self, diagnosis: Diagnosis) {
        self.state.tally.broken_bodies = self.state.tally.broken_bodies.saturating_add(1);
        if self.state.tally.broken_bodies == 2
            && let Goal::Send(place, _) = &self.state.goal
        {
            self.state.goal = Goal::Renew(place.clone());
        }
        self.back_off(false, None, diagnosis);
    }

    fn look_closer(&mut self, diagnosis: Diagnosis) {
        match self.state.goal.clone() {
            Goal::Complete(reservation, frozen) => {
                self.pursue(Goal::Reconcile(reservation, frozen));
            }
            Goal::Send(reservation, _) | Goal::Renew(reservation) | Goal::List(reservation, _) => {
                self.pursue(Goal::Hash(reservation));
            }
            _ => self.fail(diagnosis),
        }
    }

    fn mismatch(&mut self, diagnosis: Diagnosis) {
        self.state.tally.mismatches += 1;
        if self.state.tally.mismatches >= ACCIDENTS {
            return self.fail(diagnosis::of_mismatch(&diagnosis));
        }
        match self.state.goal.reservation().cloned() {
            // What lies under a write-once key stays there: only another place takes the right bytes.
            Some(place) if place.extended && place.multipart.is_none() => {
                self.leave(place.recording);
                self.state.goal = Goal::Reserve;
                self.state.tally.restarted_because = Some(diagnosis.clone());
                self.back_off(false, None, diagnosis);
            }
            _ => self.send_again(diagnosis),
        }
    }

    fn object_missing(&mut self, diagnosis: Diagnosis) {
        self.state.tally.missing_objects += 1;
        if self.state.tally.missing_objects >= ACCIDENTS {
            return self.fail(diagnosis);
        }
        self.send_again(diagnosis);
    }

    fn send_again(&mut self, diagnosis: Diagnosis) {
        if let Some(place) = self.state.goal.reservation().cloned() {
            self.state.goal = Goal::Renew(place);
        }
        self.state.tally.restarted_because = Some(diagnosis.clone());
        self.back_off(false, None, diagnosis);
    }

    /// Somebody deleted it, or the backend forgot it: once, that is answered with another place.
    pub(super) fn gone(&mut self, diagnosis: Diagnosis) {
        match self.state.goal.reservation().cloned() {
            // Its link was good once: whoever deleted it since meant it.
            Some(_) if self.state.was_done => self.fail(
                Diagnosis::of(Code::GivenUp)
                    .saying("This upload was finished, and its recording has been deleted since.")
                    .hinting("Choose the file again if it is to be uploaded once more."),
            ),
            Some(place) if self.state.tally.generation == 0 => {
                self.abandon(&place);
                self.state.tally.restarted_because = Some(diagnosis);
                self.pursue(Goal::Reserve);
            }
            Some(_) if diagnosis.code == Code::NotFound => {
                self.fail(Diagnosis::of(Code::GivenUp));
            }
            _ => self.fail(diagnosis),
        }
    }

    fn link_refused(&mut self, diagnosis: Diagnosis) {
        self.state.tally.refused_links += 1;
        if self.state.tally.refused_links >= ACCIDENTS {
            return self.fail(diagnosis);
        }
        self.back_off(false, None, diagnosis);
    }
}
