//! A small picture of what would be recorded, before anything is.

use std::sync::{Arc, Mutex, PoisonError};

use capture::{PREVIEW_PIXELS, Preview, Sources};
use gst::prelude::*;
use gstreamer as gst;

use crate::picture::{self, caps_filter};
use crate::plan::Picture;
use crate::portal::PortalTrouble;
use crate::trouble::Trouble;
use crate::window::WindowFrames;

/// A picture that takes longer is no preview.
const WITHIN: gst::ClockTime = gst::ClockTime::from_seconds(5);

/// Takes it.
pub(crate) fn take(picture: &Picture, sources: &Sources) -> Result<Preview, Trouble> {
    let (source, size, single) = match picture {
        Picture::Cast(_) => return Err(PortalTrouble::NotYet.into()),
        Picture::Desktop(area) => {
            let source = picture::screen(sources.screen, *area)?;
            source.set_property("num-buffers", 1_i32);
            (source, (area.width, area.height), None)
        }
        Picture::Window(window) => {
            let single = WindowFrames::single(window)?;
            let size = (window.area.width, window.area.height);
            (WindowFrames::source()?, size, Some(single))
        }
    };
    let (width, height) = fitted(size);
    let caps = format!("video/x-raw,width={width},height={height},pixel-aspect-ratio=1/1");
    let elements = [
        source,
        picture::convert()?,
        picture::scale()?,
        caps_filter(&caps)?,
        gst::ElementFactory::make("pngenc").build()?,
    ];
    let png = run(&elements, single)?;
    let (width, height) = size;
    Ok(Preview { width, height, png })
}

/// As large as a preview may be, in the same proportions.
fn fitted((width, height): (u32, u32)) -> (u32, u32) {
    let longest = width.max(height).max(1);
    let fit = |side: u32| {
        let shrunk = u64::from(side) * u64::from(PREVIEW_PIXELS) / u64::from(longest);
        u32::try_from(shrunk).unwrap_or(side).clamp(1, side.max(1))
    };
    (fit(width), fit(height))
}

/// Lets one picture through these elements, and returns what comes out.
fn run(
    elements: &[gst::Element],
    single: Option<(gst::Buffer, String)>,
) -> Result<Vec<u8>, Trouble> {
    let made: Arc<Mutex<Vec<u8>>> = Arc::default();
    let keeping = Arc::clone(&made);
    let sink = gst::ElementFactory::make("fakesink")
        .property("signal-handoffs", true)
        .property("sync", false)
        .build()?;
    sink.connect("handoff", false, move |values| {
        let buffer = values.get(1)?.get::<gst::Buffer>().ok()?;
        let bytes = buffer.map_readable().ok()?;
        keeping
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes.as_slice());
        None
    });
    let pipeline = gst::Pipeline::new();
    pipeline.add_many(elements)?;
    pipeline.add(&sink)?;
    gst::Element::link_many(elements)?;
    if let Some(encoder) = elements.last() {
        encoder.link(&sink)?;
    }
    let ended = pipeline
        .set_state(gst::State::Playing)
        .map_err(Trouble::from)
        .and_then(|_| {
            if let (Some(source), Some(single)) = (elements.first(), single) {
                hand_over(source, single);
            }
            to_its_end(&pipeline)
        });
    let _ = pipeline.set_state(gst::State::Null);
    ended?;
    let png = std::mem::take(&mut *made.lock().unwrap_or_else(PoisonError::into_inner));
    if png.is_empty() {
        return Err(Trouble::NoPicture);
    }
    Ok(png)
}

/// The source takes a picture once it has been started, and not before.
fn hand_over(source: &gst::Element, (mut buffer, caps): (gst::Buffer, String)) {
    buffer.make_mut().set_pts(gst::ClockTime::ZERO);
    source.set_property_from_str("caps", &caps);
    // Where it takes none, the pipeline says why.
    let _ = source.emit_by_name::<gst::FlowReturn>("push-buffer", &[&buffer]);
    let _ = source.emit_by_name::<gst::FlowReturn>("end-of-stream", &[]);
}

fn to_its_end(pipeline: &gst::Pipeline) -> Result<(), Trouble> {
    let wanted = [gst::MessageType::Eos, gst::MessageType::Error];
    let said = pipeline
        .bus()
        .and_then(|bus| bus.timed_pop_filtered(WITHIN, &wanted))
        .ok_or(Trouble::NoPicture)?;
    match said.view() {
        gst::MessageView::Error(error) => Err(Trouble::Element {
            element: "preview".to_owned(),
            said: error.error().to_string(),
            details: error
                .debug()
                .map(|debug| debug.to_string())
                .unwrap_or_default(),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_keeps_its_proportions_and_is_never_larger() {
        assert_eq!(fitted((1920, 1080)), (480, 270));
        assert_eq!(fitted((1080, 1920)), (270, 480));
        assert_eq!(fitted((320, 200)), (320, 200));
        assert_eq!(fitted((10_000, 1)), (480, 1));
    }
}
