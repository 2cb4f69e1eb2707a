//! What the webviews may ask for of recording. Each command translates and hands on.

#![allow(clippy::needless_pass_by_value)] // Tauri hands every argument over

use std::sync::Arc;

use capture::{CaptureError, Helper};
use tauri::State;
use tauri::ipc::Response;

use super::previewing::Sight;
use super::{choices, shortcut};
use crate::ipc::{
    Camera, Choices, Failure, Microphone, Recording, RecordingOrder, RecordingSetup, Target,
};
use crate::overview;
use crate::shell::Shell;

type Desk<'a> = State<'a, Arc<Shell>>;
type Answer<T> = Result<T, Failure>;

/// What can be recorded, and what was chosen last. Refused where nothing can be recorded, with what to do about it.
#[tauri::command]
pub(crate) async fn recording_setup(shell: Desk<'_>) -> Answer<RecordingSetup> {
    let devices = Helper::start().await?.devices(false).await?;
    let folder = capture::default_folder().map_err(CaptureError::from)?;
    Ok(RecordingSetup {
        choices: super::last(&shell),
        recordable: choices::recordable(devices),
        shortcut: shortcut::shown(&shell),
        folder: overview::for_its_user(&folder),
    })
}

/// What a recording of this would show now, as the bytes of a PNG.
#[tauri::command]
pub(crate) async fn recording_preview(shell: Desk<'_>, target: Target) -> Answer<Response> {
    let sight = Sight::Target(choices::target(&target));
    let preview = shell.recorder.preview(&sight).await?;
    Ok(Response::new(preview.png))
}

/// What a camera sees now, as the bytes of a PNG.
#[tauri::command]
pub(crate) async fn camera_preview(shell: Desk<'_>, camera: Camera) -> Answer<Response> {
    let sight = Sight::Camera(choices::camera(&camera));
    let preview = shell.recorder.preview(&sight).await?;
    Ok(Response::new(preview.png))
}

/// Opens a microphone until it is heard. Refused where it is not, with why.
#[tauri::command]
pub(crate) async fn probe_microphone(microphone: Microphone) -> Answer<()> {
    let microphone = choices::microphone(&microphone);
    let helper = Helper::start().await?;
    Ok(helper.probe_microphone(&microphone).await?)
}

/// Begins to record, and remembers how for the next time.
#[tauri::command]
pub(crate) async fn start_recording(shell: Desk<'_>, choices: Choices) -> Answer<()> {
    choices::keep(&shell, &choices)?;
    super::start(&shell, choices).await
}

/// Tells a recording what to do.
#[tauri::command]
pub(crate) fn tell_recorder(shell: Desk<'_>, order: RecordingOrder) {
    shell.recorder.tell(order);
}

/// The recording that is being made, for the bar's first paint.
#[tauri::command]
pub(crate) fn recording(shell: Desk<'_>) -> Option<Recording> {
    shell.recorder.shown()
}

/// Its user has seen why the last recording was not made, or ended.
#[tauri::command]
pub(crate) fn forget_recording_failure(shell: Desk<'_>) {
    shell.recorder.forget_failure();
    shell.touch();
}
