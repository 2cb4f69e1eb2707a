//! The window on the screen: whether it is there, where, and how large.

use tokio::time::{Instant, sleep};

use crate::desktop::LOOK_EVERY;
use crate::window::{PATIENCE, TITLE, Window};

/// Where the window is on the screen and how large, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) width: i32,
    pub(crate) height: i32,
}

impl Window {
    /// Waits until it is on the screen.
    pub(crate) async fn is_on_the_screen(&self) {
        world::in_time("the window on the screen", async {
            while self.on_screen().await.is_none() {
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
    }

    /// Waits until it is on the screen no more.
    pub(crate) async fn is_gone(&self) {
        world::in_time("a screen without the window", async {
            while self.on_screen().await.is_some() {
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
    }

    /// Its number with the window system; `None` while it is not on the screen.
    pub(crate) async fn on_screen(&self) -> Option<String> {
        self.desktop().window_titled(TITLE).await
    }

    /// Where it is.
    pub(crate) async fn place(&self) -> Place {
        let number = self.on_screen().await.expect("it is on the screen");
        let told = self
            .desktop()
            .run("xdotool", &["getwindowgeometry", "--shell", &number])
            .await;
        let value = |name: &str| {
            told.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
                .unwrap_or_else(|| panic!("no {name} in:\n{told}"))
        };
        Place {
            x: value("X"),
            y: value("Y"),
            width: value("WIDTH"),
            height: value("HEIGHT"),
        }
    }

    /// Returns once it is where and as large as this says.
    pub(crate) async fn is_at(&self, what: &str, as_wanted: impl Fn(Place) -> bool) -> Place {
        let began = Instant::now();
        loop {
            let place = self.place().await;
            if as_wanted(place) {
                return place;
            }
            assert!(began.elapsed() < PATIENCE, "{what}: it is at {place:?}");
            sleep(LOOK_EVERY).await;
        }
    }

    /// Makes it this large, in pixels; returns once its page is laid out anew.
    pub(crate) async fn resize(&self, width: i32, height: i32) {
        let number = self.on_screen().await.expect("it is on the screen");
        let (to_width, to_height) = (width.to_string(), height.to_string());
        self.desktop()
            .run("xdotool", &["windowsize", &number, &to_width, &to_height])
            .await;
        self.is_at("its new size", |place| {
            (place.width, place.height) == (width, height)
        })
        .await;
        world::in_time("a page of the new size", async {
            while self.execute("arguments[0](innerWidth)").await != width {
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
    }

    /// Takes it off the screen as its user does who wants to see something else.
    pub(crate) async fn minimise(&self) {
        let number = self.on_screen().await.expect("it is on the screen");
        self.desktop()
            .run("xdotool", &["windowminimize", &number])
            .await;
        self.is_gone().await;
    }

    /// Starts the program once more on the same desktop: it leaves everything to the first one, and ends.
    pub(crate) async fn start_once_more(&self) {
        let program = world::program("revui-uploader");
        let program = program.to_str().expect("a plain path");
        self.desktop().run(program, &[]).await;
    }

    /// Moves it on the screen, by pixels.
    pub(crate) async fn shift(&self, right: i32, down: i32) {
        let before = self.place().await;
        let number = self.on_screen().await.expect("it is on the screen");
        let (to_x, to_y) = (
            (before.x + right).to_string(),
            (before.y + down).to_string(),
        );
        self.desktop()
            .run("xdotool", &["windowmove", &number, &to_x, &to_y])
            .await;
        self.is_at("its new place", |place| {
            (place.x, place.y) != (before.x, before.y)
        })
        .await;
    }
}
