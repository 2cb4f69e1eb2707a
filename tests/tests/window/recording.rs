//! Recording in the window, by the real helper on the desktop's own screen.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use faults::Proxy;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::sleep;
use world::{World, takes_at_most};

use crate::download;
use crate::looks::TWICE_AS_LARGE;
use crate::person::Person;
use crate::recorder::{choices, small_region};
use crate::tray::Tray;

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_looked_at_and_becomes_a_link() {
    let chosen = choices(&small_region(), "review");
    let Some((_world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let window = person.open_with_the_task().await;
    window.press("record").await;
    window.element("[data-preview='drawn']").await;
    window.press("start-recording").await;
    let file = person.is_recording().await;
    person.bar().await;
    person.press_record().await;
    window.is_on_the_screen().await;
    window.reviews_what_was_recorded(&file).await;
    window.element("[data-frame='drawn']").await;
    window.says("All of it is sent; waits for you").await;
    window.element("[data-sent]").await;
    window.press("upload").await;
    window.phase("done").await;
    download::is(&window.link().await, &file).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_anywhere_it_starts_and_stops_and_is_shared_at_once() {
    let chosen = choices(&small_region(), "share");
    let Some((_world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let tray = Tray::start(&person.desktop).await;
    let window = person.open_with_the_task().await;
    tray.shows("Record").await;
    person.press_record().await;
    let file = person.is_recording().await;
    tray.shows("Recording").await;
    window.is_gone().await;
    tray.choose("Stop recording").await;
    window.phase("done").await;
    window.is_on_the_screen().await;
    download::is(&window.link().await, &file).await;
    tray.shows("Record").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn discarding_asks_and_leaves_nothing() {
    let chosen = choices(&small_region(), "review");
    let Some((world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let window = person.open_with_the_task().await;
    person.press_record().await;
    let file = person.is_recording().await;
    window.press("discard-recording").await;
    window.press("keep-recording").await;
    assert!(file.exists(), "it was not to be discarded");
    window.press("pause-recording").await;
    window.element("[data-recording='paused']").await;
    window.press("discard-recording").await;
    window.press("confirm-discard").await;
    window.screen("ready").await;
    assert!(!file.exists(), "it was to be discarded");

    // One that was finished before its user has seen that they do not want it.
    person.press_record().await;
    let file = person.is_recording().await;
    person.press_record().await;
    window.reviews_what_was_recorded(&file).await;
    window.press("discard").await;
    window.press("discard-and-delete").await;
    window.screen("ready").await;
    person.has_nothing_recorded().await;
    let revui = world.revui_of(world.user()).await;
    let list = revui.run(["list"]).await.exits(0);
    assert!(!list.stdout.contains(".webm"), "{}", list.stdout);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_when_the_program_was_killed_is_offered_at_the_next_start() {
    let chosen = choices(&small_region(), "review");
    let Some((_world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let window = person.open_with_the_task().await;
    person.press_record().await;
    let file = person.is_recording().await;
    window.element("[data-sending='meanwhile']").await;
    window.kill().await;
    let window = person.open().await;
    window.reviews_what_was_recorded(&file).await;
    window.press("upload").await;
    window.phase("done").await;
    download::is(&window.link().await, &file).await;
    window.close().await;
}

/// Nobody was signed in, or had said what it was for: no job keeps it.
#[tokio::test(flavor = "multi_thread")]
async fn what_nothing_was_sent_of_is_offered_too_when_everything_was_killed() {
    let chosen = choices(&small_region(), "review");
    let Some((_world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let window = person.open().await;
    window.screen("sign-in").await;
    person.press_record().await;
    let file = person.is_recording().await;
    let seconds = 5;
    sleep(Duration::from_secs(seconds)).await;
    window.kill_with_its_recorder().await;

    let window = person.open().await;
    window.sign_in(&person.password).await;
    window.element("[data-ended='mended']").await;
    window.reviews_what_was_recorded(&file).await;
    let lasts = length_of(&file);
    let least = Duration::from_secs(seconds - 2);
    assert!(
        lasts >= least,
        "at most 2 s of {seconds} are lost: {lasts:?}"
    );

    // It is offered until somebody has decided.
    window.close().await;
    let window = person.open().await;
    window.reviews_what_was_recorded(&file).await;
    window.has_a_task().await;
    window.press("upload").await;
    window.phase("done").await;
    download::is(&window.link().await, &file).await;
    window.close().await;
    let window = person.open().await;
    window.screen("ready").await;
    window.close().await;
}

/// How long a finished recording says that it lasts.
fn length_of(file: &Path) -> Duration {
    let size_bytes = file.metadata().expect("a file").len();
    let mut file = std::io::BufReader::new(std::fs::File::open(file).expect("a file"));
    let probe = media::probe(&mut file, size_bytes).expect("a recording");
    assert_eq!(probe.structure, media::Structure::Closed);
    Duration::from_secs_f64(probe.duration_seconds.expect("a length"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_that_is_killed_leaves_what_it_had() {
    let chosen = choices(&small_region(), "review");
    let Some((_world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let window = person.open_with_the_task().await;
    person.press_record().await;
    let file = person.is_recording().await;
    window.element("[data-sending='meanwhile']").await;
    window.signal_its_recorder("KILL").await;
    window.element("[data-ended='recorder_ended']").await;
    window.says("it was killed").await;
    window.reviews_what_was_recorded(&file).await;
    window.press("upload").await;
    window.phase("done").await;
    download::is(&window.link().await, &file).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_its_server_takes_no_larger_ends_before_and_is_whole() {
    let world = World::start().await;
    let backend = world
        .server
        .trim_start_matches("http://")
        .parse::<SocketAddr>();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await;
    let listener = listener.expect("a free port");
    let small = takes_at_most(&world.server, 600_000).await;
    let proxy = Proxy::start(listener, backend.expect("an address"), small).expect("a proxy");
    let server = format!("http://{}", proxy.address());
    let Some(person) = Person::of_world_at(&world, &server).await else {
        return;
    };
    person.keep("recording", &choices(&small_region(), "review"));
    let window = person.open_with_the_task().await;
    person.press_record().await;
    let file = person.is_recording().await;
    window.element("[data-ended='size_limit']").await;
    window.reviews_what_was_recorded(&file).await;
    length_of(&file);
    window.press("upload").await;
    window.phase("done").await;
    download::is(&window.link().await, &file).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_the_window_never_loses_a_recording() {
    let chosen = choices(&small_region(), "review");
    let Some((_world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let tray = Tray::start(&person.desktop).await;
    let window = person.open_with_the_task().await;
    person.press_record().await;
    let file = person.is_recording().await;
    window.element("[data-sending='meanwhile']").await;
    tray.choose("Quit").await;
    window.press("stay").await;
    tray.choose("Quit").await;
    window.press("stop-and-quit").await;
    window.has_ended().await;
    let window = person.open().await;
    window.reviews_what_was_recorded(&file).await;
    window.press("discard").await;
    window.press("discard-and-keep").await;
    window.screen("ready").await;
    assert_eq!(person.only_recorded(), file);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_what_records_it_says_so_and_the_rest_works() {
    let Some((_backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let nothing = person.desktop.home().join("nothing");
    let window = person.open_with_programs_in(&nothing).await;
    window.sign_in(&person.password).await;
    window.screen("ready").await;
    window.key("Control+r").await;
    window
        .element("dialog [data-code='recorder_missing']")
        .await;
    window.press("dismiss-record").await;
    window.element("main:not(:has(dialog))").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_helper_takes_all_pictures_of_what_is_chosen() {
    let Some((_world, person)) = Person::with_a_world().await else {
        return;
    };
    let window = person.open_with_the_task().await;
    window.press("record").await;
    window.element("[data-preview='drawn']").await;
    let first = window.recorders(1).await;
    window.click("[data-what='region']").await;
    window.fill("input[name='x']", "4000").await;
    window.element("[data-preview='none']").await;
    window.fill("input[name='x']", "0").await;
    window.element("[data-preview='drawn']").await;
    assert_eq!(window.recorders(1).await, first);
    window.press("dismiss-record").await;
    // Nobody wants another.
    window.recorders(0).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_recorded_is_said_in_the_window() {
    let beyond = json!({ "kind": "region", "x": 4000, "y": 0, "width": 320, "height": 180 });
    let Some((_world, person)) = Person::who_recorded(&choices(&beyond, "review")).await else {
        return;
    };
    let window = person.open_with_the_task().await;
    person.press_record().await;
    window
        .element("[data-recording-failure='region_off_screen']")
        .await;
    assert!(person.recorded().is_empty(), "{:?}", person.recorded());
    window.press("dismiss-recording-failure").await;
    window
        .element("main:not(:has([data-recording-failure]))")
        .await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_heard_and_nothing_of_it_is_cut() {
    let chosen = choices(&small_region(), "review");
    let Some((_world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let window = person.open_with_the_task().await;
    window.resize(800, 600).await;
    window.press("record").await;
    window.element("[data-preview='drawn']").await;
    window.can_be_heard("choosing what to record").await;
    let mut cut = window.cut("choosing what to record").await;
    window.execute(TWICE_AS_LARGE).await;
    cut.extend(window.cut("choosing, in large text").await);
    window.press("start-recording").await;
    let file = person.is_recording().await;
    window.comes_back().await;
    window.is_heard("Recording.").await;
    window.can_be_heard("recording").await;
    cut.extend(window.cut("recording").await);

    // Escape never discards.
    window.key("Escape").await;
    window.press("discard-recording").await;
    window.element("dialog").await;
    window.can_be_heard("a question").await;
    cut.extend(window.cut("a question").await);
    window.key("Escape").await;
    window.element("main:not(:has(dialog))").await;
    window.element("[data-recording='running']").await;
    window.press("stop-recording").await;
    window.reviews_what_was_recorded(&file).await;
    window.press("discard").await;
    window.element("dialog").await;
    window.can_be_heard("what becomes of the file").await;
    cut.extend(window.cut("what becomes of the file").await);
    assert!(cut.is_empty(), "{cut:#?}");
    window.press("discard-and-delete").await;
    window.screen("ready").await;
    window.close().await;
}
