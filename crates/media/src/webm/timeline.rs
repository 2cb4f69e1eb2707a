//! Where the last frames end.
//!
//! A block says when it begins; how long its last frame lasts is said by its `BlockDuration`, by the track's
//! `DefaultDuration`, by Opus itself, or not at all. Then it is taken to last as long as those before it.

use std::collections::VecDeque;

use super::block::Block;
use super::opus;
use super::track::Track;
use crate::AudioCodec;
use crate::codec::Content;

/// Blocks of a track whose distances are compared; the median ignores a pause and VP8's invisible frames.
const COMPARED_BLOCKS: usize = 9;

/// The latest frames of every track with sound or pictures.
#[derive(Debug)]
pub(crate) struct Timeline {
    tick_nanoseconds: u64,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    track: u64,
    frame_nanoseconds: Option<u64>,
    is_opus: bool,
    /// The latest end of a block whose length is known, in ticks.
    ends_at: Option<f64>,
    /// The latest beginning of a block whose length isn't, in ticks.
    open_since: Option<i64>,
    recent: VecDeque<i64>,
}

impl Timeline {
    pub(crate) fn new(tracks: &[Track], tick_nanoseconds: u64) -> Self {
        let line = |track: &Track| {
            let content = Content::of(&track.codec_id)?;
            (content != Content::Text).then(|| Line {
                track: track.number,
                frame_nanoseconds: track.frame_nanoseconds,
                is_opus: content == Content::Audio(AudioCodec::Opus),
                ends_at: None,
                open_since: None,
                recent: VecDeque::with_capacity(COMPARED_BLOCKS),
            })
        };
        Self {
            tick_nanoseconds,
            lines: tracks.iter().filter_map(line).collect(),
        }
    }

    /// Takes note of a block that begins at `tick`. Blocks of other tracks are ignored.
    pub(super) fn add(&mut self, block: &Block<'_>, tick: i64, duration_ticks: Option<u64>) {
        let tick_nanoseconds = as_float(self.tick_nanoseconds);
        if let Some(line) = self.lines.iter_mut().find(|line| line.track == block.track) {
            let stated = duration_ticks.map(as_float);
            let length = stated.or_else(|| Some(line.nanoseconds(block)? / tick_nanoseconds));
            line.add(tick, length);
        }
    }

    /// The latest end of a frame, in ticks; `None` before the first.
    pub(crate) fn end_ticks(&self) -> Option<f64> {
        self.lines
            .iter()
            .filter_map(Line::end)
            .max_by(f64::total_cmp)
    }

    /// Whether earlier clusters would tell nothing better: there are frames, and the length of each last one is known.
    pub(super) fn is_settled(&self) -> bool {
        self.end_ticks().is_some() && self.lines.iter().all(Line::is_settled)
    }
}

impl Line {
    fn nanoseconds(&self, block: &Block<'_>) -> Option<f64> {
        let stated = self
            .frame_nanoseconds
            .map(|frame| as_float(frame) * f64::from(block.frames));
        let packet = block.only_frame.filter(|_| self.is_opus);
        stated.or_else(|| packet.and_then(opus::packet_nanoseconds).map(as_float))
    }

    fn add(&mut self, tick: i64, length_ticks: Option<f64>) {
        match length_ticks {
            Some(length) => {
                let end = as_signed_float(tick) + length;
                self.ends_at = Some(self.ends_at.map_or(end, |known| known.max(end)));
            }
            None => self.open_since = self.open_since.max(Some(tick)),
        }
        if self.recent.len() == COMPARED_BLOCKS {
            self.recent.pop_front();
        }
        self.recent.push_back(tick);
    }

    fn end(&self) -> Option<f64> {
        let guessed = self
            .open_since
            .map(|tick| as_signed_float(tick) + self.usual_distance().map_or(0.0, as_float));
        match (self.ends_at, guessed) {
            (Some(known), Some(guessed)) => Some(known.max(guessed)),
            (known, guessed) => known.or(guessed),
        }
    }

