//! moto: AWS's S3, IAM and STS as far as configuration goes. One for all tests of this binary, each of which has names of
//! its own; it ends with the binary.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// The server, which ends when the pipe to its shell does.
struct Moto {
    origin: String,
    _shell: Child,
}

static MOTO: OnceLock<Moto> = OnceLock::new();

/// Where it listens, `http://127.0.0.1:…`. The first call starts it.
pub(crate) fn origin() -> &'static str {
    &MOTO.get_or_init(start).origin
}

/// A program beside moto: `cargo xtask test` installs them together, and names one by `REVUI_MOTO_SERVER`.
pub(crate) fn program(name: &str) -> PathBuf {
    match std::env::var_os("REVUI_MOTO_SERVER").map(PathBuf::from) {
        Some(moto) => moto.with_file_name(name),
        None => PathBuf::from(name),
    }
}

/// A shell waits for the end of its input, which is the end of this process, and then ends the server.
fn start() -> Moto {
    let mut child = Command::new("sh")
        .args(["-c", "\"$0\" -H 127.0.0.1 -p 0 <&- & read -r _; kill $!"])
        .arg(program("moto_server"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let origin = loop {
        let line = lines.next();
        let line = line.unwrap_or_else(|| panic!("no moto_server: `cargo xtask test` installs it"));
        let line = line.unwrap();
        if let Some((_, origin)) = line.split_once("Running on ") {
            break origin.trim().to_owned();
        }
    };
    // A pipe that nobody reads fills up, and stops the server.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    Moto {
        origin,
        _shell: child,
    }
}
