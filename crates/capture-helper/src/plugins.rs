//! GStreamer's elements that recording needs.

use capture::Sources;
use gstreamer as gst;

use crate::camera::CameraTrouble;
use crate::trouble::Trouble;

/// What every recording is made with, whatever its sources.
const ELEMENTS: &[&str] = &[
    "appsrc",
    "audioconvert",
    "audiomixer",
    "audioresample",
    "audiotestsrc",
    "filesink",
    "level",
    "opusenc",
    "queue",
    "videoconvert",
    "videorate",
    "videoscale",
    "vp9enc",
    "webmmux",
];

/// What a camera's pictures are taken with, beside it.
const FOR_CAMERAS: &[&str] = &["v4l2src", "jpegdec"];

/// Starts GStreamer, and looks whether everything is there.
pub(crate) fn ensure(sources: &Sources) -> Result<(), Trouble> {
    gst::init().map_err(Trouble::NotInitialised)?;
    let own = [sources.screen, sources.microphone];
    let missing = missing(ELEMENTS.iter().copied().chain(own));
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Trouble::PluginsMissing(missing))
    }
}

/// Looks whether what a camera needs is there, too.
pub(crate) fn ensure_for_cameras() -> Result<(), Trouble> {
    let missing = missing(FOR_CAMERAS.iter().copied());
    if missing.is_empty() {
        Ok(())
    } else {
        Err(CameraTrouble::PluginsMissing(missing).into())
    }
}

fn missing(elements: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    elements
        .filter(|name| gst::ElementFactory::find(name).is_none())
        .collect()
}
