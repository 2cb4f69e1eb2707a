//! A window that shows the time: a number in twenty black and white columns, sixty times a second. It is in Gray code, in
//! which one column changes from a number to the next, so that an encoder in a hurry shows each of them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::time::sleep;
use world::in_time;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeGCAux, ConfigureWindowAux, ConnectionExt as _, CreateGCAux, CreateWindowAux,
    PropMode, Rectangle, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::stage::{LOOK_EVERY, Stage};

/// As many columns as there are bits in a number.
pub(crate) const COLUMNS: u16 = 20;
/// Twice as many numbers a second as pictures are taken, so that each picture has one of its own.
pub(crate) const NUMBERS_PER_SECOND: u64 = 60;
/// The window's title.
pub(crate) const TITLE: &str = "Time on the wall";

/// A pattern on a display. Dropping it closes its window.
pub(crate) struct Pattern {
    connection: Arc<RustConnection>,
    window: u32,
    number: Arc<AtomicU64>,
    shown: Arc<Mutex<Vec<u64>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Pattern {
    /// One that fills the display.
    pub(crate) fn show(stage: &Stage) -> Self {
        Self::show_of_height(stage, stage.size().1)
    }

    /// One at its top, so many pixels high.
    pub(crate) fn show_of_height(stage: &Stage, height: u16) -> Self {
        let (connection, screen) = x11rb::connect(Some(stage.display())).expect("a display");
        let connection = Arc::new(connection);
        let root = connection.setup().roots[screen].root;
        let window = connection.generate_id().unwrap();
        let (width, _) = stage.size();
        connection
            .create_window(
                x11rb::COPY_DEPTH_FROM_PARENT,
                window,
                root,
                0,
                0,
                width,
                height,
                0,
                WindowClass::INPUT_OUTPUT,
                x11rb::COPY_FROM_PARENT,
                &CreateWindowAux::new(),
            )
            .unwrap();
        let (property, kind) = (AtomEnum::WM_NAME, AtomEnum::STRING);
        connection
            .change_property8(PropMode::REPLACE, window, property, kind, TITLE.as_bytes())
            .unwrap();
        connection.map_window(window).unwrap();
        // Out of the way.
        connection
            .warp_pointer(0u32, root, 0, 0, 0, 0, 0, 0)
            .unwrap();
        connection.sync().unwrap();
        let (number, over) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let shown = Arc::<Mutex<Vec<u64>>>::default();
        let mut painter = Painter {
            connection: Arc::clone(&connection),
            window,
            size: (width, height),
            number: Arc::clone(&number),
            shown: Arc::clone(&shown),
            over: Arc::clone(&over),
        };
        let thread = Some(thread::spawn(move || painter.paint()));
        Self {
            connection,
            window,
            number,
            shown,
            over,
            thread,
        }
    }

    /// The number on it.
    pub(crate) fn number(&self) -> u64 {
        self.number.load(Ordering::Relaxed)
    }

    /// Each number that has been on it: on a busy machine some are passed over.
    pub(crate) fn shown(&self) -> Vec<u64> {
        let shown = self.shown.lock();
        shown.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it has shown so many more.
    pub(crate) async fn shows_more(&self, numbers: u64) {
        let until = self.number() + numbers;
        in_time("the pattern", async {
            while self.number() < until {
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
    }

    /// Takes it off the screen.
    pub(crate) fn hide(&self) {
        self.connection.unmap_window(self.window).unwrap();
        self.connection.flush().unwrap();
    }

    /// Brings it back.
    pub(crate) fn show_again(&self) {
        self.connection.map_window(self.window).unwrap();
        self.connection.flush().unwrap();
    }

    /// Makes it another size.
    pub(crate) fn resize(&self, width: u32, height: u32) {
        let size = ConfigureWindowAux::new().width(width).height(height);
        self.connection
            .configure_window(self.window, &size)
            .unwrap();
        self.connection.flush().unwrap();
    }

    /// Closes its window.
    pub(crate) fn close(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = self.connection.destroy_window(self.window);
        let _ = self.connection.sync();
    }
}

impl Drop for Pattern {
    fn drop(&mut self) {
        self.end();
    }
}

/// A number in Gray code.
fn gray(number: u64) -> u64 {
    number ^ (number >> 1)
}

/// The number that this is the Gray code of.
pub(crate) fn of_gray(code: u64) -> u64 {
    (0..COLUMNS).fold(0, |number, bit| number ^ (code >> bit))
}

struct Painter {
    connection: Arc<RustConnection>,
    window: u32,
    size: (u16, u16),
    number: Arc<AtomicU64>,
    shown: Arc<Mutex<Vec<u64>>>,
    over: Arc<AtomicBool>,
}

impl Painter {
    fn paint(&mut self) {
        let (width, height) = self.size;
        let connection = &self.connection;
        let screen = &connection.setup().roots[0];
        let (black, white) = (screen.black_pixel, screen.white_pixel);
        let pixmap = connection.generate_id().unwrap();
        connection
            .create_pixmap(screen.root_depth, pixmap, self.window, width, height)
            .unwrap();
        let pen = connection.generate_id().unwrap();
        connection
            .create_gc(pen, pixmap, &CreateGCAux::new().graphics_exposures(0))
            .unwrap();
        let whole = Rectangle {
            x: 0,
            y: 0,
            width,
            height,
        };
        let column = width / COLUMNS;
        let began = Instant::now();
        while !self.over.load(Ordering::Relaxed) {
            let number = self.number.load(Ordering::Relaxed);
            let bits = (0..COLUMNS).filter(|bit| gray(number) >> bit & 1 == 1);
            let columns: Vec<_> = bits
                .map(|bit| Rectangle {
                    x: i16::try_from(bit * column).unwrap(),
                    width: column,
                    ..whole
                })
                .collect();
            let colour = |colour| ChangeGCAux::new().foreground(colour);
            connection.change_gc(pen, &colour(black)).unwrap();
            connection
                .poly_fill_rectangle(pixmap, pen, &[whole])
                .unwrap();
            connection.change_gc(pen, &colour(white)).unwrap();
            connection
                .poly_fill_rectangle(pixmap, pen, &columns)
                .unwrap();
            // In one piece, so that no picture is taken of half a number.
            connection
                .copy_area(pixmap, self.window, pen, 0, 0, 0, 0, width, height)
                .unwrap();
            connection.sync().unwrap();
            let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            shown.push(number);
            drop(shown);
            let next = number + 1;
            let at = Duration::from_nanos(next * 1_000_000_000 / NUMBERS_PER_SECOND);
            thread::sleep(at.saturating_sub(began.elapsed()));
            let now = began.elapsed().as_nanos() * u128::from(NUMBERS_PER_SECOND) / 1_000_000_000;
            self.number
                .store(u64::try_from(now).unwrap(), Ordering::Relaxed);
        }
    }
}
