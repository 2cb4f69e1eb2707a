//! The first frame of a recording, as a review shows it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use world::fixtures;

use crate::drag::Drag;
use crate::person::Person;
use crate::pictures;
use crate::window::Window;

/// Where the picture of `short` is kept, its longer side is 640 pixels.
const KEPT: (usize, usize) = (640, 360);

/// Places with one colour around them: the bars in the picture's upper half.
const PLACES: [(usize, usize); 5] = [(40, 60), (140, 60), (290, 60), (480, 60), (600, 60)];

/// How far colours may be apart that are to be the same: decoders differ in what they take a recording's colours for.
const SAME: u8 = 60;

impl Window {
    /// Waits until it is known whether this file's first frame can be shown, and that it can or cannot be.
    async fn frame_is(&self, file: &Path, frame: &str) {
        let name = file.file_name().expect("a name").to_string_lossy();
        let kept = format!("[data-file='{name}'][data-verdict='good'] [data-frame='{frame}']");
        self.element(&kept).await;
    }

    /// Width, height, and the colours at these places, as the one frame on the page is kept.
    async fn kept_frame(&self) -> (usize, usize, Vec<[u8; 3]>) {
        let script = format!(
            "const canvas = document.querySelector('[data-frame]'); \
             const at = ([x, y]) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data].slice(0, 3); \
             arguments[0]([canvas.width, canvas.height, {:?}.map(at)])",
            PLACES.map(|(x, y)| [x, y])
        );
        let made: Value = self.execute(&script).await;
        serde_json::from_value(made).expect("a size and colours")
    }
}

/// The colours at these places, as ffmpeg decodes them.
fn decoded_by_ffmpeg(file: &Path) -> Vec<[u8; 3]> {
    let (width, height) = KEPT;
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(file)
        .args(["-frames:v", "1", "-vf", &format!("scale={width}:{height}")])
        .args(["-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"])
        .output()
        .expect("ffmpeg starts");
    assert_eq!(output.stdout.len(), width * height * 3);
    let pixels = output.stdout.as_chunks::<3>().0;
    PLACES.map(|(x, y)| pixels[y * width + x]).to_vec()
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u8 {
    let each = (0..3).map(|channel| a[channel].abs_diff(b[channel]));
    each.max().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_shows_the_recordings_own_first_frame() {
    let Some((_backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let window = person.open_with_task("onboarding").await;
    let file = person.recording("shown.webm");
    person.choose(&window, &file).await;
    window.frame_is(&file, "drawn").await;

    let (width, height, shown) = window.kept_frame().await;
    assert_eq!((width, height), KEPT);
    let expected = decoded_by_ffmpeg(&file);
    for (shown, expected) in shown.iter().zip(&expected) {
        assert!(
            distance(*shown, *expected) < SAME,
            "{shown:?}, not {expected:?}"
        );
    }
    for pair in shown.windows(2) {
        assert!(distance(pair[0], pair[1]) > SAME, "one colour: {pair:?}");
    }
    // What has been reviewed can be sent.
    window.press("upload").await;
    window.phase("done").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_several_has_its_own_and_what_has_no_picture_has_none() {
    let Some((_backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let folder = person.desktop.videos();
    let copy = |from: &Path, name: &str| {
        let file = folder.join(name);
        std::fs::copy(from, &file).expect("a copy");
        file
    };
    let sound = copy(&fixtures::sound(), "1 sound.webm");
    let tall = copy(&fixtures::tall(), "2 tall.webm");
    let live = copy(&fixtures::live(), "3 live.webm");
    let window = person.open_with_task("onboarding").await;
    let files = [sound.clone(), tall.clone(), live.clone()];
    Drag::over(&person.desktop, &window, &files)
        .await
        .drop_them()
        .await;
    window.frame_is(&live, "drawn").await;
    window.frame_is(&tall, "drawn").await;
    // It was its turn before the others'.
    window.frame_is(&sound, "none").await;
    for file in [&live, &sound] {
        let name = file.file_name().expect("a name").to_string_lossy();
        window
            .click(&format!("[data-file='{name}'] [data-action='remove']"))
            .await;
    }
    window.review_shows(std::slice::from_ref(&tall)).await;
    window.frame_is(&tall, "drawn").await;
    let (width, height, _) = window.kept_frame().await;
    assert_eq!((width, height), (KEPT.1, KEPT.0), "upright");
    pictures::take_small_too(&window, "review-of-an-upright-one").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_a_review_at_once_leaves_a_window_that_answers() {
    // A page that stood still here did so once in eight or so.
    const TIMES: usize = 20;
    let Some((_backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let names = ["1 one.webm", "2 two.webm", "3 three.webm"];
    let files = names.map(|name| fixtures::named(&person.desktop.videos(), name));
    let window = person.open_with_task("onboarding").await;
    for time in 0..TIMES {
        // One alone can be played, too.
        let files = &files[time % 2 * 2..];
        let drag = Drag::over(&person.desktop, &window, files).await;
        drag.drop_them().await;
        window.review_is_ready().await;
        if files.len() == 1 {
            window.press("play").await;
        }
        window.press("discard").await;
        window.screen("ready").await;
    }
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_what_decodes_it_there_is_none_and_the_window_lives() {
    let Some((_backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let nothing = person.desktop.home().join("no-plugins");
    std::fs::create_dir(&nothing).expect("a folder");
    let window = person.open_with_plugins_in(&nothing).await;
    window.sign_in(&person.password).await;
    window.screen("ready").await;
    window.choose_task("onboarding").await;
    let file = person.recording("shown.webm");
    person.choose(&window, &file).await;
    window.frame_is(&file, "none").await;
    window.press("upload").await;
    window.phase("done").await;
    window.close().await;
}
