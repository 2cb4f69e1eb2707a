//! How it ends that an upload is watched, and what that makes of the program.

use client::{Code, Diagnosis, Phase, Snapshot, WaitCause};

use crate::exit::Exit;
use crate::report::Outcome;

/// Why watching an upload ended.
pub(super) enum End {
    /// It is final.
    Final(Phase),
    /// Its user said stop.
    Interrupted,
    /// It has waited long enough, for this.
    OutOfPatience(Diagnosis),
    /// It waits for a sign-in that this program cannot give it.
    NeedsSignIn(Diagnosis),
    /// It has arrived, and waits for its user's word.
    Held(Diagnosis),
}

/// Whether nothing more will happen that this program could wait for.
pub(super) fn end_of(phase: &Phase, holds_for_review: bool) -> Option<End> {
    match phase {
        Phase::Waiting {
            cause: WaitCause::Review,
            diagnosis,
            ..
        } if holds_for_review => Some(End::Held(diagnosis.clone())),
        Phase::Waiting {
            cause: WaitCause::SignIn,
            diagnosis,
            ..
        } => Some(End::NeedsSignIn(diagnosis.clone())),
        phase if phase.is_final() => Some(End::Final(phase.clone())),
        _ => None,
    }
}

/// Its user had it wait no longer than this.
pub(super) fn out_of_patience(phase: &Phase) -> End {
    match phase {
        Phase::Waiting { diagnosis, .. } => End::OutOfPatience(diagnosis.clone()),
        _ => End::OutOfPatience(Diagnosis::of(Code::Interrupted)),
    }
}

/// One that was not begun, or was given up.
pub(super) fn refused(diagnosis: Diagnosis) -> Outcome {
    Outcome::NotDone {
        exit: Exit::of(diagnosis.code),
        diagnosis,
        kept: false,
    }
}

/// An upload of which nothing more will become.
pub(super) fn of_final(phase: Phase) -> Outcome {
    match phase {
        Phase::Done(done) => Outcome::Done(done),
        Phase::Failed(diagnosis) => Outcome::NotDone {
            exit: Exit::of(diagnosis.code),
            kept: diagnosis.retryable,
            diagnosis,
        },
        Phase::Cancelled => refused(Diagnosis::of(Code::GivenUp)),
        _ => Outcome::NotDone {
            diagnosis: Diagnosis::of(Code::Interrupted),
            exit: Exit::Resumable,
            kept: true,
        },
    }
}

/// An upload that was stopped for `reason`. It may have got through at the last moment.
pub(super) fn of_stopped(stopped: Snapshot, reason: Diagnosis, exit: Exit) -> Outcome {
    match stopped.phase {
        phase @ (Phase::Done(_) | Phase::Failed(_) | Phase::Cancelled) => of_final(phase),
        _ => Outcome::NotDone {
            diagnosis: reason,
            exit,
            kept: true,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(cause: WaitCause, code: Code) -> Phase {
        Phase::Waiting {
            cause,
            next_try: None,
            attempt: 1,
            diagnosis: Diagnosis::of(code),
        }
    }

    #[test]
    fn only_a_sign_in_is_not_waited_for() {
        let sign_in = waiting(WaitCause::SignIn, Code::SignedOut);
        assert!(matches!(end_of(&sign_in, false), Some(End::NeedsSignIn(_))));
        for moving in [
            waiting(WaitCause::Network, Code::ServerUnreachable),
            waiting(WaitCause::BackOff, Code::ServerFailed),
            Phase::Queued { ahead: 1 },
            Phase::Completing,
        ] {
            assert!(end_of(&moving, true).is_none(), "{moving:?}");
        }
        for last in [Phase::Stopped, Phase::Cancelled] {
            assert!(matches!(end_of(&last, false), Some(End::Final(_))));
        }
    }

    #[test]
    fn a_look_at_it_is_waited_for_by_whoever_asked_for_it() {
        let held = waiting(WaitCause::Review, Code::NotComplete);
        assert!(matches!(end_of(&held, true), Some(End::Held(_))));
        assert!(end_of(&held, false).is_none());
    }

    #[test]
    fn the_end_of_an_upload_is_the_end_of_the_program() {
        for (phase, exit, kept) in [
            (
                Phase::Failed(Diagnosis::of(Code::SourceChanged)),
                Exit::Failed,
                false,
            ),
            (
                Phase::Failed(Diagnosis::of(Code::SourceGone)),
                Exit::Failed,
                true,
            ),
            (
                Phase::Failed(Diagnosis::of(Code::TooLarge)),
                Exit::NotARecording,
                false,
            ),
            (Phase::Stopped, Exit::Resumable, true),
            (Phase::Cancelled, Exit::Failed, false),
        ] {
            let shown = format!("{phase:?}");
            let Outcome::NotDone {
                exit: ends,
                kept: keeps,
                ..
            } = of_final(phase)
            else {
                panic!("{shown} is not done");
            };
            assert_eq!((ends, keeps), (exit, kept), "{shown}");
        }
    }
}
