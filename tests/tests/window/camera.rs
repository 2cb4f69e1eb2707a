//! A camera that is chosen in the window: seen there before the start, and in the recording after it.

use std::path::Path;
use std::process::Command;

use tokio::time::sleep;

use crate::desktop::LOOK_EVERY;
use crate::person::Person;
use crate::recorder::{choices, small_region};
use crate::window::Window;

/// Chooses the camera, as its user does with a list.
const CHOOSE: &str = r#"
    const list = document.querySelector("select[name='camera']");
    list.value = "named Test picture";
    list.dispatchEvent(new Event("change", { bubbles: true }));
    arguments[0](list.value);
"#;

/// What the preview shows in the second bar of the camera's picture. It is of the whole desktop, of which a corner is
/// recorded, and a third as large.
const SECOND_BAR: &str = r#"
    const canvas = document.querySelector("[data-preview] canvas");
    arguments[0]([...canvas.getContext("2d").getImageData(263 / 3, 141 / 3, 1, 1).data].slice(0, 3));
"#;

/// Where it is in a recording of 320 by 180, with some points around.
const SECOND_BAR_AT: &str = "crop=4:12:262:130,scale=1:1:flags=area";

fn is_yellow(point: &[u64]) -> bool {
    matches!(point, &[red, green, blue] if red > 150 && green > 150 && blue < 90)
}

impl Window {
    /// Waits until the preview shows the camera.
    async fn shows_the_camera(&self) {
        world::in_time("the camera in the preview", async {
            loop {
                let point = self.execute(SECOND_BAR).await;
                let point: Vec<u64> = serde_json::from_value(point).expect("a point");
                if is_yellow(&point) {
                    return;
                }
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
    }
}

/// The same point of a recording's last picture.
fn last_point(file: &Path) -> Vec<u64> {
    let shown = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(file)
        .args(["-an", "-vf", SECOND_BAR_AT, "-pix_fmt", "rgb24"])
        .args(["-f", "rawvideo", "-"])
        .output()
        .expect("ffmpeg starts");
    let said = String::from_utf8_lossy(&shown.stderr);
    assert!(shown.status.success(), "{said}");
    let last = shown.stdout.chunks_exact(3).next_back();
    let last = last.expect("a picture").iter();
    last.map(|&light| light.into()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_is_seen_before_the_start_and_recorded() {
    let chosen = choices(&small_region(), "review");
    let Some((_world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let window = person.open_with_a_camera().await;
    window.sign_in(&person.password).await;
    window.screen("ready").await;
    window.has_a_task().await;
    window.press("record").await;
    window.element("select[name='camera']").await;
    window.element("[data-preview='drawn']").await;
    assert_eq!(window.execute(CHOOSE).await, "named Test picture");
    window.shows_the_camera().await;
    window.can_be_heard("choosing a camera").await;
    window.press("start-recording").await;
    let file = person.is_recording().await;
    window.element("[data-camera='Test picture']").await;
    person.press_record().await;
    window.reviews_what_was_recorded(&file).await;
    let point = last_point(&file);
    assert!(is_yellow(&point), "{point:?}");
    let settings = person.desktop.home().join("revui").join("settings.json");
    let settings = std::fs::read_to_string(settings).expect("their settings");
    assert!(settings.contains("Test picture"), "{settings}");
    window.close().await;
}
