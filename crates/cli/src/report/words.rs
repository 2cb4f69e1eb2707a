//! The sentences that bar and lines share.

use client::{Code, Diagnosis, Done, JobId, Mended, Phase, Snapshot, WaitCause};
use jiff::Timestamp;

use super::Item;
use crate::failure::Failure;
use crate::output::{harmless, quantity};

/// What a phase is called where only its change is told; `None` while it is told otherwise.
pub(super) fn of_phase(phase: &Phase) -> Option<&'static str> {
    match phase {
        Phase::Initiating => Some("asking for a place"),
        Phase::Completing => Some("all bytes sent; the store is confirming"),
        Phase::Verifying => Some("opening the link"),
        _ => None,
    }
}

/// A file that was accepted: its size, its length and its job.
pub(super) fn of_queued(item: &Item, snapshot: &Snapshot) -> String {
    let length = snapshot
        .duration_seconds
        .map(|seconds| format!(", {}", quantity::length(seconds)))
        .unwrap_or_default();
    format!(
        "{}: queued, {}{length}, job {}",
        harmless(&item.name),
        quantity::size(snapshot.size_bytes),
        snapshot.job
    )
}

/// A recording whose recorder was killed.
pub(super) fn of_mended(item: &Item, mended: Mended) -> String {
    let cut = match mended.cut_bytes {
        0 => String::new(),
        bytes => format!(" {bytes} bytes at its end were no whole frame, and were cut off."),
    };
    format!(
        "{}: its recorder had not finished it, so it was mended.{cut}",
        harmless(&item.name)
    )
}

/// `2.1 MB of 233 MB, 4.1 MB/s, 12 s left`.
pub(super) fn of_progress(
    sent_bytes: u64,
    total_bytes: u64,
    bytes_per_second: Option<f64>,
    seconds_left: Option<u64>,
) -> String {
    let mut text = format!(
        "{} of {}",
        quantity::size(sent_bytes),
        quantity::size(total_bytes)
    );
    if let Some(speed) = bytes_per_second {
        text.push_str(", ");
        text.push_str(&quantity::speed(speed));
    }
    if let Some(left) = seconds_left {
        text.push_str(", ");
        text.push_str(&quantity::span(left));
        text.push_str(" left");
    }
    text
}

/// Why bytes are sent again. After an interruption the reason itself says what is done about it.
pub(super) fn of_restart(reason: &Diagnosis, sent_bytes: u64) -> String {
    let message = &reason.message;
    match (reason.code, sent_bytes) {
        (Code::Interrupted, _) => message.clone(),
        (_, 0) => format!("sending again from the beginning: {message}"),
        _ => format!("sending some of it again: {message}"),
    }
}

/// Why it does not move, and when it tries again.
pub(crate) fn of_waiting(
    cause: WaitCause,
    diagnosis: &Diagnosis,
    next_try: Option<Timestamp>,
    now: Timestamp,
) -> String {
    let safe = match cause {
        WaitCause::Network | WaitCause::BackOff => "Your recording is safe",
        WaitCause::SignIn => "Your recording is safe and waits for you to sign in",
        WaitCause::Paused => "`revui resume` goes on with it",
        WaitCause::Recording => "What is recorded is safe",
        WaitCause::Review => "`revui resume` uploads it, `revui cancel` discards it",
    };
    match next_try {
        Some(at) => {
            let seconds = u64::try_from(at.as_second() - now.as_second()).unwrap_or(0);
            format!(
                "{} {safe}; next try in {}.",
                diagnosis.message,
                quantity::span(seconds)
            )
        }
        None => format!("{} {safe}.", diagnosis.message),
    }
}

/// What was uploaded, with what can be checked; the link is printed apart.
pub(super) fn of_done(name: &str, done: &Done, now: Timestamp) -> String {
    let attempts = match done.attempts {
        1 => String::new(),
        several => format!(" ({several} attempts)"),
    };
    let link = done.link.expires_at.map_or_else(
        || "works".to_owned(),
        |at| {
            let seconds = u64::try_from(at.as_second() - now.as_second()).unwrap_or(0);
            format!("works for {}", quantity::span(seconds))
        },
    );
    let sum = done.sha256.as_deref();
    let sum = sum.map_or_else(String::new, |sum| format!("\n  sha256: {sum}"));
    format!(
        "{name}: done, {} in {}{attempts}; the link was opened once and {link}\n  recording: {}{sum}",
        quantity::size(done.size_bytes),
        quantity::span_of_milliseconds(done.elapsed_milliseconds),
        done.recording,
    )
}

/// A recording that its user is to look at first.
pub(super) fn of_held(item: &Item, diagnosis: &Diagnosis) -> String {
    let name = harmless(&item.name);
    format!("{name}: {} {}", diagnosis.message, how_to_decide(item))
}

/// How its user says whether it is to be uploaded.
pub(super) fn how_to_decide(item: &Item) -> String {
    let job = item.job.as_ref().map_or("JOB", JobId::as_str);
    format!(
        "`revui resume {job}` uploads it, `revui cancel {job}` discards the upload; the file stays."
    )
}

/// Why it was not uploaded, and how to go on where the journal keeps it.
pub(super) fn of_failure(
    name: &str,
    job: Option<&JobId>,
    diagnosis: &Diagnosis,
    kept: bool,
) -> String {
    let failure = Failure::from(diagnosis.clone()).about(name);
    match job.filter(|_| kept) {
        Some(job) => format!(
            "{failure}\n  kept: `revui resume` goes on with it, `revui cancel {job}` gives it up"
        ),
        None => failure.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_763_978_400 + second).unwrap()
    }

    #[test]
    fn progress_says_what_is_known() {
        assert_eq!(of_progress(0, 233_018, None, None), "0 B of 233 kB");
        assert_eq!(
            of_progress(2_100_000, 233_000_000, Some(4_100_000.0), Some(56)),
            "2.1 MB of 233 MB, 4.1 MB/s, 56 s left"
        );
    }

    #[test]
    fn waiting_says_why_and_when() {
        let diagnosis = Diagnosis::of(Code::ServerUnreachable);
        let text = of_waiting(WaitCause::Network, &diagnosis, Some(at(12)), at(0));
        assert_eq!(
            text,
            "The server could not be reached. Your recording is safe; next try in 12 s."
        );
        let late = of_waiting(WaitCause::BackOff, &diagnosis, Some(at(0)), at(9));
        assert!(late.ends_with("next try in 0 s."), "{late}");
    }

    #[test]
    fn a_failure_that_is_kept_says_how_to_go_on() {
        let failed = Diagnosis::of(Code::Interrupted);
        let job: JobId = serde_json::from_str("\"0193c5f2-job\"").unwrap();
        insta::assert_snapshot!("kept", of_failure("demo.webm", Some(&job), &failed, true));
        assert!(!of_failure("demo.webm", Some(&job), &failed, false).contains("kept"));
        assert!(!of_failure("demo.webm", None, &failed, true).contains("kept"));
    }
}
