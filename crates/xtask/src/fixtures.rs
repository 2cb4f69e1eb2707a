//! Recordings to test with, made by ffmpeg and not committed. One version of ffmpeg makes the same bytes each time.
//!
//! Beside each lies the recipe that it was made by; a file whose recipe has changed is made again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::{processes, workspace};

/// A file and how it comes to be.
struct Fixture {
    name: &'static str,
    origin: Origin,
}

enum Origin {
    /// Encoded by ffmpeg, from these words; see [`words`].
    Encoded(&'static [&'static str]),
    /// The first so many percent of another fixture.
    BeginningOf(&'static str, u64),
    /// No bytes at all.
    Nothing,
    /// So many bytes that are no file of any kind, the same each time.
    Noise(usize),
}

/// A moving picture with its time in it, and a steady tone.
const PICTURE: &str = "-f lavfi -i testsrc=size=1280x720:rate=30:duration=10";
const TONE: &str = "-f lavfi -i sine=frequency=440:sample_rate=48000:duration=10";
/// One thread and no libraries' names or dates: the same bytes each time.
const VP9: &str =
    "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 120k -g 60 -threads 1 -pix_fmt yuv420p";
const OPUS: &str = "-c:a libopus -b:a 24k -ac 1";
const REPRODUCIBLE: &str =
    "-fflags +bitexact -flags:v +bitexact -flags:a +bitexact -map_metadata -1";

/// The recording that everything else is shown with: ten seconds, VP9 and Opus, some 230 kB.
const SAMPLE: &[&str] = &[PICTURE, TONE, VP9, OPUS, REPRODUCIBLE];

/// As it is written for a stream: no duration, no index, and a Segment of unknown size.
const LIVE: Fixture = Fixture {
    name: "live.webm",
    origin: Origin::Encoded(&[PICTURE, TONE, VP9, OPUS, REPRODUCIBLE, "-live 1"]),
};

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "short.webm",
        origin: Origin::Encoded(SAMPLE),
    },
    LIVE,
    Fixture {
        name: "vp8-vorbis.webm",
        origin: Origin::Encoded(&[
            PICTURE,
            TONE,
            "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 200k -threads 1",
            "-c:a libvorbis -ac 1",
            REPRODUCIBLE,
        ]),
    },
    Fixture {
        name: "audio.webm",
        origin: Origin::Encoded(&[TONE, OPUS, REPRODUCIBLE]),
    },
    Fixture {
        name: "h264-in-matroska.webm",
        origin: Origin::Encoded(&[
            PICTURE,
            "-c:v libx264 -preset ultrafast -threads 1",
            REPRODUCIBLE,
            "-f matroska",
        ]),
    },
    Fixture {
        name: "renamed-mp4.webm",
        origin: Origin::Encoded(&[
            PICTURE,
            "-c:v libx264 -preset ultrafast -threads 1",
            REPRODUCIBLE,
            "-f mp4",
        ]),
    },
    Fixture {
        name: "truncated.webm",
        origin: Origin::BeginningOf("short.webm", 60),
    },
    Fixture {
        name: "empty.webm",
        origin: Origin::Nothing,
    },
    Fixture {
        name: "noise.webm",
        origin: Origin::Noise(64 * 1024),
    },
];

/// Where the tests find them; `REVUI_FIXTURES` tells them.
pub(crate) fn folder() -> PathBuf {
    workspace::target().join("fixtures")
}

/// Makes those that aren't there, and returns where all of them are.
pub(crate) fn make_all() -> Result<Vec<PathBuf>, Failure> {
    let folder = folder();
    fs::create_dir_all(&folder).map_err(Failure::file("make", &folder))?;
    FIXTURES
        .iter()
        .map(|fixture| make(fixture, &folder))
        .collect()
}

/// The recording without a duration and without ends, to be made longer.
pub(crate) fn make_live() -> Result<PathBuf, Failure> {
    let folder = folder();
    fs::create_dir_all(&folder).map_err(Failure::file("make", &folder))?;
    make(&LIVE, &folder)
}

/// Makes the sample at this place, unless it is there.
pub(crate) fn make_sample(path: &Path) -> Result<(), Failure> {
    if path.is_file() {
        return Ok(());
    }
    encode(SAMPLE, path)
}

fn make(fixture: &Fixture, folder: &Path) -> Result<PathBuf, Failure> {
    let path = folder.join(fixture.name);
    let note = folder.join(format!("{}.recipe", fixture.name));
    let recipe = fixture.origin.recipe();
    if path.is_file() && fs::read_to_string(&note).is_ok_and(|made_by| made_by == recipe) {
        return Ok(path);
    }
    match fixture.origin {
        Origin::Encoded(lines) => encode(lines, &path)?,
        Origin::BeginningOf(other, percent) => {
            let mut bytes = read(&folder.join(other))?;
            let kept = bytes.len() as u64 * percent / 100;
            bytes.truncate(usize::try_from(kept).unwrap_or(usize::MAX));
            write(&path, &bytes)?;
        }
        Origin::Nothing => write(&path, &[])?,
        Origin::Noise(size_bytes) => write(&path, &noise(size_bytes))?,
    }
    write(&note, recipe.as_bytes())?;
    Ok(path)
}

impl Origin {
    fn recipe(&self) -> String {
        match self {
            Self::Encoded(lines) => lines.join(" "),
            Self::BeginningOf(other, percent) => format!("{percent} % of {other}"),
            Self::Nothing => "nothing".to_owned(),
            Self::Noise(size_bytes) => format!("{size_bytes} bytes of noise"),
        }
    }
}

fn encode(lines: &[&str], path: &Path) -> Result<(), Failure> {
    // Under another name until it is whole, so that an interrupted run leaves nothing that looks finished.
    let unfinished = path.with_extension("unfinished.webm");
    processes::run(
        Command::new("ffmpeg")
            .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"])
            .args(words(lines))
            .arg(&unfinished),
    )?;
    fs::rename(&unfinished, path).map_err(Failure::file("write", path))
}

/// No word of a recipe holds a space, so that recipes can be written as lines.
fn words<'a>(lines: &[&'a str]) -> impl Iterator<Item = &'a str> {
    lines.iter().flat_map(|line| line.split_whitespace())
}

/// Bytes without pattern, by xorshift from a fixed start.
/// Source: Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8 (14), 2003.
pub(crate) fn noise(size_bytes: usize) -> Vec<u8> {
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten()
    .take(size_bytes)
    .collect()
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(Failure::file("read", path))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(Failure::file("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_the_same_each_time_and_no_webm() {
        let bytes = noise(1001);
        assert_eq!(bytes.len(), 1001);
        assert_eq!(bytes, noise(1001));
        assert!(!bytes.starts_with(&[0x1A, 0x45, 0xDF, 0xA3]));
    }

    #[test]
    fn names_are_not_used_twice() {
        let mut names: Vec<_> = FIXTURES.iter().map(|fixture| fixture.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FIXTURES.len());
    }
}
