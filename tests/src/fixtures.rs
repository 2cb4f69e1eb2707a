//! Recordings to upload. The encoded ones are made once by ffmpeg and kept in `REVUI_FIXTURES`, else in
//! `target/fixtures`; the others are made of them where they are needed.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

/// A moving picture and a tone, ten seconds long.
const SOURCES: &str = "-f lavfi -i testsrc=size=1280x720:rate=30:duration=10 \
    -f lavfi -i sine=frequency=440:sample_rate=48000:duration=10";
/// One thread, no libraries' names, no dates: the same bytes each time.
const VP9_AND_OPUS: &str = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 120k -g 60 -threads 1 -pix_fmt yuv420p \
    -c:a libopus -b:a 24k -ac 1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact -map_metadata -1";
const OPUS_ALONE: &str =
    "-map 1:a -c:a libopus -b:a 24k -ac 1 -fflags +bitexact -flags:a +bitexact -map_metadata -1";
const H264: &str =
    "-map 0:v -c:v libx264 -preset ultrafast -threads 1 -fflags +bitexact -flags:v +bitexact";

/// What records pictures and sound to `PLACE`, and tells of each frame.
const GSTREAMER: &str = "-v webmmux name=mux ! filesink location=PLACE \
    videotestsrc num-buffers=100000 ! video/x-raw,width=320,height=180,framerate=15/1 ! \
    vp9enc deadline=1 cpu-used=9 keyframe-max-dist=15 lag-in-frames=0 ! identity silent=false ! queue ! mux. \
    audiotestsrc samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=1 ! opusenc bitrate=24000 ! queue ! mux.";

/// Id and length of the element that fills a recording up to a size.
const VOID_HEAD_BYTES: u64 = 9;

/// Tests of one binary share the folder; one at a time makes what is missing.
static MAKING: Mutex<()> = Mutex::new(());

/// Ten seconds of VP9 and Opus, some 230 kB.
pub fn short() -> PathBuf {
    encoded("short.webm", &[VP9_AND_OPUS])
}

/// The same as it is written for a stream: no duration, no index, and a Segment of unknown size.
pub fn live() -> PathBuf {
    encoded("live.webm", &[VP9_AND_OPUS, "-live 1"])
}

/// The picture alone, on its side: 720 by 1280.
pub fn tall() -> PathBuf {
    encoded("tall.webm", &["-vf transpose=1 -an", VP9_AND_OPUS])
}

/// The tone alone.
pub fn sound() -> PathBuf {
    encoded("sound.webm", &[OPUS_ALONE])
}

/// An MP4 with another name.
pub fn renamed_mp4() -> PathBuf {
    encoded("renamed-mp4.webm", &[H264, "-f mp4"])
}

/// Matroska with a picture that WebM does not allow.
pub fn h264_in_matroska() -> PathBuf {
    encoded("h264-in-matroska.webm", &[H264, "-f matroska"])
}

/// A playable recording of exactly `size_bytes`, with next to nothing of it on the disk: [`live`], then a `Void` element
/// (RFC 8794 section 11.3.2) whose contents are a hole. Nobody has written to it for a while.
pub fn sparse(folder: &Path, name: &str, size_bytes: u64) -> PathBuf {
    let path = folder.join(name);
    let recording_bytes = fs::copy(live(), &path).expect("a copy");
    let void_bytes = size_bytes
        .checked_sub(recording_bytes + VOID_HEAD_BYTES)
        .expect("larger than the recording in it");
    let mut file = OpenOptions::new()
        .write(true)
        .open(&path)
        .expect("the copy opens");
    file.seek(SeekFrom::End(0)).expect("its end");
    // Element id 0xEC, then an eight-byte length.
    let mut head = [0; 9];
    head[0] = 0xEC;
    head[1..].copy_from_slice(&(void_bytes | 1 << 56).to_be_bytes());
    file.write_all(&head).expect("room for nine bytes");
    file.set_len(size_bytes).expect("a hole");
    file.set_modified(a_while_ago()).expect("an earlier time");
    path
}

