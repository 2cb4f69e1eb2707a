//! The log: lines for a terminal, JSON for machines, secrets for nobody.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};

use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::layer::{Filter, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt, registry};

/// Libraries whose finer levels write headers, signatures or bodies, by what their targets begin with: they stay at these
/// levels whatever is asked for.
const CAPS: [(&str, LevelFilter); 10] = [
    ("aws_config", LevelFilter::ERROR),
    ("aws_credential_types", LevelFilter::WARN),
    ("aws_runtime", LevelFilter::WARN),
    ("aws_sdk_s3", LevelFilter::WARN),
    ("aws_sdk_sts", LevelFilter::WARN),
    ("aws_sigv4", LevelFilter::WARN),
    ("aws_smithy_http_client", LevelFilter::WARN),
    ("aws_smithy_runtime", LevelFilter::WARN),
    ("hyper", LevelFilter::INFO),
    ("s3s", LevelFilter::OFF),
];

/// What is logged at this request (`RUST_LOG`'s syntax): everything it asks for, but for what the caps hold back. The caps
/// are no directives of the request's own kind, for a directive yields to one that names a module or a span.
pub fn filter<S>(wanted: &str) -> impl Filter<S> + Send + Sync + 'static
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .parse_lossy(wanted)
        .and(filter_fn(is_within_caps))
}

fn is_within_caps(metadata: &Metadata<'_>) -> bool {
    CAPS.iter().all(|(beginning, cap)| {
        !metadata.target().starts_with(beginning) || metadata.level() <= cap
    })
}

/// Starts logging to standard error: JSON if `LOG_FORMAT=json` or nobody watches, otherwise text.
pub fn install() {
    let wanted = std::env::var("RUST_LOG").unwrap_or_default();
    let json = match std::env::var("LOG_FORMAT").as_deref() {
        Ok("json") => true,
        Ok("text") => false,
        _ => !io::stderr().is_terminal(),
    };
    let lines = fmt::layer().with_writer(io::stderr);
    // A second call finds the first one's subscriber in place, which is as good.
    let _ = if json {
        let lines = lines.json().flatten_event(true).with_span_list(false);
        registry()
            .with(lines.with_filter(filter(&wanted)))
            .try_init()
    } else {
        registry()
            .with(lines.with_filter(filter(&wanted)))
            .try_init()
    };
}

/// An error and everything behind it, on one line.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::Context;

    use super::*;

    /// Stands for a line that is written: reaching it is a failure, but for what is no secret.
    struct Lines;

    impl<S: Subscriber> tracing_subscriber::Layer<S> for Lines {
        fn on_event(&self, event: &tracing::Event<'_>, _context: Context<'_, S>) {
            assert_eq!(event.metadata().target(), "server::open");
        }
    }

    #[test]
    fn neither_a_module_nor_a_span_opens_what_is_capped() {
        for wanted in [
            "trace",
            "aws_sigv4::http_request=trace,server=trace",
            "[request]=trace",
        ] {
            let subscriber = registry().with(Lines.with_filter(filter(wanted)));
            tracing::subscriber::with_default(subscriber, || {
                let _request = tracing::info_span!("request").entered();
                tracing::trace!(target: "aws_sigv4::http_request", "a signature");
                tracing::debug!(target: "hyper::proto", "a header");
                assert!(tracing::enabled!(target: "server::open", tracing::Level::TRACE));
                tracing::trace!(target: "server::open", "no secret");
            });
        }
    }
}
