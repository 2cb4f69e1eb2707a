//! Uploads and the window around them, without a window: what is told, kept and shown when two things happen at once.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use client::{Code, Diagnosis, Phase, Snapshot, Upload, WaitCause};

use super::Entry;
use super::following::{follow, tell_of};
use super::requests::{conclude_cancelling, resume, resume_job};
use super::standing::{bytes_left, is_active};
use crate::closing::{self, Closing};
use crate::ipc::CloseAnswer;
use crate::shell::lock;
use crate::world::{Deed, JOB, World, done, snapshot, waiting};

#[test]
fn done_at_the_moment_of_cancelling_keeps_its_link() {
    let world = World::new();
    conclude_cancelling(&world.shell, JOB, &snapshot(done()), true);
    assert!(matches!(world.only_phase(), Phase::Done(_)));
    let recording = String::from("recording-1").into();
    assert!(world.shell.links.find(&recording).is_some());
    assert_eq!(world.deeds_so_far(), [Deed::Told("done")]);
}

#[test]
fn cancelled_is_gone_and_one_that_cannot_be_stays() {
    let world = World::new();
    conclude_cancelling(&world.shell, JOB, &snapshot(Phase::Cancelled), true);
    assert!(world.shell.uploads.seen().is_empty());
    assert!(world.deeds_so_far().is_empty());

    let failed = Phase::Failed(Diagnosis::of(Code::DiskUnwritable));
    conclude_cancelling(&world.shell, JOB, &snapshot(failed.clone()), false);
    assert_eq!(world.only_phase(), failed);
}

#[test]
fn a_paused_upload_rests_until_it_is_resumed() {
    let world = World::new();
    tauri::async_runtime::block_on(async {
        let upload = world.start().await;
        let id = upload.job().to_string();
        let mut phases = upload.watch();
        follow(&world.shell, upload);
        world.shell.uploads.ask(&id, Upload::pause).unwrap();
        let rests = |now: &Snapshot| now.phase.is_paused();
        phases.wait_for(rests).await.unwrap();
        assert_eq!(world.shell.uploads.active_count(), 0);
        resume(&world.shell, &id).await.unwrap();
        phases.wait_for(|now| !rests(now)).await.unwrap();
    });
    assert!(!world.only_phase().is_final());
}

#[test]
fn an_upload_that_is_asked_to_go_on_is_never_out_of_sight() {
    let world = World::new();
    let id = tauri::async_runtime::block_on(async {
        let upload = world.start().await;
        let id = upload.job().to_string();
        follow(&world.shell, upload);
        id
    });
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut looks = 0;
            while !over.load(Ordering::Relaxed) || looks == 0 {
                // Its follower looks like this for what has ended.
                assert!(world.shell.uploads.find(&id).is_ok(), "look {looks}");
                looks += 1;
            }
        });
        for _ in 0..20_000 {
            tauri::async_runtime::block_on(resume(&world.shell, &id)).unwrap();
        }
        over.store(true, Ordering::Relaxed);
        watching.join().unwrap();
    });
}

#[test]
fn pausing_the_last_one_ends_a_program_whose_window_is_closed() {
    let world = World::new();
    *lock(&world.shell.closing) = Closing::WhenAllIsSent;
    tauri::async_runtime::block_on(async {
        let upload = world.start().await;
        upload.pause();
        let mut phases = upload.watch();
        let rests = |now: &Snapshot| now.phase.is_paused();
        phases.wait_for(rests).await.unwrap();
        follow(&world.shell, upload);
    });
    assert_eq!(world.next_deed(), Deed::Hidden);
    assert_eq!(world.next_deed(), Deed::MadeWay);
    assert_eq!(world.next_deed(), Deed::Ended);
}

#[test]
fn an_end_is_told_once_even_when_its_user_was_quicker() {
    let world = World::new();
    // It is kept already: nobody's handle is left to settle, whatever the follower saw last.
    world
        .shell
        .uploads
        .insert(JOB, Entry::Ended(snapshot(Phase::Stopped)));
    assert!(!world.shell.uploads.settle(JOB, &snapshot(done())));
    assert_eq!(world.only_phase(), Phase::Stopped);
    assert!(world.deeds_so_far().is_empty());
}

#[test]
fn a_lost_race_to_resume_leaves_the_winner_running() {
    let world = World::new();
    tauri::async_runtime::block_on(async {
        let winner = world.start().await;
        let as_stored = winner.snapshot();
        follow(&world.shell, winner);
        // The second sees the job as it stood in the journal, and finds it taken.
        resume_job(&world.shell, as_stored).await.unwrap();
    });
    assert!(!matches!(
        world.only_phase(),
        Phase::Failed(_) | Phase::Stopped
    ));
    let entries = lock(&world.shell.uploads.0);
    assert!(
        entries
            .values()
            .all(|entry| matches!(entry, Entry::Running(_)))
    );
}

