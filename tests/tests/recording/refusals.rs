//! What cannot be recorded is said before anything is written.

use crate::pattern::Pattern;
use crate::stage::{MICROPHONE, Stage, stage_or_skip};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_cannot_be_recorded() {
    stage_or_skip!("what_is_not_there_cannot_be_recorded");
    let mut stage = Stage::start().await;
    stage.start_sound(&MICROPHONE).await;
    let _pattern = Pattern::show(&stage);
    let file = stage.file("a.webm");
    for (choice, code, said) in [
        (
            &["--window", "Spreadsheet"][..],
            "unknown_window",
            "Time on the wall",
        ),
        (&["--screen", "9"], "unknown_screen", "There is one"),
        (
            &["--region", "640x360+1+0"],
            "region_off_screen",
            "640x360+0+0",
        ),
        (&["--mic", "Studio"], "unknown_microphone", "--mic none"),
        (&["--camera", "Studio"], "unknown_camera", "--camera none"),
    ] {
        let arguments = ["record", file.to_str().unwrap(), "--seconds", "1"];
        let arguments = arguments.iter().chain(choice);
        let ended = stage.revui().run(arguments).await.exits(2);
        ended.explains(code).explains(said);
        assert!(!file.exists(), "{code}: an empty file is left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_overwritten() {
    stage_or_skip!("nothing_is_overwritten");
    let stage = Stage::start().await;
    let file = stage.file("a.webm");
    std::fs::write(&file, "precious").unwrap();
    let arguments = ["record", file.to_str().unwrap(), "--seconds", "1"];
    stage
        .revui()
        .run(arguments)
        .await
        .exits(2)
        .explains("output_exists");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_display_that_is_none() {
    stage_or_skip!("a_display_that_is_none");
    let stage = Stage::start().await;
    let file = stage.file("a.webm");
    for (display, wayland, code) in [
        ("", "", "no_display"),
        (":29999", "", "no_display"),
        (stage.display(), "wayland-0", "portal_missing"),
    ] {
        let revui = stage.revui().with("DISPLAY", display);
        let revui = revui.with("WAYLAND_DISPLAY", wayland);
        for arguments in [
            &["record", file.to_str().unwrap(), "--seconds", "1"][..],
            &["devices"],
        ] {
            let ended = revui.run(arguments).await.exits(1);
            ended.explains(&format!("code: {code}"));
        }
        assert!(!file.exists(), "{code}: an empty file is left");
    }
}

/// Who has no microphone records without one, and is told.
#[tokio::test(flavor = "multi_thread")]
async fn no_microphone_is_no_reason_not_to_record() {
    stage_or_skip!("no_microphone_is_no_reason_not_to_record");
    let stage = Stage::start().await;
    let file = stage.file("a.webm");
    let arguments = ["record", file.to_str().unwrap(), "--seconds", "1"];
    let ended = stage.revui().run(arguments).await.exits(0);
    ended.explains("without sound");
}
