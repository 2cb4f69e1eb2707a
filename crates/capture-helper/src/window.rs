//! The pictures of one window, taken by ourselves: GStreamer's source ends the whole program when a window is hidden or
//! closed. Here that is an answer of the display like others, and the last picture is shown on.

use std::sync::mpsc::Sender;

use capture::Window;
use gstreamer as gst;
use x11rb::protocol::composite::{ConnectionExt as _, Redirect};
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xproto::ConnectionExt as _;

use crate::frames::{self, Frames, Shot, View};
use crate::grabber::{self, Grabber};
use crate::inbox::Input;
use crate::trouble::Trouble;

/// Takes pictures of a window for as long as it lives.
pub(crate) struct WindowFrames {
    view: Option<WindowView>,
    size: (u32, u32),
    frames_per_second: u32,
    told: Sender<Input>,
    frames: Option<Frames>,
}

impl WindowFrames {
    /// Connects, and takes a first picture.
    pub(crate) fn open(
        window: &Window,
        frames_per_second: u32,
        told: Sender<Input>,
    ) -> Result<Self, Trouble> {
        let mut view = WindowView::open(window)?;
        let Shot { width, height, .. } = view.take()?;
        Ok(Self {
            size: (width & !1, height & !1),
            view: Some(view),
            frames_per_second,
            told,
            frames: None,
        })
    }

    /// How large the window is at first: the whole recording is.
    pub(crate) fn size(&self) -> (u32, u32) {
        self.size
    }

    /// One picture, as a buffer and what it is like.
    pub(crate) fn single(window: &Window) -> Result<(gst::Buffer, String), Trouble> {
        Ok(WindowView::open(window)?.take()?.into_buffer(1))
    }

    /// The element that the pictures come out of.
    pub(crate) fn source() -> Result<gst::Element, Trouble> {
        frames::source("window")
    }

    /// Begins to take pictures for this source.
    pub(crate) fn start(&mut self, source: gst::Element) {
        let Some(view) = self.view.take() else {
            return;
        };
        let told = self.told.clone();
        let tell = move |seen| drop(told.send(Input::WindowSeen(seen)));
        self.frames = Some(Frames::start(
            view,
            source,
            self.frames_per_second,
            None,
            tell,
        ));
    }
}

/// What looks at a window.
struct WindowView {
    grabber: Grabber,
    window: u32,
}

impl WindowView {
    fn open(window: &Window) -> Result<Self, Trouble> {
        let grabber = Grabber::open()?;
        let connection = &grabber.connection;
        let window = u32::try_from(window.id).unwrap_or_default();
        connection.composite_query_version(0, 4)?.reply()?;
        // Its own pixels, also where other windows lie on it. A compositing manager has seen to that already.
        let redirected = connection.composite_redirect_window(window, Redirect::AUTOMATIC)?;
        redirected.check()?;
        Grabber::knows(connection.get_geometry(window)?.reply()?.depth)?;
        Ok(Self { grabber, window })
    }
}

impl View for WindowView {
    fn look(&mut self) -> Result<Option<Shot>, Trouble> {
        self.take().map(Some)
    }
}

impl WindowView {
    /// With the pointer in it.
    fn take(&mut self) -> Result<Shot, Trouble> {
        let (connection, root) = (&self.grabber.connection, self.grabber.root);
        let geometry = connection.get_geometry(self.window)?;
        let place = connection.translate_coordinates(self.window, root, 0, 0)?;
        let cursor = connection.xfixes_get_cursor_image()?;
        let (geometry, place, cursor) = (geometry.reply()?, place.reply()?, cursor.reply()?);
        let size = (geometry.width, geometry.height);
        let points = self.grabber.points(self.window, (0, 0), size)?;
        let size = (geometry.width.into(), geometry.height.into());
        let origin = (place.dst_x.into(), place.dst_y.into());
        Ok(grabber::with_pointer(points, size, origin, &cursor))
    }
}
