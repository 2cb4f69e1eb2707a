//! A shell without a window, for tests: what is done to the desktop around it is noted.

use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use client::{Client, ClientOptions, Code, Diagnosis, Done, Home, JobId, Link, NewUpload};
use client::{Phase, Snapshot, Upload, WaitCause};
use tempfile::TempDir;

use crate::log::RecentLines;
use crate::shell::Shell;
use crate::surroundings::Surroundings;
use crate::uploads::Seen;

/// Longest wait for something that another thread does.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the shell did to the desktop around it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Told(&'static str),
    SaidStillHere,
    Shown,
    Hidden,
    SteppedAside,
    BarShown,
    BarHidden,
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

    fn say_still_here(&self, _folder: Option<String>) {
        self.note(Deed::SaidStillHere);
    }

    fn show_window(&self) {
        self.note(Deed::Shown);
    }

    fn hide_window(&self) {
        self.note(Deed::Hidden);
    }

    fn step_aside(&self) {
        self.note(Deed::SteppedAside);
    }

    fn show_bar(&self) {
        self.note(Deed::BarShown);
    }

    fn hide_bar(&self) {
        self.note(Deed::BarHidden);
    }

    fn make_way(&self) {
        self.note(Deed::MadeWay);
    }

    fn end(&self) {
        self.note(Deed::Ended);
    }
}

/// A shell over an empty home, at which nobody is signed in.
pub(crate) struct World {
    pub(crate) shell: Arc<Shell>,
    deeds: mpsc::Receiver<Deed>,
    folder: TempDir,
}

impl World {
    /// With nothing in it.
    pub(crate) fn new() -> Self {
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

    /// Where the shell keeps what it keeps.
    pub(crate) fn home(&self) -> Home {
        Home::at(self.folder.path().join("home"))
    }

    /// What is done next.
    pub(crate) fn next_deed(&self) -> Deed {
        self.deeds
            .recv_timeout(PATIENCE)
            .expect("something is done")
    }

    /// What has been done and not asked for yet.
    pub(crate) fn deeds_so_far(&self) -> Vec<Deed> {
        self.deeds.try_iter().collect()
    }

    /// How the one upload stands.
    pub(crate) fn only_phase(&self) -> Phase {
        match self.shell.uploads.seen().as_slice() {
            [(_, Seen::Job(snapshot))] => snapshot.phase.clone(),
            others => panic!("{} uploads, or a refused one", others.len()),
        }
    }

    /// A recording on disk: a WebM with one track and one frame.
    pub(crate) fn recording(&self) -> PathBuf {
        let path = self.folder.path().join("short.webm");
        std::fs::write(&path, webm()).unwrap();
        path
    }

    /// Starts an upload for real. It waits: nobody is signed in.
    pub(crate) async fn start(&self) -> Upload {
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

/// An upload's name.
pub(crate) const JOB: &str = "0198c0de-0000-7000-8000-000000000001";

/// An upload of 1000 bytes, of which 400 have arrived and do not stay.
pub(crate) fn snapshot(phase: Phase) -> Snapshot {
    Snapshot {
        job: JobId::parse(JOB).unwrap(),
        file_name: "demo.webm".to_owned(),
        path: PathBuf::from("/videos/demo.webm"),
        task: "onboarding".parse().unwrap(),
        size_bytes: 1000,
        duration_seconds: Some(10.0),
        created_at: jiff::Timestamp::UNIX_EPOCH,
        arrived_bytes: 400,
        keeps_what_arrived: false,
        limit_bytes_per_second: None,
        most_bytes: None,
        mended: None,
        awaits_word: false,
        phase,
    }
}

/// Its end, with a link.
pub(crate) fn done() -> Phase {
    Phase::Done(Box::new(Done {
        recording: String::from("recording-1").into(),
        s3_key: "tenant/onboarding/user/1_demo.webm".to_owned(),
        size_bytes: 1000,
        duration_seconds: Some(10.0),
        sha256: Some("00".repeat(32)),
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

/// A wait of it.
pub(crate) fn waiting(cause: WaitCause) -> Phase {
    Phase::Waiting {
        cause,
        next_try: None,
        attempt: 1,
        diagnosis: Diagnosis::of(Code::ConnectionLost),
    }
}
