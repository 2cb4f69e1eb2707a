//! How the server is watched and kept standing: figures, readiness, limits, and the proxies that it believes.

pub(crate) mod database_call;
pub(crate) mod metrics;
pub(crate) mod proxies;
pub(crate) mod rates;
pub(crate) mod readiness;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use self::metrics::Metrics;
use self::proxies::TrustedProxies;
use self::rates::Rates;
use self::readiness::Readiness;
use crate::configuration::Operating;

/// The parts of it that requests meet.
#[derive(Debug)]
pub(crate) struct Operations {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) proxies: TrustedProxies,
    pub(crate) rates: Rates,
    pub(crate) readiness: Readiness,
    /// How long a client may take to send a request's body.
    pub(crate) body_time_limit: Duration,
    /// Whether callers on this computer are told the figures on the API's own port.
    metrics_on_api: bool,
    draining: AtomicBool,
}

impl Operations {
    pub(crate) fn new(operating: &Operating, metrics: Arc<Metrics>) -> Self {
        Self {
            metrics,
            proxies: operating.trusted_proxies.clone(),
            rates: Rates::new(operating),
            readiness: Readiness::new(operating.ready_time_limit),
            body_time_limit: operating.body_time_limit,
            metrics_on_api: operating.metrics_address.is_none()
                && operating.trusted_proxies.is_empty(),
            draining: AtomicBool::new(false),
        }
    }

    /// Whether the figures are told on the API's own port, to callers on this computer: nothing says that a proxy stands
    /// before it, and no listener of their own was asked for.
    pub(crate) fn metrics_on_api(&self) -> bool {
        self.metrics_on_api
    }

    /// From now on the server is about to end: it is not ready, and each answer ends its connection.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether it is about to end.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