/// The same with nothing left out: every byte of it is on the disk, and the disk has confirmed it.
pub fn written(folder: &Path, name: &str, size_bytes: u64) -> PathBuf {
    let path = sparse(folder, name, size_bytes);
    let open = OpenOptions::new().write(true).open(&path);
    let mut file = open.expect("the recording opens");
    let recording = live().metadata().expect("a fixture");
    let mut at = recording.len() + VOID_HEAD_BYTES;
    file.seek(SeekFrom::Start(at)).expect("its hole");
    let filling = vec![0x5A; 1024 * 1024];
    while at < size_bytes {
        let bytes = filling
            .len()
            .min(usize::try_from(size_bytes - at).unwrap_or(usize::MAX));
        file.write_all(&filling[..bytes]).expect("room for it");
        at += bytes as u64;
    }
    file.set_modified(a_while_ago()).expect("an earlier time");
    file.sync_all().expect("a disk that confirms it");
    path
}

fn a_while_ago() -> SystemTime {
    SystemTime::now() - Duration::from_mins(1)
}

/// The same as a browser's recorder writes it: its clusters don't say where they end either. Nobody has written to it for a
/// while.
pub fn browsers(folder: &Path, name: &str) -> PathBuf {
    const CLUSTER: [u8; 4] = [0x1F, 0x43, 0xB6, 0x75];
    let mut bytes = fs::read(live()).expect("a fixture");
    let mut opened = 0;
    for at in 0..bytes.len() - CLUSTER.len() {
        if bytes[at..].starts_with(&CLUSTER) {
            // A size of as many bytes as it has, all ones (RFC 8794, 6.2).
            let size = at + CLUSTER.len();
            let width = bytes[size].leading_zeros() as usize + 1;
            bytes[size..size + width].fill(0xFF);
            bytes[size] >>= width - 1;
            opened += 1;
        }
    }
    assert!(opened > 1, "clusters");
    let path = write(folder, name, &bytes);
    let file = OpenOptions::new().write(true).open(&path);
    let file = file.expect("the recording opens");
    file.set_modified(a_while_ago()).expect("an earlier time");
    path
}

/// Ten seconds or more of pictures and sound, as GStreamer leaves them when it is killed. `None` where its tools are missing.
pub fn killed(folder: &Path, name: &str) -> Option<PathBuf> {
    /// Frames that it has seen when it is killed.
    const FRAMES: usize = 160;
    let path = folder.join(name);
    let place = path.to_str().expect("a path of UTF-8");
    let words = GSTREAMER.split_whitespace();
    let mut recorder = Command::new("gst-launch-1.0")
        .args(words.map(|word| word.replace("PLACE", place)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let told = BufReader::new(recorder.stdout.take().expect("a pipe"));
    let lines = told.lines().map_while(Result::ok);
    let seen = lines.filter(|line| line.contains("last-message = chain"));
    assert_eq!(seen.take(FRAMES).count(), FRAMES, "it ended by itself");
    recorder.kill().expect("it can be killed");
    recorder.wait().expect("it is gone");
    Some(path)
}

/// The first `percent` of [`short`].
pub fn truncated(folder: &Path, percent: usize) -> PathBuf {
    let bytes = fs::read(short()).expect("a fixture");
    write(
        folder,
        "truncated.webm",
        &bytes[..bytes.len() * percent / 100],
    )
}

/// A copy of [`short`] under another name.
pub fn named(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    fs::copy(short(), &path).unwrap_or_else(|error| panic!("{name}: {error}"));
    path
}

/// A file of these bytes.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    let mut file = File::create(&path).expect("a file");
    file.write_all(bytes).expect("room for it");
    path
}

fn folder() -> PathBuf {
    std::env::var_os("REVUI_FIXTURES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/fixtures"),
        PathBuf::from,
    )
}

fn encoded(name: &str, recipe: &[&str]) -> PathBuf {
    let _one_at_a_time = MAKING
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let path = folder().join(name);
    if path.is_file() {
        return path;
    }
    fs::create_dir_all(folder()).expect("a folder for fixtures");
    // Under a name of this process until it is whole: another test binary may be making it, too.
    let unfinished = folder().join(format!("{}-{name}", std::process::id()));
    let words = std::iter::once(SOURCES)
        .chain(recipe.iter().copied())
        .flat_map(str::split_whitespace);
    let status = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"])
        .args(words)
        .arg(&unfinished)
        .status()
        .expect("ffmpeg starts");
    assert!(status.success(), "ffmpeg could not make {name}");
    fs::rename(&unfinished, &path).expect("a finished fixture");
    path
}
