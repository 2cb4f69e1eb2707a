//! What a phase means to the window: does it move, does it need somebody, what is left of it.

use client::{Phase, Snapshot, WaitCause};

/// Whether it moves, or will by itself.
pub(super) fn is_active(phase: &Phase) -> bool {
    !phase.is_final() && !waits_for_sign_in(phase) && !is_paused(phase)
}

/// How many of its bytes still have to go out before those of an upload that comes after it.
pub(super) fn bytes_left(snapshot: &Snapshot) -> u64 {
    match &snapshot.phase {
        Phase::Queued { .. } | Phase::Initiating => snapshot.size_bytes,
        phase if !is_active(phase) => 0,
        Phase::Waiting { sent_bytes, .. } if snapshot.keeps_what_arrived => {
            snapshot.size_bytes.saturating_sub(*sent_bytes)
        }
        // It is sent again from its beginning.
        Phase::Waiting { .. } => snapshot.size_bytes,
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

/// Whether it goes on only once its user resumes it.
pub(super) fn is_paused(phase: &Phase) -> bool {
    matches!(
        phase,
        Phase::Waiting {
            cause: WaitCause::Paused,
            ..
        }
    )
}
