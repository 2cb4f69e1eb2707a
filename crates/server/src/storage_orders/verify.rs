//! `storage verify`: the setup guide's Testing, Troubleshooting and Verification Commands, done.

use std::fmt::Write as _;
use std::time::SystemTime;

use serde_json::json;
use server::logging;
use storage::verify::{Check, Outcome, Subject, Uncleaned, Verification, VerifyError};

use super::{Room, print, print_json};
use crate::Failure;
use crate::interruption::Interruption;

/// Verifies, cleans up also when it is interrupted, and fails when something is wrong.
pub(crate) async fn verify(room: &Room) -> Result<(), Failure> {
    let subject = Subject {
        cloud: room.cloud().await?,
        bucket: room.bucket()?,
        origins: room.settings.cors.origins.clone(),
        run: uuid::Uuid::now_v7().simple().to_string(),
        clock: SystemTime::now,
    };
    let mut interruption = Interruption::listen()?;
    let verification = match Verification::prepare(subject).await {
        Ok(verification) => verification,
        Err(error @ VerifyError::Connect(_)) => {
            return Err(Failure::Configuration(vec![logging::chain(&error)]));
        }
        Err(error) => return Err(Failure::Other(error.into())),
    };
    let mut done = Vec::new();
    let mut tell = |check: Check| {
        if !room.json {
            // Where this cannot be written, the end cannot either, and says so.
            let _ = print(&line(&check));
        }
        done.push(check);
    };
    let interrupted = tokio::select! {
        () = verification.run(&mut tell) => false,
        () = interruption.come() => true,
    };
    let left = verification.clean_up().await;
    if room.json {
        print_json(&document(&done, &left, interrupted))?;
    } else {
        print(&summary(&done, &left, interrupted))?;
    }
    let is_wrong = |check: &Check| check.outcome == Outcome::Failed;
    if interrupted || !left.is_empty() || done.iter().any(is_wrong) {
        return Err(Failure::Told);
    }
    Ok(())
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Warned => "WARNED",
        Outcome::Failed => "FAILED",
        Outcome::Skipped => "skipped",
    }
}

/// One check as people read it.
fn line(check: &Check) -> String {
    let (word, id) = (word(check.outcome), check.id);
    let mut text = format!("{word:<8} {id:<15} ");
    if !check.wanted.is_empty() {
        let _ = write!(text, "{}: ", check.wanted);
    }
    let _ = writeln!(text, "{}", check.found);
    for (name, said) in [("why", &check.why), ("mend", &check.mend)] {
        if let Some(said) = said {
            let _ = writeln!(text, "         {name:<15} {said}");
        }
    }
    text
}

fn count(done: &[Check], outcome: Outcome) -> usize {
    done.iter().filter(|check| check.outcome == outcome).count()
}

fn summary(done: &[Check], left: &[Uncleaned], interrupted: bool) -> String {
    let mut text = String::new();
    for Uncleaned { key, error } in left {
        let _ = writeln!(
            text,
            "LEFT     {key}: it could not be taken away: {}",
            logging::chain(error)
        );
    }
    if interrupted {
        text.push_str("\nInterrupted; what was put has been taken away.\n");
    }
    let _ = writeln!(
        text,
        "\n{} passed, {} warned, {} failed, {} skipped",
        count(done, Outcome::Passed),
        count(done, Outcome::Warned),
        count(done, Outcome::Failed),
        count(done, Outcome::Skipped),
    );
    text
}

fn document(done: &[Check], left: &[Uncleaned], interrupted: bool) -> serde_json::Value {
    let left = left
        .iter()
        .map(|Uncleaned { key, error }| json!({ "key": key, "error": logging::chain(error) }));
    json!({
        "checks": done,
        "left": left.collect::<Vec<_>>(),
        "interrupted": interrupted,
        "passed": count(done, Outcome::Passed),
        "warned": count(done, Outcome::Warned),
        "failed": count(done, Outcome::Failed),
        "skipped": count(done, Outcome::Skipped),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_failed_says_why_and_how_to_mend_it() {
        let check = Check {
            id: "region",
            wanted: "It is in the region that is configured".to_owned(),
            outcome: Outcome::Failed,
            found: "the bucket is in eu-central-1".to_owned(),
            why: Some("URLs are signed for a region".to_owned()),
            mend: Some("set AWS_REGION=eu-central-1".to_owned()),
            milliseconds: 3,
        };
        assert_eq!(
            line(&check),
            "FAILED   region          It is in the region that is configured: the bucket is in eu-central-1\n\
             \u{20}        why             URLs are signed for a region\n\
             \u{20}        mend            set AWS_REGION=eu-central-1\n"
        );
    }
}
