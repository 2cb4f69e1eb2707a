//! The icon in the tray: what is going on, and the way back to a closed window.

use std::sync::{Arc, Mutex};

use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Wry};

use crate::ipc::{Overview, Phase, WaitCause};
use crate::shell::{Shell, lock};
use crate::{choosing, closing};

const SHOW: &str = "show";
const CHOOSE: &str = "choose";
const QUIT: &str = "quit";

/// The menu's first line, kept to be rewritten.
struct StatusLine {
    item: MenuItem<Wry>,
    shown: Mutex<String>,
}

/// Puts the icon into the tray.
pub(crate) fn build(app: &AppHandle, shell: &Arc<Shell>) -> tauri::Result<()> {
    let idle = status(&[]);
    let line = MenuItem::with_id(app, "status", &idle, false, None::<&str>)?;
    let menu = Menu::with_items(
        app,
        &[
            &line,
            &PredefinedMenuItem::separator(app)?,
            &MenuItem::with_id(app, SHOW, "Show the window", true, None::<&str>)?,
            &MenuItem::with_id(app, CHOOSE, "Choose a recording…", true, None::<&str>)?,
            &PredefinedMenuItem::separator(app)?,
            &MenuItem::with_id(app, QUIT, "Quit", true, None::<&str>)?,
        ],
    )?;
    let (on_menu, on_click) = (shell.clone(), shell.clone());
    let mut icon = TrayIconBuilder::with_id("main")
        .tooltip("Revui Uploader")
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(move |app, event| choose(app, &on_menu, event.id().as_ref()))
        .on_tray_icon_event(move |_, event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                ..
            } = event
            {
                closing::come_back(&on_click);
            }
        });
    if let Some(image) = app.default_window_icon() {
        icon = icon.icon(image.clone());
    }
    icon.build(app)?;
    app.manage(StatusLine {
        item: line,
        shown: Mutex::new(idle),
    });
    Ok(())
}

fn choose(app: &AppHandle, shell: &Arc<Shell>, item: &str) {
    match item {
        SHOW => closing::come_back(shell),
        CHOOSE => {
            closing::come_back(shell);
            let (app, shell) = (app.clone(), shell.clone());
            tauri::async_runtime::spawn(async move {
                if let Err(failure) = choosing::ask(&app, &shell).await {
                    tracing::warn!(code = failure.code, "no recording was chosen from the tray");
                }
            });
        }
        QUIT => closing::request(shell),
        _ => {}
    }
}

/// Says in the menu what is going on.
pub(crate) fn show_status(app: &AppHandle, overview: &Overview) {
    let Some(line) = app.try_state::<StatusLine>() else {
        return;
    };
    let phases: Vec<&Phase> = overview.jobs.iter().map(|job| &job.phase).collect();
    let text = status(&phases);
    let mut shown = lock(&line.shown);
    if *shown != text {
        if let Err(error) = line.item.set_text(&text) {
            tracing::warn!(%error, "the tray's menu was not rewritten");
        }
        *shown = text;
    }
}

/// One line about all uploads.
fn status(phases: &[&Phase]) -> String {
    let mut moving = 0_usize;
    let mut waiting = 0_usize;
    let mut paused = 0_usize;
    for phase in phases {
        match phase {
            Phase::Queued { .. }
            | Phase::Initiating
            | Phase::Sending { .. }
            | Phase::Completing
            | Phase::Verifying => moving += 1,
            Phase::Waiting {
                cause: WaitCause::Paused,
                ..
            } => paused += 1,
            Phase::Waiting { .. } => waiting += 1,
            Phase::Done { .. } | Phase::Failed { .. } | Phase::Cancelled | Phase::Stopped => {}
        }
    }
    match (moving, waiting, paused) {
        (0, 0, 0) => "Nothing is being sent".to_owned(),
        (0, 0, 1) => "One recording is paused".to_owned(),
        (0, 0, paused) => format!("{paused} recordings are paused"),
        (0, 1, _) => "One recording is waiting".to_owned(),
        (0, waiting, _) => format!("{waiting} recordings are waiting"),
        (1, ..) => "Sending a recording".to_owned(),
        (moving, ..) => format!("Sending {moving} recordings"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipc::Failure;

    #[test]
    fn the_line_counts_what_moves_before_what_waits() {
        assert_eq!(status(&[]), "Nothing is being sent");
        let resting = |cause| Phase::Waiting {
            cause,
            next_try_at: None,
            attempt: 1,
            failure: Failure::of_the_shell("interrupted", "", ""),
        };
        let (paused, waiting) = (resting(WaitCause::Paused), resting(WaitCause::Network));
        assert_eq!(status(&[&paused]), "One recording is paused");
        assert_eq!(status(&[&paused, &waiting]), "One recording is waiting");
        assert_eq!(
            status(&[
                &Phase::Verifying,
                &Phase::Queued { ahead: 1 },
                &Phase::Stopped
            ]),
            "Sending 2 recordings"
        );
    }
}
