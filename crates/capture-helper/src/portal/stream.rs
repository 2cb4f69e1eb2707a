//! The stream, in a pipeline of its own: whatever becomes of it, the recording's goes on. Pictures come when something
//! changes, as large as what is shown is then.

use std::os::fd::AsRawFd as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use capture::Element;
use gst::prelude::*;
use gstreamer as gst;

use super::pace::Pace;
use super::{Cast, PortalTrouble};
use crate::frames::{Shot, View, size_of};
use crate::inbox::Input;
use crate::outlet::note;
use crate::picture::caps_filter;
use crate::plugins;
use crate::trouble::Trouble;

/// A compositor that is asked for a first picture may be busy.
const FIRST_WITHIN: Duration = Duration::from_secs(10);
/// Until there is one, how often is looked.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// For its end, so long is waited.
const ENDS_WITHIN: Duration = Duration::from_secs(1);

/// Four bytes a point, in any order; of these all compositors have one.
const TAKEN: &str = "video/x-raw,format={BGRx,BGRA,RGBx,RGBA,xRGB,ARGB,xBGR,ABGR}";
const BYTES_A_POINT: usize = 4;

/// Pictures of what was allowed to be seen.
pub(crate) fn follow(
    cast: &Arc<Cast>,
    element: Element,
    frames_per_second: u32,
    told: Sender<Input>,
) -> Result<Pace, Trouble> {
    let stream = Stream::open(cast, element)?;
    let (width, height) = stream.first()?;
    // How large it is at first: the whole recording is.
    let size = (width & !1, height & !1);
    Ok(Pace::of(stream, size, frames_per_second, told))
}

/// A picture, and what it is like.
type Shown = (gst::Buffer, gst::Caps);

pub(super) struct Stream {
    pipeline: gst::Pipeline,
    /// What `PipeWire` is reached by, for as long as the pipeline lives.
    cast: Arc<Cast>,
    newest: Arc<Mutex<Option<Shown>>>,
    /// Whether the pipeline has ended.
    over: Arc<AtomicBool>,
}

impl Stream {
    fn open(cast: &Arc<Cast>, element: Element) -> Result<Self, Trouble> {
        let source = plugins::make(element)?;
        source.set_property("fd", cast.remote.as_raw_fd());
        source.set_property("path", cast.node.to_string());
        let filter = caps_filter(TAKEN)?;
        let sink = gst::ElementFactory::make("fakesink")
            .property("signal-handoffs", true)
            .property("sync", false)
            .property("async", false)
            .property("enable-last-sample", false)
            .build()?;
        let newest = Arc::<Mutex<Option<Shown>>>::default();
        keep_newest(&sink, &newest);
        let pipeline = gst::Pipeline::new();
        pipeline.add_many([&source, &filter, &sink])?;
        gst::Element::link_many([&source, &filter, &sink])?;
        let over = Arc::<AtomicBool>::default();
        listen(&pipeline, Arc::clone(&over));
        // A stream that goes meanwhile has this wait for ever.
        let starting = pipeline.clone();
        thread::spawn(move || starting.set_state(gst::State::Playing));
        Ok(Self {
            pipeline,
            cast: Arc::clone(cast),
            newest,
            over,
        })
    }

    /// Waits for a first picture, and returns how large it is.
    fn first(&self) -> Result<(u32, u32), Trouble> {
        let by = Instant::now() + FIRST_WITHIN;
        loop {
            let size = {
                let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
                newest.as_ref().and_then(|(_, caps)| size_of(caps))
            };
            match size {
                Some(size) => return Ok(size),
                None if self.is_over() => return Err(PortalTrouble::Over.into()),
                None if Instant::now() >= by => return Err(Trouble::NoPicture),
                None => thread::sleep(LOOK_EVERY),
            }
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed) || self.cast.over.load(Ordering::Relaxed)
    }
}

