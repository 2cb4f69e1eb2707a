//! Folders that other programs save recordings in, watched until something is there to be uploaded.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use world::strict::{Strict, Variant};
use world::{Revui, Running, fixtures, in_time, sha256_of};

use crate::held::arrived;

/// Somebody who watches a folder, and a backend that keeps the base contract.
struct Watched {
    strict: Strict,
    revui: Revui,
    /// What the folder is in.
    around: tempfile::TempDir,
}

impl Watched {
    async fn new() -> Self {
        let strict = Strict::start(Variant::default()).await;
        let revui = strict.revui();
        let around = tempfile::tempdir().unwrap();
        fs::create_dir(around.path().join("films")).unwrap();
        Self {
            strict,
            revui,
            around,
        }
    }

    fn folder(&self) -> PathBuf {
        self.around.path().join("films")
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    fn arguments(&self, more: &[&str]) -> Vec<String> {
        let folder = self.folder().display().to_string();
        let words = ["watch", "--json", "--task", "t", "--quiet", "1", &folder];
        words
            .iter()
            .chain(more)
            .map(|&word| word.to_owned())
            .collect()
    }

    /// Watches, and returns once it does.
    async fn watch(&self) -> Running {
        let mut running = self.revui.start(self.arguments(&[]));
        running.event("watching", is("watching")).await;
        running
    }

    /// Takes in what is there, and returns every line that was told.
    async fn watch_once(&self) -> Vec<Value> {
        let once = self.revui.run(self.arguments(&["--once"])).await;
        once.exits(0).events()
    }
}

fn is(event: &str) -> impl Fn(&Value) -> bool + '_ {
    move |told| told["event"] == event
}

fn is_about<'a>(event: &'a str, path: &'a Path) -> impl Fn(&Value) -> bool + 'a {
    move |told| told["event"] == event && told["file"] == path.to_str().unwrap()
}

fn all<'a>(told: &'a [Value], event: &str) -> Vec<&'a Value> {
    told.iter().filter(|told| told["event"] == event).collect()
}

