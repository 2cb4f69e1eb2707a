//! Where the keyboard is when what had it goes: no further away than it has to be.

use serde_json::Value;
use tokio::time::sleep;
use world::fixtures;

use crate::desktop::LOOK_EVERY;
use crate::slowly::Slowly;
use crate::window::Window;

/// A million bytes.
const MB: u64 = 1_000_000;

/// How the request begins that tells the backend that all bytes are there.
const COMPLETE: &str = "/complete HTTP/1.1";

impl Window {
    /// Gives what this selector finds the keyboard.
    async fn focus(&self, css: &str) {
        self.element(css).await;
        let script = format!("arguments[0](document.querySelector(\"{css}\").focus())");
        self.execute(&script).await;
        self.focus_comes_to(css).await;
    }

    /// Waits until what this selector finds has the keyboard.
    async fn focus_comes_to(&self, css: &str) {
        let script = format!("arguments[0](document.activeElement.matches(\"{css}\"))");
        // Not in one script: the driver waits for none longer than half a minute.
        world::in_time(css, async {
            while self.execute(&script).await != Value::Bool(true) {
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
    }
}

/// Lets an upload go as fast as it can, without a hand on the window.
async fn lift_the_limit_elsewhere(slowly: &Slowly, job: &str) {
    let revui = slowly.world.revui_of(slowly.world.user()).await;
    let home = slowly.person.desktop.home().join("revui");
    let revui = revui.with("REVUI_HOME", home.to_str().expect("a plain path"));
    revui.run(["limit", job, "off"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_follows_an_upload_from_the_queue_to_its_end() {
    let Some(slowly) = Slowly::start().await else {
        return;
    };
    let window = slowly.person.open_with_the_task().await;
    let large = slowly.recording("first.webm", 60 * MB);
    slowly.upload(&window, &large, "400 kB/s").await;
    window.phase("sending").await;
    let job = window.current_job().await;
    for name in ["a.webm", "b.webm"] {
        fixtures::named(&slowly.person.desktop.videos(), name);
    }
    slowly.person.choose_all(&window, 2).await;
    window.press("upload").await;
    window
        .uploads_stand(&["first.webm", "a.webm", "b.webm"])
        .await;

    // With nothing on the stage, no heading takes it.
    window.press("home").await;
    window.screen("ready").await;
    let row = "[data-list='uploads'] li:has([title='b.webm'])";
    window
        .focus(&format!("{row} [data-action='move-up']"))
        .await;
    lift_the_limit_elsewhere(&slowly, &job).await;
    // Its arrows are gone, and then its row is another one.
    window
        .focus_comes_to("[data-list='recent'] [title='b.webm']")
        .await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_comes_to_the_heading_when_a_menu_goes() {
    let Some(slowly) = Slowly::start().await else {
        return;
    };
    let window = slowly.person.open_with_the_task().await;
    let large = slowly.recording("first.webm", 60 * MB);
    slowly.upload(&window, &large, "400 kB/s").await;
    window.phase("sending").await;
    let job = window.current_job().await;
    window.unfold("limit").await;
    window.focus("input[name='limit']").await;
    slowly.line.hold_at(COMPLETE);
    lift_the_limit_elsewhere(&slowly, &job).await;
    window.phase("completing").await;
    window.focus_comes_to("h1").await;
    slowly.line.release();
    window.phase("done").await;
    window.close().await;
}