#[test]
fn a_resume_that_fails_with_nobody_at_it_says_why() {
    let world = World::new();
    let refused =
        tauri::async_runtime::block_on(resume_job(&world.shell, snapshot(Phase::Stopped)));
    assert_eq!(refused.unwrap_err().code, "unknown_job");
    assert!(matches!(world.only_phase(), Phase::Failed(_)));
}

#[test]
fn an_upload_that_needs_sign_in_brings_the_window_back_from_the_tray() {
    let world = World::new();
    closing::answer(&world.shell, CloseAnswer::FinishInTray);
    assert_eq!(world.next_deed(), Deed::Hidden);
    assert_eq!(world.next_deed(), Deed::SaidStillHere);
    assert_eq!(*lock(&world.shell.closing), Closing::WhenAllIsSent);
    tauri::async_runtime::block_on(async {
        let upload = world.start().await;
        follow(&world.shell, upload);
    });
    assert_eq!(world.next_deed(), Deed::Told("waiting"));
    assert_eq!(world.next_deed(), Deed::Shown);
    assert_eq!(*lock(&world.shell.closing), Closing::No);
}

#[test]
fn the_program_leaves_the_tray_when_all_is_sent() {
    let world = World::new();
    *lock(&world.shell.closing) = Closing::WhenAllIsSent;
    world
        .shell
        .uploads
        .insert(JOB, Entry::Ended(snapshot(done())));
    tell_of(&world.shell, &snapshot(done()));
    assert_eq!(world.next_deed(), Deed::Told("done"));
    assert_eq!(world.next_deed(), Deed::Hidden);
    assert_eq!(world.next_deed(), Deed::MadeWay);
    assert_eq!(world.next_deed(), Deed::Ended);
}

#[test]
fn closing_asks_while_something_moves_and_only_then() {
    let world = World::new();
    let upload = tauri::async_runtime::block_on(world.start());
    tauri::async_runtime::block_on(async {
        let mut phases = upload.watch();
        let waits = |now: &Snapshot| matches!(now.phase, Phase::Waiting { .. });
        phases.wait_for(waits).await.unwrap();
    });
    world.shell.uploads.insert(JOB, Entry::Running(upload));
    closing::request(&world.shell);
    // What waits for sign-in does not move: it is in the journal.
    assert_eq!(world.next_deed(), Deed::Hidden);
    assert_eq!(*lock(&world.shell.closing), Closing::No);
}

#[test]
fn a_phase_says_whether_it_moves_and_what_is_left() {
    let sending = Phase::Sending {
        attempt: 1,
        bytes_per_second: None,
        seconds_left: None,
        restarted_because: None,
    };
    for (phase, moves, bytes) in [
        (Phase::Queued { ahead: 1 }, true, 1000),
        (Phase::Initiating, true, 1000),
        (sending, true, 600),
        (waiting(WaitCause::Network), true, 1000),
        (waiting(WaitCause::BackOff), true, 1000),
        (waiting(WaitCause::SignIn), false, 0),
        (waiting(WaitCause::Paused), false, 0),
        (done(), false, 0),
        (Phase::Failed(Diagnosis::of(Code::NotWebm)), false, 0),
        (Phase::Cancelled, false, 0),
        (Phase::Stopped, false, 0),
    ] {
        assert_eq!(is_active(&phase), moves, "{phase:?}");
        assert_eq!(bytes_left(&snapshot(phase)), bytes);
    }
}

#[test]
fn what_has_arrived_and_stays_is_not_sent_again() {
    for phase in [
        Phase::Queued { ahead: 1 },
        Phase::Initiating,
        waiting(WaitCause::Network),
    ] {
        let in_parts = Snapshot {
            keeps_what_arrived: true,
            ..snapshot(phase)
        };
        assert_eq!(bytes_left(&in_parts), 600, "{:?}", in_parts.phase);
    }
    for phase in [Phase::Completing, Phase::Verifying] {
        let all = Snapshot {
            arrived_bytes: 1000,
            keeps_what_arrived: true,
            ..snapshot(phase)
        };
        assert_eq!(bytes_left(&all), 0, "{:?}", all.phase);
    }
}

#[test]
fn the_same_file_is_running_for_its_task_only() {
    let world = World::new();
    let path = world.recording();
    tauri::async_runtime::block_on(async {
        let upload = world.start().await;
        follow(&world.shell, upload);
    });
    let is_running = |path: &Path, task: &str| {
        let task = task.parse().unwrap();
        world.shell.uploads.is_running(path, &task)
    };
    assert!(is_running(&path, "onboarding"));
    assert!(!is_running(&path, "payments"));
    assert!(!is_running(Path::new("/other.webm"), "onboarding"));
}
