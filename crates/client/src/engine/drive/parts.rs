//! The parts that are on their way, each on a task of its own, and the pass over the file that goes before them.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use tokio::task::{Id, JoinError, JoinSet};
use wire::{PartToSign, RecordingId};

use super::super::{Destination, Event, PartOrder, PartPlan, PartToRead, Trouble};
use super::Drive;
use crate::backend::{Backend, BackendError};
use crate::diagnosis::{self, Step};
use crate::source::{Checksum, ChecksumKind, PartRead, PartReading, Source, SourceError};
use crate::ticket::{Offer, SignedRequest, TicketError};
use crate::transport::{self, Progress, SendError, Terms};
use crate::{Code, Diagnosis};

/// What runs. Dropping it ends all of it: connections are closed, the reader's thread stops.
#[derive(Debug, Default)]
pub(super) struct PartWork {
    running: JoinSet<Event>,
    sending: HashMap<Id, (u32, Progress)>,
    reading: Option<PartReading>,
    /// Of which recording, and the host that the first ticket of a part named.
    host: Option<(RecordingId, Arc<OnceLock<String>>)>,
}

impl PartWork {
    /// Ends what is on its way, but not the pass over the file.
    pub(super) fn abort(&mut self) {
        // A new set: what had ended a moment ago must not be heard any more.
        self.running = JoinSet::new();
        self.sending.clear();
    }

    /// Lanes that are in use.
    pub(super) fn in_use(&self) -> u32 {
        u32::try_from(self.sending.len()).unwrap_or(u32::MAX)
    }

    /// What of the parts on their way has been acknowledged, in bytes.
    pub(super) fn acknowledged_bytes(&self) -> u64 {
        self.sending
            .values()
            .map(|(_, progress)| progress.acknowledged_bytes())
            .sum()
    }

    pub(super) fn read_on(&mut self, up_to: u32) {
        if let Some(reading) = &mut self.reading {
            reading.allow(up_to);
        }
    }

    /// What happens next, if anything does.
    pub(super) async fn next(&mut self, source: &Source) -> Event {
        loop {
            tokio::select! {
                Some(joined) = self.running.join_next_with_id() => {
                    if let Some(event) = self.joined(joined) {
                        return event;
                    }
                }
                read = next_read(&mut self.reading) => return of_read(read, source),
            }
        }
    }

    fn joined(&mut self, joined: Result<(Id, Event), JoinError>) -> Option<Event> {
        match joined {
            Ok((id, event)) => {
                self.sending.remove(&id);
                Some(event)
            }
            Err(error) => {
                let (number, progress) = self.sending.remove(&error.id())?;
                tracing::error!(number, %error, "a defect: sending a part did not end");
                Some(Event::PartFailed {
                    number,
                    acknowledged_bytes: progress.acknowledged_bytes(),
                    trouble: Trouble::Lasting,
                    diagnosis: Diagnosis::of(Code::Internal),
                })
            }
        }
    }

    /// The host that the tickets of this recording's parts lead to, once one has come, to this program or one before it.
    fn host_of(
        &mut self,
        recording: &RecordingId,
        recalled: Option<&Destination>,
    ) -> Arc<OnceLock<String>> {
        match &self.host {
            Some((known, host)) if known == recording => host.clone(),
            _ => {
                let recalled = recalled.filter(|recalled| recalled.recording == *recording);
                let host = recalled.map_or_else(OnceLock::new, |recalled| {
                    OnceLock::from(recalled.host.clone())
                });
                let host = Arc::new(host);
                self.host = Some((recording.clone(), host.clone()));
                host
            }
        }
    }

    /// Where the parts go, once a ticket has told.
    pub(super) fn destination(&self) -> Option<Destination> {
        let (recording, host) = self.host.as_ref()?;
        Some(Destination {
            recording: recording.clone(),
            host: host.get()?.clone(),
        })
    }
}

async fn next_read(reading: &mut Option<PartReading>) -> PartRead {
    if let Some(running) = reading {
        let read = running.next().await;
        if !matches!(read, Some(PartRead::Part(..))) {
            // That was the last word.
            *reading = None;
        }
        if let Some(read) = read {
            return read;
        }
    }
    std::future::pending().await
}

fn of_read(read: PartRead, source: &Source) -> Event {
    match read {
        PartRead::Part(number, checksum) => Event::PartHashed { number, checksum },
        PartRead::Whole(sha256) => Event::Hashed(sha256),
        PartRead::Failed(error) => unread(&error, source),
    }
}

fn unread(error: &SourceError, source: &Source) -> Event {
    tracing::info!(source = ?error, "the recording cannot be read");
    Event::ReadFailed {
        trouble: Trouble::of_source(error),
        diagnosis: diagnosis::of_source(error, source.path()),
    }
}

