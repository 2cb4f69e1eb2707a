//! Writing for people and for programs. A reader that went away (`revui list | head`) is no failure.

pub(crate) mod quantity;
pub(crate) mod recording;

use std::io::{self, IsTerminal as _, Write as _};

use indicatif::ProgressDrawTarget;

/// A line for whoever reads the result: standard output.
pub(crate) fn result(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Lines for the person at the terminal: standard error.
pub(crate) fn explain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether a person watches both, on a terminal that can redraw a line.
pub(crate) fn is_watched() -> bool {
    io::stdout().is_terminal() && !ProgressDrawTarget::stderr().is_hidden()
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
