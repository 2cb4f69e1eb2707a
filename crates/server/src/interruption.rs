//! How the program is told to end in order: Ctrl+C, SIGTERM on Unix, a closed console on Windows.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC, CtrlClose, ctrl_c, ctrl_close};

/// Hears of it from its making on, so that it is made before anything that must not be left half done.
pub(crate) struct Interruption {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
    #[cfg(windows)]
    interrupt: CtrlC,
    #[cfg(windows)]
    terminate: CtrlClose,
}

impl Interruption {
    /// Begins to listen; the system no longer ends the program by itself.
    pub(crate) fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        return Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        });
        #[cfg(windows)]
        return Ok(Self {
            interrupt: ctrl_c()?,
            terminate: ctrl_close()?,
        });
    }

    /// Returns when the program has been told to end, perhaps before this was called.
    pub(crate) async fn come(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
