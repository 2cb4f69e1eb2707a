//! GStreamer's elements that recording needs.

use capture::Sources;
use gstreamer as gst;

use crate::trouble::Trouble;

/// What every recording is made with, whatever its sources.
const ELEMENTS: &[&str] = &[
    "appsrc",
    "audioconvert",
    "audiomixer",
    "audioresample",
    "audiotestsrc",
    "compositor",
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

/// Starts GStreamer, and looks whether everything is there.
pub(crate) fn ensure(sources: &Sources) -> Result<(), Trouble> {
    gst::init().map_err(Trouble::NotInitialised)?;
    let own = [sources.screen, sources.microphone];
    let missing: Vec<_> = ELEMENTS
        .iter()
        .copied()
        .chain(own)
        .filter(|name| gst::ElementFactory::find(name).is_none())
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Trouble::PluginsMissing(missing))
    }
}
