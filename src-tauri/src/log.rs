//! The log: to standard error, and its last lines kept in memory for a report.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Lines kept for a report.
const KEPT_LINES: usize = 200;

/// What is logged when `REVUI_LOG` says nothing.
const DEFAULT_FILTER: &str = "warn,client=info,desktop=info,revui_uploader=info";

/// The last lines of the log.
#[derive(Debug, Clone, Default)]
pub(crate) struct RecentLines(Arc<Mutex<VecDeque<String>>>);

impl RecentLines {
    /// The lines, oldest first.
    pub(crate) fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(String::as_str).collect()
    }

    fn push(&self, line: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }
}

/// Writes each record, which arrives whole, to both places.
pub(crate) struct Tee(RecentLines);

impl Write for Tee {
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        self.0.push(&String::from_utf8_lossy(record));
        // A closed standard error must not end the program.
        let _ = io::stderr().lock().write_all(record);
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for RecentLines {
    type Writer = Tee;

    fn make_writer(&'a self) -> Tee {
        Tee(self.clone())
    }
}

/// Starts logging for the whole program.
pub(crate) fn start() -> RecentLines {
    let lines = RecentLines::default();
    let filter =
        EnvFilter::try_from_env("REVUI_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    // A second start in one process happens only in tests; the first one's subscriber then stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(lines.clone())
        .try_init();
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_lines_go_first() {
        let lines = RecentLines::default();
        for number in 0..=KEPT_LINES {
            lines.push(&format!("{number}\n"));
        }
        assert!(lines.text().starts_with("1\n2\n"));
        assert!(lines.text().ends_with(&format!("{KEPT_LINES}\n")));
    }
}