/// A recording is complete from its first byte on.
fn save(path: &Path) {
    fs::copy(fixtures::short(), path).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_uploaded_once_whatever_it_is_called_later() {
    let watched = Watched::new().await;
    let (first, text) = (watched.at("first.webm"), watched.at("list.txt"));
    save(&first);
    fs::write(&text, "no recording").unwrap();
    fs::write(watched.at(".hidden"), "nobody's business").unwrap();
    fs::create_dir(watched.at("folder")).unwrap();
    save(&watched.at("folder/deeper.webm"));
    let before = (
        sha256_of(&first),
        first.metadata().unwrap().modified().unwrap(),
    );

    let told = watched.watch_once().await;
    let done = all(&told, "done");
    assert_eq!(done.len(), 1, "{told:?}");
    arrived(done[0], &first);
    let left = all(&told, "left");
    assert_eq!(left.len(), 1, "{told:?}");
    assert_eq!(left[0]["file"], text.to_str().unwrap());
    assert_eq!(left[0]["code"], "not_webm");
    assert!(left[0]["jobId"].is_null());
    let after = (
        sha256_of(&first),
        first.metadata().unwrap().modified().unwrap(),
    );
    assert_eq!(after, before, "the original is as it was");

    // A restart, another name, a copy: it is the same recording.
    let renamed = watched.at("renamed.webm");
    fs::rename(&first, &renamed).unwrap();
    let copy = watched.at("copy.webm");
    save(&copy);
    let told = watched.watch_once().await;
    assert_eq!(all(&told, "queued").len(), 0, "{told:?}");
    let known = all(&told, "known");
    assert_eq!(known.len(), 1, "{told:?}");
    assert_eq!(known[0]["file"], copy.to_str().unwrap());
    assert_eq!(watched.strict.initiated(), 1);

    // Another recording is another matter, and so is another task.
    let other = watched.at("other.webm");
    fs::copy(fixtures::tall(), &other).unwrap();
    let told = watched.watch_once().await;
    let done = all(&told, "done");
    assert_eq!(done.len(), 1, "{told:?}");
    arrived(done[0], &other);
    let mut for_another_task = watched.arguments(&["--once"]);
    for_another_task
        .iter_mut()
        .filter(|word| *word == "t")
        .for_each(|word| "u".clone_into(word));
    let told = watched.revui.run(for_another_task).await.exits(0).events();
    assert_eq!(all(&told, "done").len(), 2, "{told:?}");
}

/// The file is a whole recording at each moment, and quiet for far longer than has to be waited: its writer decides.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_its_writer_has_not_closed_is_waited_for() {
    let watched = Watched::new().await;
    let mut running = watched.watch().await;
    let (open, closed) = (watched.at("a-open.webm"), watched.at("b-closed.webm"));
    let mut writer = File::create(&open).unwrap();
    writer
        .write_all(&fs::read(fixtures::short()).unwrap())
        .unwrap();
    fs::copy(fixtures::tall(), &closed).unwrap();
    let first = running.event("the first", is("done")).await;
    assert_eq!(first["file"], closed.to_str().unwrap(), "{first}");
    assert_eq!(watched.strict.initiated(), 1, "the other one is in hand");

    // An element that no player minds, and then the end.
    writer.write_all(&[0xEC, 0x80]).unwrap();
    drop(writer);
    let second = running.event("the second", is("done")).await;
    assert_eq!(second["file"], open.to_str().unwrap(), "{second}");
    arrived(&second, &open);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_into_the_folder_counts() {
    let watched = Watched::new().await;
    let mut running = watched.watch().await;
    let elsewhere = watched.around.path().join("recording.part");
    save(&elsewhere);
    let here = watched.at("recording.webm");
    fs::rename(&elsewhere, &here).unwrap();
    let done = running.event("the recording", is("done")).await;
    arrived(&done, &here);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_recording_is_said_once_and_becomes_one_when_it_does() {
    let watched = Watched::new().await;
    let mut running = watched.watch().await;
    let file = watched.at("demo.webm");
    let half = fs::read(fixtures::truncated(watched.around.path(), 50)).unwrap();
    fs::write(&file, &half).unwrap();
    let left = running
        .event("half a recording", is_about("left", &file))
        .await;
    assert_eq!(left["code"], "truncated", "{left}");
    fs::write(&file, &half[..half.len() - 1]).unwrap();
    // Another is said after it; nothing more is said of the first.
    let text = watched.at("list.txt");
    fs::write(&text, "no recording").unwrap();
    let next = running.event("a word", is("left")).await;
    assert_eq!(next["file"], text.to_str().unwrap(), "{next}");

    save(&file);
    let done = running.event("the recording", is("done")).await;
    arrived(&done, &file);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_disappears_is_waited_for() {
    let watched = Watched::new().await;
    let mut running = watched.watch().await;
    let aside = watched.around.path().join("aside");
    fs::rename(watched.folder(), &aside).unwrap();
    let lost = running.event("its loss", is("lost")).await;
    assert_eq!(lost["code"], "unreadable", "{lost}");

    // Another folder comes in its place, and is listened to as the first was.
    fs::create_dir(watched.folder()).unwrap();
    running.event("its return", is("back")).await;
    let file = watched.at("demo.webm");
    save(&file);
    let done = running.event("the recording", is("done")).await;
    arrived(&done, &file);

    let nowhere = watched.around.path().join("nowhere");
    let refused = watched
        .revui
        .run(["watch", "--task", "t", nowhere.to_str().unwrap()])
        .await;
    refused.exits(2).explains("The folder cannot be read");
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_stops_and_the_same_command_goes_on() {
    let watched = Watched::new().await;
    let file = fixtures::sparse(&watched.folder(), "demo.webm", 8 << 20);
    watched.strict.line.hold_after(1 << 20);
    let mut running = watched.watch().await;
    let queued = running.event("the upload", is("queued")).await;
    in_time("its middle", watched.strict.line.is_held()).await;
    running.signal("INT").await;
    let stopped = running.finish().await.exits(5);
    let failed = stopped.event("failed");
    assert_eq!(failed["code"], "interrupted", "{failed}");
    assert_eq!(failed["jobId"], queued["jobId"]);

    watched.strict.line.cut();
    watched.strict.line.release();
    let told = watched.watch_once().await;
    let done = all(&told, "done");
    assert_eq!(done.len(), 1, "{told:?}");
    assert_eq!(done[0]["jobId"], queued["jobId"]);
    arrived(done[0], &file);
    let nothing = watched.revui.run(["resume"]).await.exits(0);
    nothing.explains("nothing to go on with");
    let told = watched.watch_once().await;
    assert_eq!(all(&told, "queued").len(), 0, "{told:?}");

    // Without anything to stop, too, it was to go on.
    let running = watched.watch().await;
    running.signal("TERM").await;
    running.finish().await.exits(5);
}

/// Two that watch the same folder take each recording once.
#[tokio::test(flavor = "multi_thread")]
async fn two_that_watch_take_each_recording_once() {
    let watched = Watched::new().await;
    for name in ["a.webm", "b.webm", "c.webm"] {
        let file = fixtures::sparse(&watched.folder(), name, 1 << 20);
        // Each differs from the others.
        let mut file = File::options().append(true).open(file).unwrap();
        file.write_all(&[0xEC, 0x81, name.as_bytes()[0]]).unwrap();
    }
    let (one, other) = tokio::join!(watched.watch_once(), watched.watch_once());
    let done = all(&one, "done").len() + all(&other, "done").len();
    assert_eq!(
        (done, watched.strict.initiated()),
        (3, 3),
        "{one:?}\n{other:?}"
    );
}