impl View for Stream {
    fn look(&mut self) -> Result<Option<Shot>, Trouble> {
        let newest = {
            let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
            newest.take()
        };
        match newest {
            Some((buffer, caps)) => Ok(shot(&buffer, &caps)),
            None if self.is_over() => Err(PortalTrouble::Over.into()),
            None => Ok(None),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let (pipeline, cast) = (self.pipeline.clone(), Arc::clone(&self.cast));
        let (done, ended) = mpsc::channel();
        thread::spawn(move || {
            let _ = pipeline.set_state(gst::State::Null);
            drop(cast);
            let _ = done.send(());
        });
        // One that still waits for a stream that is gone does not end.
        let _ = ended.recv_timeout(ENDS_WITHIN);
    }
}

fn keep_newest(sink: &gst::Element, newest: &Arc<Mutex<Option<Shown>>>) {
    let newest = Arc::clone(newest);
    sink.connect("handoff", false, move |values| {
        let buffer = values.get(1)?.get::<gst::Buffer>().ok()?;
        let caps = values.get(2)?.get::<gst::Pad>().ok()?.current_caps()?;
        // The one before goes back to the compositor.
        *newest.lock().unwrap_or_else(PoisonError::into_inner) = Some((buffer, caps));
        None
    });
}

fn listen(pipeline: &gst::Pipeline, over: Arc<AtomicBool>) {
    let Some(bus) = pipeline.bus() else { return };
    bus.set_sync_handler(move |_, message| {
        match message.view() {
            gst::MessageView::Error(error) => {
                note(&format!(
                    "the stream: {} ({:?})",
                    error.error(),
                    error.debug()
                ));
                over.store(true, Ordering::Relaxed);
            }
            gst::MessageView::Eos(_) => over.store(true, Ordering::Relaxed),
            _ => {}
        }
        gst::BusSyncReply::Drop
    });
}

/// What a picture shows. What cannot be read, or holds less than it says, is passed over.
fn shot(buffer: &gst::BufferRef, caps: &gst::Caps) -> Option<Shot> {
    let (width, height) = size_of(caps)?;
    let format = opaque(caps.structure(0)?.get::<&str>("format").ok()?)?;
    let bytes = buffer.map_readable().ok()?;
    Some(Shot {
        points: even(bytes.as_slice(), (width, height))?,
        format,
        width: width & !1,
        height: height & !1,
    })
}

/// The same order of bytes without the opacity: behind a window there is nothing.
fn opaque(format: &str) -> Option<&'static str> {
    match format {
        "BGRx" | "BGRA" => Some("BGRx"),
        "RGBx" | "RGBA" => Some("RGBx"),
        "xRGB" | "ARGB" => Some("xRGB"),
        "xBGR" | "ABGR" => Some("xBGR"),
        _ => None,
    }
}

/// The points of a picture whose rows may be longer than it is wide, without an odd last column or row.
fn even(bytes: &[u8], (width, height): (u32, u32)) -> Option<Vec<u8>> {
    let (width, height) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
    let (columns, rows) = (width & !1, height & !1);
    if columns == 0 || rows == 0 {
        return None;
    }
    let stride = bytes.len() / height;
    if stride < width * BYTES_A_POINT {
        return None;
    }
    let row = columns * BYTES_A_POINT;
    if stride == row {
        return bytes.get(..row * rows).map(<[u8]>::to_vec);
    }
    let mut points = Vec::with_capacity(row * rows);
    for line in bytes.chunks(stride).take(rows) {
        points.extend_from_slice(line.get(..row)?);
    }
    Some(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each byte is the number of its point, counted from the upper left.
    fn picture(width: u8, height: u8, padding: usize) -> Vec<u8> {
        let row = |y: u8| {
            let points = (0..width).flat_map(move |x| [y * width + x; BYTES_A_POINT]);
            points.chain(std::iter::repeat_n(255, padding))
        };
        (0..height).flat_map(row).collect()
    }

    #[test]
    fn rows_may_be_longer_than_the_picture_is_wide() {
        let plain = picture(4, 2, 0);
        assert_eq!(even(&plain, (4, 2)).unwrap(), plain);
        assert_eq!(even(&picture(4, 2, 16), (4, 2)).unwrap(), plain);
    }

    #[test]
    fn an_odd_column_and_an_odd_row_are_left_out() {
        let points = even(&picture(3, 3, 0), (3, 3)).unwrap();
        let expected: Vec<_> = [0, 1, 3, 4]
            .into_iter()
            .flat_map(|point| [point; BYTES_A_POINT])
            .collect();
        assert_eq!(points, expected);
    }

    #[test]
    fn what_is_too_small_is_passed_over() {
        assert_eq!(even(&picture(4, 1, 0), (4, 2)), None);
        assert_eq!(even(&[], (4, 2)), None);
        assert_eq!(even(&picture(1, 1, 0), (1, 1)), None);
        assert_eq!(even(&[], (0, 0)), None);
    }

    #[test]
    fn a_window_s_corners_are_not_seen_through() {
        assert_eq!(opaque("BGRA"), Some("BGRx"));
        assert_eq!(opaque("xBGR"), Some("xBGR"));
        assert_eq!(opaque("NV12"), None);
    }
}
