//! The real window: the program as users start it, on a desktop of its own, against real backends and stores. A person's
//! part is played by WebDriver for what is in the page, and by keys for the system's file chooser.
//!
//! `REVUI_PICTURES=FOLDER` keeps a picture of each state; `REVUI_LOOK=dark` takes them in the dark.

mod chooser;
mod desktop;
mod person;
mod pictures;
mod window;

mod interruptions;
mod refusals;
mod signing_in;
mod uploading;
