//! Working on a goal: what each asks for, and what its tickets are worth.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use wire::{IdempotencyKey, Initiate, Initiated, RenewedTicket, Secret, UploadStatus};

use super::{Call, Contract, Effect, Goal, Record, Stage, Ticket, Transition, Trouble};
use crate::engine::Growth;
use crate::journal::Reservation;
use crate::ticket::{Offer, SignedRequest, TicketError};
use crate::{Code, Diagnosis, diagnosis};

impl Transition<'_> {
    /// Works on the goal.
    pub(super) fn work(&mut self) {
        self.state.stage = Stage::Working;
        if self.state.account.is_none() {
            return self.react(Trouble::SignedOut, Diagnosis::of(Code::SignedOut));
        }
        if self.state.contract.is_none() {
            return self.effects.push(Effect::Ask(Call::Capabilities));
        }
        match self.state.goal.clone() {
            Goal::Reserve => self.reserve(),
            Goal::Renew(reservation) => self.renew(&reservation),
            Goal::Send(reservation, Ticket::Single(ticket)) => self.send(reservation, ticket),
            Goal::Send(_, Ticket::Multipart(_)) => self.go_on(),
            Goal::List(reservation, parts) => {
                let call = Call::ListParts(reservation.recording, parts.listed_to());
                self.effects.push(Effect::Ask(call));
            }
            Goal::Hash(_) => self.effects.push(Effect::Hash),
            Goal::Reconcile(reservation, _) | Goal::Recover(reservation, _) => {
                self.effects
                    .push(Effect::Ask(Call::Look(reservation.recording)));
            }
            Goal::Complete(reservation, frozen) => {
                self.journal(Record::Completing {
                    request: frozen.request.clone(),
                    sha256: frozen.sha256,
                });
                let call = Call::Complete(reservation.recording, frozen.request);
                self.effects.push(Effect::Ask(call));
            }
            Goal::Verify(reservation, sha256) => {
                self.journal(Record::Verifying { sha256 });
                self.effects
                    .push(Effect::Ask(Call::Look(reservation.recording)));
            }
        }
    }

    pub(super) fn journal(&mut self, record: Record) {
        self.effects.push(Effect::Journal(record));
    }

    fn reserve(&mut self) {
        let Some(contract) = &self.state.contract else {
            return;
        };
        let (size_bytes, most_bytes) = (self.state.size_bytes(), contract.most_bytes());
        let extended = matches!(contract, Contract::Extended(_));
        if size_bytes > most_bytes {
            return self.fail(diagnosis::too_large(size_bytes, most_bytes));
        }
        if self.holds_back() {
            return;
        }
        let in_parts = self.goes_in_parts();
        // A repeated request has to be the same, and the size of what is still recorded is not known the first time.
        let states_size = extended && self.state.growth == Growth::Finished;
        let Some(account) = self.state.account.clone() else {
            return;
        };
        let job = &self.state.job;
        let generation = self.state.tally.generation;
        let request = Initiate {
            task_id: job.task.as_str().to_owned(),
            filename: job.file_name.clone(),
            content_type: Some(job.content_type.clone()),
            url_expires_in: None,
            idempotency_key: extended.then(|| idempotency_key(job.id.as_str(), generation)),
            file_size: states_size.then(|| self.state.size_bytes()),
            sha256: None,
            multipart: in_parts.then_some(true),
        };
        self.journal(Record::Initiating {
            account,
            generation,
        });
        self.effects
            .push(Effect::Ask(Call::Initiate(Box::new(request))));
    }

    fn renew(&mut self, reservation: &Reservation) {
        if let Some(multipart) = &reservation.multipart {
            return self.look_what_arrived(reservation.clone(), multipart);
        }
        match &self.state.contract {
            Some(Contract::Extended(uploads)) if uploads.renew && reservation.extended => {
                let call = Call::Renew(reservation.recording.clone());
                self.effects.push(Effect::Ask(call));
            }
            // The same idempotency key gives the same recording, with a fresh ticket.
            Some(Contract::Extended(_)) if reservation.extended => self.pursue(Goal::Reserve),
            _ => {
                self.abandon(reservation);
                self.pursue(Goal::Reserve);
            }
        }
    }

    /// A place that will not be used. The backend may list it as pending for ever.
    pub(super) fn abandon(&mut self, reservation: &Reservation) {
        let recording = reservation.recording.clone();
        self.state.tally.generation += 1;
        self.journal(Record::Abandoned {
            recording: Some(recording.clone()),
        });
        self.effects.push(Effect::ReportOrphan(recording));
    }

    fn send(&mut self, reservation: Reservation, ticket: Box<SignedRequest>) {
        if !ticket.may_begin(self.at.time) {
            return self.pursue(Goal::Renew(reservation));
        }
        let tally = &mut self.state.tally;
        tally.attempts += 1;
        tally.acknowledged_bytes = 0;
        let attempt = tally.attempts;
        self.journal(Record::Sending { attempt });
        self.effects.push(Effect::Send(ticket));
    }

    pub(super) fn reserved(&mut self, answer: &Initiated, clock_offset: Option<SignedDuration>) {
        let reservation = Reservation {
            recording: answer.recording_id.clone(),
            s3_key: answer.s3_key.clone(),
            extended: matches!(self.state.contract, Some(Contract::Extended(_))),
            multipart: None,
        };
        self.moved();
        if let Some(multipart) = &answer.multipart
            && answer.upload_status == UploadStatus::Pending
        {
            return self.reserved_in_parts(reservation, multipart);
        }
        self.state.lost = None;
        let Some(url) = &answer.upload_url else {
            self.journal(Record::Reserved {
                reservation: reservation.clone(),
                expires_at: None,
            });
            if answer.upload_status == UploadStatus::Complete {
                // It arrived before, and the answer was lost: see whether it is this file.
                return self.pursue(Goal::Hash(reservation));
            }
            return self.fail(Diagnosis::of(Code::UnexpectedAnswer));
        };
        let ticket = self.ticket(
            url,
            answer.upload_headers.as_ref(),
            Some(Duration::from_secs(answer.expires_in.into())),
            answer.expires_at,
            clock_offset,
        );
        self.use_ticket(reservation, ticket);
    }

    pub(super) fn renewed(
        &mut self,
        reservation: Reservation,
        answer: &RenewedTicket,
        clock_offset: Option<SignedDuration>,
    ) {
        self.moved();
        let ticket = self.ticket(
            &answer.upload_url,
            Some(&answer.upload_headers),
            None,
            Some(answer.expires_at),
            clock_offset,
        );
        self.use_ticket(reservation, ticket);
    }

    fn ticket(
        &self,
        url: &Secret,
        headers: Option<&BTreeMap<String, String>>,
        expires_in: Option<Duration>,
        expires_at: Option<Timestamp>,
        clock_offset: Option<SignedDuration>,
    ) -> Option<Result<SignedRequest, TicketError>> {
        let account = self.state.account.as_ref()?;
        Some(SignedRequest::read(&Offer {
            url,
            headers,
            content_type: Some(&self.state.job.content_type),
            expires_in,
            expires_at,
            clock_offset,
            server: &account.server,
            received_at: self.at.time,
        }))
    }

    fn use_ticket(
        &mut self,
        reservation: Reservation,
        ticket: Option<Result<SignedRequest, TicketError>>,
    ) {
        let expires_at = match &ticket {
            Some(Ok(ticket)) => ticket.expires_at(),
            _ => None,
        };
        self.journal(Record::Reserved {
            reservation: reservation.clone(),
            expires_at,
        });
        match ticket {
            Some(Ok(ticket)) => {
                self.pursue(Goal::Send(reservation, Ticket::Single(Box::new(ticket))));
            }
            Some(Err(error)) => {
                self.state.goal = Goal::Renew(reservation);
                self.fail(diagnosis::of_ticket(&error));
            }
            None => self.react(Trouble::SignedOut, Diagnosis::of(Code::SignedOut)),
        }
    }
}

/// The job's id, so that a repeated request means the same recording; marked where an earlier place was abandoned.
fn idempotency_key(job: &str, generation: u32) -> IdempotencyKey {
    match generation {
        0 => job.into(),
        _ => format!("{job}-{generation}").into(),
    }
}
