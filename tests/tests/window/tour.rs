//! Everything that the window can show, one state after the other, over our own backend.

use std::path::PathBuf;

use tokio::time::sleep;
use world::fixtures;

use crate::desktop::LOOK_EVERY;
use crate::pictures;
use crate::portal::Portal;
use crate::slowly::Slowly;
use crate::window::Window;

/// Long enough on its way that everything can be looked at meanwhile.
const LARGE_BYTES: u64 = 300 * 1024 * 1024;

/// How the request begins that tells the backend that all bytes are there.
const COMPLETE: &str = "/complete HTTP/1.1";

const WALKTHROUGH: &str = "Onboarding walkthrough, take 3.webm";
const RETRO: &str = "Retro, week 47.webm";
const SEARCH: &str = "Search, first look.webm";
const LONG: &str = "Zahlungsseite – Fehlerbericht mit allen Schritten vom Warenkorb bis zur Bestätigung (Entwurf, nicht weitergeben).webm";
const NO_RECORDING: &str = "Screen capture 2026-11-20 at 14.02.webm";

/// Somebody with recordings of earlier days, at a backend behind a line that can be held.
struct Tour {
    slowly: Slowly,
    /// Where they keep what they are about to upload.
    folder: PathBuf,
}

impl Tour {
    async fn start() -> Option<Self> {
        let slowly = Slowly::start().await?;
        let folder = slowly.person.desktop.videos();
        let tour = Self { slowly, folder };
        tour.upload_earlier_ones().await;
        Some(tour)
    }

    async fn upload_earlier_ones(&self) {
        let world = &self.slowly.world;
        let revui = world.revui_of(world.user()).await;
        let names = ["Sprint demo, 20 November.webm", "Search is slow.webm"];
        let mut arguments = vec!["upload".to_owned()];
        for name in names {
            let file = fixtures::named(revui.home(), name);
            arguments.push(file.to_str().expect("a plain path").to_owned());
        }
        arguments.extend(["--task".to_owned(), world.task.clone()]);
        revui.run(&arguments).await.exits(0);
    }

    fn large(&self, name: &str) -> PathBuf {
        self.slowly.recording(name, LARGE_BYTES)
    }

    /// Uploads this file, and returns when more of it has arrived than is on its way at once, with much still to come.
    async fn upload_halfway(&self, window: &Window, file: &std::path::Path) {
        self.slowly.upload(window, file, "8 MB/s").await;
        window.progress_past(30).await;
    }

    /// Looks at what the person has chosen, and at what is no recording among it.
    async fn look_over_what_was_chosen(&self, window: &Window) {
        for name in [RETRO, LONG] {
            fixtures::named(&self.folder, name);
        }
        let wrong = self.folder.join(NO_RECORDING);
        std::fs::copy(fixtures::renamed_mp4(), &wrong).expect("a copy");
        self.slowly.person.choose_all(window, 3).await;
        window.element("[data-wrong][data-code='not_webm']").await;
        while window.count("[data-frame='drawn']").await < 2 {
            sleep(LOOK_EVERY).await;
        }
        pictures::take_small_too(window, "review-with-a-wrong-file").await;
        window.press("discard").await;
        window.screen("ready").await;
        std::fs::remove_file(&wrong).expect("it is theirs to delete");
        fixtures::named(&self.folder, SEARCH);
    }

