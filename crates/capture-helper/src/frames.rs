//! Pictures of the display that we take ourselves: so many a second, and the last one once more where there is no newer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use gst::prelude::*;
use gstreamer as gst;

use crate::trouble::Trouble;

/// While the recording rests, how often is looked whether it goes on.
const RESTING: Duration = Duration::from_millis(10);

/// A picture: row by row, four bytes a point.
pub(crate) struct Shot {
    pub(crate) points: Vec<u8>,
    /// How GStreamer calls the order of the four.
    pub(crate) format: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Shot {
    /// As a buffer, and what it is like.
    pub(crate) fn into_buffer(self, frames_per_second: u64) -> (gst::Buffer, String) {
        let caps = caps(self.format, self.width, self.height, frames_per_second);
        (gst::Buffer::from_mut_slice(self.points), caps)
    }
}

/// Blue, green, red, and nothing: what an X11 display gives.
pub(crate) const OF_X11: &str = "BGRx";

/// Points across and down of pictures like this.
pub(crate) fn size_of(caps: &gst::CapsRef) -> Option<(u32, u32)> {
    let shape = caps.structure(0)?;
    let side = |name: &str| u32::try_from(shape.get::<i32>(name).ok()?).ok();
    Some((side("width")?, side("height")?))
}

/// What the pictures of this size are like.
pub(crate) fn caps(format: &str, width: u32, height: u32, frames_per_second: u64) -> String {
    format!(
        "video/x-raw,format={format},width={width},height={height},framerate={frames_per_second}/1,pixel-aspect-ratio=1/1"
    )
}

/// What looks at something on the display.
pub(crate) trait View: Send + 'static {
    /// It as it is now; `None` where it is what it was. An error means that it is not to be seen now, and may be later.
    fn look(&mut self) -> Result<Option<Shot>, Trouble>;
}

/// The element that the pictures come out of.
pub(crate) fn source(name: &str) -> Result<gst::Element, Trouble> {
    Ok(gst::ElementFactory::make("appsrc")
        .name(name)
        .property("is-live", true)
        .property_from_str("format", "time")
        .property_from_str("leaky-type", "downstream")
        .property("max-buffers", 2_u64)
        .property("max-bytes", 0_u64)
        .build()?)
}

/// Takes pictures for as long as it lives.
pub(crate) struct Frames {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Frames {
    /// Begins to, for this source, and tells whether what is looked at is to be seen whenever that changes. Until there is a
    /// picture, `shown` is the last one.
    pub(crate) fn start(
        view: impl View,
        source: gst::Element,
        frames_per_second: u32,
        shown: Option<(gst::Buffer, String)>,
        tell: impl Fn(bool) + Send + 'static,
    ) -> Self {
        let over = Arc::<AtomicBool>::default();
        let mut taking = Taking {
            view,
            source,
            rate: u64::from(frames_per_second),
            tell,
            over: Arc::clone(&over),
            seen: true,
            caps: String::new(),
            last: None,
        };
        if let Some((picture, caps)) = shown {
            taking.keep(picture, caps);
        }
        Self {
            over,
            thread: Some(thread::spawn(move || taking.run())),
        }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // One that panicked has said so on standard error.
            let _ = thread.join();
        }
    }
}

/// The thread that takes them.
struct Taking<V, T> {
    view: V,
    source: gst::Element,
    rate: u64,
    tell: T,
    over: Arc<AtomicBool>,
    seen: bool,
    /// Of the last picture, as the source was told.
    caps: String,
    last: Option<gst::Buffer>,
}

impl<V: View, T: Fn(bool)> Taking<V, T> {
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
        let seen = self.view.look();
        if seen.is_ok() != self.seen {
            self.seen = seen.is_ok();
            (self.tell)(self.seen);
        }
        if let Ok(Some(shot)) = seen {
            let (picture, caps) = shot.into_buffer(self.rate);
            self.keep(picture, caps);
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

    fn keep(&mut self, picture: gst::Buffer, caps: String) {
        if self.caps != caps {
            self.source.set_property_from_str("caps", &caps);
            self.caps = caps;
        }
        self.last = Some(picture);
    }
}
