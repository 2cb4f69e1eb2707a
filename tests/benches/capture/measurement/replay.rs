//! Half an hour's recording in three minutes: the writes of a real recorder, captured once, and made again ten times as fast by
//! a program that `revui record` takes for its recorder. This program is that one, too, under the recorder's name.
//!
//! A recorder patches a cluster's size when it closes, and the file's head when all of it ends. So does the replay; between
//! the two, the file only grows.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufWriter, Write as _};
use std::ops::Range;
use std::os::unix::fs::{FileExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::scene::Scene;
use super::stage::{LOOK_EVERY, helper_of, signal};

/// The name of the recorder, and of this program where it stands for it.
const RECORDER: &str = "revui-capture-helper";
/// Where a replay finds what it writes.
pub(crate) const REPLAY: &str = "REVUI_REPLAY";
/// So much faster than it was recorded.
pub(crate) const SPEED: u64 = 10;

/// So much of a recording is captured.
const CAPTURED: Duration = Duration::from_mins(1);
/// How often the replay says how far it is.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

/// Source: RFC 9559, 5.1.3 (Cluster) and 5.1.3.1 (Timestamp).
const CLUSTER: [u8; 4] = [0x1F, 0x43, 0xB6, 0x75];
const TIMESTAMP: u8 = 0xE7;
/// A size of eight bytes that is not known yet. Source: RFC 8794, 6.2.
const UNKNOWN_SIZE: [u8; 8] = [0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
/// A cluster's identifier and size, and its timestamp of four bytes.
const CLUSTER_HEAD_BYTES: u64 = 12 + 6;

/// What is written when.
#[derive(Serialize, Deserialize)]
struct Script {
    /// Where each cluster begins; the last number is where the last one ends.
    clusters: Vec<u64>,
    /// The file's length by the recording's milliseconds.
    lengths: Vec<(u64, u64)>,
    duration_ms: u64,
}

/// A folder with a recording as it will be in the end, its head as it was in the beginning, and the script.
pub(crate) struct Replay {
    folder: PathBuf,
}

impl Replay {
    /// Captures a recording of this scene, and makes one of it that is so long.
    pub(crate) async fn make(scene: &Scene, seconds: u64) -> Self {
        let folder = scene.stage.file("replay");
        fs::create_dir(&folder).expect("a folder");
        let replay = Self { folder };
        let (captured, lengths) = capture(scene).await;
        let script = stretch(&captured, &lengths, seconds * 1000, &replay.unfinished());
        let script = script.expect("a place for half an hour's recording");
        let head = usize::try_from(script.clusters[0]).unwrap();
        fs::write(replay.head(), &captured[..head]).unwrap();
        fs::write(replay.script(), serde_json::to_vec(&script).unwrap()).unwrap();
        let revui = scene.stage.revui();
        let unfinished = replay.unfinished();
        let mended = revui.run(["repair", "--in-place", unfinished.to_str().unwrap()]);
        mended.await.exits(0);
        fs::rename(unfinished, replay.finished()).unwrap();
        let here = std::env::current_exe().expect("a program knows where it is");
        symlink(here, replay.folder.join(RECORDER)).unwrap();
        replay
    }

    /// What has `revui` take this for its recorder.
    pub(crate) fn environment(&self) -> [(&'static str, &str); 2] {
        let folder = self.folder.to_str().expect("a plain name");
        [("REVUI_BIN_DIR", folder), (REPLAY, folder)]
    }

    fn unfinished(&self) -> PathBuf {
        self.folder.join("unfinished.webm")
    }

    fn finished(&self) -> PathBuf {
        self.folder.join("finished.webm")
    }

    fn head(&self) -> PathBuf {
        self.folder.join("head")
    }

    fn script(&self) -> PathBuf {
        self.folder.join("script.json")
    }
}

/// Records until the recorder is killed. Returns what it left, and how long the file was at each millisecond.
async fn capture(scene: &Scene) -> (Vec<u8>, Vec<(u64, u64)>) {
    let file = scene.stage.file("captured.webm");
    let revui = scene.stage.revui();
    let arguments = ["--mic", "none", "--quality", "full", "--json"];
    let arguments = ["record", file.to_str().unwrap()]
        .into_iter()
        .chain(arguments);
    let mut running = revui.start(arguments);
    running
        .event("its start", |event| event["event"] == "started")
        .await;
    let recorder = helper_of(running.id()).await;
    let began = Instant::now();
    let mut lengths: Vec<(u64, u64)> = Vec::new();
    while began.elapsed() < CAPTURED {
        let length = file.metadata().expect("it records").len();
        if lengths.last().is_none_or(|(_, last)| *last < length) {
            lengths.push((milliseconds(began.elapsed()), length));
        }
        sleep(LOOK_EVERY).await;
    }
    signal(recorder, "KILL").await;
    running.finish().await.exits(1);
    (fs::read(&file).expect("what it left"), lengths)
}

/// A cluster that is whole.
struct Cluster {
    all: Range<usize>,
    /// What follows its timestamp.
    rest: Range<usize>,
    timestamp_ms: u64,
}

/// The whole clusters of a recording that was killed, and the time of the one that was not finished.
fn clusters(recording: &[u8]) -> (Vec<Cluster>, u64) {
    let mut at = recording
        .windows(CLUSTER.len())
        .position(|bytes| bytes == CLUSTER)
        .expect("a recording has a cluster");
    let mut found = Vec::new();
    loop {
        let size = number(&recording[at + 5..at + 12]);
        let timestamp_bytes = usize::from(recording[at + 13] & 0x7F);
        assert_eq!(
            recording[at + 12],
            TIMESTAMP,
            "a cluster begins with its time"
        );
        let rest = at + 14 + timestamp_bytes;
        let timestamp_ms = number(&recording[at + 14..rest]);
        if recording[at + 4..at + 12] == UNKNOWN_SIZE {
            return (found, timestamp_ms);
        }
        let end = at + 12 + usize::try_from(size).unwrap();
        found.push(Cluster {
            all: at..end,
            rest: rest..end,
            timestamp_ms,
        });
        at = end;
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// Writes the clusters of a recording again and again, each time later, and says when a recorder would have.
fn stretch(
    captured: &[u8],
    lengths: &[(u64, u64)],
    duration_ms: u64,
    to: &Path,
) -> io::Result<Script> {
    let (clusters, period_ms) = clusters(captured);
    let head = clusters[0].all.start;
    let mut file = BufWriter::new(File::create(to)?);
    file.write_all(&captured[..head])?;
    let mut script = Script {
        clusters: vec![head as u64],
        lengths: Vec::new(),
        duration_ms: 0,
    };
    while script.duration_ms < duration_ms {
        let from_ms = script.duration_ms;
        let mut seen = lengths.iter().peekable();
        // What is left over when it is stopped would be written at once, which no recorder does.
        let in_time = |cluster: &&Cluster| from_ms + cluster.timestamp_ms < duration_ms;
        for cluster in clusters.iter().take_while(in_time) {
            let begin = script.clusters.last().copied().unwrap_or_default();
            let end = begin + CLUSTER_HEAD_BYTES + cluster.rest.len() as u64;
            let timestamp = u32::try_from(from_ms + cluster.timestamp_ms).unwrap();
            file.write_all(&CLUSTER)?;
            file.write_all(&((6 + cluster.rest.len() as u64) | (1 << 56)).to_be_bytes())?;
            file.write_all(&[TIMESTAMP, 0x84])?;
            file.write_all(&timestamp.to_be_bytes())?;
            file.write_all(&captured[cluster.rest.clone()])?;
            while let Some((at_ms, length)) =
                seen.next_if(|(_, length)| *length <= cluster.all.end as u64)
            {
                let to_the_end = cluster.all.end as u64 - length;
                let length = end.saturating_sub(to_the_end);
                if length >= begin + CLUSTER_HEAD_BYTES {
                    script.lengths.push((from_ms + at_ms, length));
                }
            }
            script.clusters.push(end);
        }
        script.duration_ms = (from_ms + period_ms).min(duration_ms);
    }
    let all = script.clusters.last().copied().unwrap_or_default();
    script.lengths.push((script.duration_ms, all));
    file.flush()?;
    Ok(script)
}

/// What this program does under the recorder's name; `None` under its own.
pub(crate) fn stand_in() -> Option<ExitCode> {
    let name = std::env::args_os().next()?;
    let folder = PathBuf::from(std::env::var_os(REPLAY)?);
    (Path::new(&name).file_name()? == RECORDER).then(|| {
        record(&Replay { folder }).expect("a replay");
        ExitCode::SUCCESS
    })
}

/// Answers as a recorder does.
fn record(replay: &Replay) -> io::Result<()> {
    tell(&json!({ "event": "hello", "protocol": 1, "version": env!("CARGO_PKG_VERSION") }));
    let commands = listen();
    let Ok(start) = commands.recv() else {
        return Ok(());
    };
    assert_eq!(start["command"], "start", "only recordings are replayed");
    let script: Script = serde_json::from_slice(&fs::read(replay.script())?)?;
    let path = start["output"].as_str().expect("a path");
    let mut writing = Writing {
        from: File::open(replay.finished())?,
        to: File::options().write(true).open(path)?,
        clusters: &script.clusters,
        open: None,
        length: 0,
    };
    writing.to.write_all_at(&fs::read(replay.head())?, 0)?;
    writing.length = script.clusters[0];
    let (width, height) = super::frames::FULL_HD;
    tell(
        &json!({ "event": "started", "path": path, "width": width, "height": height, "framesPerSecond": 30,
        "microphone": null, "systemSound": null }),
    );
    let began = Instant::now();
    let mut next_progress = began;
    let mut stopped = false;
    for (at_ms, length) in &script.lengths {
        while !stopped {
            let now = Instant::now();
            if now >= next_progress {
                let elapsed_ms = milliseconds(now - began) * SPEED;
                tell(
                    &json!({ "event": "progress", "elapsedMs": elapsed_ms.min(*at_ms),
                    "bytes": writing.length, "freeBytes": null, "minutesLeft": null }),
                );
                next_progress = now + PROGRESS_EVERY;
            }
            let at = began + Duration::from_millis(at_ms / SPEED);
            let Some(left) = at
                .checked_duration_since(now)
                .filter(|left| !left.is_zero())
            else {
                break;
            };
            stopped = is_stopped(&commands, left.min(next_progress - now));
        }
        // What is missing of it is written with the end: the finished recording has one length only.
        writing.grow(*length)?;
    }
    tell(
        &json!({ "event": "progress", "elapsedMs": script.duration_ms, "bytes": writing.length,
        "freeBytes": null, "minutesLeft": null }),
    );
    while !stopped {
        stopped = is_stopped(&commands, PROGRESS_EVERY);
    }
    let bytes = writing.finish()?;
    tell(
        &json!({ "event": "stopped", "path": path, "durationMs": script.duration_ms, "bytes": bytes,
        "reason": "requested" }),
    );
    Ok(())
}

/// Whether within this time somebody says stop, or is gone. What else is said is for a recorder.
fn is_stopped(commands: &Receiver<Value>, within: Duration) -> bool {
    let until = Instant::now() + within;
    loop {
        match commands.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) => return true,
            Ok(command) if command["command"] == "stop" => return true,
            Ok(_) => {}
        }
    }
}

/// A file that grows to be another one.
struct Writing<'s> {
    from: File,
    to: File,
    clusters: &'s [u64],
    /// Where the cluster begins whose size is not written yet.
    open: Option<u64>,
    length: u64,
}

impl Writing<'_> {
    fn grow(&mut self, to: u64) -> io::Result<()> {
        if to <= self.length {
            return Ok(());
        }
        let next = self.clusters.partition_point(|begin| *begin < to);
        let begins_at = self.clusters[next - 1];
        let is_whole = self.clusters.get(next).is_none_or(|end| *end == to);
        if let Some(open) = self.open.take_if(|open| *open != begins_at || is_whole) {
            self.copy(open + 4..open + 12)?;
        }
        let mut bytes = self.read(self.length..to)?;
        if !is_whole && begins_at >= self.length {
            let size_at = usize::try_from(begins_at + 4 - self.length).unwrap();
            bytes[size_at..size_at + 8].copy_from_slice(&UNKNOWN_SIZE);
            self.open = Some(begins_at);
        }
        self.to.write_all_at(&bytes, self.length)?;
        self.length = to;
        Ok(())
    }

    /// The head with the length, and the index at the end.
    fn finish(&mut self) -> io::Result<u64> {
        let bytes = self.from.metadata()?.len();
        self.copy(self.length..bytes)?;
        self.copy(0..self.clusters[0])?;
        if let Some(open) = self.open.take() {
            self.copy(open + 4..open + 12)?;
        }
        Ok(bytes)
    }

    fn copy(&self, range: Range<u64>) -> io::Result<()> {
        let bytes = self.read(range.clone())?;
        self.to.write_all_at(&bytes, range.start)
    }

    fn read(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap()];
        self.from.read_exact_at(&mut bytes, range.start)?;
        Ok(bytes)
    }
}

/// What is said to it, as it comes.
fn listen() -> Receiver<Value> {
    let (told, commands) = mpsc::channel();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            let Ok(command) = serde_json::from_str(&line) else {
                continue;
            };
            if told.send(command).is_err() {
                return;
            }
        }
    });
    commands
}

fn tell(event: &Value) {
    println!("{event}");
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
