//! Declares our commands, so that the window has none that its capability does not grant, and sees to it that there is
//! something to embed.

use std::error::Error;
use std::fs;
use std::path::Path;

/// Every command of `src/commands.rs`; a test compares this list with the registered ones, the capability and the UI.
const COMMANDS: &[&str] = &[
    "answer_close",
    "cancel_upload",
    "change_watched_folder",
    "choose_recordings",
    "choose_task",
    "choose_watched_folder",
    "copy_link",
    "copy_markdown",
    "copy_sha256",
    "discard_review",
    "first_frame",
    "forget_damaged",
    "give_up_sign_in",
    "key_pictures",
    "limit_upload",
    "look_again",
    "move_upload",
    "open_link",
    "overview",
    "pause_upload",
    "play_reviewed",
    "quit",
    "recent_recordings",
    "remove_from_review",
    "renew_link",
    "restore_session",
    "resume_upload",
    "retry_now",
    "save_report",
    "show_recording",
    "sign_in",
    "sign_in_by",
    "sign_in_providers",
    "sign_in_with_token",
    "sign_out",
    "tasks",
    "trim_reviewed",
    "upload_reviewed",
    "camera_preview",
    "forget_recording_failure",
    "probe_microphone",
    "recording",
    "recording_preview",
    "recording_setup",
    "start_recording",
    "tell_recorder",
];

/// The built UI, as `tauri.conf.json` names it.
const BUILT_UI: &str = "../ui/dist";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={BUILT_UI}");
    write_placeholder_if_the_ui_is_not_built(Path::new(BUILT_UI))?;
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))?;
    Ok(())
}

/// Without a built UI the program could not even be checked. A page that says what to do stands in for it, so that
/// `cargo check` works at once and a window built too early explains itself.
fn write_placeholder_if_the_ui_is_not_built(folder: &Path) -> Result<(), Box<dyn Error>> {
    let page = folder.join("index.html");
    if !page.exists() {
        println!(
            "cargo:warning=the UI is not built; run `npm ci && npm run build` in ui/, then build again"
        );
        fs::create_dir_all(folder)?;
        fs::write(
            page,
            "<!doctype html><title>Revui Uploader</title><p>The UI was not built. Run <code>npm ci &amp;&amp; npm run \
             build</code> in <code>ui/</code>, then build again.</p>\n",
        )?;
    }
    Ok(())
}
