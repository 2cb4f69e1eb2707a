//! The keys that start and stop a recording from anywhere.

use std::sync::Arc;

use tauri::AppHandle;
use tauri_plugin_global_shortcut::{GlobalShortcutExt, ShortcutState};

use super::start_or_stop;
use crate::ipc::{Failure, Shortcut};
use crate::shell::{Shell, lock};

/// Their place in the settings: text, or `null` for none.
const KEY: &str = "recordingShortcut";

const USUAL: &str = "Ctrl+Shift+R";

/// Listens for them. That they are another program's already, or cannot be had here, is said where recording is chosen.
pub(crate) fn listen(app: &AppHandle, shell: &Arc<Shell>) {
    let wanted = shell.own_setting::<Option<String>>(KEY);
    let keys = wanted.unwrap_or_else(|| Some(USUAL.to_owned()));
    let failure = keys.as_deref().and_then(|keys| {
        let pressed = shell.clone();
        let listening = app.global_shortcut().on_shortcut(keys, move |_, _, event| {
            if event.state() == ShortcutState::Pressed {
                start_or_stop(&pressed);
            }
        });
        listening
            .inspect_err(|error| tracing::warn!(%error, keys, "no keys start a recording"))
            .err()
            .map(|_| unavailable(keys))
    });
    *lock(&shell.recorder.shortcut) = Some(Shortcut { keys, failure });
}

fn unavailable(keys: &str) -> Failure {
    Failure {
        code: "shortcut_unavailable".to_owned(),
        message: format!(
            "{keys} cannot be used from other programs: another one has it, or the desktop keeps such keys to itself."
        ),
        hint: format!("Name others as `{KEY}` in settings.json."),
        retryable: false,
    }
}

/// As the window shows them.
pub(super) fn shown(shell: &Shell) -> Shortcut {
    let listened_for = lock(&shell.recorder.shortcut).clone();
    listened_for.unwrap_or(Shortcut {
        keys: None,
        failure: None,
    })
}
