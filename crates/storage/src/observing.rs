//! How each call to the store went, told to whoever counts calls.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_types::config_bag::{Storable, StoreReplace};

use crate::Bucket;

/// One request to the store and its answer. What is tried again is another.
#[derive(Debug, Clone, Copy)]
pub struct StoreCall<'a> {
    /// S3's name for what was asked, such as `HeadObject`.
    pub operation: &'a str,
    /// From sending to the end of the answer, or to giving up.
    pub took: Duration,
    /// What came of it.
    pub outcome: StoreOutcome,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreOutcome {
    /// The store did it.
    Done,
    /// The store answered that it won't: a status from 300 to 499. A 404 is often what one wanted to know.
    Refused,
    /// The store failed, or did not answer in time.
    Failed,
}

/// Is told of every call. Clones tell the same listener.
#[derive(Clone)]
pub struct StoreObserver(Arc<dyn Fn(StoreCall<'_>) + Send + Sync>);

impl StoreObserver {
    /// Calls `told` after each call, on the task that called: it must be quick.
    pub fn new(told: impl Fn(StoreCall<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }
}

impl fmt::Debug for StoreObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreObserver")
    }
}

impl Bucket {
    /// The same bucket, whose calls are told to `observer`. Signing is no call.
    #[must_use]
    pub fn observed_by(mut self, observer: &StoreObserver) -> Self {
        let config = self.client.config().to_builder();
        let config = config.interceptor(Observing(observer.clone()));
        self.client = Client::from_conf(config.build());
        self
    }
}

#[derive(Debug)]
struct Observing(StoreObserver);

/// When an attempt was sent.
#[derive(Debug, Clone, Copy)]
struct Sent(Instant);

impl Storable for Sent {
    type Storer = StoreReplace<Self>;
}

impl Intercept for Observing {
    fn name(&self) -> &'static str {
        "Observing"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        bag.interceptor_state().store_put(Sent(Instant::now()));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // What is only signed is never sent: it has no outcome.
        let (Some(answer), Some(Sent(at))) = (context.output_or_error(), bag.load::<Sent>()) else {
            return Ok(());
        };
        let status = context
            .response()
            .map(|response| response.status().as_u16());
        let outcome = match (answer, status) {
            (Ok(_), _) => StoreOutcome::Done,
            (Err(_), Some(300..=499)) => StoreOutcome::Refused,
            (Err(_), _) => StoreOutcome::Failed,
        };
        (self.0.0)(StoreCall {
            operation: bag.load::<Metadata>().map_or("unknown", Metadata::name),
            took: at.elapsed(),
            outcome,
        });
        Ok(())
    }
}
