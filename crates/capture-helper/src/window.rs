//! The pictures of one window, taken by ourselves: GStreamer's source ends the whole program when a window is hidden or
//! closed. Here that is an answer of the display like others, and the last picture is shown on.

use std::fs::File;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use capture::Window;
use gst::prelude::*;
use gstreamer as gst;
use rustix::fs::{MemfdFlags, memfd_create};
use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::composite::{ConnectionExt as _, Redirect};
use x11rb::protocol::shm::{ConnectionExt as _, Seg};
use x11rb::protocol::xfixes::{ConnectionExt as _, GetCursorImageReply};
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};
use x11rb::rust_connection::RustConnection;

use crate::inbox::Input;
use crate::trouble::Trouble;

/// Four bytes a point: blue, green, red, and nothing.
const BYTES_A_POINT: u32 = 4;
/// Of these depths the four bytes are as above.
const DEPTHS: [u8; 2] = [24, 32];
/// While the recording rests, how often is looked whether it goes on.
const RESTING: Duration = Duration::from_millis(10);

/// Takes pictures of a window for as long as it lives.
pub(crate) struct WindowFrames {
    camera: Option<Camera>,
    size: (u32, u32),
    frames_per_second: u32,
    told: Sender<Input>,
    over: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl WindowFrames {
    /// Connects, and takes a first picture.
    pub(crate) fn open(
        window: &Window,
        frames_per_second: u32,
        told: Sender<Input>,
    ) -> Result<Self, Trouble> {
        let mut camera = Camera::open(window)?;
        camera.take()?;
        Ok(Self {
            size: (camera.width & !1, camera.height & !1),
            camera: Some(camera),
            frames_per_second,
            told,
            over: Arc::default(),
            thread: Mutex::default(),
        })
    }

    /// How large the window is at first: the whole recording is.
    pub(crate) fn size(&self) -> (u32, u32) {
        self.size
    }

    /// One picture, as a buffer and what it is like.
    pub(crate) fn single(window: &Window) -> Result<(gst::Buffer, String), Trouble> {
        let mut camera = Camera::open(window)?;
        let picture = camera.take()?;
        let caps = caps((camera.width, camera.height), 1);
        Ok((gst::Buffer::from_mut_slice(picture), caps))
    }

    /// The element that the pictures come out of.
    pub(crate) fn source() -> Result<gst::Element, Trouble> {
        Ok(gst::ElementFactory::make("appsrc")
            .name("window")
            .property("is-live", true)
            .property_from_str("format", "time")
            .property_from_str("leaky-type", "downstream")
            .property("max-buffers", 2_u64)
            .property("max-bytes", 0_u64)
            .build()?)
    }

    /// Begins to take pictures for this source.
    pub(crate) fn start(&mut self, source: gst::Element) {
        let Some(camera) = self.camera.take() else {
            return;
        };
        let mut taking = Taking {
            camera,
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

impl Drop for WindowFrames {
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
    camera: Camera,
    source: gst::Element,
    rate: u64,
    told: Sender<Input>,
    over: Arc<AtomicBool>,
    seen: bool,
    /// Of the last picture, as the source was told.
    shape: Option<(u32, u32)>,
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
        let taken = self.camera.take();
        if taken.is_ok() != self.seen {
            self.seen = taken.is_ok();
            let _ = self.told.send(Input::WindowSeen(self.seen));
        }
        if let Ok(picture) = taken {
            let shape = (self.camera.width, self.camera.height);
            if self.shape.replace(shape) != Some(shape) {
                self.source
                    .set_property_from_str("caps", &caps(shape, self.rate));
            }
            self.last = Some(gst::Buffer::from_mut_slice(picture));
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
fn caps((width, height): (u32, u32), rate: u64) -> String {
    format!(
        "video/x-raw,format=BGRx,width={width},height={height},framerate={rate}/1,pixel-aspect-ratio=1/1"
    )
}

/// What looks at a window, by memory that is shared with the display.
struct Camera {
    connection: RustConnection,
    root: u32,
    window: u32,
    width: u32,
    height: u32,
    memory: Option<Memory>,
}

/// Memory that the display writes to. It is read as a file, so that none of it is ours while the display has it.
struct Memory {
    segment: Seg,
    file: File,
    bytes: u32,
}

impl Camera {
    fn open(window: &Window) -> Result<Self, Trouble> {
        let (connection, number) = x11rb::connect(None).map_err(Trouble::NotConnected)?;
        let root = connection.setup().roots[number].root;
        let window = u32::try_from(window.id).unwrap_or_default();
        connection.shm_query_version()?.reply()?;
        connection.xfixes_query_version(4, 0)?.reply()?;
        connection.composite_query_version(0, 4)?.reply()?;
        // Its own pixels, also where other windows lie on it. A compositing manager has seen to that already.
        let redirected = connection.composite_redirect_window(window, Redirect::AUTOMATIC)?;
        redirected.check()?;
        let geometry = connection.get_geometry(window)?.reply()?;
        if !DEPTHS.contains(&geometry.depth) {
            return Err(Trouble::Depth(geometry.depth));
        }
        Ok(Self {
            root,
            window,
            width: geometry.width.into(),
            height: geometry.height.into(),
            memory: None,
            connection,
        })
    }

    /// The window as it is now, with the pointer in it.
    fn take(&mut self) -> Result<Vec<u8>, Trouble> {
        let geometry = self.connection.get_geometry(self.window)?;
        let place = self
            .connection
            .translate_coordinates(self.window, self.root, 0, 0)?;
        let cursor = self.connection.xfixes_get_cursor_image()?;
        let (geometry, place, cursor) = (geometry.reply()?, place.reply()?, cursor.reply()?);
        (self.width, self.height) = (geometry.width.into(), geometry.height.into());
        let bytes = self.width * self.height * BYTES_A_POINT;
        let memory = match self.memory.take() {
            Some(memory) if memory.bytes >= bytes => memory,
            smaller => {
                if let Some(Memory { segment, .. }) = smaller {
                    self.connection.shm_detach(segment)?;
                }
                self.share(bytes)?
            }
        };
        let memory = self.memory.insert(memory);
        let answer = self.connection.shm_get_image(
            self.window,
            0,
            0,
            geometry.width,
            geometry.height,
            u32::MAX,
            ImageFormat::Z_PIXMAP.into(),
            memory.segment,
            0,
        )?;
        answer.reply()?;
        let mut picture = vec![0; usize::try_from(bytes).unwrap_or_default()];
        let read = memory.file.read_exact_at(&mut picture, 0);
        read.map_err(Trouble::NoMemory)?;
        let origin = (i32::from(place.dst_x), i32::from(place.dst_y));
        draw(&mut picture, self.width, self.height, origin, &cursor);
        Ok(picture)
    }

    fn share(&self, bytes: u32) -> Result<Memory, Trouble> {
        let no_memory = |error: rustix::io::Errno| Trouble::NoMemory(error.into());
        let memory: OwnedFd =
            memfd_create("revui-window", MemfdFlags::CLOEXEC).map_err(no_memory)?;
        rustix::fs::ftruncate(&memory, bytes.into()).map_err(no_memory)?;
        let theirs = memory
            .as_fd()
            .try_clone_to_owned()
            .map_err(Trouble::NoMemory)?;
        let segment = self.connection.generate_id()?;
        let attached = self.connection.shm_attach_fd(segment, theirs, false)?;
        attached
            .check()
            .map_err(|error: ReplyError| Trouble::Display(error))?;
        Ok(Memory {
            segment,
            file: memory.into(),
            bytes,
        })
    }
}

/// Draws the pointer where it is on a picture whose upper left corner is at `origin`.
fn draw(
    picture: &mut [u8],
    width: u32,
    height: u32,
    origin: (i32, i32),
    cursor: &GetCursorImageReply,
) {
    let left = i32::from(cursor.x) - i32::from(cursor.xhot) - origin.0;
    let top = i32::from(cursor.y) - i32::from(cursor.yhot) - origin.1;
    let rows = cursor.cursor_image.chunks(usize::from(cursor.width).max(1));
    for (y, row) in (top..).zip(rows) {
        for (x, &point) in (left..).zip(row) {
            let (Ok(column), Ok(line)) = (u32::try_from(x), u32::try_from(y)) else {
                continue;
            };
            if column >= width || line >= height {
                continue;
            }
            let at = usize::try_from((line * width + column) * BYTES_A_POINT);
            let under = at.ok().and_then(|at| picture.get_mut(at..at + 3));
            if let Some(under) = under {
                blend(under, point);
            }
        }
    }
}

/// A point of a pointer over one of a picture. Its colours are multiplied with its opacity already.
/// Source: the X Fixes extension, version 4, section 8 ("Cursor Image Monitoring").
fn blend(under: &mut [u8], point: u32) {
    let [blue, green, red, opacity] = point.to_le_bytes();
    for (under, over) in under.iter_mut().zip([blue, green, red]) {
        let shows_through = u32::from(*under) * u32::from(u8::MAX - opacity) / u32::from(u8::MAX);
        *under = over.saturating_add(u8::try_from(shows_through).unwrap_or(u8::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(x: i16, y: i16) -> GetCursorImageReply {
        GetCursorImageReply {
            sequence: 0,
            length: 0,
            x,
            y,
            width: 2,
            height: 2,
            xhot: 1,
            yhot: 1,
            cursor_serial: 0,
            // Opaque white, half black, nothing, opaque red.
            cursor_image: vec![0xFFFF_FFFF, 0x8000_0000, 0, 0xFFFF_0000],
        }
    }

    #[test]
    fn the_pointer_is_drawn_where_it_is() {
        let mut picture = vec![100; 3 * 3 * 4];
        draw(&mut picture, 3, 3, (10, 20), &pointer(12, 22));
        let point = |x: usize, y: usize| &picture[(y * 3 + x) * 4..][..3];
        assert_eq!(point(0, 0), [100; 3]);
        assert_eq!(point(1, 1), [255; 3]);
        assert_eq!(point(2, 1), [49; 3]);
        assert_eq!(point(1, 2), [100; 3]);
        assert_eq!(point(2, 2), [0, 0, 255]);
    }

    #[test]
    fn a_pointer_that_is_elsewhere_is_not_drawn() {
        let blank = vec![100; 3 * 3 * 4];
        for (x, y) in [(0, 0), (14, 21), (11, 25), (i16::MIN, i16::MAX)] {
            let mut picture = blank.clone();
            draw(&mut picture, 3, 3, (10, 20), &pointer(x, y));
            assert_eq!(picture, blank, "{x},{y}");
        }
    }
}
