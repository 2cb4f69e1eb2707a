//! A disk that fills up: a file system in memory of a few megabytes, in a namespace of the test's own.

use std::path::PathBuf;

use world::{namespace, skip};

use crate::film::Film;
use crate::pattern::Pattern;
use crate::stage::{Stage, stage_or_skip};

/// Runs the command with such a disk over the folder, and puts what is left on it beside the folder.
const SCRIPT: &str = r#"
    mount -t tmpfs -o size="$1" small "$0" || exit 99
    shift; "$@"; status=$?
    cp "$0"/*.webm "$0".webm
    exit $status
"#;

/// Records to a disk of this size, and returns how that ended and the file.
async fn recorded_on(size: &str, keep_free: &str, exit: i32) -> (world::Finished, PathBuf, Stage) {
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let disk = stage.file("disk");
    std::fs::create_dir(&disk).unwrap();
    let wrapper = namespace().unwrap_or_default().iter().copied();
    let shell = ["sh", "-c", SCRIPT, disk.to_str().unwrap(), size];
    let wrapper: Vec<_> = wrapper.chain(shell).collect();
    let revui = stage.revui().through(&wrapper);
    let file = disk.join("a.webm");
    let arguments = ["record", file.to_str().unwrap(), "--mic", "none", "--json"];
    let arguments = arguments.into_iter().chain(["--keep-free", keep_free]);
    let ended = revui.run(arguments).await.exits(exit);
    (ended, disk.with_extension("webm"), stage)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_stops_while_its_file_can_be_finished() {
    stage_or_skip!("a_recording_stops_while_its_file_can_be_finished");
    if namespace().is_none() {
        let reason = "nobody may mount a file system here";
        return skip("a_recording_stops_while_its_file_can_be_finished", reason);
    }
    let (ended, file, _stage) = recorded_on("1m", "750k", 0).await;
    let stopped = ended.event("stopped");
    assert_eq!(stopped["reason"], "diskLow", "{stopped}");
    assert_eq!(
        ended.event("diskLow")["minutesLeft"],
        0,
        "it was told before"
    );
    assert!(Film::of(&file).await.is_finished());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_keeps_what_was_recorded() {
    stage_or_skip!("a_disk_that_is_full_keeps_what_was_recorded");
    if namespace().is_none() {
        let reason = "nobody may mount a file system here";
        return skip("a_disk_that_is_full_keeps_what_was_recorded", reason);
    }
    let (ended, file, _stage) = recorded_on("200k", "0", 1).await;
    let failed = ended.event("failed");
    assert_eq!(failed["code"], "disk_full", "{failed}");
    assert!(!Film::of(&file).await.numbers().await.is_empty());
}
