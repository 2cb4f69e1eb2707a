//! A recorded file, as ffmpeg sees it.

use std::path::{Path, PathBuf};

use serde_json::Value;
use world::{bare, in_time};

use super::pattern::{COLUMNS, of_gray};

/// WebM times are whole milliseconds: of thirty pictures a second two are 33 or 34 apart.
pub(crate) const BETWEEN_PICTURES_MS: std::ops::RangeInclusive<i64> = 32..=35;
/// Opus has a packet every 20 ms; the encoder's own delay of 6.5 ms is in the first one.
pub(crate) const BETWEEN_SOUNDS_MS: std::ops::RangeInclusive<i64> = 12..=28;

/// Samples a second, of sound that is looked at.
const RATE: u32 = 8000;
/// What is loud.
const LOUD: f32 = 0.1;
/// How long it has been silent before a beep.
const SILENCE_MS: i64 = 500;

/// A file that was looked at.
pub(crate) struct Film {
    path: PathBuf,
    facts: Value,
}

impl Film {
    /// Looks at it. What does not play is a failed test.
    pub(crate) async fn of(path: &Path) -> Self {
        let shown = run(
            "ffprobe",
            &[
                "-v",
                "error",
                "-of",
                "json",
                "-show_format",
                "-show_streams",
                "-show_entries",
            ],
            &["packet=codec_type,pts", "-show_packets"],
            path,
        )
        .await;
        Self {
            path: path.to_owned(),
            facts: serde_json::from_slice(&shown).expect("JSON"),
        }
    }

    /// The file's length, as it says itself; `None` where it was never finished.
    pub(crate) fn duration_ms(&self) -> Option<i64> {
        let seconds: f64 = self.facts["format"]["duration"].as_str()?.parse().ok()?;
        #[allow(clippy::cast_possible_truncation, reason = "a film of some seconds")]
        Some((seconds * 1000.0).round() as i64)
    }

    /// Codecs of its streams.
    pub(crate) fn codecs(&self) -> Vec<&str> {
        let streams = self.facts["streams"].as_array().expect("streams");
        let codecs = streams.iter().map(|stream| stream["codec_name"].as_str());
        codecs.map(|codec| codec.expect("a codec")).collect()
    }

    /// Pixels across and down.
    pub(crate) fn size(&self) -> (i64, i64) {
        let streams = self.facts["streams"].as_array().expect("streams");
        let picture = streams
            .iter()
            .find(|stream| stream["codec_type"] == "video");
        let picture = picture.expect("a picture");
        let number = |name: &str| picture[name].as_i64().expect("a number");
        (number("width"), number("height"))
    }

    /// When each packet of `video` or `audio` begins.
    pub(crate) fn times_ms(&self, kind: &str) -> Vec<i64> {
        let packets = self.facts["packets"].as_array().expect("packets");
        let of_kind = packets.iter().filter(|packet| packet["codec_type"] == kind);
        let mut times: Vec<_> = of_kind
            .map(|packet| packet["pts"].as_i64().expect("a time"))
            .collect();
        times.sort_unstable();
        times
    }

    /// Each picture follows the one before, and so does each packet of sound.
    #[track_caller]
    pub(crate) fn has_no_gap(&self) {
        for (kind, allowed) in [("video", BETWEEN_PICTURES_MS), ("audio", BETWEEN_SOUNDS_MS)] {
            let times = self.times_ms(kind);
            for pair in times.windows(2) {
                let between = pair[1] - pair[0];
                assert!(
                    allowed.contains(&between),
                    "{kind}: {between} ms at {}",
                    pair[0]
                );
            }
        }
    }

    /// Whether it was finished: it has its length and an index for searching (the `Cues` element of Matroska).
    pub(crate) fn is_finished(&self) -> bool {
        let bytes = std::fs::read(&self.path).expect("a file");
        let cues = [0x1C, 0x53, 0xBB, 0x6B];
        self.duration_ms().is_some() && bytes.windows(cues.len()).any(|window| window == cues)
    }

    /// The number in each of its pictures.
    pub(crate) async fn numbers(&self) -> Vec<u64> {
        self.numbers_from("0").await
    }

    /// The same, after searching for this second.
    pub(crate) async fn numbers_from(&self, second: &str) -> Vec<u64> {
        self.numbers_in("ih", second).await
    }

    /// The same, of pictures that show the numbers in so many rows at their top.
    pub(crate) async fn numbers_in(&self, rows: &str, second: &str) -> Vec<u64> {
        self.numbers_at(&format!("iw:{rows}:0:0"), second).await
    }

