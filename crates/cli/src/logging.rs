//! The log, on standard error and only when asked for: `--verbose`, or `REVUI_LOG` with a filter.
//!
//! Only our own rooms are let through. What they log is written with secrets in mind; what an HTTP library dumps at
//! `trace` is not.

use tracing_subscriber::filter::{EnvFilter, FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// The rooms that may write to the log, by their crates' names.
const OURS: [&str; 5] = ["capture", "client", "media", "revui", "wire"];

/// Starts the log as `--verbose` and `REVUI_LOG` say; without either there is none.
pub(crate) fn start(verbose: bool) {
    let wanted = std::env::var("REVUI_LOG")
        .ok()
        .filter(|wanted| !wanted.is_empty());
    if !verbose && wanted.is_none() {
        return;
    }
    let default = if verbose {
        LevelFilter::DEBUG
    } else {
        LevelFilter::OFF
    };
    let levels = EnvFilter::builder()
        .with_default_directive(default.into())
        .parse_lossy(wanted.unwrap_or_default());
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_filter(levels.and(filter_fn(|event| is_ours(event.target()))));
    // A second start, as in tests, leaves the first one in place.
    let _ = tracing_subscriber::registry().with(layer).try_init();
}

fn is_ours(target: &str) -> bool {
    let room = target.split("::").next().unwrap_or(target);
    OURS.contains(&room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_rooms_are_heard() {
        for target in ["client", "client::engine::run", "revui::failure"] {
            assert!(is_ours(target), "{target}");
        }
        for target in ["hyper", "reqwest::connect", "clientele", "rustls::client"] {
            assert!(!is_ours(target), "{target}");
        }
    }
}
