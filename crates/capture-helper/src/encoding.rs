//! From raw pictures and sound to the file: VP9 and Opus in WebM.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

use gst::prelude::*;
use gstreamer as gst;

use crate::inbox::Input;
use crate::timeline::{Passage, Timeline, Track};
use crate::trouble::Trouble;

/// Bits a second for a picture of 1920 by 1080; others have as many for each point.
const FULL_HD_BITS: u64 = 4_000_000;
const FULL_HD_POINTS: u64 = 1920 * 1080;
/// A small picture needs more for each point, and a very large one is not worth more.
const LEAST_BITS: u64 = 800_000;
const MOST_BITS: u64 = 12_000_000;
/// Opus is transparent to most ears at this rate.
const SOUND_BITS: i32 = 96_000;
/// A keyframe begins a cluster. Of a file that was never finished only the last one may be lost.
const KEYFRAME_SECONDS: u32 = 2;
/// What waits for the other track, at most.
const LONGEST_WAIT: gst::ClockTime = gst::ClockTime::from_seconds(5);

/// Raw sound, as it is mixed and as `opusenc` takes it.
pub(crate) const SOUND_CAPS: &str =
    "audio/x-raw,format=S16LE,rate=48000,channels=2,layout=interleaved";

/// Bits a second for a picture of this size.
pub(crate) fn picture_bits(width: u32, height: u32) -> u64 {
    let points = u64::from(width) * u64::from(height);
    (FULL_HD_BITS * points / FULL_HD_POINTS).clamp(LEAST_BITS, MOST_BITS)
}

/// Bytes a second that a recording is expected to take.
pub(crate) fn bytes_per_second(width: u32, height: u32) -> u64 {
    (picture_bits(width, height) + u64::from(SOUND_BITS.unsigned_abs())) / 8
}

/// VP9, fast enough for recording while other programs run.
/// Source: libvpx, "Recommended settings for VP9 real-time encoding"; the figures are of measurements with 1080p.
pub(crate) fn vp9(
    width: u32,
    height: u32,
    frames_per_second: u32,
) -> Result<gst::Element, Trouble> {
    let threads = thread::available_parallelism().map_or(1, |cores| cores.get().min(4));
    let bits = i32::try_from(picture_bits(width, height)).unwrap_or(i32::MAX);
    let keyframe_every = i32::try_from(frames_per_second * KEYFRAME_SECONDS).unwrap_or(i32::MAX);
    Ok(gst::ElementFactory::make("vp9enc")
        .property("deadline", 1_i64)
        .property("cpu-used", 9_i32)
        .property("threads", i32::try_from(threads).unwrap_or(1))
        .property("row-mt", true)
        .property("tile-columns", 2_i32)
        .property("lag-in-frames", 0_i32)
        .property_from_str("end-usage", "cbr")
        .property("target-bitrate", bits)
        .property("keyframe-max-dist", keyframe_every)
        .build()?)
}

/// Opus.
pub(crate) fn opus() -> Result<gst::Element, Trouble> {
    Ok(gst::ElementFactory::make("opusenc")
        .property("bitrate", SOUND_BITS)
        .build()?)
}

/// Where encoded pictures or sound wait until the file takes them.
pub(crate) fn waiting_room() -> Result<gst::Element, Trouble> {
    Ok(gst::ElementFactory::make("queue")
        .property("max-size-buffers", 0_u32)
        .property("max-size-bytes", 0_u32)
        .property("max-size-time", LONGEST_WAIT.nseconds())
        .build()?)
}

/// The file: each block is written as soon as it is there, so that a killed recorder loses next to nothing. Without a
/// path there is none.
pub(crate) fn file(path: Option<&Path>) -> Result<(gst::Element, gst::Element), Trouble> {
    let muxer = gst::ElementFactory::make("webmmux")
        .property("writing-app", "Revui")
        .property("offset-to-zero", true)
        .build()?;
    let sink = match path {
        Some(path) => gst::ElementFactory::make("filesink")
            .property("location", path.to_str().unwrap_or_default())
            .property_from_str("buffer-mode", "unbuffered")
            .build()?,
        None => gst::ElementFactory::make("fakesink").build()?,
    };
    Ok((muxer, sink))
}

/// Lets pass into this encoder what is in the recording, and tells of the first picture and of the end.
pub(crate) fn guard(
    encoder: &gst::Element,
    track: Track,
    timeline: &Arc<Timeline>,
    told: &Sender<Input>,
) -> Option<gst::Pad> {
    let pad = encoder.static_pad("sink")?;
    let (timeline, told) = (Arc::clone(timeline), told.clone());
    let mut ended = false;
    let guard = std::sync::Mutex::new(move |buffer: &gst::Buffer| {
        let (Some(start), duration) = (buffer.pts(), buffer.duration()) else {
            return gst::PadProbeReturn::Handled;
        };
        let duration = duration.unwrap_or_default().nseconds();
        let passage = match track {
            Track::Picture => timeline.picture(start.nseconds(), duration),
            Track::Sound => timeline.sound(start.nseconds()),
        };
        let tell = |input| drop(told.send(input));
        match passage {
            Passage::First => tell(Input::FirstPicture),
            Passage::After if !std::mem::replace(&mut ended, true) => tell(Input::AtEnd(track)),
            _ => {}
        }
        match passage {
            Passage::First | Passage::Within => gst::PadProbeReturn::Ok,
            Passage::Before | Passage::After => gst::PadProbeReturn::Handled,
        }
    });
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        let Some(buffer) = info.buffer() else {
            return gst::PadProbeReturn::Ok;
        };
        let guard = guard.lock();
        guard.unwrap_or_else(std::sync::PoisonError::into_inner)(buffer)
    });
    Some(pad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn larger_pictures_have_more_bits() {
        for (width, height, bits) in [
            (1920, 1080, 4_000_000),
            (1280, 720, 1_777_777),
            (320, 200, LEAST_BITS),
            (7680, 4320, MOST_BITS),
        ] {
            assert_eq!(picture_bits(width, height), bits, "{width}x{height}");
        }
        assert_eq!(bytes_per_second(1920, 1080), 512_000);
    }
}
