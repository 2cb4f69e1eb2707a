//! GStreamer's elements that recording needs.

use capture::{Element, Sources};
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

/// What most cameras' larger pictures are unpacked with.
const FOR_CAMERAS: &str = "jpegdec";

/// Starts GStreamer, and looks whether everything is there.
pub(crate) fn ensure(sources: &Sources) -> Result<(), Trouble> {
    gst::init().map_err(Trouble::NotInitialised)?;
    let own = [sources.screen.name, sources.microphone.element.name];
    let missing = missing(ELEMENTS.iter().copied().chain(own));
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Trouble::PluginsMissing(missing))
    }
}

/// Looks whether what a camera needs is there, too.
pub(crate) fn ensure_for_cameras(sources: &Sources) -> Result<(), Trouble> {
    let missing = missing([sources.camera.element.name, FOR_CAMERAS].into_iter());
    if missing.is_empty() {
        Ok(())
    } else {
        Err(CameraTrouble::PluginsMissing(missing).into())
    }
}

/// Makes an element of the table.
pub(crate) fn make(element: Element) -> Result<gst::Element, Trouble> {
    let mut made = gst::ElementFactory::make(element.name);
    for (property, value) in element.properties {
        made = made.property_from_str(property, value);
    }
    Ok(made.build()?)
}

fn missing(elements: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    elements
        .filter(|name| gst::ElementFactory::find(name).is_none())
        .collect()
}
