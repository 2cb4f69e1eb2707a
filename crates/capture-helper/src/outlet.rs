//! Standard output: what the helper tells.

use std::io::{self, Write as _};

use capture::protocol::{self, Event};

/// Tells it. Whoever listened may be gone: that is noticed by standard input, and is no reason to stop here.
pub(crate) fn tell(event: &Event) {
    match protocol::line(event) {
        Ok(line) => {
            let mut output = io::stdout().lock();
            let _ = writeln!(output, "{line}").and_then(|()| output.flush());
        }
        Err(error) => note(&format!("{event:?} cannot be told: {error}")),
    }
}

/// For the log of whoever started this program.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
