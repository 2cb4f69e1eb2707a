//! A recording that a program before this one has left, as people and programs read of it.

use std::path::PathBuf;

use client::{Diagnosis, Left};
use serde_json::json;

use super::harmless;

/// A recording that nobody has decided about.
pub(crate) struct Found {
    /// Its file.
    pub(crate) file: PathBuf,
    /// What it is; or why it could not be mended, or is not finished yet.
    pub(crate) left: Result<Left, Diagnosis>,
}

impl Found {
    /// For people.
    pub(crate) fn as_text(&self) -> String {
        let file = harmless(&self.file.to_string_lossy());
        let (what, state) = match &self.left {
            Ok(Left::Mended(_)) => (
                "was cut off",
                "It has been mended; its last two seconds may be missing.".to_owned(),
            ),
            Ok(_) => ("was left", "It is whole.".to_owned()),
            Err(diagnosis) => (
                "was left",
                format!("It was not mended: {}", diagnosis.message),
            ),
        };
        format!(
            "A recording {what}: {file}\n  {state}\n  `revui upload FILE --task T` sends it. It is named here until it is \
             uploaded, moved or removed."
        )
    }

    /// For programs.
    pub(crate) fn as_json(&self) -> String {
        let cut_bytes = match &self.left {
            Ok(Left::Mended(mended)) => Some(mended.cut_bytes),
            _ => None,
        };
        let diagnosis = self.left.as_ref().err();
        json!({
            "event": "undecided",
            "file": self.file.to_string_lossy(),
            "cutBytes": cut_bytes,
            "code": diagnosis.map(|diagnosis| diagnosis.code.to_string()),
            "message": diagnosis.map(|diagnosis| &diagnosis.message),
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use client::{Code, Mended};

    use super::*;

    fn found(left: Result<Left, Diagnosis>) -> Found {
        Found {
            file: PathBuf::from("/films/a\u{1b}.webm"),
            left,
        }
    }

    #[test]
    fn it_is_named_with_what_became_of_it_and_what_to_do() {
        let failed = Diagnosis::of(Code::StillGrowing);
        let why = failed.message.clone();
        for (left, expected) in [
            (Ok(Left::Mended(Mended { cut_bytes: 7 })), "was cut off"),
            (Ok(Left::Whole), "It is whole."),
            (Err(failed), why.as_str()),
        ] {
            let text = found(left).as_text();
            for word in [expected, "/films/a\u{fffd}.webm\n", "`revui upload FILE"] {
                assert!(text.contains(word), "{text}");
            }
        }
    }

    #[test]
    fn programs_read_whether_it_was_mended() {
        let mended = Ok(Left::Mended(Mended { cut_bytes: 7 }));
        let failed = Err(Diagnosis::of(Code::StillGrowing));
        for (left, cut_bytes, code) in [
            (mended, json!(7), json!(null)),
            (Ok(Left::Whole), json!(null), json!(null)),
            (failed, json!(null), json!("still_growing")),
        ] {
            let line: serde_json::Value = serde_json::from_str(&found(left).as_json()).unwrap();
            assert_eq!(line["event"], "undecided", "{line}");
            assert_eq!((&line["cutBytes"], &line["code"]), (&cut_bytes, &code));
        }
    }
}
