//! The log: lines for a terminal, JSON for machines, secrets for nobody.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Libraries whose finer levels write headers, signatures or bodies: they stay at these levels whatever is asked for.
const GUARDS: [&str; 11] = [
    "aws_config=error",
    "aws_credential_types=warn",
    "aws_runtime=warn",
    "aws_sdk_s3=warn",
    "aws_sdk_sts=warn",
    "aws_sigv4=warn",
    "aws_smithy_http_client=warn",
    "aws_smithy_runtime=warn",
    "aws_smithy_runtime_api=warn",
    "hyper=info",
    "s3s=off",
];

/// What is logged at this request (`RUST_LOG`'s syntax): everything it asks for, but for what the guards hold back.
pub fn filter(wanted: &str) -> EnvFilter {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .parse_lossy(wanted);
    GUARDS
        .iter()
        .filter_map(|guard| guard.parse().ok())
        .fold(filter, EnvFilter::add_directive)
}

/// Starts logging to standard error: JSON if `LOG_FORMAT=json` or nobody watches, otherwise text.
pub fn install() {
    let wanted = std::env::var("RUST_LOG").unwrap_or_default();
    let json = match std::env::var("LOG_FORMAT").as_deref() {
        Ok("json") => true,
        Ok("text") => false,
        _ => !io::stderr().is_terminal(),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter(&wanted))
        .with_writer(io::stderr);
    // A second call finds the first one's subscriber in place, which is as good.
    let _ = if json {
        subscriber
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .try_init()
    } else {
        subscriber.try_init()
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
