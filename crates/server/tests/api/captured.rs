//! What the backends of this process log, kept for tests to read.

use std::sync::{Mutex, Once};

use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, registry};

/// Everything that any backend of this process has logged, at the finest level that can be asked for.
pub(crate) fn logged() -> String {
    String::from_utf8(LOG.lock().unwrap().clone()).unwrap()
}

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

pub(crate) fn capture_log() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let lines = fmt::layer().with_writer(Log).with_ansi(false);
        // A module by its name, and a span, to which directives of other kinds would yield.
        let wanted = "trace,aws_sigv4::http_request=trace,[request]=trace";
        let lines = lines.with_filter(server::logging::filter(wanted));
        let subscriber = registry().with(lines);
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

struct Log;

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}
