//! Uploads and the window around them, without a window: what is told, kept and shown when two things happen at once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use client::{Client, ClientOptions, Code, Diagnosis, Done, Home, JobId, Link, NewUpload};
use client::{Phase, Snapshot, Upload, WaitCause};
use tempfile::TempDir;

use super::following::{follow, tell_of};
use super::requests::{conclude_cancelling, resume, resume_job};
use super::standing::{bytes_left, is_active, is_paused};
use super::{Entry, Seen};
use crate::closing::{self, Closing};
use crate::ipc::CloseAnswer;
use crate::log::RecentLines;
use crate::shell::{Shell, lock};
use crate::surroundings::Surroundings;

/// Longest wait for something that another thread does.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the shell did to the desktop around it.
#[derive(Debug, PartialEq, Eq)]
enum Deed {
    Told(&'static str),
    Shown,
    Hidden,
    MadeWay,
    Ended,
}

/// A desktop that only notes what is done to it.
struct Desktop(mpsc::Sender<Deed>);

impl Desktop {
    fn note(&self, deed: Deed) {
        // Nobody listens any more once the test is over.
        let _ = self.0.send(deed);
    }
}

impl Surroundings for Desktop {
    fn notify(&self, upload: &Snapshot) {
        self.note(Deed::Told(match upload.phase {
            Phase::Done(_) => "done",
            Phase::Waiting { .. } => "waiting",
            _ => "other",
        }));
    }

    fn show_window(&self) {
        self.note(Deed::Shown);
    }

    fn hide_window(&self) {
        self.note(Deed::Hidden);
    }

    fn make_way(&self) {
        self.note(Deed::MadeWay);
    }

    fn end(&self) {
        self.note(Deed::Ended);
    }
}

/// A shell over an empty home, at which nobody is signed in.
struct World {
    shell: Arc<Shell>,
    deeds: mpsc::Receiver<Deed>,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path().join("home"));
        let client = Client::open(ClientOptions::new(home.clone())).unwrap();
        let (note, deeds) = mpsc::channel();
        let desktop = Box::new(Desktop(note));
        Self {
            shell: Arc::new(Shell::new(client, home, RecentLines::default(), desktop)),
            deeds,
            folder,
        }
    }

    fn next_deed(&self) -> Deed {
        self.deeds
            .recv_timeout(PATIENCE)
            .expect("something is done")
    }

    fn deeds_so_far(&self) -> Vec<Deed> {
        self.deeds.try_iter().collect()
    }

    /// How the one upload stands.
    fn only_phase(&self) -> Phase {
        match self.shell.uploads.seen().as_slice() {
            [(_, Seen::Job(snapshot))] => snapshot.phase.clone(),
            others => panic!("{} uploads, or a refused one", others.len()),
        }
    }

    /// A recording on disk: a WebM with one track and one frame.
    fn recording(&self) -> PathBuf {
        let path = self.folder.path().join("short.webm");
        std::fs::write(&path, webm()).unwrap();
        path
    }

    /// Starts an upload for real. It waits: nobody is signed in.
    async fn start(&self) -> client::Upload {
        let new = NewUpload::new(self.recording(), "onboarding".parse().unwrap());
        self.shell.client.upload(new).await.unwrap()
    }
}

/// An element of EBML: its id, its size in eight bytes, its content (RFC 8794).
fn element(id: &[u8], content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let size = content.len() as u64 | 1 << 56;
    [id, &size.to_be_bytes(), &content].concat()
}

fn webm() -> Vec<u8> {
    let document = element(
        &[0x1A, 0x45, 0xDF, 0xA3],
        &[&element(&[0x42, 0x82], &[b"webm"])],
    );
    let track = element(
        &[0xAE],
        &[&element(&[0xD7], &[&[1]]), &element(&[0x86], &[b"V_VP9"])],
    );
    let tracks = element(&[0x16, 0x54, 0xAE, 0x6B], &[&track]);
    let frame = element(&[0xA3], &[&[0x81, 0, 0, 0x80, 0]]);
    let cluster = element(
        &[0x1F, 0x43, 0xB6, 0x75],
        &[&element(&[0xE7], &[&[0]]), &frame],
    );
    let segment = element(&[0x18, 0x53, 0x80, 0x67], &[&tracks, &cluster]);
    [document, segment].concat()
}

const JOB: &str = "0198c0de-0000-7000-8000-000000000001";

fn snapshot(phase: Phase) -> Snapshot {
    Snapshot {
        job: JobId::parse(JOB).unwrap(),
        file_name: "demo.webm".to_owned(),
        path: PathBuf::from("/videos/demo.webm"),
        task: "onboarding".parse().unwrap(),
        size_bytes: 1000,
        duration_seconds: Some(10.0),
        created_at: jiff::Timestamp::UNIX_EPOCH,
        keeps_what_arrived: false,
        limit_bytes_per_second: None,
        phase,
    }
}

fn done() -> Phase {
    Phase::Done(Box::new(Done {
        recording: String::from("recording-1").into(),
        s3_key: "tenant/onboarding/user/1_demo.webm".to_owned(),
        size_bytes: 1000,
        duration_seconds: Some(10.0),
        sha256: "00".repeat(32),
        link: Link {
            url: String::from("https://store.example/demo?X-Amz-Signature=1").into(),
            expires_at: None,
        },
        attempts: 1,
        bytes_sent: 1000,
        elapsed_milliseconds: 1,
        finished_at: jiff::Timestamp::UNIX_EPOCH,
    }))
}

fn waiting(cause: WaitCause) -> Phase {
    Phase::Waiting {
        cause,
        next_try: None,
        sent_bytes: 400,
        attempt: 1,
        diagnosis: Diagnosis::of(Code::ConnectionLost),
    }
}

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
        let rests = |now: &Snapshot| is_paused(&now.phase);
        phases.wait_for(rests).await.unwrap();
        assert_eq!(world.shell.uploads.active_count(), 0);
        resume(&world.shell, &id).await.unwrap();
        phases.wait_for(|now| !rests(now)).await.unwrap();
    });
    assert!(!world.only_phase().is_final());
}

#[test]
fn pausing_the_last_one_ends_a_program_whose_window_is_closed() {
    let world = World::new();
    *lock(&world.shell.closing) = Closing::WhenAllIsSent;
    tauri::async_runtime::block_on(async {
        let upload = world.start().await;
        upload.pause();
        let mut phases = upload.watch();
        let rests = |now: &Snapshot| is_paused(&now.phase);
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
        sent_bytes: 400,
        total_bytes: 1000,
        attempt: 1,
        bytes_per_second: None,
        seconds_left: None,
        restarted_because: None,
    };
    for (phase, moves, bytes) in [
        (Phase::Queued { ahead: 1 }, true, 1000),
        (Phase::Initiating, true, 1000),
        (sending, true, 600),
        (Phase::Completing, true, 0),
        (Phase::Verifying, true, 0),
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
        assert_eq!(bytes_left(&snapshot(phase.clone())), bytes, "{phase:?}");
    }
    let in_parts = Snapshot {
        keeps_what_arrived: true,
        ..snapshot(waiting(WaitCause::Network))
    };
    assert_eq!(bytes_left(&in_parts), 600, "what has arrived stays");
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
