//! `link --copy`: the clipboard, and "copied" only when it reads back the same.
//!
//! On X11 and Wayland there is no clipboard, only a program that answers when somebody pastes. So a second process of ours
//! is left behind, holding the link until something else is copied or the link has run out; elsewhere the system keeps it.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// What the other process says once it holds the clipboard; anything else is the reason why it does not.
const HELD: &str = "held";

/// Copies, and reads back. Blocks for at most a few seconds.
pub(crate) fn copy(text: &str) -> Result<(), Failure> {
    let said = leave_a_holder(text).map_err(|error| unavailable(&error.to_string()))?;
    if said != HELD {
        return Err(unavailable(&said));
    }
    let read_back = arboard::Clipboard::new().and_then(|mut clipboard| clipboard.get_text());
    match read_back {
        Ok(held) if held == text => Ok(()),
        Ok(_) => Err(unavailable("It holds something else")),
        Err(error) => Err(unavailable(&error.to_string())),
    }
}

fn unavailable(cause: &str) -> Failure {
    Failure::local(
        "clipboard_unavailable",
        format!(
            "The link could not be copied. {}.",
            cause.trim_end_matches('.')
        ),
        "It is printed above; copy it from there.",
    )
}

/// Starts this program again, as the clipboard's holder, and returns what it says. The link goes through a pipe: arguments
/// are for all to see.
fn leave_a_holder(text: &str) -> io::Result<String> {
    let mut holder = Command::new(std::env::current_exe()?);
    holder
        .arg("hold-clipboard")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    // Ctrl+C in this terminal is not meant for it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut holder, 0);
    let mut holder = holder.spawn()?;
    let (Some(mut input), Some(output)) = (holder.stdin.take(), holder.stdout.take()) else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    input.write_all(text.as_bytes())?;
    drop(input);
    let mut said = String::new();
    BufReader::new(output).read_line(&mut said)?;
    Ok(said.trim_end().to_owned())
}

/// The other process: takes the clipboard, says so, and keeps it while somebody may want to paste.
pub(crate) fn hold() -> Exit {
    let mut text = String::new();
    if io::stdin().read_to_string(&mut text).is_err() {
        return Exit::Failed;
    }
    match take(text) {
        Ok(()) => Exit::Done,
        Err(error) => {
            output::result(&error.to_string());
            Exit::Failed
        }
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
fn take(text: String) -> Result<(), arboard::Error> {
    use arboard::SetExtLinux as _;
    use std::time::{Duration, Instant};

    /// A link opens for an hour; there is no point in holding it for longer.
    const LONGEST_HOLD: Duration = Duration::from_hours(1);

    let mut clipboard = arboard::Clipboard::new()?;
    clipboard.set_text(text.as_str())?;
    output::result(HELD);
    // The same text once more: this call is the one that returns when another program copies.
    clipboard
        .set()
        .wait_until(Instant::now() + LONGEST_HOLD)
        .text(text)
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn take(text: String) -> Result<(), arboard::Error> {
    arboard::Clipboard::new()?.set_text(text)?;
    output::result(HELD);
    Ok(())
}
