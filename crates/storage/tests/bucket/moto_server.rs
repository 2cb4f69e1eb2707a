//! A moto server: AWS's S3, IAM and STS as far as configuration goes, without AWS. The server room's tests start theirs by
//! this file, too.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A running moto. Its shell ends it once nobody holds this any more, or this process is gone.
pub(crate) struct MotoServer {
    /// Where it listens, `http://127.0.0.1:…`.
    pub(crate) origin: String,
    _shell: Child,
}

/// A program beside moto: `cargo xtask test` installs them together, and names one by `REVUI_MOTO_SERVER`.
pub(crate) fn program(name: &str) -> PathBuf {
    match std::env::var_os("REVUI_MOTO_SERVER").map(PathBuf::from) {
        Some(moto) => moto.with_file_name(name),
        None => PathBuf::from(name),
    }
}

/// Starts one at a port of its own choice; `None` where there is no such program.
pub(crate) fn start() -> Option<MotoServer> {
    // A shell waits for the end of its input, which is the end of whoever holds the pipe, and then ends the server. Where
    // there is none, nobody holds the errors' pipe any more, and its end is seen.
    let mut child = Command::new("sh")
        .args([
            "-c",
            "\"$0\" -H 127.0.0.1 -p 0 <&- & exec 2>&-; read -r _; kill $!",
        ])
        .arg(program("moto_server"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let found = lines.by_ref().find_map(|line| {
        let line = line.unwrap();
        let (_, origin) = line.split_once("Running on ")?;
        Some(origin.trim().to_owned())
    });
    let Some(origin) = found else {
        // It closes the shell's input first, and then there is nothing left to wait for.
        child.wait().unwrap();
        return None;
    };
    // A pipe that nobody reads fills up, and stops the server.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    Some(MotoServer {
        origin,
        _shell: child,
    })
}
