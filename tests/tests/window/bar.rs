//! The small bar that stays above everything while something is recorded. No WebDriver reaches it: it is pressed where its
//! buttons are, and looked at as it is on the screen.

use tokio::time::{Instant, sleep};

use crate::chooser;
use crate::desktop::LOOK_EVERY;
use crate::person::Person;
use crate::recorder::{BAR, choices, small_region};
use crate::window::{PATIENCE, Window};

/// Where the middle of a button is, in pixels from the bar's right edge.
const DISCARD: usize = 29;
const STOP: usize = 83;
const PAUSE: usize = 137;
/// The same, once it asks whether to discard.
const YES: usize = 50;
const GO_ON: usize = 133;

/// What it may show, by a colour that nothing else has in that place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sign {
    /// The button that goes on recording, in the place of a plain one.
    Question,
    /// A word of warning, in the place of how loud it is.
    Trouble,
    /// The button that stops, once it may be pressed.
    Stop,
}

/// The bar as it is painted.
struct Painted {
    width: usize,
    points: Vec<u8>,
}

impl Painted {
    /// How many points in these columns, counted from the right edge, are of such a colour.
    fn count(
        &self,
        columns: std::ops::Range<usize>,
        is_such: impl Fn(i32, i32, i32) -> bool,
    ) -> usize {
        let points = self.points.chunks_exact(3).enumerate();
        let inside = points.filter(|(at, _)| columns.contains(&(self.width - 1 - at % self.width)));
        inside
            .filter(|(_, point)| {
                let [red, green, blue] = [point[0], point[1], point[2]].map(i32::from);
                is_such(red, green, blue)
            })
            .count()
    }

    fn shows(&self, sign: Sign) -> bool {
        match sign {
            Sign::Question => self.count(GO_ON - 10..GO_ON + 10, |r, _, b| b > r + 60) > 100,
            Sign::Trouble => self.count(165..self.width - 80, |r, _, b| r > b + 60) > 50,
            // Until then it is half as blue.
            Sign::Stop => self.count(STOP - 10..STOP + 10, |r, _, b| b > r + 120) > 100,
        }
    }
}

impl Person {
    /// Clicks on the bar, so far from its right edge.
    async fn click_on_the_bar(&self, from_right: usize) {
        let bar = self.bar().await;
        let geometry = ["getwindowgeometry", "--shell", &bar];
        let told = self.desktop.run("xdotool", &geometry).await;
        let width = told.lines().find_map(|line| line.strip_prefix("WIDTH="));
        let width: usize = width.and_then(|width| width.parse().ok()).expect("a width");
        let x = (width - from_right).to_string();
        let to = ["mousemove", "--window", &bar, &x, "28"];
        self.desktop.run("xdotool", &to).await;
        self.desktop.run("xdotool", &["click", "1"]).await;
    }

    async fn painted_bar(&self) -> Painted {
        let bar = self.bar().await;
        let geometry = ["getwindowgeometry", "--shell", &bar];
        let told = self.desktop.run("xdotool", &geometry).await;
        let value = |name: &str| {
            let mut lines = told.lines();
            let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            value.expect("its place").to_owned()
        };
        let size = format!("{}x{}", value("WIDTH"), value("HEIGHT"));
        let place = format!("{}+{},{}", self.desktop.display(), value("X"), value("Y"));
        let arguments = format!(
            "-loglevel error -f x11grab -draw_mouse 0 -video_size {size} -i {place} -frames:v 1 -f rawvideo -pix_fmt rgb24 -"
        );
        let arguments: Vec<_> = arguments.split(' ').collect();
        let grabbed = self.desktop.output("ffmpeg", &arguments).await;
        Painted {
            width: value("WIDTH").parse().expect("a width"),
            points: grabbed.stdout,
        }
    }

    /// Waits until the bar shows this, or shows it no more.
    pub(crate) async fn bar_shows(&self, sign: Sign, is_there: bool) {
        let began = Instant::now();
        while self.painted_bar().await.shows(sign) != is_there {
            assert!(began.elapsed() < PATIENCE, "{sign:?}: never {is_there}");
            sleep(LOOK_EVERY).await;
        }
    }

    /// Waits until there is no bar any more.
    pub(crate) async fn has_no_bar(&self) {
        world::in_time("a screen without the bar", async {
            while self.desktop.window_titled(BAR).await.is_some() {
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
    }
}

/// Somebody who records, with a bar whose buttons can be pressed.
async fn recording(window: &Window, person: &Person) -> std::path::PathBuf {
    person.press_record().await;
    let file = person.is_recording().await;
    window.element("[data-recording='running']").await;
    // It is on the screen before its page is in it.
    person.bar_shows(Sign::Stop, true).await;
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn it_pauses_resumes_and_stops() {
    let chosen = choices(&small_region(), "review");
    let Some((_world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let window = person.open_with_the_task().await;
    let file = recording(&window, &person).await;
    window.is_gone().await;
    person.click_on_the_bar(PAUSE).await;
    window.element("[data-recording='paused']").await;
    person.click_on_the_bar(PAUSE).await;
    window.element("[data-recording='running']").await;
    person.click_on_the_bar(STOP).await;
    window.reviews_what_was_recorded(&file).await;
    person.has_no_bar().await;
    window.is_on_the_screen().await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_asks_before_it_discards() {
    let chosen = choices(&small_region(), "review");
    let Some((_world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let window = person.open_with_the_task().await;
    let file = recording(&window, &person).await;
    person.click_on_the_bar(DISCARD).await;
    person.bar_shows(Sign::Question, true).await;
    person.click_on_the_bar(GO_ON).await;
    person.bar_shows(Sign::Question, false).await;

    // By keys, too: what goes on has the keyboard, and Escape does the same.
    for key in ["Return", "Escape"] {
        person.click_on_the_bar(DISCARD).await;
        person.bar_shows(Sign::Question, true).await;
        person.desktop.focus(BAR).await;
        person.desktop.press(&[key]).await;
        person.bar_shows(Sign::Question, false).await;
    }
    assert!(window.has("[data-recording='running']").await);
    assert!(file.exists(), "it was not to be discarded");

    person.click_on_the_bar(DISCARD).await;
    person.bar_shows(Sign::Question, true).await;
    person.click_on_the_bar(YES).await;
    window.screen("ready").await;
    person.has_no_bar().await;
    person.has_nothing_recorded().await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_clicks_while_files_are_chosen() {
    let chosen = choices(&small_region(), "review");
    let Some((_world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let window = person.open_with_the_task().await;
    window.press("choose").await;
    chooser::is_open(&person.desktop).await;
    let file = recording(&window, &person).await;
    person.click_on_the_bar(STOP).await;
    window.reviews_what_was_recorded(&file).await;
    person.has_no_bar().await;
    chooser::leave(&person.desktop).await;
    window.close().await;
}