    /// Stops halfway, and goes on so slowly that there is time for everything.
    async fn rest(&self, window: &Window) {
        window.press("pause").await;
        window.phase("paused").await;
        pictures::take_small_too(window, "paused").await;
        window.unfold("limit").await;
        window.element("input[name='limit']").await;
        pictures::take_small_too(window, "limit").await;
        window.press("limit").await;
        window.limit_to("800 kB/s").await;
        window.press("resume").await;
        window.phase("sending").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_signing_in_to_a_link() {
    let Some(tour) = Tour::start().await else {
        return;
    };
    let person = &tour.slowly.person;
    let window = person.open().await;
    window.screen("sign-in").await;
    pictures::take(&window, "sign-in").await;
    window.sign_in("not the password").await;
    window.element("[data-code='wrong_credentials']").await;
    pictures::take(&window, "wrong-password").await;
    window.sign_in(&person.password).await;
    window.screen("ready").await;
    window.has_a_task().await;
    window.element("[data-list='recent'] li").await;
    pictures::take_small_too(&window, "ready").await;
    tour.look_over_what_was_chosen(&window).await;

    let large = tour.large(WALKTHROUGH);
    person.choose(&window, &large).await;
    window.review_is_ready().await;
    window.element("[data-frame='drawn']").await;
    pictures::take(&window, "review").await;
    tour.slowly.begin(&window, "8 MB/s").await;
    window.progress_past(30).await;
    tour.rest(&window).await;
    person.choose_all(&window, 3).await;
    window.press("upload").await;
    window.press_row("uploads", LONG).await;
    window.phase("queued").await;
    pictures::take_small_too(&window, "queued").await;
    window.press_row("uploads", WALKTHROUGH).await;
    window.phase("sending").await;
    window.progress_past(30).await;
    pictures::take_small_too(&window, "sending").await;
    window.ask_to_close().await;
    window.element("[data-action='stop-and-quit']").await;
    pictures::take(&window, "closing").await;
    window.press("stay").await;

    tour.slowly.line.hold_at(COMPLETE);
    window.lift_the_limit().await;
    window.phase("completing").await;
    pictures::take(&window, "finishing").await;
    tour.slowly.line.release();

    for name in [LONG, RETRO, SEARCH, WALKTHROUGH] {
        window.press_row("recent", name).await;
        window.phase("done").await;
        if name == LONG {
            pictures::take_small_too(&window, "done-with-a-long-name").await;
        }
    }
    window.element("[data-kept-until]").await;
    pictures::take_small_too(&window, "done").await;
    window.press_row("recent", "Search is slow.webm").await;
    window.phase("done").await;
    pictures::take(&window, "recent").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn through_all_that_can_come_between() {
    let Some(mut tour) = Tour::start().await else {
        return;
    };
    let window = tour.slowly.person.open_with_the_task().await;

    // The file is written to while it is being sent.
    let file = tour.large("Payments bug.webm");
    tour.upload_halfway(&window, &file).await;
    std::fs::write(&file, "recorded anew").expect("it is theirs to change");
    window.phase("failed").await;
    pictures::take_small_too(&window, "failed").await;

    // The backend goes away; then something else answers in its place, as on a train; and its user signs out meanwhile.
    let file = tour.large(WALKTHROUGH);
    tour.upload_halfway(&window, &file).await;
    tour.slowly.world.kill().await;
    window.element("[data-cause='back_off']").await;
    let portal = Portal::at(tour.slowly.backend()).await;
    window.waits_for_the_network().await;
    pictures::take_small_too(&window, "waiting").await;
    portal.close().await;
    window.lift_the_limit().await;
    window.press("account").await;
    window.press("sign-out").await;
    window.screen("sign-in").await;
    pictures::take(&window, "signed-out-while-one-waits").await;

    tour.slowly.world.start_again().await;
    window.sign_in(&tour.slowly.person.password).await;
    window.press_row("recent", WALKTHROUGH).await;
    window.phase("done").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn through_a_recording() {
    let Some(tour) = Tour::start().await else {
        return;
    };
    let person = &tour.slowly.person;
    let _sound = person.desktop.start_sound().await;
    let at_once = serde_json::json!({ "countsDown": false });
    person.keep("recording", &at_once);
    let window = person.open_with_the_task().await;
    window.element("[data-list='recent'] li").await;
    window.press("record").await;
    window.element("[data-preview='drawn']").await;
    pictures::take_small_too(&window, "record").await;
    window.click("[data-what='region']").await;
    let (from, to) = ((320.0, 180.0), (1120.0, 640.0));
    window.drag_on_the_desktop(from, to).await;
    window.let_go().await;
    pictures::take_small_too(&window, "record-a-region").await;
    window.click("[data-what='screen']").await;
    window.press("start-recording").await;
    person.is_recording().await;
    window.comes_back().await;
    window.element("[data-sending='meanwhile']").await;
    pictures::take_small_too(&window, "recording").await;
    let bar = person.bar().await;
    pictures::take_of_the_screen(&window, &bar, "bar").await;
    window.press("discard-recording").await;
    window.element("[data-action='confirm-discard']").await;
    pictures::take(&window, "discard-a-recording").await;
    window.press("keep-recording").await;
    window.press("pause-recording").await;
    window.element("[data-recording='paused']").await;
    pictures::take_small_too(&window, "recording-paused").await;
    pictures::take_of_the_screen(&window, &bar, "bar-paused").await;
    window.press("stop-recording").await;
    window.review_is_ready().await;
    window.element("[data-frame='drawn']").await;
    pictures::take_small_too(&window, "review-of-a-recording").await;
    window.press("discard").await;
    window.element("[data-action='discard-and-keep']").await;
    pictures::take(&window, "discard-after-review").await;
    window.press("discard-and-keep").await;
    window.screen("ready").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn past_a_recording_for_which_something_is_missing() {
    let Some(tour) = Tour::start().await else {
        return;
    };
    let person = &tour.slowly.person;
    let nothing = person.desktop.home().join("nothing");
    let window = person.open_with_plugins_in(&nothing).await;
    window.sign_in(&person.password).await;
    window.has_a_task().await;
    window.element("[data-list='recent'] li").await;
    window.press("record").await;
    window.element("dialog [data-code='plugins_missing']").await;
    pictures::take(&window, "record-without-plugins").await;
    window.press("dismiss-record").await;
    window.close().await;
}
