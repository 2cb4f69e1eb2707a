//! The real window: the program as users start it, on a desktop of its own, against real backends and stores. A person's
//! part is played by WebDriver for what is in the page, and by keys for the system's file chooser.
//!
//! `REVUI_PICTURES=FOLDER` keeps a picture of each state; `REVUI_LOOK=dark` takes them in the dark.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a step that fails is a failed test"
)]

mod chooser;
mod desktop;
mod person;
mod pictures;
mod window;

mod interruptions;
mod refusals;
mod signing_in;
mod uploading;
