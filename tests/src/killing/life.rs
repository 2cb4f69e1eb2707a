//! One upload, from its file to its deletion, with whoever is killed on the way.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use super::chance::Chance;
use super::client::{Client, Ended};
use super::goods::{nothing_is_left, one_object};
use super::ground::{Ground, TASK};
use super::tally::Carried;
use super::{Story, Victim};
use crate::{Revui, fixtures, sha256_of};

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

/// Most requests that a client has on their way at once, and what each has of a recording no larger than these, in bytes.
const MOST_LANES: u64 = 6;
const PART_BYTES: u64 = 8 * MIB;

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
        let kib = |bytes: u64| u32::try_from(bytes / 1024).unwrap_or(u32::MAX);
        let further = self.largest.saturating_sub(self.smallest);
        self.smallest
            + further * kib(size_bytes - SMALLEST_BYTES) / kib(LARGEST_BYTES - SMALLEST_BYTES)
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

/// Of an upload in parts nothing is sent again that was answered: what is, was in flight when something was killed, and no
/// more is than can be. One PUT begins anew, once for each kill.
fn check_carried(carried: Carried, size_bytes: u64, kills: u64, of_parts: bool) {
    if of_parts {
        assert!(
            carried.answered_bytes <= size_bytes + OVERHEAD_BYTES,
            "a part that the store had taken was sent again: {carried:?} of {size_bytes}"
        );
        let in_flight = size_bytes.min(MOST_LANES * PART_BYTES);
        assert!(
            carried.lost_bytes <= in_flight * kills + OVERHEAD_BYTES,
            "more was lost than {kills} kills can cost: {carried:?} of {size_bytes}"
        );
    } else {
        let all = carried.answered_bytes + carried.lost_bytes;
        assert!(
            all <= size_bytes * (kills + 1) + OVERHEAD_BYTES,
            "sent more often than it was killed: {carried:?} of {size_bytes}"
        );
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

#[cfg(test)]
mod tests {
    use super::*;

    const CARRIED: Carried = Carried {
        answered_bytes: 20 * MIB,
        lost_bytes: 15 * MIB,
    };

    #[test]
    fn what_was_in_flight_may_be_sent_again() {
        check_carried(CARRIED, 20 * MIB, 1, true);
        check_carried(CARRIED, 20 * MIB, 1, false);
    }

    #[test]
    #[should_panic(expected = "a part that the store had taken")]
    fn what_was_answered_may_not() {
        check_carried(CARRIED, 15 * MIB, 2, true);
    }

    #[test]
    #[should_panic(expected = "more was lost than 0 kills can cost")]
    fn nothing_is_lost_when_nothing_is_killed() {
        check_carried(CARRIED, 20 * MIB, 0, true);
    }

    #[test]
    #[should_panic(expected = "more was lost than 1 kills can cost")]
    fn a_kill_costs_no_more_than_what_was_in_flight() {
        let carried = Carried {
            answered_bytes: 80 * MIB,
            lost_bytes: 49 * MIB,
        };
        check_carried(carried, 80 * MIB, 1, true);
    }

    #[test]
    #[should_panic(expected = "sent more often than it was killed")]
    fn one_put_begins_anew_once_for_each_kill() {
        check_carried(CARRIED, 17 * MIB, 1, false);
    }
}
