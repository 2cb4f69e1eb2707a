//! Whether this server can do its work: the database and the store are asked, with a time limit. The answer is kept for
//! a moment, and asked for by one caller at a time, so that whoever asks often does not burden either.
//!
//! The store is the shared bucket. Buckets of tenants' own are not asked: one that is away must not take the server out of
//! the balancer for everybody else.

use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::Mutex;

use crate::app::App;
use crate::logging;

/// How long an answer is given again without asking.
const KEPT_FOR: Duration = Duration::from_secs(2);

/// What readiness is asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Part {
    /// The server itself.
    Server,
    /// Where the rows are.
    Database,
    /// Where the bytes are.
    Store,
}

/// A part that cannot be worked with, and why, in words that tell a stranger nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct NotReady {
    /// Which part.
    pub(crate) part: Part,
    /// Why.
    pub(crate) message: String,
}

/// `GET /ready`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// Whether requests should be sent here.
    pub(crate) ready: bool,
    /// What is in the way.
    pub(crate) not_ready: Vec<NotReady>,
}

impl Report {
    fn of(not_ready: Vec<NotReady>) -> Self {
        Self {
            ready: not_ready.is_empty(),
            not_ready,
        }
    }
}

/// The last answer.
#[derive(Debug)]
pub(crate) struct Readiness {
    time_limit: Duration,
    last: Mutex<Option<(Instant, Report)>>,
}

impl Readiness {
    /// Each part is given up after `time_limit`.
    pub(crate) fn new(time_limit: Duration) -> Self {
        Self {
            time_limit,
            last: Mutex::default(),
        }
    }

    /// Whether the server is ready, as of two seconds ago at most; that it is about to end is known at once.
    pub(crate) async fn ask(&self, app: &App) -> Report {
        if app.operations.is_draining() {
            return Report::of(vec![NotReady {
                part: Part::Server,
                message: "it is about to end".to_owned(),
            }]);
        }
        // Held while the parts are asked: whoever comes meanwhile waits for the same answer.
        let mut last = self.last.lock().await;
        if let Some((at, report)) = &*last
            && at.elapsed() < KEPT_FOR
        {
            return report.clone();
        }
        let (database, store) = tokio::join!(self.database(app), self.store(app));
        let report = Report::of(database.into_iter().chain(store).collect());
        let changed = last.as_ref().is_none_or(|(_, before)| *before != report);
        if changed && !report.ready {
            tracing::warn!(not_ready = ?report.not_ready, "not ready");
        } else if changed {
            tracing::info!("ready");
        }
        *last = Some((Instant::now(), report.clone()));
        report
    }

    async fn database(&self, app: &App) -> Option<NotReady> {
        let asking = app.database.answers();
        let answer = tokio::time::timeout(self.time_limit, asking).await;
        let message = match answer {
            Ok(Ok(())) => return None,
            Ok(Err(error)) => {
                let cause = logging::chain(&error);
                tracing::warn!(cause, "the database does not answer");
                "it could not be asked".to_owned()
            }
            Err(_elapsed) => self.too_slow(),
        };
        Some(NotReady {
            part: Part::Database,
            message,
        })
    }

    async fn store(&self, app: &App) -> Option<NotReady> {
        let message = match app.store.bucket() {
            // What is missing is told by `/api/recordings/health`.
            Err(_missing) => "it is not configured".to_owned(),
            Ok(bucket) => match tokio::time::timeout(self.time_limit, bucket.reachable()).await {
                Ok(Ok(())) => return None,
                Ok(Err(error)) => {
                    let cause = logging::chain(&error);
                    tracing::warn!(cause, "the bucket cannot be used");
                    "it could not be asked".to_owned()
                }
                Err(_elapsed) => self.too_slow(),
            },
        };
        Some(NotReady {
            part: Part::Store,
            message,
        })
    }

    fn too_slow(&self) -> String {
        format!("it did not answer within {:?}", self.time_limit)
    }
}
