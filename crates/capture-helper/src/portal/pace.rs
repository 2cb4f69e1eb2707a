//! Pictures at an even pace, whatever they are of: so many a second, the last one once more where there is no newer one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use gst::prelude::*;
use gstreamer as gst;

use crate::inbox::Input;
use crate::trouble::Trouble;

/// While the recording rests, how often is looked whether it goes on.
const RESTING: Duration = Duration::from_millis(10);

/// What sees.
pub(super) trait Eye: Send {
    /// What is to be seen now; `None` where it is what it was.
    fn look(&mut self) -> Result<Option<Sight>, Trouble>;
}

/// What was seen.
pub(super) struct Sight {
    /// Four bytes each, row by row, with nothing between rows.
    pub(super) points: Vec<u8>,
    /// How GStreamer calls the order of the four.
    pub(super) format: &'static str,
    /// Across and down.
    pub(super) size: (u32, u32),
}

/// Has an eye look for as long as it lives.
pub(crate) struct Pace {
    eye: Option<Box<dyn Eye>>,
    size: (u32, u32),
    frames_per_second: u32,
    told: Sender<Input>,
    over: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Pace {
    /// Of this eye, for a recording of this size.
    pub(super) fn of(
        eye: Box<dyn Eye>,
        size: (u32, u32),
        frames_per_second: u32,
        told: Sender<Input>,
    ) -> Self {
        Self {
            eye: Some(eye),
            size,
            frames_per_second,
            told,
            over: Arc::default(),
            thread: Mutex::default(),
        }
    }

    /// How large the whole recording is.
    pub(crate) fn size(&self) -> (u32, u32) {
        self.size
    }

    /// The element that the pictures come out of.
    pub(crate) fn source() -> Result<gst::Element, Trouble> {
        Ok(gst::ElementFactory::make("appsrc")
            .name("desktop")
            .property("is-live", true)
            .property_from_str("format", "time")
            .property_from_str("leaky-type", "downstream")
            .property("max-buffers", 2_u64)
            .property("max-bytes", 0_u64)
            .build()?)
    }

    /// Begins to take pictures for this source.
    pub(crate) fn start(&mut self, source: gst::Element) {
        let Some(eye) = self.eye.take() else {
            return;
        };
        let mut taking = Taking {
            eye,
            source,
            rate: u64::from(self.frames_per_second),
            told: self.told.clone(),
            over: Arc::clone(&self.over),
            seen: true,
            shape: None,
            last: None,
        };
        let thread = thread::spawn(move || taking.run());
        if let Ok(mut kept) = self.thread.lock() {
            *kept = Some(thread);
        }
    }
}

impl Drop for Pace {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let thread = self.thread.get_mut().ok().and_then(Option::take);
        if let Some(thread) = thread {
            // One that panicked has said so on standard error.
            let _ = thread.join();
        }
    }
}

/// The thread that takes them.
struct Taking {
    eye: Box<dyn Eye>,
    source: gst::Element,
    rate: u64,
    told: Sender<Input>,
    over: Arc<AtomicBool>,
    seen: bool,
    /// Of the last picture, as the source was told.
    shape: Option<(&'static str, (u32, u32))>,
    last: Option<gst::Buffer>,
}

impl Taking {
    fn run(&mut self) {
        let mut last_number = None;
        while !self.over.load(Ordering::Relaxed) {
            let Some(now) = self.source.current_running_time() else {
                thread::sleep(RESTING);
                continue;
            };
            let number = now.nseconds() * self.rate / 1_000_000_000;
            if last_number == Some(number) || self.source.current_state() != gst::State::Playing {
                let next = gst::ClockTime::from_nseconds((number + 1) * 1_000_000_000 / self.rate);
                thread::sleep(Duration::from(next.saturating_sub(now)).min(RESTING));
                continue;
            }
            last_number = Some(number);
            self.take_one(number);
        }
    }

    fn take_one(&mut self, number: u64) {
        let seen = self.eye.look();
        if seen.is_ok() != self.seen {
            self.seen = seen.is_ok();
            let _ = self.told.send(Input::DesktopSeen(self.seen));
        }
        if let Ok(Some(sight)) = seen {
            let shape = (sight.format, sight.size);
            if self.shape.replace(shape) != Some(shape) {
                let caps = caps(sight.format, sight.size, self.rate);
                self.source.set_property_from_str("caps", &caps);
            }
            self.last = Some(gst::Buffer::from_mut_slice(sight.points));
        }
        // Shares its bytes with the last one where there is no newer.
        let Some(mut buffer) = self.last.clone() else {
            return;
        };
        let at = |number: u64| gst::ClockTime::from_nseconds(number * 1_000_000_000 / self.rate);
        let own = buffer.make_mut();
        own.set_pts(at(number));
        own.set_duration(at(number + 1) - at(number));
        // A pipeline that is being stopped takes none, and that is all it says.
        let _ = self
            .source
            .emit_by_name::<gst::FlowReturn>("push-buffer", &[&buffer]);
    }
}

/// What the pictures are like.
fn caps(format: &str, (width, height): (u32, u32), rate: u64) -> String {
    format!(
        "video/x-raw,format={format},width={width},height={height},framerate={rate}/1,pixel-aspect-ratio=1/1"
    )
}
