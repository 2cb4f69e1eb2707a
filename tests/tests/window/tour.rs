//! Everything that the window can show, one state after the other, over our own backend.

use std::net::SocketAddr;
use std::path::PathBuf;

use world::{Line, World, fixtures};

use crate::person::Person;
use crate::pictures;
use crate::window::Window;

/// Long enough on its way that it can be stopped there.
const LARGE_BYTES: u64 = 300 * 1024 * 1024;

const WALKTHROUGH: &str = "Onboarding walkthrough, take 3.webm";
const RETRO: &str = "Retro, week 47.webm";
const LONG: &str = "Zahlungsseite – Fehlerbericht mit allen Schritten vom Warenkorb bis zur Bestätigung (Entwurf, nicht weitergeben).webm";
const NO_RECORDING: &str = "Screen capture 2026-11-20 at 14.02.webm";

/// Somebody with recordings of earlier days, at a backend behind a line that can be held.
struct Tour {
    world: World,
    line: Line,
    person: Person,
    /// Where they keep what they are about to upload.
    folder: PathBuf,
}

impl Tour {
    async fn start() -> Option<Self> {
        let world = World::start_on_a_lasting_port().await;
        let server = world.server.trim_start_matches("http://");
        let server: SocketAddr = server.parse().expect("the backend's address");
        let line = Line::to(server).await;
        let at = format!("http://{}", line.address());
        let person = Person::of_world_at(&world, &at).await?;
        let folder = person.desktop.videos();
        let tour = Self {
            world,
            line,
            person,
            folder,
        };
        tour.upload_earlier_ones().await;
        Some(tour)
    }

    async fn upload_earlier_ones(&self) {
        let revui = self.world.revui_of(self.world.user()).await;
        let names = ["Sprint demo, 20 November.webm", "Search is slow.webm"];
        let mut arguments = vec!["upload".to_owned()];
        for name in names {
            let file = fixtures::named(revui.home(), name);
            arguments.push(file.to_str().expect("a plain path").to_owned());
        }
        arguments.extend(["--task".to_owned(), self.world.task.clone()]);
        revui.run(&arguments).await.exits(0);
    }

    fn large(&self, name: &str) -> PathBuf {
        fixtures::sparse(self.person.desktop.home(), name, LARGE_BYTES)
    }

    /// Uploads this file, and freezes the backend when some of it has arrived.
    async fn stop_halfway(&self, window: &Window, file: &std::path::Path) {
        self.person.upload(window, file).await;
        window.progress_past(40).await;
        self.world.freeze().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_signing_in_to_a_link() {
    let Some(tour) = Tour::start().await else {
        return;
    };
    let window = tour.person.open().await;
    window.screen("sign-in").await;
    pictures::take(&window, "sign-in").await;
    window.sign_in("not the password").await;
    window.element("[data-code='wrong_credentials']").await;
    pictures::take(&window, "wrong-password").await;
    window.sign_in(&tour.person.password).await;
    window.screen("ready").await;
    window.has_a_task().await;
    window.element("[data-list='recent'] li").await;
    pictures::take_small_too(&window, "ready").await;

    for name in [RETRO, LONG] {
        fixtures::named(&tour.folder, name);
    }
    let wrong = tour.folder.join(NO_RECORDING);
    std::fs::copy(fixtures::renamed_mp4(), &wrong).expect("a copy");
    tour.person.choose_all(&window, 3).await;
    window.element("[data-wrong][data-code='not_webm']").await;
    pictures::take_small_too(&window, "review-with-a-wrong-file").await;
    window.press("discard").await;
    window.screen("ready").await;

    let large = tour.large(WALKTHROUGH);
    tour.person.choose(&window, &large).await;
    window.review_is_ready().await;
    pictures::take(&window, "review").await;
    window.press("upload").await;
    window.progress_past(40).await;
    tour.world.freeze().await;
    std::fs::remove_file(&wrong).expect("it is theirs to delete");
    tour.person.choose_all(&window, 2).await;
    window.press("upload").await;
    window.press_row("uploads", LONG).await;
    window.phase("queued").await;
    pictures::take_small_too(&window, "queued").await;
    window.press_row("uploads", WALKTHROUGH).await;
    window.phase("sending").await;
    pictures::take_small_too(&window, "sending").await;
    window.ask_to_close().await;
    window.element("[data-action='stop-and-quit']").await;
    pictures::take(&window, "closing").await;
    window.press("stay").await;

    tour.line.hold_after(0);
    tour.world.thaw().await;
    window
        .element("main[data-phase='completing'], main[data-phase='verifying']")
        .await;
    pictures::take(&window, "finishing").await;
    tour.line.release();

    for name in [LONG, RETRO, WALKTHROUGH] {
        window.press_row("recent", name).await;
        window.phase("done").await;
        if name == LONG {
            pictures::take_small_too(&window, "done-with-a-long-name").await;
        }
    }
    pictures::take(&window, "done").await;
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
    let window = tour.person.open_with_the_task().await;

    // The file is written to while it is being sent.
    let file = tour.large("Payments bug.webm");
    tour.stop_halfway(&window, &file).await;
    std::fs::write(&file, "recorded anew").expect("it is theirs to change");
    tour.world.thaw().await;
    window.phase("failed").await;
    pictures::take_small_too(&window, "failed").await;

    // The backend goes away, and its user signs out meanwhile.
    let file = tour.large(WALKTHROUGH);
    tour.stop_halfway(&window, &file).await;
    tour.world.kill().await;
    window.phase("waiting").await;
    pictures::take_small_too(&window, "waiting").await;
    window.press("account").await;
    window.press("sign-out").await;
    window.screen("sign-in").await;
    pictures::take(&window, "signed-out-while-one-waits").await;

    tour.world.start_again().await;
    window.sign_in(&tour.person.password).await;
    window.press_row("recent", WALKTHROUGH).await;
    window.phase("done").await;
    window.close().await;
}
