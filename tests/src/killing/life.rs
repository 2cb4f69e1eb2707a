//! One upload, from its file to its deletion, with whoever is killed on the way.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Child;
use tokio::task::JoinHandle;

use super::chance::Chance;
use super::ground::{Ground, TASK};
use super::tally::Carried;
use super::{Story, Victim};
use crate::{Revui, fixtures, in_time, sha256_of};

const MIB: u64 = 1024 * 1024;
const SMALLEST_BYTES: u64 = MIB;
pub(super) const LARGEST_BYTES: u64 = 40 * MIB;

/// Most often that anything is killed during one upload.
const MOST_KILLS: u64 = 3;

/// Longest that a server stays dead before it is started again.
const DEAD_FOR_MS: u64 = 300;

/// Heads of requests, the backend's own questions and orders to the store, and what proves the link: what comes on top of
/// the recording's bytes. Far less than a part.
const OVERHEAD_BYTES: u64 = 256 * 1024;

/// How long the store may take to notice that a body stopped coming.
const TIDY_WITHIN: Duration = Duration::from_secs(10);

/// How long an upload takes that nobody kills, by its size.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    smallest: Duration,
    largest: Duration,
}

impl Pace {
    /// By trying, with the smallest and the largest.
    pub(super) async fn find(ground: &mut Ground, noise: &[u8]) -> Self {
        let mut times = [SMALLEST_BYTES, LARGEST_BYTES].into_iter();
        let mut next = async || {
            let size_bytes = times.next().unwrap_or(SMALLEST_BYTES);
            let file = recording(ground, "pace", size_bytes, noise);
            let revui = ground.revui();
            let began = Instant::now();
            let ended = Client::start(&revui, &upload(&file)).ended().await;
            let took = began.elapsed();
            assert!(ended.status.success(), "{}", ended.told());
            remove_all(ground).await;
            took
        };
        Self {
            smallest: next().await,
            largest: next().await,
        }
    }

    fn of(self, size_bytes: u64) -> Duration {
        let share = (size_bytes - SMALLEST_BYTES) as f64 / (LARGEST_BYTES - SMALLEST_BYTES) as f64;
        self.smallest + self.largest.saturating_sub(self.smallest).mul_f64(share)
    }
}

async fn remove_all(ground: &Ground) {
    for recording in ground.recordings().await {
        ground
            .delete(recording["id"].as_str().expect("an id"))
            .await;
    }
}

/// When somebody is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So long after the last that happened: also before anything is sent, and after everything is.
    After(Duration),
    /// When so many further bytes are on their way to the store.
    Sent(u64),
}

impl Moment {
    fn of(chance: &mut Chance, size_bytes: u64, pace: Pace) -> Self {
        if chance.between(0, 1) == 0 {
            return Self::Sent(chance.between(1, size_bytes));
        }
        let longest_ms = u64::try_from(pace.of(size_bytes).as_millis()).unwrap_or(u64::MAX);
        Self::After(Duration::from_millis(chance.between(0, longest_ms)))
    }

    async fn comes(self, ground: &Ground) {
        match self {
            Self::After(time) => tokio::time::sleep(time).await,
            Self::Sent(bytes) => ground.tally.carries(bytes).await,
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(time) => write!(f, "{} ms later", time.as_millis()),
            Self::Sent(bytes) => write!(f, "{bytes} bytes later"),
        }
    }
}

/// What one upload came to.
#[derive(Debug, Clone)]
pub(super) struct Life {
    pub(super) killed: Vec<Victim>,
    pub(super) size_bytes: u64,
    pub(super) carried_bytes: u64,
    pub(super) of_parts: bool,
    /// Uploads in parts that were begun and never used; the sweep ended them.
    pub(super) strays: usize,
}

