//! A page of something like text, scrolled steadily: what a recorder of screens sees most, and nothing that an encoder gets
//! for nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    ChangeGCAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, Rectangle, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use super::stage::Stage;

/// Steps a second, and rows of each.
const STEPS_PER_SECOND: u64 = 30;
const ROWS_A_STEP: u64 = 2;

/// A line of it, and how wide its letters are.
const LINE_ROWS: u16 = 18;
const LETTER_COLUMNS: u16 = 8;

/// Dropping it takes it off the screen.
pub(crate) struct Page {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Page {
    /// One below so many rows of the display, a third of it.
    pub(crate) fn show_below(stage: &Stage, rows: u16) -> Self {
        let (connection, screen) = x11rb::connect(Some(stage.display())).expect("a display");
        let (width, height) = stage.size();
        // Where most screens have the window that somebody reads.
        let (width, height) = (width / 2, (height - rows) / 3 * 2);
        let roll = Roll::open(connection, screen, (width, height), rows);
        let over = Arc::<AtomicBool>::default();
        let until = Arc::clone(&over);
        let thread = Some(thread::spawn(move || roll.scroll(&until)));
        Self { over, thread }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What is scrolled, and the window that it is seen through.
struct Roll {
    connection: RustConnection,
    window: u32,
    pixmap: u32,
    pen: u32,
    size: (u16, u16),
}

impl Roll {
    fn open(connection: RustConnection, screen: usize, size: (u16, u16), top: u16) -> Self {
        let screen = &connection.setup().roots[screen];
        let (root, depth, white) = (screen.root, screen.root_depth, screen.white_pixel);
        let (width, height) = size;
        let window = connection.generate_id().unwrap();
        let top = i16::try_from(top).unwrap();
        connection
            .create_window(
                x11rb::COPY_DEPTH_FROM_PARENT,
                window,
                root,
                0,
                top,
                width,
                height,
                0,
                WindowClass::INPUT_OUTPUT,
                x11rb::COPY_FROM_PARENT,
                &CreateWindowAux::new(),
            )
            .unwrap();
        connection.map_window(window).unwrap();
        let pixmap = connection.generate_id().unwrap();
        connection
            .create_pixmap(depth, pixmap, window, width, height * 2)
            .unwrap();
        let pen = connection.generate_id().unwrap();
        let clear = CreateGCAux::new().graphics_exposures(0).foreground(white);
        connection.create_gc(pen, pixmap, &clear).unwrap();
        let roll = Self {
            connection,
            window,
            pixmap,
            pen,
            size,
        };
        roll.write();
        roll
    }

    /// Fills it with letters, twice the same, so that it never ends.
    fn write(&self) {
        let (width, height) = self.size;
        let whole = Rectangle {
            x: 0,
            y: 0,
            width,
            height: height * 2,
        };
        let (connection, pixmap, pen) = (&self.connection, self.pixmap, self.pen);
        connection
            .poly_fill_rectangle(pixmap, pen, &[whole])
            .unwrap();
        let mut chance: u32 = 1;
        for line in 0..height / LINE_ROWS {
            let mut letters = Vec::new();
            for letter in 0..width / LETTER_COLUMNS {
                // A linear congruential generator: the same page each time.
                chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let bits = chance >> 24;
                // Spaces, and ends of lines.
                if bits.is_multiple_of(8) || letter > 200 - (line % 5) * 20 {
                    continue;
                }
                for half in [0, height] {
                    letters.push(Rectangle {
                        x: i16::try_from(letter * LETTER_COLUMNS).unwrap(),
                        y: i16::try_from(half + line * LINE_ROWS + 3).unwrap(),
                        width: 2 + u16::try_from(bits & 3).unwrap(),
                        height: 4 + u16::try_from(bits >> 5).unwrap(),
                    });
                }
            }
            let ink = ChangeGCAux::new().foreground(0x20_20_40 + u32::from(line % 7) * 0x18_00_08);
            connection.change_gc(pen, &ink).unwrap();
            connection
                .poly_fill_rectangle(pixmap, pen, &letters)
                .unwrap();
        }
    }

    fn scroll(&self, over: &AtomicBool) {
        let (width, height) = self.size;
        let began = Instant::now();
        let mut step: u64 = 0;
        while !over.load(Ordering::Relaxed) {
            let from = i16::try_from(step * ROWS_A_STEP % u64::from(height)).unwrap();
            let (connection, pixmap, pen) = (&self.connection, self.pixmap, self.pen);
            connection
                .copy_area(pixmap, self.window, pen, 0, from, 0, 0, width, height)
                .unwrap();
            connection.flush().unwrap();
            step += 1;
            let at = Duration::from_nanos(step * 1_000_000_000 / STEPS_PER_SECOND);
            thread::sleep(at.saturating_sub(began.elapsed()));
        }
    }
}
