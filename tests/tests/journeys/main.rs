//! Journeys: what a person, a script or an attacker does with the programs, through the whole of them.
//!
//! Each test builds its own world and is done when that world says so; none waits for a time to pass where something can
//! be waited for.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a step that fails is a failed journey"
)]

#[cfg(target_os = "linux")]
mod all_sent;
mod bad_files;
mod bad_servers;
mod changing_files;
mod checked_recordings;
mod checks;
mod clipboard;
mod clocks;
mod contract;
mod cut_short;
mod downloads;
mod exits;
#[cfg(target_os = "linux")]
mod full_disk;
mod guide;
mod held;
mod held_in_parts;
mod help;
mod house;
mod interruptions;
mod journal;
mod json;
mod killed;
#[cfg(target_os = "linux")]
mod memory;
mod names;
#[cfg(target_os = "linux")]
mod odd_files;
mod organisation;
#[cfg(target_os = "linux")]
mod proxies;
#[cfg(target_os = "linux")]
mod quotas;
#[cfg(target_os = "linux")]
mod reading;
mod repairs;
mod reported;
mod restarts;
mod roles;
mod secrets;
mod sent_while_recorded;
mod sign_in;
mod storage;
mod strict;
mod terminal;
mod waiting;
mod watched_folders;
mod wishes;
