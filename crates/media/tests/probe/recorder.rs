//! The one place that starts ffmpeg and ffprobe: recordings for tests, and what the two say about them.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SECONDS: &str = "3.2";

/// A folder of recordings of one test; they stay there, to be looked at.
pub(crate) struct Corpus {
    pub(crate) folder: PathBuf,
}

impl Corpus {
    /// `None`, and a word about it, where ffmpeg is missing.
    pub(crate) fn open(name: &str) -> Option<Self> {
        let found = ["ffmpeg", "ffprobe"].iter().all(|program| {
            let mut command = Command::new(program);
            command
                .arg("-version")
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        });
        if !found {
            let must_run = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
            assert!(!must_run, "ffmpeg and ffprobe are needed, and CI is set");
            // Past the harness, which would keep it to itself; `cargo xtask test` counts these lines.
            writeln!(
                io::stderr(),
                "SKIPPED: {name}: ffmpeg and ffprobe are not installed"
            )
            .expect("standard error");
            return None;
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("recordings")
            .join(name);
        fs::create_dir_all(&folder).expect("a folder");
        Some(Self { folder })
    }

    /// Some seconds of a test picture, a tone, or both, by how many of the two have an encoder.
    pub(crate) fn record(&self, name: &str, video: &[&str], audio: &[&str]) -> PathBuf {
        let picture = format!("testsrc=size=160x120:rate=15:duration={SECONDS}");
        let tone = format!("sine=frequency=440:sample_rate=48000:duration={SECONDS}");
        let mut arguments = Vec::new();
        if !video.is_empty() {
            arguments.extend(["-f", "lavfi", "-i", &picture]);
        }
        if !audio.is_empty() {
            arguments.extend(["-f", "lavfi", "-i", &tone]);
        }
        arguments.extend(video);
        arguments.extend(audio);
        self.run(&arguments, name)
    }

    /// The same streams in another wrapping.
    pub(crate) fn rewrap(&self, from: &Path, name: &str, options: &[&str]) -> PathBuf {
        let from = from.to_str().expect("a path of UTF-8");
        self.run(&[&["-i", from, "-c", "copy"], options].concat(), name)
    }

    /// Some seconds of a test picture of this size.
    pub(crate) fn record_picture(&self, name: &str, size: &str, video: &[&str]) -> PathBuf {
        let picture = format!("testsrc=size={size}:rate=15:duration={SECONDS}");
        self.run(&[&["-f", "lavfi", "-i", &picture], video].concat(), name)
    }

    fn run(&self, arguments: &[&str], name: &str) -> PathBuf {
        let path = self.folder.join(name);
        let output = Command::new("ffmpeg")
            .args(["-nostdin", "-y", "-v", "error"])
            .args(arguments)
            .arg(&path)
            .output()
            .expect("ffmpeg starts");
        assert!(
            output.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        path
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, bytes).expect("written");
        path
    }
}

/// What ffprobe says of the whole file.
pub(crate) fn stated_seconds(path: &Path) -> Option<f64> {
    let output = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-show_entries",
            "format=duration",
            "-of",
            "csv=p=0",
        ])
        .arg(path)
        .output()
        .expect("ffprobe starts");
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

/// The end of the last packet, as ffprobe reads them one by one.
pub(crate) fn packet_seconds(path: &Path) -> f64 {
    let output = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-show_entries",
            "packet=pts_time,duration_time",
            "-of",
            "csv=p=0",
        ])
        .arg(path)
        .output()
        .expect("ffprobe starts");
    let ends = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(',').map(str::parse::<f64>);
            let begins = fields.next()?.ok()?;
            Some(begins + fields.next().and_then(Result::ok).unwrap_or(0.0))
        })
        .fold(0.0, f64::max);
    assert!(ends > 0.0, "{} has no packets", path.display());
    ends
}

/// The pictures of a file as ffmpeg decodes them, pixel by pixel: all of them, or so many from the first on.
pub(crate) fn pixels(path: &Path, most_frames: Option<u32>) -> Vec<u8> {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-i"]).arg(path);
    if let Some(most) = most_frames {
        command.args(["-frames:v", &most.to_string()]);
    }
    let to_pipe = [
        "-map",
        "0:v:0",
        "-f",
        "rawvideo",
        "-fps_mode",
        "passthrough",
    ];
    let output = command
        .args(to_pipe)
        .arg("pipe:1")
        .output()
        .expect("ffmpeg starts");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complaints.is_empty(),
        "{}: {complaints}",
        path.display()
    );
    output.stdout
}

