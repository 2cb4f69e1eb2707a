//! Recordings that are sent while they are made: a real recorder writes, the client follows, and nothing waits for anything.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use client::{
    Client, ClientOptions, Code, Completion, Done, Home, NewUpload, Phase, ServerOrigin, Snapshot,
    Upload, WaitCause,
};
use faults::{Faults, Seen};
use world::strict::{Strict, Variant};
use world::{Faulty, Recorder, Revui, in_time, sha256_of, skip};

/// Five parts of 5 MiB and something.
const SIZE_BYTES: u64 = 27_000_000;

/// How long the recordings here last: as long as parts have to travel beside them, on a busy computer, too.
const SECONDS: u64 = 8;

/// Longest from the end of a recording to its link, on a computer that does other things besides. What is left to be sent
/// then is two parts and a little, over a line without limits.
const MOMENTS: Duration = Duration::from_secs(20);

/// Somebody who records, and where the recordings lie.
pub(crate) struct Studio {
    folder: tempfile::TempDir,
    server: String,
    token: String,
    task: String,
    pub(crate) client: Client,
}

impl Studio {
    pub(crate) fn new(server: &str, token: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let client = open(&folder, server, token);
        Self {
            folder,
            server: server.to_owned(),
            token: token.to_owned(),
            task: Faulty::TASK.to_owned(),
            client,
        }
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn for_task(self, task: &str) -> Self {
        Self {
            task: task.to_owned(),
            ..self
        }
    }

    /// The program ends and starts again.
    pub(crate) fn restart(&mut self) {
        self.client = open(&self.folder, &self.server, &self.token);
    }

    pub(crate) async fn record(&self) -> Recorder {
        self.client.restore().await.unwrap();
        Recorder::start(&self.file(), SIZE_BYTES, SECONDS).await
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("recording.webm")
    }

    /// A command line with the same journal.
    pub(crate) fn revui(&self) -> Revui {
        let home = self.folder.path().join("home");
        Revui::new()
            .with_session(&self.server, &self.token)
            .with("REVUI_HOME", home.to_str().unwrap())
    }

    pub(crate) async fn send(&self, recorder: &Recorder, completion: Completion) -> Upload {
        let new = NewUpload::new(&recorder.file, self.task.parse().unwrap());
        self.client.upload_growing(new, completion).await.unwrap()
    }
}

fn open(folder: &tempfile::TempDir, server: &str, token: &str) -> Client {
    let mut options = ClientOptions::new(Home::at(folder.path().join("home")));
    let server = ServerOrigin::parse(server).unwrap();
    options.environment_session = Some((server, token.into()));
    Client::open(options).unwrap()
}

/// The first snapshot that is as wanted.
pub(crate) async fn until(upload: &mut Upload, wanted: impl Fn(&Phase) -> bool) -> Snapshot {
    loop {
        let next = in_time("what becomes of the upload", upload.changed()).await;
        let next = next.expect("it goes on until then");
        if wanted(&next.phase) {
            return next;
        }
        assert!(!next.phase.is_final(), "{:?}", next.phase);
    }
}

pub(crate) async fn done(upload: &mut Upload) -> Done {
    let last = until(upload, |phase| matches!(phase, Phase::Done(_))).await;
    let Phase::Done(done) = last.phase else {
        unreachable!("it was looked at");
    };
    *done
}

fn waits_for(wanted: WaitCause) -> impl Fn(&Phase) -> bool {
    move |phase| matches!(phase, Phase::Waiting { cause, .. } if *cause == wanted)
}

/// How often each part was sent, as far as it got there.
pub(crate) fn times_sent(seen: &Seen) -> Vec<usize> {
    let puts = seen
        .exchanges
        .iter()
        .filter(|put| put.answered_status == Some(200));
    let parts: Vec<_> = puts.filter_map(|put| put.part).collect();
    let last = parts.iter().max().copied().unwrap_or_default();
    (1..=last)
        .map(|number| parts.iter().filter(|part| **part == number).count())
        .collect()
}

pub(crate) fn has_sent(parts: usize) -> impl Fn(&Seen) -> bool {
    move |seen| times_sent(seen).iter().sum::<usize>() >= parts
}

/// What the link leads to.
pub(crate) async fn linked(done: &Done) -> Vec<u8> {
    let answer = reqwest::get(done.link.url.reveal())
        .await
        .expect("an answer");
    answer.bytes().await.expect("its bytes").to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_is_there_moments_after_the_end_and_the_object_is_the_file() {
    if let Some(missing) = Recorder::missing_piece() {
        return skip("the_link_is_there_moments_after_the_end", &missing);
    }
    let world = Faulty::start().await;
    let studio = Studio::new(&world.server(), world.token());
    let mut recorder = studio.record().await;
    let mut upload = studio.send(&recorder, Completion::AtStop).await;
    let before = in_time("parts", world.store.until(has_sent(2))).await;
    assert!(recorder.is_recording(), "they travel while it records");
    assert_eq!(
        times_sent(&before)[0],
        0,
        "the first part is not what it will be"
    );

    let file = recorder.ends().await;
    let ended = Instant::now();
    upload.seal().await.unwrap();
    let done = done(&mut upload).await;
    let took = ended.elapsed();
    println!("from the end of the recording to its link: {took:?}");
    assert!(took < MOMENTS, "{took:?}");
    let bytes = std::fs::read(&file).unwrap();
    assert!(linked(&done).await == bytes, "the object is the file");
    assert_eq!(
        (done.size_bytes, done.bytes_sent),
        (bytes.len() as u64, bytes.len() as u64)
    );
    let times = times_sent(&world.store.seen());
    assert_eq!(times, vec![1; times.len()], "each part once");
    assert!(times.len() >= 5, "{times:?}");

    // The whole file's hash follows.
    assert_eq!(done.sha256, None);
    upload.settled().await;
    let recording = studio.client.recording(&done.recording).await.unwrap();
    assert_eq!(recording.sha256, Some(sha256_of(&file)));
    studio
        .client
        .forget(&studio.client.stored().unwrap()[0].snapshot.job)
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn under_review_it_arrives_and_nobody_sees_it_before_its_user_says_so() {
    if let Some(missing) = Recorder::missing_piece() {
        return skip("under_review_it_arrives", &missing);
    }
    let world = Faulty::start().await;
    for approves in [true, false] {
        let studio = Studio::new(&world.server(), world.token());
        let recorder = studio.record().await;
        let mut upload = studio.send(&recorder, Completion::AfterReview).await;
        let file = recorder.ends().await;
        upload.seal().await.unwrap();
        let held = until(&mut upload, waits_for(WaitCause::Review)).await;
        assert_eq!(
            held.arrived_bytes + 1,
            file.metadata().unwrap().len(),
            "all but the last byte's proof"
        );
        let completed = |seen: &Seen| seen.requests("POST", "/complete").len();
        assert_eq!(completed(&world.backend.seen()), usize::from(!approves));
        if approves {
            upload.approve();
            let done = done(&mut upload).await;
            assert!(linked(&done).await == std::fs::read(&file).unwrap());
        } else {
            upload.cancel().await.unwrap();
            let given_up = |seen: &Seen| !seen.requests("DELETE", "/upload").is_empty();
            in_time("the backend is told", world.backend.until(given_up)).await;
            assert_eq!(studio.client.stored().unwrap().len(), 0);
            assert_eq!(world.sweep_the_store().await, 0, "nothing of it is left");
            assert!(file.is_file());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_takes_whole_recordings_only_gets_it_after_the_end() {
    if let Some(missing) = Recorder::missing_piece() {
        return skip("a_backend_that_takes_whole_recordings_only", &missing);
    }
    let strict = Strict::start(Variant::default()).await;
    let studio = Studio::new(&strict.server, &strict.new_token());
    let recorder = studio.record().await;
    let mut upload = studio.send(&recorder, Completion::AtStop).await;
    let waiting = until(&mut upload, waits_for(WaitCause::Recording)).await;
    let Phase::Waiting { diagnosis, .. } = waiting.phase else {
        unreachable!("it was looked at");
    };
    assert!(
        diagnosis.message.contains("whole recordings only"),
        "{diagnosis}"
    );
    assert_eq!(strict.initiated(), 0);
    let file = recorder.ends().await;
    upload.seal().await.unwrap();
    let done = done(&mut upload).await;
    assert_eq!(done.sha256, Some(sha256_of(&file)));
    assert!(linked(&done).await == std::fs::read(&file).unwrap());
    assert_eq!(strict.refused(), Vec::<String>::new());
}

/// The line to the store is dead while it records, and slow to come back. The recorder knows nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_network_disturbs_nothing_and_is_caught_up_with() {
    if let Some(missing) = Recorder::missing_piece() {
        return skip("a_lost_network_disturbs_nothing", &missing);
    }
    let world = Faulty::start().await;
    let studio = Studio::new(&world.server(), world.token());
    world.before_store(
        "[[rule]]\nname = \"dead\"\nmethod = \"PUT\"\nfault = \"cut\"\nafter = \"64KiB\"\n",
    );
    let began = Instant::now();
    let recorder = studio.record().await;
    let mut upload = studio.send(&recorder, Completion::AtStop).await;
    let is_dead = |seen: &Seen| seen.matched("dead") >= 2;
    in_time("a part that does not arrive", world.store.until(is_dead)).await;
    let file = recorder.ends().await;
    let took = began.elapsed();
    assert!(
        took < Duration::from_secs(SECONDS * 3),
        "the recorder was held up: {took:?}"
    );
    upload.seal().await.unwrap();
    assert_eq!(times_sent(&world.store.seen()).iter().sum::<usize>(), 0);
    world.store.set(Faults::none());
    upload.retry_now();
    let done = done(&mut upload).await;
    assert!(linked(&done).await == std::fs::read(&file).unwrap());
}

/// The program ends while the recorder goes on, and starts again when there is nothing more to come.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_ends_before_the_recording_does_goes_on_with_the_file() {
    if let Some(missing) = Recorder::missing_piece() {
        return skip("a_program_that_ends_before_the_recording_does", &missing);
    }
    let world = Faulty::start().await;
    let mut studio = Studio::new(&world.server(), world.token());
    let mut recorder = studio.record().await;
    let upload = studio.send(&recorder, Completion::AfterReview).await;
    let job = upload.job().clone();
    in_time("parts", world.store.until(has_sent(2))).await;
    // As when it is killed: nobody says anything to anybody.
    drop(upload);
    studio.restart();
    studio.client.restore().await.unwrap();
    let stored = studio.client.stored().unwrap();
    // Of the last one that the store took nobody may have been told.
    let arrived = stored[0].snapshot.arrived_bytes;
    assert!(arrived >= 5 * 1024 * 1024, "{stored:?}");
    assert!(recorder.is_recording());
    let refused = studio.client.resume(&job).await.unwrap_err().diagnosis();
    assert_eq!(refused.code, Code::StillGrowing, "{refused}");

    let file = recorder.ends().await;
    let mut upload = studio.client.resume(&job).await.unwrap();
    until(&mut upload, waits_for(WaitCause::Review)).await;
    upload.approve();
    let done = done(&mut upload).await;
    assert_eq!(upload.job(), &job);
    assert!(linked(&done).await == std::fs::read(&file).unwrap());
    let times = times_sent(&world.store.seen());
    assert_eq!(
        times,
        vec![1; times.len()],
        "what had arrived and is in the file is kept"
    );
    assert_eq!(done.sha256, Some(sha256_of(&file)));
}

/// Whoever watches the folder that recordings are made in does not send them a second time.
#[tokio::test(flavor = "multi_thread")]
async fn in_a_watched_folder_it_is_sent_once() {
    if let Some(missing) = Recorder::missing_piece() {
        return skip("in_a_watched_folder_it_is_sent_once", &missing);
    }
    let world = Faulty::start().await;
    let studio = Studio::new(&world.server(), world.token());
    let folder = studio.file().parent().unwrap().display().to_string();
    let words = [
        "watch",
        "--json",
        "--task",
        Faulty::TASK,
        "--quiet",
        "1",
        &folder,
    ];
    let mut watching = studio.revui().start(words);
    let is = |name: &'static str| move |event: &serde_json::Value| event["event"] == name;
    watching.event("watching", is("watching")).await;
    let recorder = studio.record().await;
    let mut upload = studio.send(&recorder, Completion::AtStop).await;
    let job = upload.job().clone();
    let file = recorder.ends().await;
    upload.seal().await.unwrap();
    done(&mut upload).await;
    upload.settled().await;
    studio.client.forget(&job).unwrap();
    // Seen after the recording: so that was seen, too.
    let later = file.with_file_name("later.webm");
    std::fs::copy(world::fixtures::short(), &later).unwrap();
    watching.event("the other one", is("done")).await;
    watching.signal("INT").await;
    let ended = watching.finish().await.exits(5);
    assert_eq!(ended.event("queued")["file"], later.to_str().unwrap());
    let once = words.iter().copied().chain(["--once"]);
    let again = studio.revui().run(once).await.exits(0);
    assert!(!again.stdout.contains("queued"), "{}", again.stdout);
}
