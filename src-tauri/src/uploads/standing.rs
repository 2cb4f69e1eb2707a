//! What a phase means to the window: does it move, does it need somebody, what is left of it.

use client::{Phase, Snapshot, WaitCause};

/// Whether it moves, or will by itself.
pub(super) fn is_active(phase: &Phase) -> bool {
    !phase.is_final() && !waits_for_sign_in(phase) && !waits_for_review(phase) && !phase.is_paused()
}

/// Whether it goes on only once its user has looked at the recording.
pub(super) fn waits_for_review(phase: &Phase) -> bool {
    matches!(
        phase,
        Phase::Waiting {
            cause: WaitCause::Review,
            ..
        }
    )
}

/// How many of its bytes still have to go out before those of an upload that comes after it.
pub(super) fn bytes_left(snapshot: &Snapshot) -> u64 {
    let missing = snapshot.size_bytes.saturating_sub(snapshot.arrived_bytes);
    match &snapshot.phase {
        phase if !is_active(phase) => 0,
        Phase::Sending { .. } => missing,
        _ if snapshot.keeps_what_arrived => missing,
        // It is sent from its beginning.
        _ => snapshot.size_bytes,
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
