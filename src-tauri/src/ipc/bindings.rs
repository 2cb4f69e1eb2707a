//! The types of this folder, as the webview declares them.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use ts_rs::Config;

use super::*;

const BINDINGS: &str = "../ui/src/tauri/bindings/ipc.ts";

fn bindings() -> String {
    let config = Config::new().with_large_int("number");
    let mut text = String::from(
        "// Made from src-tauri/src/ipc; to make it again: REVUI_REMAKE_BINDINGS=1 cargo test -p desktop bindings\n",
    );
    for declaration in [
        Overview::decl(&config),
        Session::decl(&config),
        Review::decl(&config),
        ReviewedFile::decl(&config),
        Stretch::decl(&config),
        Verdict::decl(&config),
        Folder::decl(&config),
        FolderState::decl(&config),
        SeenFile::decl(&config),
        SeenOutcome::decl(&config),
        Job::decl(&config),
        Phase::decl(&config),
        WaitCause::decl(&config),
        Move::decl(&config),
        Link::decl(&config),
        Failure::decl(&config),
        Task::decl(&config),
        RecentRecording::decl(&config),
        ShownRecording::decl(&config),
        CloseAnswer::decl(&config),
        SignInProvider::decl(&config),
        Recording::decl(&config),
        RecordingStage::decl(&config),
        Sound::decl(&config),
        RecordingCamera::decl(&config),
        RecordingUpload::decl(&config),
        RecordingOrder::decl(&config),
        Choices::decl(&config),
        Target::decl(&config),
        Microphone::decl(&config),
        Camera::decl(&config),
        AfterStop::decl(&config),
        Shortcut::decl(&config),
        RecordingSetup::decl(&config),
        Recordable::decl(&config),
        Screen::decl(&config),
    ] {
        // ts-rs leaves a blank at the end of some lines.
        let lines: Vec<&str> = declaration.lines().map(str::trim_end).collect();
        write!(text, "\nexport {}\n", lines.join("\n")).unwrap();
    }
    text
}

#[test]
fn the_bindings_are_those_of_these_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(BINDINGS);
    if env::var_os("REVUI_REMAKE_BINDINGS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bindings()).unwrap();
    }
    assert_eq!(
        fs::read_to_string(path).unwrap_or_default(),
        bindings(),
        "the types changed; make the bindings again"
    );
}
