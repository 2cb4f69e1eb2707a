//! A screen that is unplugged while it is recorded: what was recorded until then is a finished file.

use x11rb::connection::Connection as _;
use x11rb::protocol::randr::{ConnectionExt as _, Rotation};

use crate::film::Film;
use crate::pattern::Pattern;
use crate::stage::{Stage, stage_or_skip};

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_that_goes_leaves_a_finished_recording() {
    stage_or_skip!("a_screen_that_goes_leaves_a_finished_recording");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let file = stage.file("a.webm");
    let arguments = ["record", file.to_str().unwrap(), "--mic", "none", "--json"];
    let mut running = stage.revui().start(arguments);
    let reaches = |milliseconds: u64| {
        move |event: &serde_json::Value| {
            event["event"] == "progress" && event["elapsedMs"].as_u64() >= Some(milliseconds)
        }
    };
    running.event("a second", reaches(1_000)).await;
    unplug(&stage, (320, 200));
    // The source of the display cannot go on with another size.
    let ended = running.finish().await.exits(1);
    let failed = ended.event("failed");
    assert_eq!(failed["path"], file.to_str().unwrap(), "{failed}");
    let film = Film::of(&file).await;
    assert!(film.is_finished(), "its end is an end in order");
    film.has_no_gap();
    let numbers = film.numbers().await;
    // Until then it was whole.
    let first = &numbers[..25];
    assert!(first.is_sorted() && first[24] > first[0] + 30, "{first:?}");
}

/// Takes away all screens, and leaves a desktop of this size.
fn unplug(stage: &Stage, (width, height): (u16, u16)) {
    let (connection, screen) = x11rb::connect(Some(stage.display())).expect("a display");
    let root = connection.setup().roots[screen].root;
    let resources = connection.randr_get_screen_resources(root).unwrap();
    let resources = resources.reply().unwrap();
    let (now, configured) = (resources.timestamp, resources.config_timestamp);
    for &crtc in &resources.crtcs {
        let rotation = Rotation::ROTATE0;
        let off = connection.randr_set_crtc_config(crtc, now, configured, 0, 0, 0, rotation, &[]);
        off.unwrap().reply().unwrap();
    }
    let size = connection.randr_set_screen_size(root, width, height, 100, 100);
    size.unwrap().check().unwrap();
}
