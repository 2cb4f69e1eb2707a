//! A region that is drawn on the dialog's picture of the desktop, and recorded.

use std::path::Path;
use std::process::Command;

use fantoccini::actions::{InputSource as _, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use tokio::time::sleep;

use crate::desktop::LOOK_EVERY;
use crate::person::Person;
use crate::recorder::{choices, small_region};
use crate::window::Window;

/// The desktop's size, in pixels.
const DESKTOP: (f64, f64) = (1440.0, 900.0);

/// So many of them are a pixel of the dialog's picture, and some more.
const ABOUT: u32 = 8;

/// What is drawn on.
const FRAME: &str = "[role='slider'][aria-label='Region']";

/// What WebDriver calls the keys.
const LEFT: &str = "\u{E012}";
const SHIFT: &str = "\u{E008}";
const LET_GO: &str = "\u{E000}";

/// The region's numbers, as their fields show them.
const NUMBERS: &str = "
    const number = (side) => Number(document.querySelector(`input[name='${side}']`).value);
    arguments[0](['x', 'y', 'width', 'height'].map(number));
";

/// From the left, from the top, across, down.
type Numbers = [i32; 4];

impl Window {
    /// Presses the mouse on one place of the desktop's picture, and goes to another with it.
    pub(crate) async fn drag_on_the_desktop(&self, from: (f64, f64), to: (f64, f64)) {
        let frame = self.element(FRAME).await;
        let (_, _, width, height) = frame.rectangle().await.expect("it is laid out");
        let scale = (width / DESKTOP.0).min(height / DESKTOP.1);
        // WebDriver counts from the middle, where the desktop has its own.
        let go = |(x, y): (f64, f64)| PointerAction::MoveToElement {
            element: frame.clone(),
            duration: None,
            x: (x - DESKTOP.0 / 2.0) * scale,
            y: (y - DESKTOP.1 / 2.0) * scale,
        };
        let press = PointerAction::Down {
            button: MOUSE_BUTTON_LEFT,
        };
        let hand = MouseActions::new("hand".to_owned());
        self.mouse(hand.then(go(from)).then(press).then(go(to)))
            .await;
    }

    /// Lets the mouse go.
    pub(crate) async fn let_go(&self) {
        let up = PointerAction::Up {
            button: MOUSE_BUTTON_LEFT,
        };
        self.mouse(MouseActions::new("hand".to_owned()).then(up))
            .await;
    }

    /// The region's numbers.
    async fn numbers(&self) -> Numbers {
        let numbers = self.execute(NUMBERS).await;
        serde_json::from_value(numbers).expect("four numbers")
    }

    /// Waits until they are about these, and returns them.
    async fn has_drawn(&self, expected: Numbers) -> Numbers {
        let is_about = |numbers: Numbers| {
            let mut pairs = numbers.into_iter().zip(expected);
            pairs.all(|(number, expected)| number.abs_diff(expected) <= ABOUT)
        };
        self.has_numbers(&format!("about {expected:?}"), is_about)
            .await
    }

    async fn has_numbers(&self, what: &str, are_they: impl Fn(Numbers) -> bool) -> Numbers {
        let mut last = self.numbers().await;
        let waiting = async {
            while !are_they(last) {
                sleep(LOOK_EVERY).await;
                last = self.numbers().await;
            }
        };
        world::in_time(what, waiting).await;
        last
    }
}

/// A recording's width and height.
fn size_of(file: &Path) -> String {
    let told = Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", "stream=width,height"])
        .args(["-of", "csv=p=0:s=x"])
        .arg(file)
        .output()
        .expect("ffprobe starts");
    String::from_utf8_lossy(&told.stdout).trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_is_drawn_and_recorded() {
    let chosen = choices(&small_region(), "review");
    let Some((_world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let window = person.open_with_the_task().await;
    window.press("record").await;
    window.element("[data-preview='drawn']").await;
    assert_eq!(window.numbers().await, [0, 0, 320, 180]);

    // Anew, from its lower right to its upper left.
    window
        .drag_on_the_desktop((840.0, 660.0), (200.0, 300.0))
        .await;
    let [x, y, width, height] = window.has_drawn([200, 300, 640, 360]).await;
    window.let_go().await;
    assert_eq!((width % 2, height % 2), (0, 0), "even sides");

    window
        .drag_on_the_desktop((500.0, 450.0), (600.0, 400.0))
        .await;
    let elsewhere = window.has_drawn([x + 100, y - 50, width, height]).await;
    window.let_go().await;
    assert_eq!(elsewhere[2..], [width, height], "it was only moved");

    let [x, y, width, height] = elsewhere;
    let corner = (f64::from(x + width), f64::from(y + height));
    let smaller = (corner.0 - 240.0, corner.1 - 120.0);
    window.drag_on_the_desktop(corner, smaller).await;
    let drawn = window.has_drawn([x, y, width - 240, height - 120]).await;
    window.let_go().await;

    // Escape is for the hand, and not for the dialog.
    window
        .drag_on_the_desktop((1200.0, 800.0), (1000.0, 700.0))
        .await;
    window.has_drawn([1000, 700, 200, 100]).await;
    window.key("Escape").await;
    window.has_numbers("what it was", |now| now == drawn).await;
    window.let_go().await;

    let frame = window.element(FRAME).await;
    let keys = format!("{LEFT}{SHIFT}{LEFT}{LET_GO}");
    frame.send_keys(&keys).await.expect("it takes keys");
    let [x, y, width, height] = drawn;
    let stepped = [x - 10, y, width - 10, height];
    window.has_numbers("a step", |now| now == stepped).await;
    window.can_be_heard("drawing a region").await;

    window.press("dismiss-record").await;
    window.press("record").await;
    window.element("[data-preview='drawn']").await;
    assert_eq!(window.numbers().await, stepped, "it is kept");
    window.press("start-recording").await;
    let file = person.is_recording().await;
    person.press_record().await;
    window.reviews_what_was_recorded(&file).await;
    let [.., width, height] = stepped;
    assert_eq!(size_of(&file), format!("{width}x{height}"));
    window.close().await;
}
