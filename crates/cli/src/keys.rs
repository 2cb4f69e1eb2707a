//! Single keys, pressed at a terminal while something goes on.

#[cfg(unix)]
pub(crate) use unix::Keys;

#[cfg(not(unix))]
pub(crate) use nowhere::Keys;

#[cfg(unix)]
mod unix {
    use std::io::{self, IsTerminal as _, Read as _};

    use rustix::process::getpgrp;
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};
    use tokio::sync::mpsc;

    use crate::output;

    /// Hears keys as they are pressed, without Enter. While it lives the terminal does not show them; Ctrl+C is what it was.
    pub(crate) struct Keys {
        pressed: mpsc::UnboundedReceiver<u8>,
        before: Termios,
    }

    impl Keys {
        /// Begins to listen; `None` where nobody sits at a terminal.
        pub(crate) fn listen() -> Option<Self> {
            let stdin = io::stdin();
            if !stdin.is_terminal() || !output::is_watched() {
                return None;
            }
            // Who touches the terminal from the background is stopped.
            if tcgetpgrp(&stdin).ok()? != getpgrp() {
                return None;
            }
            let before = tcgetattr(&stdin).ok()?;
            let mut single = before.clone();
            single.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
            tcsetattr(&stdin, OptionalActions::Now, &single).ok()?;
            let (pressing, pressed) = mpsc::unbounded_channel();
            // Reading cannot be taken back: a thread of its own does it, and ends with the program.
            std::thread::spawn(move || {
                let mut key = [0];
                while matches!(io::stdin().lock().read(&mut key), Ok(1)) {
                    if pressing.send(key[0]).is_err() {
                        break;
                    }
                }
            });
            Some(Self { pressed, before })
        }

        /// The next one. Dropping the future loses none.
        pub(crate) async fn next(&mut self) -> u8 {
            match self.pressed.recv().await {
                Some(key) => key,
                None => std::future::pending().await,
            }
        }
    }

    impl Drop for Keys {
        fn drop(&mut self) {
            // A terminal that is gone needs nothing more.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
        }
    }
}

#[cfg(not(unix))]
mod nowhere {
    /// Nobody's keys.
    pub(crate) enum Keys {}

    impl Keys {
        pub(crate) fn listen() -> Option<Self> {
            None
        }

        #[allow(clippy::unused_async, reason = "as where there are keys")]
        pub(crate) async fn next(&mut self) -> u8 {
            match *self {}
        }
    }
}
