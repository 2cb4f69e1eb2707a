//! Writing for people and for programs. A reader that went away (`revui list | head`) is no failure.

pub(crate) mod left;
pub(crate) mod mended;
pub(crate) mod quantity;
pub(crate) mod recording;

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::ProgressDrawTarget;

/// Whether a result could not be written though somebody waits for it.
static LOST: AtomicBool = AtomicBool::new(false);

/// A line for whoever reads the result: standard output. Returns whether it has left this program.
pub(crate) fn result(line: &str) -> bool {
    let mut output = io::stdout().lock();
    let written = writeln!(output, "{line}").and_then(|()| output.flush());
    match written {
        Ok(()) => true,
        Err(error) => {
            if error.kind() != io::ErrorKind::BrokenPipe {
                LOST.store(true, Ordering::Relaxed);
            }
            false
        }
    }
}

/// Whether something that was to be read got lost: the disk is full that the output goes to.
pub(crate) fn was_lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// Lines for the person at the terminal: standard error.
pub(crate) fn explain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether a person watches standard error, on a terminal that can redraw a line. Where the result goes is another
/// matter: `revui upload demo.webm --task t | xclip` has its bar.
pub(crate) fn is_watched() -> bool {
    !ProgressDrawTarget::stderr().is_hidden()
}

/// What a stranger's text may do to a terminal: nothing. Control characters are shown as `�`.
pub(crate) fn harmless(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2Jb\nc"), "a\u{fffd}[2Jb\u{fffd}c");
        assert_eq!(harmless("запись.webm"), "запись.webm");
    }
}
