//! The figures of a running server, as Prometheus reads them. No label names a tenant, a user or a recording.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::Method;
use jiff::Timestamp;
use prometheus_client::encoding::{EncodeLabelSet, prometheus_text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use storage::{StoreCall, StoreObserver, StoreOutcome};

use crate::recordings::sweeping::Swept;

/// The content type of what is told.
pub(crate) const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;

/// Upper bounds of the durations' classes, in seconds.
const SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: Arc<str>,
    method: &'static str,
    status: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    operation: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PurposeLabels {
    purpose: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SweptLabels {
    what: &'static str,
}

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

fn durations<L: Clone + Eq + std::hash::Hash>() -> Histograms<L> {
    Family::new_with_constructor(|| Histogram::new(SECONDS))
}

/// A state that a recording has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// A place was reserved.
    Initiated,
    /// The store has every byte.
    Completed,
    /// Its owner, or the sweep, gave the upload up.
    GivenUp,
    /// It was deleted.
    Deleted,
}

impl Reached {
    fn as_str(self) -> &'static str {
        match self {
            Self::Initiated => "initiated",
            Self::Completed => "completed",
            Self::GivenUp => "given_up",
            Self::Deleted => "deleted",
        }
    }
}

/// The figures. They are this server's own, from its start.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Histograms<RouteLabels>,
    in_flight: Gauge,
    connections: Gauge,
    recordings: Family<StateLabels, Counter>,
    completed_bytes: Counter,
    over_quota: Counter,
    store_calls: Histograms<CallLabels>,
    database_calls: Histograms<PurposeLabels>,
    sweeps: Counter,
    last_sweep: Gauge,
    swept: Family<SweptLabels, Counter>,
    resident_bytes: Gauge,
    open_files: Gauge,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// All of them at nothing.
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            request_seconds: durations(),
            in_flight: Gauge::default(),
            connections: Gauge::default(),
            recordings: Family::default(),
            completed_bytes: Counter::default(),
            over_quota: Counter::default(),
            store_calls: durations(),
            database_calls: durations(),
            sweeps: Counter::default(),
            last_sweep: Gauge::default(),
            swept: Family::default(),
            resident_bytes: Gauge::default(),
            open_files: Gauge::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let ours = self.registry.sub_registry_with_prefix("revui");
        ours.register("requests", "Requests answered", self.requests.clone());
        ours.register(
            "request_duration_seconds",
            "Time from a request's head to its answer",
            self.request_seconds.clone(),
        );
        ours.register(
            "requests_in_flight",
            "Requests that are being answered",
            self.in_flight.clone(),
        );
        ours.register(
            "connections",
            "Open connections to the API",
            self.connections.clone(),
        );
        ours.register(
            "recordings",
            "Recordings that have come to a state",
            self.recordings.clone(),
        );
        ours.register(
            "completed_bytes",
            "Bytes of the recordings that were completed",
            self.completed_bytes.clone(),
        );
        ours.register(
            "over_quota",
            "Recordings refused because their tenant's quota is used up",
            self.over_quota.clone(),
        );
        ours.register(
            "store_call_duration_seconds",
            "Requests to the store; what is tried again counts again",
            self.store_calls.clone(),
        );
        ours.register(
            "database_call_duration_seconds",
            "Statements and transactions of the database, by what they are for",
            self.database_calls.clone(),
        );
        ours.register("sweeps", "Sweeps that ended", self.sweeps.clone());
        ours.register(
            "last_sweep_timestamp_seconds",
            "When the last sweep ended",
            self.last_sweep.clone(),
        );
        ours.register("swept", "What sweeps have ended", self.swept.clone());
        ours.register(
            "build",
            "The version that runs",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        self.register_process();
    }

    /// By the names that Prometheus's own libraries use.
    /// Source: <https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>
    fn register_process(&mut self) {
        let started: Gauge = Gauge::default();
        started.set(seconds_since_epoch(SystemTime::now()));
        self.registry.register(
            "process_start_time_seconds",
            "When the program was started",
            started,
        );
        self.registry.register(
            "process_resident_memory_bytes",
            "Memory that is resident",
            self.resident_bytes.clone(),
        );
        self.registry.register(
            "process_open_fds",
            "Open files and sockets",
            self.open_files.clone(),
        );
    }

    /// All of them, as text.
    pub(crate) fn tell(&self) -> Result<String, fmt::Error> {
        if let Some(bytes) = resident_bytes() {
            self.resident_bytes.set(bytes);
        }
        if let Ok(entries) = std::fs::read_dir("/proc/self/fd") {
            self.open_files
                .set(i64::try_from(entries.count()).unwrap_or(i64::MAX));
        }
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// Counts a request for as long as the guard lives.
    pub(crate) fn request(&self) -> Within {
        Within::of(&self.in_flight)
    }

    /// Counts a connection for as long as the guard lives.
    pub(crate) fn connection(&self) -> Within {
        Within::of(&self.connections)
    }

    /// A request was answered.
    pub(crate) fn answered(&self, route: &str, method: &Method, status: u16, took: Duration) {
        let route: Arc<str> = Arc::from(route);
        let labels = RequestLabels {
            route: Arc::clone(&route),
            method: name_of(method),
            status: status.into(),
        };
        self.requests.get_or_create(&labels).inc();
        self.request_seconds
            .get_or_create(&RouteLabels { route })
            .observe(took.as_secs_f64());
    }

    /// A recording has come to this state.
    pub(crate) fn recording(&self, reached: Reached) {
        let state = reached.as_str();
        self.recordings.get_or_create(&StateLabels { state }).inc();
    }

    /// A recording of this size is complete.
    pub(crate) fn completed(&self, size_bytes: u64) {
        self.recording(Reached::Completed);
        self.completed_bytes.inc_by(size_bytes);
    }

    /// A recording was refused, for its tenant's quota is used up.
    pub(crate) fn over_quota(&self) {
        self.over_quota.inc();
    }

    /// Something was asked of the database for this purpose.
    pub(super) fn asked_database(
        &self,
        purpose: &'static str,
        outcome: &'static str,
        took: Duration,
    ) {
        self.database_calls
            .get_or_create(&PurposeLabels { purpose, outcome })
            .observe(took.as_secs_f64());
    }

    /// A sweep has ended at `now`.
    pub(crate) fn swept(&self, swept: &Swept, now: Timestamp) {
        self.sweeps.inc();
        self.last_sweep.set(now.as_second());
        for (what, count) in [
            ("finished", swept.finished),
            ("given_up", swept.given_up),
            ("expired", swept.expired),
            ("tagged", swept.tagged),
            ("leftovers", swept.leftovers),
            ("strays", swept.strays),
            ("failed", swept.failed),
        ] {
            self.swept
                .get_or_create(&SweptLabels { what })
                .inc_by(count.into());
        }
    }

    /// Tells these figures of every call to the store.
    pub(crate) fn store_observer(self: &Arc<Self>) -> StoreObserver {
        let metrics = Arc::clone(self);
        StoreObserver::new(move |call: StoreCall<'_>| {
            let labels = CallLabels {
                operation: call.operation.to_owned(),
                outcome: match call.outcome {
                    StoreOutcome::Done => "done",
                    StoreOutcome::Refused => "refused",
                    StoreOutcome::Failed => "failed",
                },
            };
            metrics
                .store_calls
                .get_or_create(&labels)
                .observe(call.took.as_secs_f64());
        })
    }
}

/// One more of something, until it is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Within(Gauge);

impl Within {
    fn of(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Within {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Anybody can make up a method; only those that somebody uses are told apart.
fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn seconds_since_epoch(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

/// As Linux tells it (`proc_pid_status(5)`); elsewhere nothing.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}
