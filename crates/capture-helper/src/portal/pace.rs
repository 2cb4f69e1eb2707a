//! The stream as a source of pictures at the recording's pace.

use std::sync::mpsc::Sender;

use gstreamer as gst;

use super::stream::Stream;
use crate::frames::{self, Frames};
use crate::inbox::Input;
use crate::trouble::Trouble;

/// Takes pictures of what was allowed for as long as it lives.
pub(crate) struct Pace {
    stream: Option<Stream>,
    size: (u32, u32),
    frames_per_second: u32,
    told: Sender<Input>,
    frames: Option<Frames>,
}

impl Pace {
    /// Of this stream, for a recording of this size.
    pub(super) fn of(
        stream: Stream,
        size: (u32, u32),
        frames_per_second: u32,
        told: Sender<Input>,
    ) -> Self {
        Self {
            stream: Some(stream),
            size,
            frames_per_second,
            told,
            frames: None,
        }
    }

    /// How large the whole recording is.
    pub(crate) fn size(&self) -> (u32, u32) {
        self.size
    }

    /// The element that the pictures come out of.
    pub(crate) fn source() -> Result<gst::Element, Trouble> {
        frames::source("portal")
    }

    /// Begins to take pictures for this source.
    pub(crate) fn start(&mut self, source: gst::Element) {
        let Some(stream) = self.stream.take() else {
            return;
        };
        let told = self.told.clone();
        let tell = move |seen| drop(told.send(Input::DesktopSeen(seen)));
        self.frames = Some(Frames::start(
            stream,
            source,
            self.frames_per_second,
            None,
            tell,
        ));
    }
}
