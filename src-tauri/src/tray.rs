//! The icon in the tray: what is going on, and the way back to a closed window.

use std::sync::{Arc, Mutex};

use tauri::image::Image;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Wry};

use crate::ipc::{FolderState, Overview, Phase, RecordingStage, WaitCause};
use crate::shell::{Shell, lock};
use crate::{choosing, closing, recording};

/// The icon's name.
const ICON: &str = "main";

/// Red, opaque.
const RED: [u8; 4] = [0xE5, 0x39, 0x35, 0xFF];

const SHOW: &str = "show";
const CHOOSE: &str = "choose";
const RECORD: &str = "record";
const QUIT: &str = "quit";

/// The icon's edge is divided by this for the dot that says that something is recorded.
const DOT: u32 = 5;

/// What changes of the menu.
struct Lines {
    status: MenuItem<Wry>,
    record: MenuItem<Wry>,
    shown: Mutex<Shown>,
}

/// What it says now.
#[derive(Clone, PartialEq, Eq)]
struct Shown {
    status: String,
    records: bool,
}

/// Puts the icon into the tray.
pub(crate) fn build(app: &AppHandle, shell: &Arc<Shell>) -> tauri::Result<()> {
    let idle = status(&[], false);
    let line = MenuItem::with_id(app, "status", &idle, false, None::<&str>)?;
    let record = MenuItem::with_id(app, RECORD, record_text(false), true, None::<&str>)?;
    let menu = Menu::with_items(
        app,
        &[
            &line,
            &PredefinedMenuItem::separator(app)?,
            &MenuItem::with_id(app, SHOW, "Show the window", true, None::<&str>)?,
            &MenuItem::with_id(app, CHOOSE, "Choose a recording…", true, None::<&str>)?,
            &record,
            &PredefinedMenuItem::separator(app)?,
            &MenuItem::with_id(app, QUIT, "Quit", true, None::<&str>)?,
        ],
    )?;
    let (on_menu, on_click) = (shell.clone(), shell.clone());
    let mut icon = TrayIconBuilder::with_id(ICON)
        .tooltip(tooltip(false))
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
    app.manage(Lines {
        status: line,
        record,
        shown: Mutex::new(Shown {
            status: idle,
            records: false,
        }),
    });
    Ok(())
}

/// Whether the desktop shows what is in the tray: not each does, and the window can be hidden all the same. It is asked, so
/// not on the thread that draws. Panels of old, which are not asked for, show it without being a host.
/// Source: <https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/>
#[cfg(target_os = "linux")]
pub(crate) fn is_shown() -> bool {
    use gtk::gio::{BusType, Cancellable, DBusCallFlags, bus_get_sync};
    use gtk::glib::{Variant, prelude::*};

    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    const LONGEST_MS: i32 = 2_000;

    let never = None::<&Cancellable>;
    let answer = bus_get_sync(BusType::Session, never).and_then(|bus| {
        bus.call_sync(
            Some(WATCHER),
            "/StatusNotifierWatcher",
            "org.freedesktop.DBus.Properties",
            "Get",
            Some(&(WATCHER, "IsStatusNotifierHostRegistered").to_variant()),
            None,
            DBusCallFlags::NONE,
            LONGEST_MS,
            never,
        )
    });
    let shown = answer.ok().and_then(|answer| answer.get::<(Variant,)>());
    shown.and_then(|(shown,)| shown.get()).unwrap_or(false)
}

/// Other systems always do.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_shown() -> bool {
    true
}

fn record_text(records: bool) -> &'static str {
    if records { "Stop recording" } else { "Record" }
}

fn tooltip(records: bool) -> &'static str {
    if records {
        "Revui Uploader – recording"
    } else {
        "Revui Uploader"
    }
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
        RECORD => recording::start_or_stop(shell),
        QUIT => closing::request_to_quit(shell),
        _ => {}
    }
}

