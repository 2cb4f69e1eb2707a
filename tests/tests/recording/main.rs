//! Recordings: a real display with a picture on it that tells the time, a real sound server with tones, the programs as
//! people start them, and the file looked at frame by frame with ffmpeg.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a step that fails is a failed recording"
)]

mod cameras;
mod disk;
mod ends;
mod film;
mod gnome;
mod helper;
mod keys;
#[allow(dead_code, reason = "the measurement of recordings uses the rest")]
mod killing;
mod kills;
mod missing;
mod noise;
mod pattern;
mod pauses;
mod picture;
mod refusals;
mod screens;
mod sound;
mod stage;
mod uploads;
mod wayland;
mod windows;
