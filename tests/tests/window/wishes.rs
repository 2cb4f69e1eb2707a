//! What its user wants of an upload while it goes on: a rest, a limit, another place in the queue.

use tokio::time::Instant;
use world::fixtures;

use crate::download;
use crate::slowly::Slowly;

/// A million bytes.
const MB: u64 = 1_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_upload_rests_until_it_is_resumed() {
    let Some(slowly) = Slowly::start().await else {
        return;
    };
    let window = slowly.person.open_with_the_task().await;
    let file = slowly.recording("Product tour, take 3.webm", 240 * MB);
    slowly.upload(&window, &file, "8 MB/s").await;
    // More than can be on its way at once: some parts have arrived.
    window.progress_past(30).await;
    window.press("pause").await;
    window.phase("paused").await;
    let arrived = window.progress_past(0).await;

    // It does not keep the window open, and it rests after a restart, too. What has arrived is still shown.
    window.close().await;
    let window = slowly.person.open().await;
    window.phase("paused").await;
    assert_eq!(window.progress_past(0).await, arrived);
    window.lift_the_limit().await;
    window.press("resume").await;
    window.phase("done").await;
    download::is(&window.link().await, &file).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_holds_until_it_is_lifted() {
    let Some(slowly) = Slowly::start().await else {
        return;
    };
    let window = slowly.person.open_with_the_task().await;
    let file = slowly.recording("Search is slow.webm", 120 * MB);
    slowly.person.choose(&window, &file).await;
    window.review_is_ready().await;
    let began = Instant::now();
    slowly.begin(&window, "1.5 MB/s").await;
    window.is_limited_to("1500000").await;
    let percent = window.progress_past(10).await;
    let most_percent = began.elapsed().as_secs_f64() * 1.5 / 120.0 * 100.0;
    let slack_percent = 3.0; // what is let through at once
    #[allow(clippy::cast_precision_loss, reason = "a percentage")]
    let percent = percent as f64;
    assert!(
        percent < most_percent + slack_percent,
        "{percent} % have arrived, and no more than {most_percent} % may have been sent"
    );

    // Another program's wish is shown, too.
    let revui = slowly.world.revui_of(slowly.world.user()).await;
    let home = slowly.person.desktop.home().join("revui");
    let revui = revui.with("REVUI_HOME", home.to_str().expect("a plain path"));
    let job = window.current_job().await;
    revui.run(["limit", &job, "400k"]).await.exits(0);
    window.is_limited_to("400000").await;

    // At this limit it would take minutes.
    window.lift_the_limit().await;
    window.phase("done").await;
    download::is(&window.link().await, &file).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_goes_in_the_order_that_its_user_wants() {
    let Some(slowly) = Slowly::start().await else {
        return;
    };
    let window = slowly.person.open_with_the_task().await;
    let folder = slowly.person.desktop.videos();
    let [first, a, b, c] = ["first.webm", "a.webm", "b.webm", "c.webm"];
    let large = slowly.recording(first, 120 * MB);
    slowly.upload(&window, &large, "400 kB/s").await;
    window.phase("sending").await;
    for name in [c, a, b] {
        fixtures::named(&folder, name);
    }
    slowly.person.choose_all(&window, 3).await;
    window.press("upload").await;
    // Whatever the dialog's own order is, files are taken by name.
    window.uploads_stand(&[first, a, b, c]).await;

    window.press_row("uploads", c).await;
    window.phase("queued").await;
    window.press("move-to-front").await;
    window.uploads_stand(&[first, c, a, b]).await;
    window.press("move-down").await;
    window.uploads_stand(&[first, a, c, b]).await;
    // A row takes the same keys, and keeps the keyboard while it moves.
    window.has_the_keyboard().await;
    window.focus_row("uploads", b).await;
    slowly.person.desktop.press(&["alt+Up"]).await;
    window.uploads_stand(&[first, a, b, c]).await;
    slowly.person.desktop.press(&["alt+Up"]).await;
    window.uploads_stand(&[first, b, a, c]).await;

    // It holds after a restart, too.
    window.ask_to_close().await;
    window.press_by_keys("stop-and-quit").await;
    window.has_ended().await;
    let window = slowly.person.open().await;
    window.uploads_stand(&[first, b, a, c]).await;

    window.press_row("uploads", first).await;
    window.lift_the_limit().await;
    window.press_row("recent", c).await;
    let list = slowly.world.revui_of(slowly.world.user()).await;
    let list = list.run(["list"]).await.exits(0).stdout;
    let at = |name: &str| {
        list.find(name)
            .unwrap_or_else(|| panic!("{name} in:\n{list}"))
    };
    // Newest first.
    assert!(
        at(c) < at(a) && at(a) < at(b) && at(b) < at(first),
        "{list}"
    );
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_record_is_told_once() {
    let Some(slowly) = Slowly::start().await else {
        return;
    };
    let window = slowly.person.open_with_the_task().await;
    let file = slowly.recording("damaged.webm", 60 * MB);
    slowly.upload(&window, &file, "400 kB/s").await;
    window.press("pause").await;
    window.phase("paused").await;
    let job = window.current_job().await;
    window.close().await;

    let home = slowly.person.desktop.home().join("revui");
    let log = home.join("jobs").join(job).join("log");
    let bytes = std::fs::read(&log).expect("its log");
    std::fs::write(&log, vec![0xFF; bytes.len()]).expect("it can be damaged");
    let window = slowly.person.open().await;
    window.element("[data-damaged='1']").await;
    window.press("forget-damaged").await;
    window.element("main:not(:has([data-damaged]))").await;
    window.close().await;
    let window = slowly.person.open().await;
    window.screen("ready").await;
    window.element("[data-list='recent']").await;
    assert!(!window.has("[data-damaged]").await);
    window.close().await;
}