/// Lives it. Whatever does not hold is a panic.
pub(super) async fn live(
    ground: &mut Ground,
    name: &str,
    noise: &[u8],
    pace: Pace,
    mut chance: Chance,
    story: &Story,
) -> Life {
    ground.freshen().await;
    let size_bytes = chance.between(SMALLEST_BYTES, LARGEST_BYTES);
    story.tell(&format!("{size_bytes} bytes"));
    let file = recording(ground, name, size_bytes, noise);
    let sha256 = sha256_of(&file);
    let before = ground.tally.carried();
    let revui = ground.revui();
    let mut killed = Vec::new();
    let mut client = Client::start(&revui, &upload(&file));
    let mut ended = None;
    for _ in 0..chance.between(1, MOST_KILLS) {
        let victim = chance.pick(&[
            Victim::Client,
            Victim::Client,
            Victim::Backend,
            Victim::Store,
        ]);
        let moment = Moment::of(&mut chance, size_bytes, pace);
        let dead_for = Duration::from_millis(chance.between(0, DEAD_FOR_MS));
        ended = tokio::select! {
            ended = client.ends() => Some(ended),
            () = moment.comes(ground) => None,
        };
        if ended.is_some() {
            break;
        }
        story.tell(&format!("{victim} killed, {moment}"));
        killed.push(victim);
        if victim == Victim::Client {
            client.kill().await;
            client = Client::start(&revui, &["resume", "--json"].map(Into::into));
        } else {
            ground.kill(victim).await;
            tokio::time::sleep(dead_for).await;
            ground.revive(victim).await;
        }
    }
    let ended = match ended {
        Some(ended) => ended,
        None => client.ended().await,
    };
    through(ground, &revui, &file, name, &ended, &sha256, story).await;
    let carried = carried_since(before, ground.tally.carried());
    let of_parts = one_object(ground).await;
    story.tell(&format!("of parts: {of_parts}; {carried:?}"));
    check_carried(carried, size_bytes, killed.len() as u64, of_parts);
    remove_all(ground).await;
    let strays = nothing_is_left(ground, story).await;
    fs::remove_file(&file).expect("the file is removed");
    Life {
        killed,
        size_bytes,
        carried_bytes: carried.answered_bytes + carried.lost_bytes,
        of_parts,
        strays,
    }
}

/// It got through: one recording, complete, with a link that leads to the same bytes.
async fn through(
    ground: &Ground,
    revui: &Revui,
    file: &Path,
    name: &str,
    ended: &Ended,
    sha256: &str,
    story: &Story,
) {
    story.tell(&format!("the client ended ({})", ended.status));
    assert!(ended.status.success(), "{}", ended.told());
    // Killed before its first record was safe, or after its last: then nothing goes on by itself.
    let nothing_there = ended.stderr.contains("nothing to go on with");
    if nothing_there && ground.recordings().await.is_empty() {
        story.tell("nothing had begun: uploaded again");
        let again = Client::start(revui, &upload(file)).ended().await;
        assert!(again.status.success(), "{}", again.told());
        told_done(&again, sha256);
    } else if !nothing_there {
        told_done(ended, sha256);
    }
    let recordings = ground.recordings().await;
    assert_eq!(
        recordings.len(),
        1,
        "one recording, and no other: {recordings:?}"
    );
    let recording = &recordings[0];
    assert_eq!(recording["uploadStatus"], "COMPLETE", "{recording}");
    let key = recording["s3Key"].as_str().expect("a key");
    assert!(key.ends_with(&format!("_{name}.webm")), "{recording}");
    let shown = ground
        .recording(recording["id"].as_str().expect("an id"))
        .await;
    let link = shown["downloadUrl"].as_str().expect("a link");
    assert_eq!(
        downloaded_sha256(ground, link).await,
        sha256,
        "the same bytes"
    );
}

fn told_done(ended: &Ended, sha256: &str) {
    let done = ended
        .stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|event| event["event"] == "done");
    let done = done.unwrap_or_else(|| panic!("it ended well and was not done: {}", ended.told()));
    assert_eq!(done["sha256"], sha256, "{done}");
}

async fn downloaded_sha256(ground: &Ground, link: &str) -> String {
    let answer = ground.http.get(link).send().await.expect("an answer");
    assert!(
        answer.status().is_success(),
        "the link: {}",
        answer.status()
    );
    let bytes = answer.bytes().await.expect("all bytes");
    let place = ground.place("downloaded.webm");
    fs::write(&place, &bytes).expect("room for the download");
    sha256_of(&place)
}

fn carried_since(before: Carried, now: Carried) -> Carried {
    Carried {
        answered_bytes: now.answered_bytes - before.answered_bytes,
        lost_bytes: now.lost_bytes - before.lost_bytes,
    }
}

/// Of an upload in parts nothing is sent again that was answered: what is, was in flight when something was killed. One
/// PUT begins anew, once for each kill.
fn check_carried(carried: Carried, size_bytes: u64, kills: u64, of_parts: bool) {
    if of_parts {
        assert!(
            carried.answered_bytes <= size_bytes + OVERHEAD_BYTES,
            "a part that the store had taken was sent again: {carried:?} of {size_bytes}"
        );
    } else {
        let all = carried.answered_bytes + carried.lost_bytes;
        assert!(
            all <= size_bytes * (kills + 1) + OVERHEAD_BYTES,
            "sent more often than it was killed: {carried:?} of {size_bytes}"
        );
    }
}

/// The store has one object and nothing that is under way; returns whether the object was made of parts. A body whose
/// client was killed is noticed a moment later.
async fn one_object(ground: &Ground) -> bool {
    let goods = settled(ground, "orphans beside one object, or none", |goods| {
        goods.objects == 1 && goods.others.is_empty()
    })
    .await;
    goods.in_parts
}

