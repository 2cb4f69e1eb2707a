//! The keys that start and stop a recording from anywhere.

use std::sync::Arc;

use capture::Platform;
use tauri::AppHandle;
use tauri_plugin_global_shortcut::{GlobalShortcutExt, ShortcutState};

use super::start_or_stop;
use crate::ipc::{Failure, Shortcut};
use crate::shell::{Shell, lock};

/// Their place in the settings: text, or `null` for none.
const KEY: &str = "recordingShortcut";

const USUAL: &str = "Ctrl+Shift+R";

const UNAVAILABLE: &str = "shortcut_unavailable";

/// Listens for them. That they are another program's already, or cannot be had here, is said where recording is chosen.
pub(crate) fn listen(app: &AppHandle, shell: &Arc<Shell>) {
    let wanted = shell.own_setting::<Option<String>>(KEY);
    let keys = wanted.unwrap_or_else(|| Some(USUAL.to_owned()));
    let platform = Platform::of_environment(|name| std::env::var(name).ok());
    let failure = keys.as_deref().and_then(|keys| {
        let kept = kept_by_the_desktop(keys, platform);
        kept.or_else(|| register(app, shell, keys))
    });
    *lock(&shell.recorder.shortcut) = Some(Shortcut { keys, failure });
}

/// Why they cannot be had.
fn register(app: &AppHandle, shell: &Arc<Shell>, keys: &str) -> Option<Failure> {
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
}

/// Under Wayland nobody hears keys of other programs, and asking for them fails no more than it helps: an X11 server within
/// the compositor hands out those of its own programs, and where there is none, who asks is not told.
fn kept_by_the_desktop(keys: &str, platform: Option<Platform>) -> Option<Failure> {
    (platform == Some(Platform::Wayland)).then(|| Failure {
        code: UNAVAILABLE.to_owned(),
        message: format!("{keys} does nothing here: Wayland keeps such keys to itself."),
        hint: "Ctrl+R works in this window, and so does the icon in the tray.".to_owned(),
        retryable: false,
    })
}

fn unavailable(keys: &str) -> Failure {
    Failure {
        code: UNAVAILABLE.to_owned(),
        message: format!(
            "{keys} cannot be used from other programs: another one has it, or there are no such keys."
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wayland_keeps_to_itself_is_said() {
        let kept = kept_by_the_desktop(USUAL, Some(Platform::Wayland)).unwrap();
        assert!(kept.message.starts_with("Ctrl+Shift+R does nothing"));
        for platform in [
            None,
            Some(Platform::X11),
            Some(Platform::Windows),
            Some(Platform::MacOs),
        ] {
            assert_eq!(kept_by_the_desktop(USUAL, platform), None, "{platform:?}");
        }
    }
}
