//! How the helper ended where nobody had asked it to.

use std::fmt;
use std::process::ExitStatus;

/// Source: POSIX, "kill".
const KILLED: i32 = 9;

/// Hang up, interrupt, quit and terminate: whoever sends them wants an end, and nothing is wrong with the helper.
const TOLD_TO_END: [i32; 4] = [1, 2, 3, 15];

/// So many characters of its last line fit into a sentence for people.
const QUOTED: usize = 200;

/// What the system says of the helper's end, and what the helper said before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct HelperEnd {
    pub(crate) status: Option<ExitStatus>,
    /// The last lines that it wrote to standard error.
    pub(crate) said: Vec<String>,
}

impl HelperEnd {
    /// This sentence for people, which is without its full stop, and how it came to that.
    pub(crate) fn after(&self, sentence: &str) -> String {
        let how = match (self.signal(), self.status.and_then(|status| status.code())) {
            // It cannot have said why.
            (Some(KILLED), _) => {
                return format!(
                    "{sentence}: it was killed, by somebody or for want of memory (signal {KILLED})."
                );
            }
            (Some(signal), _) if TOLD_TO_END.contains(&signal) => {
                format!("it was told to end (signal {signal})")
            }
            (Some(signal), _) => format!("it crashed (signal {signal})"),
            (None, Some(0)) => "it gave no reason".to_owned(),
            (None, Some(code)) => format!("it gave up (exit code {code})"),
            (None, None) => return format!("{sentence}."),
        };
        match self.last_line() {
            Some(line) => format!("{sentence}: {how}, saying “{line}”."),
            None => format!("{sentence}: {how}."),
        }
    }

    #[cfg(unix)]
    fn signal(&self) -> Option<i32> {
        std::os::unix::process::ExitStatusExt::signal(self.status.as_ref()?)
    }

    #[cfg(not(unix))]
    fn signal(&self) -> Option<i32> {
        None
    }

    /// After a panic's message comes how to learn more, which is for developers. What a terminal would obey is left out: a
    /// name that somebody else has chosen may be in it.
    fn last_line(&self) -> Option<String> {
        let mut lines = self.said.iter().rev().map(|line| line.trim());
        let last = lines.find(|line| !line.is_empty() && !line.starts_with("note: "))?;
        let is_shown = |letter: &char| !letter.is_control();
        Some(last.chars().filter(is_shown).take(QUOTED).collect())
    }
}

impl fmt::Display for HelperEnd {
    /// For the log: all of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => status.fmt(f)?,
            None => f.write_str("no exit status")?,
        }
        let said = self.said.join("\n");
        if said.is_empty() {
            return f.write_str(", without a word");
        }
        write!(f, ", saying last: {said}")
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn told(raw_status: Option<i32>, said: &[&str]) -> String {
        let end = HelperEnd {
            status: raw_status.map(ExitStatus::from_raw),
            said: said.iter().map(|&line| line.to_owned()).collect(),
        };
        end.after("It ended")
    }

    #[test]
    fn people_read_how_it_ended_and_what_it_said_last() {
        let broken = "X connection to :0 broken";
        for (status, said, expected) in [
            (None, vec![broken], "It ended."),
            (Some(11), vec![], "It ended: it crashed (signal 11)."),
            (
                Some(9),
                vec![broken],
                "It ended: it was killed, by somebody or for want of memory (signal 9).",
            ),
            (
                Some(15),
                vec![],
                "It ended: it was told to end (signal 15).",
            ),
            (
                Some(1 << 8),
                vec!["started", "X connection to \u{1b}:0 broken\r", ""],
                "It ended: it gave up (exit code 1), saying “X connection to :0 broken”.",
            ),
            (
                Some(6),
                vec![
                    "thread 'main' panicked at a.rs:1:1:",
                    "no picture",
                    "note: run with `RUST_BACKTRACE=1`",
                ],
                "It ended: it crashed (signal 6), saying “no picture”.",
            ),
        ] {
            assert_eq!(told(status, &said), expected);
        }
        let endless = "a".repeat(10_000);
        assert!(told(Some(6), &[&endless]).len() < 300);
    }
}