/// What was deleted is gone; what was begun and never used goes with the sweep, days later. Returns how much that was.
async fn nothing_is_left(ground: &Ground, story: &Story) -> usize {
    let is_empty = |goods: &Goods| goods.objects == 0 && !goods.in_parts && goods.others.is_empty();
    let goods = settled(ground, "left after the deletion", is_empty).await;
    if goods.strays > 0 {
        story.tell("an upload in parts was begun and never used");
        ground.sweep_days_later().await;
        let nothing = |goods: &Goods| is_empty(goods) && goods.strays == 0;
        settled(ground, "left by the sweep", nothing).await;
    }
    goods.strays
}

/// What lies in the store, by what it is.
#[derive(Debug, Default)]
struct Goods {
    objects: usize,
    /// Whether there are parts of a completed upload.
    in_parts: bool,
    /// Uploads in parts that were begun and have none: whoever began it was killed before anybody was told.
    strays: usize,
    /// Whatever has no business there.
    others: Vec<PathBuf>,
}

impl Goods {
    fn look(ground: &Ground) -> Self {
        let files = ground.goods();
        let beside = |path: &Path, name: &str| {
            let sibling = path.with_file_name(name);
            files.contains(&sibling)
        };
        let mut goods = Self::default();
        for path in &files {
            let is_in = |folder: &str| path.iter().any(|part| part == folder);
            let siblings = files.iter().filter(|other| other.parent() == path.parent());
            if is_in("objects") {
                goods.objects += 1;
            } else if is_in("uploads") && beside(path, "completed") {
                goods.in_parts = true;
            } else if path.ends_with("upload") && siblings.count() == 1 {
                goods.strays += 1;
            } else {
                goods.others.push(path.clone());
            }
        }
        goods
    }
}

/// What lies there once it is as wanted, which it must be before long.
async fn settled(ground: &Ground, what_else: &str, wanted: impl Fn(&Goods) -> bool) -> Goods {
    let began = Instant::now();
    loop {
        let goods = Goods::look(ground);
        if wanted(&goods) {
            return goods;
        }
        assert!(began.elapsed() < TIDY_WITHIN, "{what_else}: {goods:#?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A playable recording of exactly this size whose bytes differ everywhere, so that none can stand in for another.
fn recording(ground: &Ground, name: &str, size_bytes: u64, noise: &[u8]) -> PathBuf {
    let path = fixtures::sparse(
        ground.place("").as_path(),
        &format!("{name}.webm"),
        size_bytes,
    );
    let hole_at = fs::metadata(fixtures::live()).expect("a fixture").len() + 9;
    let mut file = OpenOptions::new().write(true).open(&path).expect("a file");
    std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(hole_at)).expect("its hole");
    let hole_bytes = usize::try_from(size_bytes - hole_at).expect("a size that fits");
    file.write_all(&noise[..hole_bytes]).expect("room for it");
    // Or it would be watched for a while, to see whether it grows.
    let a_while_ago = SystemTime::now() - Duration::from_mins(1);
    file.set_modified(a_while_ago).expect("an earlier time");
    path
}

fn upload(file: &Path) -> Vec<String> {
    let file = file.to_str().expect("a name of text");
    ["upload", "--json", "--task", TASK, file]
        .map(str::to_owned)
        .into()
}

/// `revui`, running.
struct Client {
    child: Child,
    output: JoinHandle<(String, String)>,
}

/// `revui`, ended by itself.
struct Ended {
    status: ExitStatus,
    stdout: String,
    stderr: String,
}

impl Ended {
    fn told(&self) -> String {
        let Self {
            status,
            stdout,
            stderr,
        } = self;
        format!("revui ended ({status})\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

impl Client {
    fn start(revui: &Revui, arguments: &[String]) -> Self {
        let mut child = revui.command(arguments).spawn().expect("revui starts");
        let stdout = child.stdout.take().expect("a pipe");
        let stderr = child.stderr.take().expect("a pipe");
        let output = tokio::spawn(async move { tokio::join!(text_of(stdout), text_of(stderr)) });
        Self { child, output }
    }

    /// How it ended. Asking in vain changes nothing.
    async fn ends(&mut self) -> Ended {
        let status = self.child.wait().await.expect("its status");
        let (stdout, stderr) = (&mut self.output).await.expect("what it wrote");
        Ended {
            status,
            stdout,
            stderr,
        }
    }

    async fn ended(mut self) -> Ended {
        in_time("the end of revui", self.ends()).await
    }

    async fn kill(mut self) {
        self.child.kill().await.expect("it is killed");
    }
}

async fn text_of(mut pipe: impl AsyncRead + Unpin) -> String {
    let mut text = String::new();
    let _ = pipe.read_to_string(&mut text).await;
    text
}