impl Drive {
    pub(super) fn read_parts(&mut self, plan: PartPlan, kind: ChecksumKind) {
        let limit = self.limits.disk;
        match self.source.read_parts(plan.part_bytes, kind, limit) {
            Ok(reading) => self.parts.reading = Some(reading),
            Err(error) => {
                let failed = unread(&error, &self.source);
                self.parts.running.spawn(async move { failed });
            }
        }
    }

    pub(super) fn hash_part(&mut self, part: PartToRead, kind: ChecksumKind) {
        let (source, limit) = (self.source.clone(), self.limits.disk);
        self.parts.running.spawn(async move {
            let number = part.number;
            match source.checksum(part.range, kind, limit).await {
                Ok(checksum) => Event::PartHashed { number, checksum },
                Err(error) => unread(&error, &source),
            }
        });
    }

    pub(super) fn send_part(&mut self, recording: RecordingId, order: PartOrder) {
        let progress = Progress::default();
        let number = order.number;
        let delivery = Delivery {
            host: self
                .parts
                .host_of(&recording, self.state.destination.as_ref()),
            backend: self.backend(),
            source: self.source.clone(),
            terms: self.terms(),
            progress: progress.clone(),
            recording,
            order,
        };
        let job = self.state.job.id.clone();
        let task = self.parts.running.spawn(async move {
            match delivery.run().await {
                Ok(etag) => Event::PartStored { number, etag },
                Err(error) => {
                    tracing::info!(%job, number, source = ?error, "a part did not arrive");
                    let (trouble, diagnosis) = error.explain(delivery.source.path());
                    Event::PartFailed {
                        number,
                        acknowledged_bytes: delivery.progress.acknowledged_bytes(),
                        trouble,
                        diagnosis,
                    }
                }
            }
        });
        self.parts.sending.insert(task.id(), (number, progress));
    }
}

/// A part on its way: a ticket, and then the bytes.
struct Delivery {
    backend: Option<Backend>,
    recording: RecordingId,
    order: PartOrder,
    host: Arc<OnceLock<String>>,
    source: Source,
    terms: Option<Terms>,
    progress: Progress,
}

/// Why a part did not arrive.
#[derive(Debug)]
enum Undelivered {
    Backend(BackendError),
    /// The answer has no ticket for this part.
    NoTicket,
    Ticket(TicketError),
    Send(SendError),
}

impl Delivery {
    /// The store's tag for the part, where the answer has one.
    async fn run(&self) -> Result<Option<String>, Undelivered> {
        let signed_out = || Undelivered::Backend(BackendError::SignedOut);
        let terms = self.terms.as_ref().ok_or_else(signed_out)?;
        let ticket = self.ticket().await?;
        let range = self.order.range.clone();
        transport::send_part(&ticket, &self.source, range, terms, &self.progress)
            .await
            .map_err(Undelivered::Send)
    }

    async fn ticket(&self) -> Result<SignedRequest, Undelivered> {
        let signed_out = || Undelivered::Backend(BackendError::SignedOut);
        let backend = self.backend.as_ref().ok_or_else(signed_out)?;
        let answer = backend
            .sign_parts(&self.recording, vec![self.wanted()])
            .await
            .map_err(Undelivered::Backend)?;
        let part = answer
            .parts
            .iter()
            .find(|part| part.part_number == self.order.number)
            .ok_or(Undelivered::NoTicket)?;
        let ticket = SignedRequest::read(&Offer {
            url: &part.url,
            headers: Some(&part.headers),
            content_type: None,
            expires_in: None,
            expires_at: Some(answer.expires_at),
            clock_offset: backend.clock_offset(),
            server: backend.server(),
            received_at: Timestamp::now(),
        })
        .map_err(Undelivered::Ticket)?;
        let first = self.host.get_or_init(|| ticket.authority().to_owned());
        if first == ticket.authority() {
            Ok(ticket)
        } else {
            Err(Undelivered::Ticket(TicketError::OtherHost))
        }
    }

    fn wanted(&self) -> PartToSign {
        let digits = Some(self.order.checksum.digits());
        let (sha256, crc64nvme) = match self.order.checksum {
            Checksum::Sha256(_) => (digits, None),
            Checksum::Crc64Nvme(_) => (None, digits),
        };
        PartToSign {
            part_number: self.order.number,
            size: self.order.range.end - self.order.range.start,
            sha256,
            crc64nvme,
        }
    }
}

impl Undelivered {
    fn explain(&self, path: &std::path::Path) -> (Trouble, Diagnosis) {
        match self {
            Self::Backend(error) => (
                Trouble::of_backend(Step::SignPart, error),
                diagnosis::of_backend(Step::SignPart, error),
            ),
            Self::NoTicket => (Trouble::Lasting, Diagnosis::of(Code::UnexpectedAnswer)),
            Self::Ticket(error) => (Trouble::Lasting, diagnosis::of_ticket(error)),
            Self::Send(error) => (
                Trouble::of_part(error),
                diagnosis::of_send(error, false, path),
            ),
        }
    }
}
