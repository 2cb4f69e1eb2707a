//! Revui Uploader's window: the desktop shell around [`client`].
//!
//! It translates and shows; it decides nothing about uploads. It never lets a token, an upload URL or the bytes of a
//! recording reach the webview, but for what a review shows and plays of a file that is under review; and the webview names
//! jobs and recordings, never files or addresses.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod app;
mod asking;
mod choosing;
mod clipboard;
mod closing;
mod commands;
mod damaged;
mod decoder;
mod display;
mod first_frame;
mod folder;
mod ipc;
mod links;
mod log;
mod notification;
mod overview;
mod playback;
mod recording;
mod recordings;
mod redaction;
mod report;
mod review;
mod session;
mod shell;
mod surroundings;
mod tray;
mod uploads;
mod window;
#[cfg(test)]
mod world;

use std::io::Write;
use std::process::ExitCode;

/// The program cannot run as things are: usage or configuration.
const EXIT_UNUSABLE: u8 = 2;

fn main() -> ExitCode {
    let lines = log::start();
    if let Err(missing) = display::check() {
        say(&missing.to_string());
        return ExitCode::from(EXIT_UNUSABLE);
    }
    match app::run(lines) {
        Ok(code) => code,
        Err(error) => {
            say(&format!("the window could not be opened: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// To whoever started the program from a terminal; nobody listening is no failure.
fn say(sentence: &str) {
    let _ = writeln!(std::io::stderr().lock(), "revui-uploader: {sentence}");
}
