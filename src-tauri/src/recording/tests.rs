//! What the shell makes of recording, without a window.

use std::path::Path;
use std::time::Duration;

use client::{Settings, Undecided};
use tokio::time::sleep;

use super::*;
use crate::ipc::{Camera, Microphone, Target, Verdict};
use crate::review;
use crate::review::tests::alone;
use crate::world::World;

#[test]
fn there_is_one_recording_at_a_time() {
    let recorder = Recorder::default();
    let mut orders = recorder.begin(&Choices::default()).unwrap();
    let refused = recorder.begin(&Choices::default()).unwrap_err();
    assert_eq!(refused.code, "already_recording");
    recorder.tell(RecordingOrder::Stop);
    assert_eq!(orders.try_recv(), Ok(RecordingOrder::Stop));
    recorder.end(None);
    assert!(!recorder.is_busy());
    recorder.begin(&Choices::default()).unwrap();
}

#[tokio::test]
async fn choices_are_kept_and_garbled_ones_are_the_usual_ones() {
    let world = World::new();
    assert_eq!(last(&world.shell), Choices::default());
    let choices = Choices {
        target: Target::Window {
            title: "Notes".to_owned(),
        },
        microphone: Microphone::Off,
        camera: Camera::Named {
            name: "Webcam".to_owned(),
        },
        after_stop: AfterStop::Share,
        counts_down: false,
        system_sound: true,
    };
    choices::keep(&world.shell, &choices).unwrap();
    assert_eq!(last(&world.shell), choices);

    // Of a version that knew no cameras.
    let mut settings = Settings::load(&world.home()).unwrap();
    settings.keep_own("recording", &serde_json::json!({ "countsDown": false }));
    settings.save(&world.home()).unwrap();
    let expected = Choices {
        counts_down: false,
        ..Choices::default()
    };
    assert_eq!(last(&world.shell), expected);

    let mut settings = Settings::load(&world.home()).unwrap();
    settings.keep_own("recording", &"loudly");
    settings.save(&world.home()).unwrap();
    assert_eq!(last(&world.shell), Choices::default());
}

async fn comes(what: &str, is_so: impl Fn() -> bool) {
    let come = async {
        while !is_so() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    let come = tokio::time::timeout(Duration::from_secs(20), come).await;
    assert!(come.is_ok(), "{what} does not come");
}

/// Waits until one recording is under review, and good.
async fn reviews_one(world: &World) {
    comes("a recording under review", || {
        let files = world.shell.review.shown(&alone()).files;
        files.len() == 1 && files[0].verdict == Verdict::Good
    })
    .await;
}

#[tokio::test]
async fn what_was_left_is_offered_until_its_user_has_decided() {
    let world = World::new();
    let file = world.recording();
    let nothing = file.with_file_name("nothing.webm");
    std::fs::write(&nothing, "").unwrap();
    for path in [file.as_path(), &nothing, Path::new("/nowhere/a.webm")] {
        drop(Undecided::begin(&world.home(), path).unwrap());
    }
    bring_in(world.shell.clone()).await;
    reviews_one(&world).await;
    comes("the end of what has nothing in it", || !nothing.exists()).await;

    // The program ends, and starts again.
    world.shell.review.discard();
    bring_in(world.shell.clone()).await;
    reviews_one(&world).await;
    review::discard(&world.shell, false).await.unwrap();
    assert!(file.exists(), "it was to be kept");
    let left = world.shell.client.undecided().await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}
