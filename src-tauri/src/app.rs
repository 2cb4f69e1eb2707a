//! Puts the program together: plugins, state, window, tray, and the tasks that run beside them.

use std::process::ExitCode;
use std::sync::Arc;

use client::{Client, ClientError, ClientOptions, Home};
use tauri::{App, AppHandle, Manager, WebviewWindowBuilder};
use tauri_plugin_dialog::{DialogExt, MessageDialogKind};
use tauri_plugin_notification::NotificationExt;
use tauri_plugin_window_state::StateFlags;

use crate::log::RecentLines;
use crate::recording::{bar, shortcut};
use crate::shell::Shell;
use crate::{closing, commands, folder, overview, recording, session, tray, window};

/// Runs until the user quits.
pub(crate) fn run(lines: RecentLines) -> tauri::Result<ExitCode> {
    let place = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED;
    let app = tauri::Builder::default()
        // First: a second start must end before anything else happens.
        .plugin(tauri_plugin_single_instance::init(|app, _, _| {
            come_back(app);
        }))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_clipboard_manager::init())
        .plugin(
            tauri_plugin_opener::Builder::new()
                .open_js_links_on_click(false)
                .build(),
        )
        .plugin(
            tauri_plugin_window_state::Builder::new()
                .with_state_flags(place)
                .with_denylist(&[bar::BAR])
                .build(),
        )
        .plugin(tauri_plugin_global_shortcut::Builder::new().build())
        .invoke_handler(commands::all!())
        .on_window_event(|window, event| {
            if window.label() == window::MAIN
                && let Some(shell) = window.try_state::<Arc<Shell>>()
            {
                window::on_event(&shell, event);
            }
        })
        .setup(move |app| Ok(set_up(app, lines)?))
        .build(tauri::generate_context!())?;
    #[cfg_attr(
        not(target_os = "macos"),
        allow(unused_variables, reason = "nobody else reopens")
    )]
    let code = app.run_return(|app, event| {
        #[cfg(target_os = "macos")]
        if let tauri::RunEvent::Reopen { .. } = event {
            come_back(app);
        }
    });
    Ok(u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from))
}

fn set_up(app: &mut App, lines: RecentLines) -> tauri::Result<()> {
    // The engine starts tasks of its own and needs the runtime around it.
    let opened = tauri::async_runtime::block_on(async { open_engine() });
    let (client, home) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            explain_and_end(app.handle(), &error);
            return Ok(());
        }
    };
    let shell = Arc::new(Shell::new(
        client,
        home,
        lines,
        Box::new(app.handle().clone()),
    ));
    app.manage(shell.clone());
    for configuration in &app.config().app.windows {
        WebviewWindowBuilder::from_config(app, configuration)?.build()?;
    }
    let handle = app.handle();
    if let Err(error) = tray::build(handle, &shell) {
        tracing::warn!(%error, "there is no tray here");
    }
    shortcut::listen(handle, &shell);
    let back = shell.clone();
    if let Err(error) = app
        .notification()
        .on_action(move |_| closing::come_back(&back))
    {
        tracing::warn!(%error, "a click on a notification will do nothing");
    }
    tauri::async_runtime::spawn(overview::publish(handle.clone(), shell.clone()));
    tauri::async_runtime::spawn(session::watch(shell.clone()));
    tauri::async_runtime::spawn(folder::run(shell.clone()));
    tauri::async_runtime::spawn(recording::bring_in(shell.clone()));
    tauri::async_runtime::spawn(session::restore(shell));
    Ok(())
}

fn open_engine() -> Result<(Client, Home), ClientError> {
    let home = Home::from_environment()?;
    let options = ClientOptions {
        program: concat!("revui-uploader/", env!("CARGO_PKG_VERSION")).to_owned(),
        ..ClientOptions::new(home.clone())
    };
    Ok((Client::open(options)?, home))
}

/// Without its folder the program can do nothing: it says so, in a dialog of the system's own, and ends.
fn explain_and_end(app: &AppHandle, error: &ClientError) {
    tracing::error!(%error, "the engine could not be opened");
    let app_to_end = app.clone();
    app.dialog()
        .message(error.to_string())
        .title("Revui Uploader cannot start")
        .kind(MessageDialogKind::Error)
        .show(move |_| app_to_end.exit(1));
}

fn come_back(app: &AppHandle) {
    if let Some(shell) = app.try_state::<Arc<Shell>>() {
        closing::come_back(&shell);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::bar;

    fn read(file: &str) -> Value {
        serde_json::from_str(file).unwrap()
    }

    #[test]
    fn pages_run_and_reach_nothing_but_what_is_built_in() {
        let configuration = read(include_str!("../tauri.conf.json"));
        let security = &configuration["app"]["security"];
        let policy = security["csp"].as_object().unwrap();
        assert_eq!(policy["default-src"], "'none'");
        assert_eq!(policy["script-src"], "'self'");
        for (directive, sources) in policy {
            for source in sources.as_str().unwrap().split(' ') {
                // Which port a recording under review is played from is known once it is.
                if (directive, source) == (&"media-src".to_owned(), "http://127.0.0.1:*") {
                    continue;
                }
                assert!(!source.contains('*'), "{directive}: {source}");
                assert!(!source.contains("unsafe"), "{directive}: {source}");
                // A scheme without a host is every host. Nobody but the page itself makes what is at `blob:`.
                let is_ours =
                    source == "ipc:" || (directive, source) == (&"media-src".to_owned(), "blob:");
                let is_a_scheme = source.ends_with(':') && !is_ours;
                assert!(!is_a_scheme, "{directive}: {source}");
            }
        }
        for weaker in ["devCsp", "dangerousDisableAssetCspModification"] {
            assert_eq!(security[weaker], Value::Null, "{weaker}");
        }
        assert_eq!(security["freezePrototype"], true);
    }

    #[test]
    fn the_window_may_hear_our_event_and_call_our_commands() {
        let configuration = read(include_str!("../tauri.conf.json"));
        let capabilities = &configuration["app"]["security"]["capabilities"];
        assert_eq!(*capabilities, json!(["main", "bar"]));
        let capability = read(include_str!("../capabilities/main.json"));
        assert_eq!(capability["windows"], json!(["main"]));
        assert_eq!(capability["remote"], Value::Null);
        // That ours are the registered commands is tested where those are.
        let others: Vec<&str> = capability["permissions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|permission| permission.as_str().unwrap())
            .filter(|permission| !permission.starts_with("allow-"))
            .collect();
        assert_eq!(
            others,
            ["core:event:allow-listen", "core:event:allow-unlisten"]
        );
    }

    #[test]
    fn the_bar_may_do_no_more_than_it_has_buttons_for() {
        let capability = read(include_str!("../capabilities/bar.json"));
        assert_eq!(capability["windows"], json!([bar::BAR]));
        assert_eq!(capability["remote"], Value::Null);
        assert_eq!(
            capability["permissions"],
            json!([
                "core:event:allow-listen",
                "core:event:allow-unlisten",
                "core:window:allow-start-dragging",
                "allow-recording",
                "allow-tell-recorder"
            ])
        );
    }
}
