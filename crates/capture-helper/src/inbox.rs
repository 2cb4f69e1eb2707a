//! Everything that can happen to the helper, in one queue: commands, signals, and what the pipeline's threads tell.

use std::io::{self, BufRead as _};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use capture::protocol::{Command, SoundSource};
use gstreamer as gst;

use crate::outlet::note;
use crate::portal::{Cast, PortalTrouble};
use crate::timeline::Track;

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Input {
    /// Somebody said so.
    Command(Command),
    /// Standard input is closed: whoever started this program is gone.
    Abandoned,
    /// The system wants this program to end.
    Signal,
    /// The pipeline tells.
    Bus(gst::Message),
    /// The desktop's person has said what may be seen, or that nothing may.
    Allowed(Result<Arc<Cast>, PortalTrouble>),
    /// The first picture has been taken.
    FirstPicture,
    /// A track has come to the recording's end.
    AtEnd(Track),
    /// The sound server lets a stream listen to another device than the one that was asked for.
    Moved(SoundSource),
    /// The window is not to be seen any more (closed, or hidden), or is again.
    WindowSeen(bool),
    /// The camera gives no pictures any more, or does again.
    CameraSeen(bool),
    /// The desktop shows what is recorded no more, or does again.
    DesktopSeen(bool),
}

/// The queue, fed by standard input and by signals from now on.
pub(crate) fn open() -> (Sender<Input>, Receiver<Input>) {
    let (sender, inbox) = mpsc::channel();
    let told = sender.clone();
    // Without a handler a signal ends this program as it ends others, and leaves the file unfinished: playable still.
    if let Err(error) = ctrlc::set_handler(move || drop(told.send(Input::Signal))) {
        note(&format!("signals cannot be heard: {error}"));
    }
    let commands = sender.clone();
    thread::spawn(move || listen(&commands));
    (sender, inbox)
}

/// Reads commands until there are no more.
fn listen(commands: &Sender<Input>) {
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let command = match serde_json::from_str(&line) {
            Ok(command) => command,
            Err(error) => {
                note(&format!("a line that is no command: {error}"));
                continue;
            }
        };
        if commands.send(Input::Command(command)).is_err() {
            return;
        }
    }
    let _ = commands.send(Input::Abandoned);
}