    /// The same, of pictures that show the numbers here: width, height, left and top, as ffmpeg takes them.
    pub(crate) async fn numbers_at(&self, place: &str, second: &str) -> Vec<u64> {
        let filter = format!("crop={place},scale={COLUMNS}:1:flags=area");
        let before = ["-v", "error", "-nostdin", "-ss", second, "-i"];
        let after = [
            "-an",
            "-fps_mode",
            "passthrough",
            "-vf",
            &filter,
            "-pix_fmt",
            "gray",
        ];
        let after = [&after[..], &["-f", "rawvideo", "-"]].concat();
        let pixels = run_around("ffmpeg", &before, &self.path, &after).await;
        let pictures = pixels.chunks_exact(usize::from(COLUMNS));
        pictures
            .map(|columns| {
                let bits = columns.iter().rev();
                of_gray(bits.fold(0, |code, &light| code << 1 | u64::from(light > 127)))
            })
            .collect()
    }

    /// A part of each of its pictures (`WIDTH:HEIGHT:X:Y`), made as small as this: red, green and blue of each point.
    pub(crate) async fn points(
        &self,
        part: &str,
        columns: usize,
        rows: usize,
    ) -> Vec<Vec<[u8; 3]>> {
        let filter = format!("crop={part},scale={columns}:{rows}:flags=area");
        let before = ["-v", "error", "-nostdin", "-i"];
        let after = ["-an", "-fps_mode", "passthrough", "-vf", &filter];
        let after = [&after[..], &["-pix_fmt", "rgb24", "-f", "rawvideo", "-"]].concat();
        let bytes = run_around("ffmpeg", &before, &self.path, &after).await;
        let points: Vec<[u8; 3]> = bytes
            .chunks_exact(3)
            .map(|point| point.try_into().expect("three bytes"))
            .collect();
        let pictures = points.chunks_exact(columns * rows);
        pictures.map(<[_]>::to_vec).collect()
    }

    /// Its sound, from -1 to 1, of one channel.
    pub(crate) async fn samples(&self) -> Vec<f32> {
        let rate = RATE.to_string();
        let after = ["-vn", "-ac", "1", "-ar", &rate, "-f", "f32le", "-"];
        let bytes = run_around(
            "ffmpeg",
            &["-v", "error", "-nostdin", "-i"],
            &self.path,
            &after,
        );
        let bytes = bytes.await;
        let samples = bytes.chunks_exact(4);
        samples
            .map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four bytes")))
            .collect()
    }

    /// When its sound becomes loud after a silence.
    pub(crate) async fn beeps_ms(&self) -> Vec<i64> {
        let samples = self.samples().await;
        let mut beeps = Vec::new();
        let mut silent_since = None;
        for (millisecond, piece) in (0_i64..).zip(samples.chunks(samples_of(1))) {
            if piece.iter().any(|sample| sample.abs() > LOUD) {
                // Not one that was under way when it began, nor the middle of one.
                if silent_since.is_some_and(|since| millisecond - since > SILENCE_MS) {
                    beeps.push(millisecond);
                }
                silent_since = None;
            } else {
                silent_since = silent_since.or(Some(millisecond));
            }
        }
        beeps
    }
}

/// How strong a tone of this frequency is in a sound: the amplitude of its sine.
/// Source: Goertzel, "An Algorithm for the Evaluation of Finite Trigonometric Series", 1958.
pub(crate) fn tone(samples: &[f32], hertz: f64) -> f64 {
    let step = std::f64::consts::TAU * hertz / f64::from(RATE);
    let factor = 2.0 * step.cos();
    let (mut last, mut before) = (0.0, 0.0);
    for &sample in samples {
        (last, before) = (f64::from(sample) + factor * last - before, last);
    }
    let power = last * last + before * before - factor * last * before;
    #[allow(clippy::cast_precision_loss, reason = "a sound of some seconds")]
    let count = samples.len().max(1) as f64;
    2.0 * power.max(0.0).sqrt() / count
}

/// Samples of so many milliseconds.
pub(crate) fn samples_of(milliseconds: usize) -> usize {
    milliseconds * RATE as usize / 1000
}

async fn run(program: &str, before: &[&str], after: &[&str], path: &Path) -> Vec<u8> {
    let before = [before, after].concat();
    run_around(program, &before, path, &[]).await
}

async fn run_around(program: &str, before: &[&str], path: &Path, after: &[&str]) -> Vec<u8> {
    let mut command = bare(program);
    command.args(before).arg(path).args(after);
    let output = in_time(program, command.output()).await.expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
    output.stdout
}
