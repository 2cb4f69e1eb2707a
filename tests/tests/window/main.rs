//! The real window: the program as users start it, on a desktop of its own, against real backends and stores. A person's
//! part is played by WebDriver for what is in the page, and by keys and the mouse for what the system shows.
//!
//! `REVUI_PICTURES=FOLDER` keeps a picture of each state; `REVUI_LOOK=dark` takes them in the dark.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a step that fails is a failed test"
)]

mod bar;
mod chooser;
mod controls;
mod desktop;
mod download;
mod drag;
mod drawing;
mod halfway;
mod notices;
mod person;
mod pictures;
mod portal;
mod program;
mod recorder;
mod screen;
mod slowly;
mod tray;
mod typing;
mod window;

mod aloud;
mod assistive;
mod by_keys;
mod camera;
mod choosing;
mod closing;
mod countdown;
mod elsewhere;
mod failing;
mod first_frame;
mod folder;
mod interruptions;
mod keyboard;
mod links;
mod looks;
mod microphone;
mod organisation;
mod playing;
mod recorded;
mod recording;
mod refusals;
mod reviewing;
mod signing_in;
mod tasks;
mod tour;
mod trimming;
mod troubles;
mod uploading;
mod wishes;
