//! What the shell makes of recording, without a window.

use client::Settings;

use super::*;
use crate::ipc::{Microphone, Target};
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
        after_stop: AfterStop::Share,
        counts_down: false,
        system_sound: true,
    };
    choices::keep(&world.shell, &choices).unwrap();
    assert_eq!(last(&world.shell), choices);

    let mut settings = Settings::load(&world.home()).unwrap();
    settings.keep_own("recording", &"loudly");
    settings.save(&world.home()).unwrap();
    assert_eq!(last(&world.shell), Choices::default());
}