/// What ffprobe says of each stream: its kind, its codec, the size of a picture, how many frames can be read.
pub(crate) fn streams(path: &Path) -> String {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-show_entries"])
        .arg("stream=codec_type,codec_name,width,height,nb_read_frames")
        .args(["-of", "csv=p=0"])
        .arg(path)
        .output()
        .expect("ffprobe starts");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A recording that ends when its recorder is killed: after so many lines of what that prints about its work.
pub(crate) struct Killed<'k> {
    pub(crate) program: &'k str,
    pub(crate) arguments: &'k [&'k str],
    pub(crate) counted: &'k str,
    pub(crate) lines: usize,
}

impl Corpus {
    /// The same, where GStreamer's tools are there as well.
    pub(crate) fn open_with_gstreamer(name: &str) -> Option<Self> {
        let mut command = Command::new("gst-launch-1.0");
        command
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if command.status().is_ok_and(|status| status.success()) {
            return Self::open(name);
        }
        let must_run = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        assert!(!must_run, "gst-launch-1.0 is needed, and CI is set");
        writeln!(
            io::stderr(),
            "SKIPPED: {name}: gst-launch-1.0 is not installed"
        )
        .expect("standard error");
        None
    }

    /// Starts the recorder, counts, and kills it: SIGKILL, or what comes closest to that elsewhere.
    pub(crate) fn kill(&self, name: &str, killed: &Killed<'_>) -> PathBuf {
        let path = self.folder.join(name);
        let place = path.to_str().expect("a path of UTF-8");
        let arguments = killed
            .arguments
            .iter()
            .map(|argument| argument.replace("PLACE", place));
        let mut recorder = Command::new(killed.program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the recorder starts");
        let told = BufReader::new(recorder.stdout.take().expect("a pipe"));
        let lines = told.lines().map_while(Result::ok);
        let counted = lines
            .filter(|line| line.contains(killed.counted))
            .take(killed.lines)
            .count();
        assert_eq!(counted, killed.lines, "{name}: it ended by itself");
        recorder.kill().expect("it can be killed");
        recorder.wait().expect("it is gone");
        path
    }
}

/// Every packet of a file as ffprobe reads it: stream, time, flags, size and the hash of its bytes.
pub(crate) fn packets(path: &Path) -> Vec<String> {
    let output = Command::new("ffprobe")
        .args(["-v", "quiet", "-show_data_hash", "md5", "-show_entries"])
        .arg("packet=stream_index,pts,size,flags,data_hash")
        .args(["-of", "csv=p=0"])
        .arg(path)
        .output()
        .expect("ffprobe starts");
    let listed = String::from_utf8_lossy(&output.stdout);
    listed.lines().map(str::to_owned).collect()
}

/// What ffmpeg complains of while it decodes all of a file; nothing, of a good one.
pub(crate) fn complaints(path: &Path) -> String {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(path)
        .args(["-f", "null", "-"])
        .output()
        .expect("ffmpeg starts");
    assert!(output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// When the first packet with pictures begins that ffprobe reads after seeking to this time, in seconds.
pub(crate) fn landed_at(path: &Path, seconds: f64) -> f64 {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", "v", "-read_intervals"])
        .arg(format!("{seconds}%+#1"))
        .args(["-show_entries", "packet=pts_time", "-of", "csv=p=0"])
        .arg(path)
        .output()
        .expect("ffprobe starts");
    let landed = String::from_utf8_lossy(&output.stdout);
    let landed = landed.trim().trim_end_matches(',');
    landed
        .parse()
        .unwrap_or_else(|_| panic!("no time: {landed}"))
}

/// The hash of the picture that ffmpeg shows after seeking to this time, or of each from the beginning on.
pub(crate) fn pictures(path: &Path, from_seconds: Option<f64>) -> Vec<String> {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error"]);
    if let Some(seconds) = from_seconds {
        command.args(["-ss", &seconds.to_string()]);
    }
    command.arg("-i").arg(path);
    if from_seconds.is_some() {
        command.args(["-frames:v", "1"]);
    }
    let output = command
        .args(["-map", "0:v:0", "-fps_mode", "passthrough"])
        .args(["-f", "framehash", "-hash", "md5", "pipe:1"])
        .output()
        .expect("ffmpeg starts");
    let listed = String::from_utf8_lossy(&output.stdout);
    let lines = listed.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.rsplit(',').next())
        .map(|hash| hash.trim().to_owned())
        .collect()
}
