//! Programs of the system that a test's surroundings are made of: a bus, a keychain, a screen.

use std::ffi::OsStr;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::in_time;

/// Why these cannot all be started on this machine; `None` where they can.
pub fn missing_piece(pieces: &[&str]) -> Option<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    pieces
        .iter()
        .find(|piece| !std::env::split_paths(&path).any(|folder| folder.join(piece).is_file()))
        .map(|piece| format!("there is no {piece} on this machine"))
}

/// A program that is given nothing of the tests' own surroundings but where programs are. Dropping it kills it.
pub fn bare(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| name == "PATH"))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Starts a program that goes on, and returns it with the first line it prints, by which it says that it is ready.
pub async fn start_piece(mut command: Command) -> (Child, String) {
    let name = command.as_std().get_program().display().to_string();
    let mut piece = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
    let mut lines = BufReader::new(piece.stdout.take().expect("a pipe")).lines();
    let ready = in_time(&format!("the start of {name}"), lines.next_line())
        .await
        .expect("what it prints can be read")
        .unwrap_or_else(|| panic!("{name} ended"));
    (piece, ready)
}