/// Says in the menu what is going on, and by the icon whether something is recorded.
pub(crate) fn show_status(app: &AppHandle, overview: &Overview) {
    let Some(lines) = app.try_state::<Lines>() else {
        return;
    };
    let phases: Vec<&Phase> = overview.jobs.iter().map(|job| &job.phase).collect();
    let recording = overview.recording.as_ref();
    let folder = overview.folder.as_ref();
    let watches = folder.is_some_and(|folder| folder.state == FolderState::Watching);
    let idle = || status(&phases, watches);
    let now = Shown {
        status: recording.map_or_else(idle, |recording| stage(recording.stage)),
        records: recording.is_some(),
    };
    let mut shown = lock(&lines.shown);
    if *shown == now {
        return;
    }
    let mut told = lines.status.set_text(&now.status);
    if shown.records != now.records {
        told = told
            .and_then(|()| lines.record.set_text(record_text(now.records)))
            .and_then(|()| show_icon(app, now.records));
    }
    if let Err(error) = told {
        tracing::warn!(%error, "the tray was not told of a change");
    }
    *shown = now;
}

fn show_icon(app: &AppHandle, records: bool) -> tauri::Result<()> {
    let (Some(icon), Some(image)) = (app.tray_by_id(ICON), app.default_window_icon()) else {
        return Ok(());
    };
    icon.set_tooltip(Some(tooltip(records)))?;
    let image = if records {
        with_a_dot(image)
    } else {
        image.clone()
    };
    icon.set_icon(Some(image))
}

/// The same with a red dot in its lower right corner.
fn with_a_dot(image: &Image<'_>) -> Image<'static> {
    let (width, height) = (image.width(), image.height());
    let radius = width.min(height) / DOT;
    let mut points = image.rgba().to_vec();
    for (at, point) in (0_u32..).zip(points.chunks_exact_mut(4)) {
        let from_right = (width - at % width).abs_diff(radius);
        let from_below = (height - at / width).abs_diff(radius);
        if from_right.pow(2) + from_below.pow(2) <= radius.pow(2) {
            point.copy_from_slice(&RED);
        }
    }
    Image::new_owned(points, width, height)
}

/// One line about a recording.
fn stage(stage: RecordingStage) -> String {
    match stage {
        RecordingStage::CountingDown { .. } | RecordingStage::Starting => "About to record",
        RecordingStage::Running => "Recording",
        RecordingStage::Paused => "The recording is paused",
        RecordingStage::Ending => "Finishing the recording",
    }
    .to_owned()
}

/// One line about all uploads, or about the folder that is watched for them.
fn status(phases: &[&Phase], watches: bool) -> String {
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
        (0, 0, 0) if watches => "Watching a folder".to_owned(),
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
        assert_eq!(status(&[], false), "Nothing is being sent");
        assert_eq!(status(&[], true), "Watching a folder");
        let resting = |cause| Phase::Waiting {
            cause,
            next_try_at: None,
            attempt: 1,
            failure: Failure::of_the_shell("interrupted", "", ""),
        };
        let (paused, waiting) = (resting(WaitCause::Paused), resting(WaitCause::Network));
        assert_eq!(status(&[&paused], true), "One recording is paused");
        assert_eq!(
            status(&[&paused, &waiting], false),
            "One recording is waiting"
        );
        let moving = [
            &Phase::Verifying,
            &Phase::Queued { ahead: 1 },
            &Phase::Stopped,
        ];
        assert_eq!(status(&moving, false), "Sending 2 recordings");
    }

    #[test]
    fn the_dot_is_in_the_lower_right_corner_and_nowhere_else() {
        let blank = Image::new_owned(vec![0; 20 * 20 * 4], 20, 20);
        let dotted = with_a_dot(&blank);
        let point = |x: usize, y: usize| &dotted.rgba()[(y * 20 + x) * 4..][..4];
        assert_eq!(point(16, 16), RED);
        for (x, y) in [(0, 0), (19, 0), (0, 19), (10, 10), (19, 19)] {
            assert_eq!(point(x, y), [0; 4], "{x},{y}");
        }
    }
}
