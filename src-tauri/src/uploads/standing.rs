//! What a phase means to the window: does it move, does it need somebody, what is left of it.

use client::{Phase, Snapshot, WaitCause};

/// Whether it moves, or will by itself.
pub(super) fn is_active(phase: &Phase) -> bool {
    !phase.is_final() && !waits_for_sign_in(phase)
}

/// How many of its bytes still have to go out before those of an upload that comes after it.
pub(super) fn bytes_left(snapshot: &Snapshot) -> u64 {
    match &snapshot.phase {
        Phase::Queued { .. } | Phase::Initiating => snapshot.size_bytes,
        // One that waits for its next attempt is sent again from its beginning.
        Phase::Waiting { cause, .. } if *cause != WaitCause::SignIn => snapshot.size_bytes,
        Phase::Sending {
            sent_bytes,
            total_bytes,
            ..
        } => total_bytes.saturating_sub(*sent_bytes),
        _ => 0,
    }
}

/// Whether it goes on only once somebody signs in.
pub(super) fn waits_for_sign_in(phase: &Phase) -> bool {
    matches!(
        phase,
        Phase::Waiting {
            cause: WaitCause::SignIn,
            ..
        }
    )
}
