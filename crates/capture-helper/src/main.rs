//! `revui-capture-helper`: the one program that links GStreamer. It lists what can be recorded and records it, told by
//! [`capture::protocol`] on its standard input, and telling on its standard output.
//!
//! It must never know what becomes of a recording. Whatever crashes in it (a plugin, a driver, a display server that
//! goes) ends a recording and nothing else; what had been written until then is a file that plays. When its standard
//! input closes it finishes the file and ends; a signal to stop does the same.

mod outlet;

#[cfg(target_os = "linux")]
mod camera;
#[cfg(target_os = "linux")]
mod colours;
#[cfg(target_os = "linux")]
mod desktop;
#[cfg(target_os = "linux")]
mod edid;
#[cfg(target_os = "linux")]
mod encoding;
#[cfg(target_os = "linux")]
mod frames;
#[cfg(target_os = "linux")]
mod grabber;
#[cfg(target_os = "linux")]
mod inbox;
#[cfg(target_os = "linux")]
mod listing;
#[cfg(target_os = "linux")]
mod names;
#[cfg(target_os = "linux")]
mod picture;
#[cfg(target_os = "linux")]
mod pipeline;
#[cfg(target_os = "linux")]
mod plan;
#[cfg(target_os = "linux")]
mod plugins;
#[cfg(target_os = "linux")]
mod pointer;
#[cfg(target_os = "linux")]
mod portal;
#[cfg(target_os = "linux")]
mod preview;
#[cfg(target_os = "linux")]
mod probing;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod recorder;
#[cfg(target_os = "linux")]
mod remains;
#[cfg(target_os = "linux")]
mod sound;
#[cfg(target_os = "linux")]
mod speed;
#[cfg(target_os = "linux")]
mod timeline;
#[cfg(target_os = "linux")]
mod trouble;
#[cfg(target_os = "linux")]
mod watch;
#[cfg(target_os = "linux")]
mod window;

#[cfg(target_os = "linux")]
fn main() {
    program::run();
}

#[cfg(not(target_os = "linux"))]
fn main() {
    use capture::protocol::Event;
    use capture::{Failure, FailureCode};

    outlet::tell(&Event::Failed {
        failure: Failure::new(
            FailureCode::DisplayUnsupported,
            "Recording is not to be had on this system yet.",
            "Record with another program, and choose its file: everything but recording works.",
        ),
        path: None,
    });
}
