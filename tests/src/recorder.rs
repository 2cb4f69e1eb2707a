//! A recorder at work: GStreamer's own muxer, writing a file as it does for a screen. What it records is noise in the place of
//! coded pictures, so that a recording of many megabytes costs no time; nobody can play it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::{bare, in_time, missing_piece};

/// Size of a picture, in bytes.
const PICTURE_BYTES: u64 = 50_000;

/// A file system tells nobody when a file appears.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A recording that is being made. Dropping it kills the recorder, in the middle of whatever it writes.
pub struct Recorder {
    /// The file.
    pub file: PathBuf,
    child: Child,
}

impl Recorder {
    /// What keeps one from running on this machine.
    pub fn missing_piece() -> Option<String> {
        missing_piece(&["gst-launch-1.0"])
    }

    /// Starts one that writes about so many bytes in so many seconds, and then closes the file. Returns once there is one.
    pub async fn start(file: &Path, bytes: u64, seconds: u64) -> Self {
        let rate = bytes / seconds;
        let pictures = bytes / PICTURE_BYTES;
        let pipeline = format!(
            "fakesrc num-buffers={pictures} sizetype=fixed sizemax={PICTURE_BYTES} filltype=random datarate={rate} \
             format=time ! identity sync=true ! video/x-vp8,width=1280,height=720,framerate=30/1 ! webmmux ! \
             filesink buffer-mode=unbuffered location={}",
            file.display()
        );
        let mut command: Command = bare("gst-launch-1.0");
        command.arg("-q").args(pipeline.split_whitespace());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("gst-launch-1.0 starts");
        let begun = async {
            while !file.metadata().is_ok_and(|metadata| metadata.len() > 0) {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        in_time("the beginning of a recording", begun).await;
        Self {
            file: file.to_owned(),
            child,
        }
    }

    /// Whether it is still at work.
    pub fn is_recording(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until it has closed the file.
    pub async fn ends(mut self) -> PathBuf {
        let ended = in_time("the end of a recording", self.child.wait()).await;
        assert!(ended.is_ok_and(|status| status.success()), "it recorded");
        self.file
    }
}
