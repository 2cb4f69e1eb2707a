//! An upload as its user sees it.

use super::recall::records;
use super::{Goal, Policy, Speed, Stage, State};
use crate::journal::{Record, Story};
use crate::{Phase, Snapshot, WaitCause, diagnosis};

/// The upload now. `ahead` counts the uploads that go first; `speed` is the running attempt's.
pub(crate) fn snapshot(state: &State, ahead: usize, speed: &Speed) -> Snapshot {
    with(phase(state, ahead, speed), state)
}

/// A job that nobody drives now: failed, paused, or stopped. A done one is stopped too: its link is not in the log.
pub(crate) fn stored_phase(story: &Story) -> Snapshot {
    let state = State::recall(story, Policy::default());
    let phase = match records(story).last() {
        Some(Record::Failed { diagnosis }) => Phase::Failed(diagnosis.clone()),
        Some(Record::Cancelled { .. }) => Phase::Cancelled,
        _ if is_paused(story) => Phase::Waiting {
            cause: WaitCause::Paused,
            next_try: None,
            attempt: state.tally.attempts.max(1),
            diagnosis: diagnosis::paused(),
        },
        _ => Phase::Stopped,
    };
    with(phase, &state)
}

/// Where a job that nobody drives now goes in the line: lower ones first.
pub(crate) fn stored_rank(story: &Story) -> i64 {
    let rank = records(story).rev().find_map(|record| match record {
        Record::Moved { rank } => Some(*rank),
        _ => None,
    });
    rank.unwrap_or(0)
}

fn is_paused(story: &Story) -> bool {
    let wished = records(story)
        .rev()
        .find(|record| matches!(record, Record::Paused | Record::Resumed));
    matches!(wished, Some(Record::Paused))
}

/// Whether nothing more will become of a stored job by itself.
pub(crate) fn is_forgettable(story: &Story) -> bool {
    matches!(
        records(story).last(),
        Some(Record::Done { .. } | Record::Failed { .. } | Record::Cancelled { .. })
    )
}

fn with(phase: Phase, state: &State) -> Snapshot {
    let job = &state.job;
    let place = state.goal.reservation();
    Snapshot {
        job: job.id.clone(),
        file_name: job.file_name.clone(),
        path: job.path.clone(),
        task: job.task.clone(),
        size_bytes: state.size_bytes(),
        duration_seconds: job.duration_seconds,
        created_at: job.created_at,
        arrived_bytes: arrived_bytes(state),
        keeps_what_arrived: has_all_arrived(&state.goal)
            || place.is_some_and(|place| place.multipart.is_some()),
        limit_bytes_per_second: state.limit,
        most_bytes: state.most_bytes(),
        mended: state.mended,
        awaits_word: state.awaits_word,
        phase,
    }
}

fn phase(state: &State, ahead: usize, speed: &Speed) -> Phase {
    match &state.stage {
        Stage::Queued => Phase::Queued { ahead },
        Stage::Working => working(state, speed),
        Stage::Waiting(wait) => Phase::Waiting {
            cause: wait.cause,
            next_try: wait.next_try,
            attempt: state.tally.attempts.max(1),
            diagnosis: wait.diagnosis.clone(),
        },
        Stage::Done(done) => Phase::Done(done.clone()),
        Stage::Failed(diagnosis) => Phase::Failed(diagnosis.clone()),
        Stage::Cancelled(_) => Phase::Cancelled,
        Stage::Stopped => Phase::Stopped,
    }
}

fn working(state: &State, speed: &Speed) -> Phase {
    match &state.goal {
        Goal::Reserve | Goal::Renew(_) | Goal::List(..) | Goal::Recover(..) => Phase::Initiating,
        Goal::Send(..) => Phase::Sending {
            attempt: state.tally.attempts.max(1),
            bytes_per_second: speed.bytes_per_second(),
            seconds_left: speed.seconds_left(left_bytes(state)),
            restarted_because: state.tally.restarted_because.clone(),
        },
        Goal::Hash(_) | Goal::Reconcile(..) | Goal::Complete(..) => Phase::Completing,
        Goal::Verify(..) => Phase::Verifying,
    }
}

/// Bytes that have arrived. After a restart nobody has asked the store yet, and the journal's word has to do.
fn arrived_bytes(state: &State) -> u64 {
    let acknowledged = state.tally.acknowledged_bytes;
    match &state.goal {
        Goal::List(_, parts) => acknowledged.max(parts.recorded_bytes()),
        // The store has nothing of it any more, or all: the backend is being asked which.
        Goal::Recover(..) => 0,
        goal if has_all_arrived(goal) => state.size_bytes(),
        _ => acknowledged,
    }
}

/// Whether only proof is left to be got.
fn has_all_arrived(goal: &Goal) -> bool {
    matches!(
        goal,
        Goal::Hash(_) | Goal::Reconcile(..) | Goal::Complete(..) | Goal::Verify(..)
    )
}

fn left_bytes(state: &State) -> u64 {
    state
        .size_bytes()
        .saturating_sub(state.tally.acknowledged_bytes)
}
