//! The main job, from its first line to its last, as whoever has just cloned the repository sees it; over programs that were
//! built before.
#![cfg(unix)]
// A test says what went wrong by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// What ends every run.
const LAST_LINE: &str = "To run the tests: cargo xtask test";

/// `cargo xtask run --headless` over this folder.
fn run(data: &Path) -> Command {
    let xtask = Path::new(env!("CARGO_BIN_EXE_xtask"));
    let beside = || OsString::from(xtask.parent().expect("a folder"));
    let mut command = Command::new(xtask);
    command
        .args(["run", "--headless", "--data"])
        .arg(data)
        .env(
            "REVUI_BIN_DIR",
            std::env::var_os("REVUI_BIN_DIR").unwrap_or_else(beside),
        )
        .stdin(Stdio::null());
    command
}

fn empty_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    folder
}

fn said(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}

/// It uploads, prints a link, finds behind it what it sent, and says how to go on.
fn does_the_main_job(command: &mut Command) {
    let output = command.args(["--port", "0"]).output().unwrap();
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        stdout.contains("http://127.0.0.1:") && stdout.contains("X-Amz-Signature"),
        "{said}"
    );
    let end: Vec<_> = stdout.trim_end().lines().rev().take(2).collect();
    assert_eq!(end, [LAST_LINE, "SHA-256 agrees"], "{said}");
}

#[test]
fn a_clone_uploads_and_keeps_what_it_stored() {
    let data = empty_folder("main-job");
    does_the_main_job(&mut run(&data));
    let own = data.join("My own recording.webm");
    fs::copy(data.join("sample.webm"), &own).unwrap();
    does_the_main_job(run(&data).arg("--file").arg(&own));

    let mut kept = Kept::start(&data);
    let note: Value =
        serde_json::from_slice(&fs::read(data.join("demo.json")).unwrap()).expect("demo.json");
    let names = [note["server"].clone(), note["store"].clone()];
    let [server, store] = names.map(|origin| origin.as_str().expect("an origin").to_owned());
    assert!(is_open(&server) && is_open(&store));
    assert_eq!(stored(&server, &note), 3, "one for each start");
    kept.interrupt();
    assert!(kept.program.wait().unwrap().success());
    assert!(
        !is_open(&server) && !is_open(&store),
        "all that was started ends"
    );
}

#[test]
fn a_port_in_use_is_said_before_anything_else() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let data = empty_folder("port-in-use");
    let output = run(&data).args(["--port", &port]).output().unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("--port") && said.contains(&port), "{said}");
    assert!(!data.exists());
}

/// A run with `--keep`, from when it says that its backend stays up.
struct Kept {
    program: Child,
}

impl Kept {
    fn start(data: &Path) -> Self {
        let mut command = run(data);
        let command = command.args(["--port", "0", "--keep"]);
        let mut program = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(program.stdout.take().unwrap()).lines();
        let mut seen = Vec::new();
        for line in lines.map_while(Result::ok) {
            seen.push(line);
            // The line that names the tests follows it; until both are read nothing closes the pipe.
            if seen.last().is_some_and(|line| line == LAST_LINE) {
                break;
            }
        }
        let stays = |line: &String| line.contains("stays up") && line.contains("Ctrl+C");
        assert!(seen.iter().any(stays), "{seen:#?}");
        Self { program }
    }

    /// What Ctrl+C does.
    fn interrupt(&self) {
        let id = self.program.id().to_string();
        let kill = Command::new("sh")
            .args(["-c", "kill -s INT \"$0\"", &id])
            .status();
        assert!(kill.unwrap().success());
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // It has ended already unless something went wrong.
        let _ = self.program.kill();
    }
}

/// Whether something listens at this origin.
fn is_open(origin: &str) -> bool {
    TcpStream::connect(origin.strip_prefix("http://").expect("plain HTTP")).is_ok()
}

/// How many recordings the demo's user has.
fn stored(server: &str, note: &Value) -> usize {
    let mut users = note["users"].as_array().unwrap().iter();
    let user = users.find(|user| user["role"] == "USER").unwrap();
    let account =
        serde_json::json!({"email": user["email"], "password": user["password"]}).to_string();
    let login = curl(&[
        "--header",
        "Content-Type: application/json",
        "--data",
        &account,
        &format!("{server}/api/auth/login"),
    ]);
    let token = login["accessToken"].as_str().expect("a token");
    let task = note["taskId"].as_str().expect("a task");
    let recordings = curl(&[
        "--header",
        &format!("Authorization: Bearer {token}"),
        &format!("{server}/api/recordings/task/{task}"),
    ]);
    recordings.as_array().expect("a list").len()
}

fn curl(arguments: &[&str]) -> Value {
    let output = Command::new("curl")
        .args(["--silent", "--fail"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}