    /// The median of the distances between the last blocks.
    fn usual_distance(&self) -> Option<u64> {
        let pairs = self.recent.iter().zip(self.recent.iter().skip(1));
        let mut distances: Vec<u64> = pairs
            .map(|(a, b)| a.abs_diff(*b))
            .filter(|&d| d > 0)
            .collect();
        distances.sort_unstable();
        distances.get(distances.len() / 2).copied()
    }

    fn is_settled(&self) -> bool {
        self.open_since.is_none() || self.usual_distance().is_some()
    }
}

#[allow(clippy::cast_precision_loss)] // 53 bits of ticks are 285,000 years of milliseconds
fn as_float(number: u64) -> f64 {
    number as f64
}

#[allow(clippy::cast_precision_loss)] // as above
fn as_signed_float(ticks: i64) -> f64 {
    ticks as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(number: u64, codec_id: &str, frame_nanoseconds: Option<u64>) -> Track {
        Track {
            offset: 0,
            number,
            codec_id: codec_id.to_owned(),
            frame_nanoseconds,
        }
    }

    fn block(track: u64, frames: u32, only_frame: Option<&[u8]>) -> Block<'_> {
        Block {
            track,
            relative_ticks: 0,
            flags: 0,
            head_bytes: 4,
            frames,
            only_frame,
        }
    }

    fn end(tracks: &[Track], blocks: &[(Block<'_>, i64, Option<u64>)]) -> (Option<f64>, bool) {
        let mut timeline = Timeline::new(tracks, 1_000_000);
        for (block, tick, duration) in blocks {
            timeline.add(block, *tick, *duration);
        }
        (timeline.end_ticks(), timeline.is_settled())
    }

    #[test]
    fn the_last_frame_lasts_as_long_as_its_block_says_then_its_track_then_its_codec() {
        let opus = track(2, "A_OPUS", None);
        let twenty_milliseconds: &[u8] = &[31 << 3];
        let spoken = |duration| vec![(block(2, 1, Some(twenty_milliseconds)), 1_000, duration)];
        assert_eq!(
            end(std::slice::from_ref(&opus), &spoken(None)),
            (Some(1_020.0), true)
        );
        assert_eq!(end(&[opus], &spoken(Some(7))), (Some(1_007.0), true));
        let stated = track(2, "A_OPUS", Some(40_000_000));
        assert_eq!(end(&[stated], &spoken(None)), (Some(1_040.0), true));
    }

    #[test]
    fn laced_frames_count_each() {
        let vorbis = track(2, "A_VORBIS", Some(10_000_000));
        assert_eq!(
            end(&[vorbis], &[(block(2, 8, None), 1_000, None)]),
            (Some(1_080.0), true)
        );
    }

    #[test]
    fn without_a_length_the_last_frame_is_as_long_as_the_usual_distance() {
        let video = [track(1, "V_VP9", None)];
        let at = |ticks: &[i64]| -> Vec<_> {
            ticks
                .iter()
                .map(|&tick| (block(1, 1, None), tick, None))
                .collect()
        };
        assert_eq!(
            end(&video, &at(&[0, 33, 67, 100, 4_000, 4_033])),
            (Some(4_066.0), true)
        );
        assert_eq!(end(&video, &at(&[500])), (Some(500.0), false));
        assert_eq!(
            end(&video, &at(&[100, 67, 33])),
            (Some(134.0), true),
            "the latest, not the last"
        );
        assert!(
            end(&video, &at(&[i64::MIN, i64::MAX])).1,
            "without overflow"
        );
    }

    #[test]
    fn the_longest_track_counts_and_captions_do_not() {
        let tracks = [
            track(1, "V_VP8", Some(40_000_000)),
            track(2, "A_OPUS", None),
            track(3, "D_WEBVTT/CAPTIONS", None),
        ];
        let blocks = [
            (block(1, 1, None), 960, None),
            (block(2, 1, Some(&[31 << 3])), 1_100, None),
            (block(3, 1, None), 9_000, Some(500)),
            (block(4, 1, None), 9_000, Some(500)),
        ];
        assert_eq!(end(&tracks, &blocks), (Some(1_120.0), true));
        assert_eq!(end(&tracks, &[]), (None, false));
    }
}
