//! The operations that take time: a question to the backend, the PUT, the hash. Each ends in one event.

use std::pin::Pin;

use super::super::{Call, Event, Trouble};
use super::Drive;
use crate::backend::{Backend, BackendError, ProveError};
use crate::diagnosis::{self, Step};
use crate::source::Hashed;
use crate::ticket::SignedRequest;
use crate::transport::{self, Progress, Terms};
use crate::{Code, Diagnosis};

/// Something under way. Dropping it ends it: its connection is closed, its reader thread stops.
pub(super) type Operation = Pin<Box<dyn Future<Output = Event> + Send>>;

impl Drive {
    pub(super) fn ask(&self, call: Call) -> Operation {
        let backend = self.backend();
        let task_is_uuid = self.state.job.task.is_uuid();
        let job = self.state.job.id.clone();
        Box::pin(async move {
            let asked = match &backend {
                Some(backend) => ask(backend, &call).await,
                None => Err(Refused::Backend(BackendError::SignedOut)),
            };
            asked.unwrap_or_else(|error| {
                tracing::info!(%job, source = ?error, "a call came to nothing");
                error.into_event(&call, task_is_uuid)
            })
        })
    }

    pub(super) fn send(&mut self, ticket: Box<SignedRequest>) -> Operation {
        self.progress = Progress::default();
        self.begin_to_measure();
        let (source, progress) = (self.source.clone(), self.progress.clone());
        let disk = self.disk.clone();
        // Whoever signed out wants nothing sent in their name.
        let Some(terms) = self.terms() else {
            return Box::pin(std::future::ready(Event::Failed {
                trouble: Trouble::SignedOut,
                diagnosis: Diagnosis::of(Code::SignedOut),
            }));
        };
        let job = self.state.job.id.clone();
        Box::pin(async move {
            let sent = match disk.check(&source).await {
                Ok(()) => transport::send(&ticket, &source, &terms, &progress).await,
                Err(error) => Err(error.into()),
            };
            match sent {
                Ok(stored) => Event::Stored(stored),
                Err(error) => {
                    tracing::info!(%job, %error, source = ?error, "an attempt came to nothing");
                    let empty = ticket.is_for_empty_body();
                    Event::Failed {
                        trouble: Trouble::of_send(&error, empty),
                        diagnosis: diagnosis::of_send(&error, empty, source.path()),
                    }
                }
            }
        })
    }

    /// On what terms this upload sends; `None` while nobody is signed in.
    pub(super) fn terms(&self) -> Option<Terms> {
        Some(Terms {
            reach: self.backend()?.reach(),
            limits: self.limits,
            throttle: self.throttle.clone(),
        })
    }

    pub(super) fn hash(&self) -> Operation {
        let (source, disk, limit) = (self.source.clone(), self.disk.clone(), self.limits.disk);
        Box::pin(async move {
            let hashed = match disk.check(&source).await {
                Ok(()) => match source.read::<Hashed>(0..source.durable()) {
                    Ok(reading) => reading.hash(limit).await,
                    Err(error) => Err(error),
                },
                Err(error) => Err(error),
            };
            match hashed {
                Ok(sha256) => Event::Hashed(sha256),
                Err(error) => Event::Failed {
                    trouble: Trouble::of_source(&error),
                    diagnosis: diagnosis::of_source(&error, source.path()),
                },
            }
        })
    }
}

/// Why a question got no answer that helps.
#[derive(Debug)]
enum Refused {
    Backend(BackendError),
    Link(ProveError),
}

impl From<BackendError> for Refused {
    fn from(error: BackendError) -> Self {
        Self::Backend(error)
    }
}

impl Refused {
    fn into_event(self, call: &Call, task_is_uuid: bool) -> Event {
        match self {
            Self::Backend(error) => {
                let step = match call {
                    Call::Capabilities => Step::Connect,
                    Call::Initiate(_) => Step::Initiate { task_is_uuid },
                    Call::Renew(_) => Step::Renew,
                    Call::ListParts(..) => Step::ListParts,
                    Call::Complete(..) => Step::Complete,
                    Call::Look(_) | Call::Prove(..) => Step::Look,
                };
                Event::Failed {
                    trouble: Trouble::of_backend(step, &error),
                    diagnosis: diagnosis::of_backend(step, &error),
                }
            }
            Self::Link(error) => Event::Failed {
                trouble: Trouble::of_link(&error),
                diagnosis: diagnosis::of_link(&error),
            },
        }
    }
}

async fn ask(backend: &Backend, call: &Call) -> Result<Event, Refused> {
    Ok(match call {
        Call::Capabilities => Event::Learned(backend.capabilities().await?),
        Call::Initiate(request) => Event::Initiated {
            answer: Box::new(backend.initiate(request).await?),
            clock_offset: backend.clock_offset(),
        },
        Call::Renew(recording) => Event::Renewed {
            answer: Box::new(backend.renew(recording).await?),
            clock_offset: backend.clock_offset(),
        },
        Call::Complete(recording, request) => {
            Event::Completed(Box::new(backend.complete(recording, request).await?))
        }
        Call::ListParts(recording, after) => {
            Event::Listed(Box::new(backend.stored_parts(recording, *after).await?))
        }
        Call::Look(recording) => Event::Found(Box::new(backend.recording(recording).await?)),
        Call::Prove(url, size_bytes) => {
            let proven = backend.prove(url, Some(*size_bytes)).await;
            proven.map_err(Refused::Link)?;
            Event::Proven(url.clone())
        }
    })
}
