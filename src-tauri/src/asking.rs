//! The system's own dialogs for files and folders. Choosing none is an answer, too.

use std::path::PathBuf;

use tauri::AppHandle;
use tokio::sync::{Mutex, oneshot};

/// Held while one is open. A second one would lie on the first, which takes no clicks then.
static OPEN: Mutex<()> = Mutex::const_new(());

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted {
    /// Files that there are.
    Files,
    /// A folder that there is.
    Folder,
    /// A file that is to be written, by this name if its user has no better one.
    NewFile(&'static str),
}

/// A dialog.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    /// What stands above it.
    pub(crate) title: &'static str,
    pub(crate) wanted: Wanted,
    /// Kinds of files, each with the patterns of their names. The first is shown at first.
    pub(crate) kinds: &'static [(&'static str, &'static [&'static str])],
}

/// Asks, and waits for the answer. Nothing is chosen while something else is asked.
pub(crate) async fn ask(app: &AppHandle, question: Question) -> Vec<PathBuf> {
    let Ok(_alone) = OPEN.try_lock() else {
        return Vec::new();
    };
    let (answer, answered) = oneshot::channel();
    system::show(app, question, answer);
    // Nobody answers any more only when the program ends.
    answered.await.unwrap_or_default()
}

/// By GTK itself, on the thread of the window. The plugin would run a second event loop for as long as the program lives, on
/// a thread of its own, where what is due in the webview is done by turns: one that is only to be touched by its own thread
/// stands still then.
#[cfg(target_os = "linux")]
mod system {
    use gtk::glib::MainContext;
    use gtk::prelude::*;
    use gtk::{FileChooserAction, FileChooserNative, FileFilter, ResponseType};
    use tauri::Manager as _;

    use super::{AppHandle, PathBuf, Question, Wanted, oneshot};
    use crate::window;

    pub(super) fn show(app: &AppHandle, question: Question, answer: oneshot::Sender<Vec<PathBuf>>) {
        let here = app.clone();
        let shown = app.run_on_main_thread(move || {
            let chooser = chooser(&here, question);
            MainContext::default().spawn_local(async move {
                let files = match chooser.run_future().await {
                    ResponseType::Accept => chooser.filenames(),
                    _ => Vec::new(),
                };
                chooser.destroy();
                let _ = answer.send(files);
            });
        });
        if let Err(error) = shown {
            tracing::warn!(%error, "a dialog could not be shown");
        }
    }

    fn chooser(app: &AppHandle, question: Question) -> FileChooserNative {
        let parent = app.get_webview_window(window::MAIN);
        let parent = parent.and_then(|window| window.gtk_window().ok());
        let action = match question.wanted {
            Wanted::Files => FileChooserAction::Open,
            Wanted::Folder => FileChooserAction::SelectFolder,
            Wanted::NewFile(_) => FileChooserAction::Save,
        };
        let title = Some(question.title);
        let chooser = FileChooserNative::new(title, parent.as_ref(), action, None, None);
        chooser.set_modal(true);
        chooser.set_select_multiple(matches!(question.wanted, Wanted::Files));
        if let Wanted::NewFile(name) = question.wanted {
            chooser.set_current_name(name);
            chooser.set_do_overwrite_confirmation(true);
        }
        for (name, patterns) in question.kinds {
            let filter = FileFilter::new();
            filter.set_name(Some(name));
            for pattern in *patterns {
                filter.add_pattern(pattern);
            }
            chooser.add_filter(filter);
        }
        chooser
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use tauri::Manager as _;
    use tauri_plugin_dialog::{DialogExt as _, FilePath};

    use super::{AppHandle, PathBuf, Question, Wanted, oneshot};
    use crate::window;

    pub(super) fn show(app: &AppHandle, question: Question, answer: oneshot::Sender<Vec<PathBuf>>) {
        let mut dialog = app.dialog().file().set_title(question.title);
        if let Some(window) = app.get_webview_window(window::MAIN) {
            dialog = dialog.set_parent(&window);
        }
        for (name, patterns) in question.kinds {
            let endings: Vec<_> = patterns.iter().map(|pattern| ending(pattern)).collect();
            dialog = dialog.add_filter(*name, &endings);
        }
        let say = |files: Vec<FilePath>| {
            let paths = files.into_iter().filter_map(|file| file.into_path().ok());
            let _ = answer.send(paths.collect());
        };
        match question.wanted {
            Wanted::Files => dialog.pick_files(|files| say(files.unwrap_or_default())),
            Wanted::Folder => dialog.pick_folder(|folder| say(folder.into_iter().collect())),
            Wanted::NewFile(name) => {
                let dialog = dialog.set_file_name(name);
                dialog.save_file(|file| say(file.into_iter().collect()));
            }
        }
    }

    /// Here a kind of files is known by the end of their names.
    fn ending(pattern: &str) -> &str {
        pattern.strip_prefix("*.").unwrap_or(pattern)
    }
}
