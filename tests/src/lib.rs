//! The world that journeys go through: the real server over its real store, the real command line, recordings made by
//! ffmpeg, and, beside them, what others run: a strict backend that keeps only the base contract, and a line between two
//! machines that can be held.
//!
//! Everything here is started by a test, listens on a port that the system chose, lives in a temporary folder, and ends
//! when it is dropped. It decides nothing about what is right: that is the journeys' business. Nobody but tests may
//! import it.
//!
//! ```no_run
//! # async fn example() {
//! use world::{World, fixtures};
//!
//! let world = World::start().await;
//! let revui = world.revui_of(world.user()).await;
//! let short = fixtures::short();
//! let upload = revui.run(["upload", short.to_str().unwrap(), "--task", &world.task]).await;
//! assert_eq!(upload.exit, 0);
//! # }
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::print_stdout,
    clippy::result_large_err,
    reason = "a world that cannot be built is a failed test, and a skipped one says so"
)]

pub mod fixtures;
pub mod killing;
pub mod strict;

mod command_line;
mod deployed;
mod faulty;
mod files;
mod identity_provider;
mod keychain;
mod line;
#[cfg(target_os = "linux")]
mod monitor;
mod namespace;
mod pieces;
mod ports;
mod process;
mod programs;
mod proxied;
mod recorder;
mod renewals;
mod resigned;
mod server;
mod skip;
mod store;
mod time;

pub use command_line::{Finished, Revui, Running};
pub use deployed::Deployed;
pub use faulty::{Faulty, takes_at_most};
pub use files::{files_under, sha256_of};
pub use identity_provider::{Browser, IdentityProvider};
pub use keychain::Keychain;
pub use line::Line;
#[cfg(target_os = "linux")]
pub use monitor::Monitor;
pub use namespace::namespace;
pub use pieces::{bare, missing_piece, start_piece};
pub use ports::Ports;
pub use programs::program;
pub use proxied::Proxied;
pub use recorder::Recorder;
pub use renewals::Renewals;
pub use resigned::Resigned;
pub use server::{Account, World};
pub use skip::skip;
pub use time::in_time;
