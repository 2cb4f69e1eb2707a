//! How fast this computer encodes, now and with whatever else it does.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use gst::prelude::*;
use gstreamer as gst;

use crate::encoding;
use crate::picture::caps_filter;
use crate::trouble::Trouble;

/// What is encoded: small pictures, so that a recording is not kept waiting.
const WIDTH: u32 = 1280;
const HEIGHT: u32 = 720;
const PICTURES: i32 = 16;
/// A computer that takes longer is slow enough.
const WITHIN: gst::ClockTime = gst::ClockTime::from_mseconds(1500);

/// Points that the encoder manages in a second; `None` where that cannot be measured.
pub(crate) fn points_per_second() -> Option<f64> {
    measure().ok().flatten()
}

fn measure() -> Result<Option<f64>, Trouble> {
    // Bars that move: neither as easy as a still picture nor as hard as snow.
    let source = gst::ElementFactory::make("videotestsrc")
        .property("num-buffers", PICTURES)
        .property("horizontal-speed", 8_i32)
        .build()?;
    let size = format!("video/x-raw,format=I420,width={WIDTH},height={HEIGHT},framerate=30/1");
    let size = caps_filter(&size)?;
    let encoder = encoding::vp9(WIDTH, HEIGHT, 30)?;
    let sink = gst::ElementFactory::make("fakesink")
        .property("sync", false)
        .build()?;
    let pipeline = gst::Pipeline::new();
    pipeline.add_many([&source, &size, &encoder, &sink])?;
    gst::Element::link_many([&source, &size, &encoder, &sink])?;
    let made = Arc::<Mutex<Vec<Instant>>>::default();
    let counted = Arc::clone(&made);
    if let Some(way_out) = encoder.static_pad("src") {
        way_out.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
            let mut counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
            counted.push(Instant::now());
            gst::PadProbeReturn::Ok
        });
    }
    pipeline.set_state(gst::State::Playing)?;
    let wanted = [gst::MessageType::Eos, gst::MessageType::Error];
    if let Some(bus) = pipeline.bus() {
        let _ = bus.timed_pop_filtered(WITHIN, &wanted);
    }
    let _ = pipeline.set_state(gst::State::Null);
    let made = made.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(rate(&made))
}

/// The first one is a keyframe, and waits until the encoder has been made: what counts are those behind it.
fn rate(made: &[Instant]) -> Option<f64> {
    let (first, last) = (made.first()?, made.last()?);
    let further = u32::try_from(made.len() - 1)
        .ok()
        .filter(|&count| count > 0)?;
    let took = last.duration_since(*first).max(Duration::from_micros(1));
    Some(f64::from(WIDTH) * f64::from(HEIGHT) * f64::from(further) / took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_behind_the_first_count() {
        let began = Instant::now();
        let after = |milliseconds| began + Duration::from_millis(milliseconds);
        let made = [after(0), after(50), after(100)];
        let points = f64::from(WIDTH * HEIGHT) * 20.0;
        assert!((rate(&made).unwrap() - points).abs() < 1.0);
        assert_eq!(rate(&made[..1]), None);
        assert_eq!(rate(&[]), None);
    }
}
