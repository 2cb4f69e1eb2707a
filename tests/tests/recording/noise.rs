//! Noise on a display, which no encoder makes small: a tile of it, moved ten times a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    ConfigureWindowAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, ImageFormat, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::stage::Stage;

/// Pixels across and down of the tile.
const TILE: u16 = 512;
/// So many rows of it fit into one request.
const STRIP: u16 = 64;
const MOVES_EVERY: Duration = Duration::from_millis(100);

/// A window full of it. Dropping it ends its movement.
pub(crate) struct Noise {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Noise {
    /// Fills the display below so many rows.
    pub(crate) fn show_below(stage: &Stage, rows: u16) -> Self {
        let (connection, screen) = x11rb::connect(Some(stage.display())).expect("a display");
        let tile = tile(&connection, screen);
        let root = connection.setup().roots[screen].root;
        let window = connection.generate_id().unwrap();
        let (width, height) = stage.size();
        connection
            .create_window(
                x11rb::COPY_DEPTH_FROM_PARENT,
                window,
                root,
                0,
                i16::try_from(rows).unwrap(),
                width + TILE,
                height - rows,
                0,
                WindowClass::INPUT_OUTPUT,
                x11rb::COPY_FROM_PARENT,
                &CreateWindowAux::new().background_pixmap(tile),
            )
            .unwrap();
        connection.map_window(window).unwrap();
        connection.sync().unwrap();
        let over = Arc::<AtomicBool>::default();
        let ended = Arc::clone(&over);
        let thread = thread::spawn(move || {
            let mut chance = Chance(1);
            while !ended.load(Ordering::Relaxed) {
                let left = i32::try_from(chance.draw() % u64::from(TILE)).unwrap();
                let place = ConfigureWindowAux::new().x(-left);
                connection.configure_window(window, &place).unwrap();
                connection.sync().unwrap();
                thread::sleep(MOVES_EVERY);
            }
        });
        Self {
            over,
            thread: Some(thread),
        }
    }
}

impl Drop for Noise {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn tile(connection: &RustConnection, screen: usize) -> u32 {
    let (root, depth) = {
        let screen = &connection.setup().roots[screen];
        (screen.root, screen.root_depth)
    };
    let tile = connection.generate_id().unwrap();
    connection
        .create_pixmap(depth, tile, root, TILE, TILE)
        .unwrap();
    let pen = connection.generate_id().unwrap();
    connection
        .create_gc(pen, tile, &CreateGCAux::new())
        .unwrap();
    let mut chance = Chance(2);
    for strip in 0..TILE / STRIP {
        let words = usize::from(TILE) * usize::from(STRIP) / 2;
        let points: Vec<u8> = (0..words)
            .flat_map(|_| chance.draw().to_ne_bytes())
            .collect();
        let top = i16::try_from(strip * STRIP).unwrap();
        let format = ImageFormat::Z_PIXMAP;
        connection
            .put_image(format, tile, pen, TILE, STRIP, 0, top, 0, depth, &points)
            .unwrap();
    }
    tile
}

/// Numbers that look like chance, and are the same each time.
/// Source: Marsaglia, "Xorshift RNGs", 2003.
struct Chance(u64);

impl Chance {
    fn draw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
