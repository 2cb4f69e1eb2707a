//! `revui`, as somebody at a terminal or in a script runs it.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::{bare, in_time, program};

/// One person's command line: a home folder of its own, and an environment.
pub struct Revui {
    home: TempDir,
    environment: Vec<(String, String)>,
    wrapper: Vec<String>,
}

/// A command that ended.
#[derive(Debug)]
pub struct Finished {
    /// Its exit status; 128 and the signal's number where one ended it, as a shell counts.
    pub exit: i32,
    /// What it printed.
    pub stdout: String,
    /// What it explained.
    pub stderr: String,
}

/// A command that goes on. Dropping it kills it.
pub struct Running {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    printed: String,
    explained: watch::Receiver<String>,
    stderr: JoinHandle<String>,
}

impl Default for Revui {
    fn default() -> Self {
        Self::new()
    }
}

impl Revui {
    /// Nobody's yet: an empty home, no session.
    pub fn new() -> Self {
        Self {
            home: TempDir::with_prefix("revui-home-").expect("a temporary folder"),
            environment: Vec::new(),
            wrapper: Vec::new(),
        }
    }

    /// With the session of `REVUI_SERVER` and `REVUI_TOKEN`.
    #[must_use]
    pub fn with_session(self, server: &str, token: &str) -> Self {
        self.with("REVUI_SERVER", server).with("REVUI_TOKEN", token)
    }

    /// With another variable in its environment, or another value of it.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(there, _)| there != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Started by another program, which is given `revui` and its arguments.
    #[must_use]
    pub fn through(mut self, wrapper: &[&str]) -> Self {
        self.wrapper = wrapper.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    /// Where its journal and settings are.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The command, in its home folder and with nothing of the tests' own surroundings.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let revui = program("revui");
        let mut command = match self.wrapper.split_first() {
            Some((wrapper, its_arguments)) => {
                let mut command = bare(wrapper);
                command.args(its_arguments).arg(revui);
                command
            }
            None => bare(revui),
        };
        command
            .args(arguments)
            .env("HOME", self.home())
            .env("REVUI_HOME", self.home())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.home())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it to its end.
    pub async fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Finished {
        self.start(arguments).finish().await
    }

    /// Runs it to its end, with this on its standard input.
    pub async fn run_with_input<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
        input: &str,
    ) -> Finished {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped());
        let mut running = Running::new(command);
        let mut stdin = running.child.stdin.take().expect("a pipe");
        // A program that ends before it has read everything is not wrong for that.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        running.finish().await
    }

    /// Uploads a file to its end, told in JSON.
    pub async fn upload(&self, file: &Path, task: &str) -> Finished {
        self.start_upload(file, task).finish().await
    }

    /// Uploads a file, which must succeed, and returns its `done`.
    pub async fn uploaded(&self, file: &Path, task: &str) -> Value {
        self.upload(file, task).await.exits(0).event("done")
    }

    /// Starts to upload a file, told in JSON.
    pub fn start_upload(&self, file: &Path, task: &str) -> Running {
        let arguments = ["upload", "--json", "--task", task, "--"].map(OsStr::new);
        self.start(arguments.into_iter().chain([file.as_os_str()]))
    }

    /// The same, no faster than this: what has to happen in the middle happens there on any machine.
    pub fn start_slow_upload(&self, file: &Path, task: &str, rate: &str) -> Running {
        let arguments = ["upload", "--json", "--limit", rate, "--task", task, "--"];
        let arguments = arguments.map(OsStr::new).into_iter();
        self.start(arguments.chain([file.as_os_str()]))
    }

    /// Goes on with everything, told in JSON, and returns the `done` of the one job that there was.
    pub async fn resumed(&self) -> Value {
        self.run(["resume", "--json"]).await.exits(0).event("done")
    }

    /// Signs in with a password.
    pub async fn log_in(&self, server: &str, email: &str, password: &str) -> Finished {
        let login = ["login", "--server", server, "--email", email];
        let login = login.into_iter().chain(["--password-stdin"]);
        self.run_with_input(login, password).await
    }

    /// Starts it.
    pub fn start<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Running {
        Running::new(self.command(arguments))
    }
}

impl Running {
    fn new(mut command: Command) -> Self {
        let mut child = command.spawn().expect("revui starts");
        let stdout = child.stdout.take().expect("a pipe");
        let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let (explaining, explained) = watch::channel(String::new());
        Self {
            child,
            stdout: BufReader::new(stdout).lines(),
            printed: String::new(),
            explained,
            stderr: tokio::spawn(async move {
                let mut line = String::new();
                while stderr
                    .read_line(&mut line)
                    .await
                    .is_ok_and(|bytes| bytes > 0)
                {
                    explaining.send_modify(|text| text.push_str(&line));
                    line.clear();
                }
                explaining.borrow().clone()
            }),
        }
    }

    /// The next JSON line that is as wanted.
    pub async fn event(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = in_time(what, self.stdout.next_line()).await.expect("lines");
            let Some(line) = line else {
                panic!("it ended before {what}. It had printed:\n{}", self.printed)
            };
            self.printed.push_str(&line);
            self.printed.push('\n');
            if let Ok(event) = serde_json::from_str::<Value>(&line)
                && wanted(&event)
            {
                return event;
            }
        }
    }

    /// The first line of what it explains that has this in it, once it is there.
    pub async fn explains(&mut self, text: &str) -> String {
        let find = |explained: &String| {
            let lines = explained.split_inclusive('\n');
            let mut whole = lines.filter(|line| line.ends_with('\n'));
            whole
                .find(|line| line.contains(text))
                .map(|line| line.trim().to_owned())
        };
        let found = self
            .explained
            .wait_for(|explained| find(explained).is_some());
        let Ok(found) = in_time(text, found).await else {
            panic!("it ended without explaining {text}")
        };
        find(&found).expect("a line")
    }

    /// Its process's id, while it goes on.
    pub fn id(&self) -> u32 {
        self.child.id().expect("it goes on")
    }

    /// Sends it a signal, by its name without `SIG`.
    pub async fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().await;
        assert!(
            sent.is_ok_and(|status| status.success()),
            "SIG{name} is sent"
        );
    }

    /// Ends it at once, as the system does when memory or the battery runs out.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it is killed");
    }

    /// Waits for its end.
    pub async fn finish(mut self) -> Finished {
        while let Some(line) = in_time("its end", self.stdout.next_line())
            .await
            .expect("lines")
        {
            self.printed.push_str(&line);
            self.printed.push('\n');
        }
        let status = in_time("its end", self.child.wait())
            .await
            .expect("its status");
        Finished {
            exit: exit_of(status),
            stdout: self.printed,
            stderr: self.stderr.await.expect("what it explained"),
        }
    }
}

#[cfg(unix)]
fn exit_of(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

#[cfg(not(unix))]
fn exit_of(status: ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}

#[allow(clippy::return_self_not_must_use, reason = "they are called to fail")]
impl Finished {
    /// The same, if it ended like this; a failed test with everything that it wrote if not.
    #[track_caller]
    pub fn exits(self, expected: i32) -> Self {
        assert_eq!(
            self.exit, expected,
            "exit status\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// The same, if it explains this.
    #[track_caller]
    pub fn explains(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "no `{text}` in:\n{}",
            self.stderr
        );
        self
    }

    /// Its JSON lines.
    #[track_caller]
    pub fn events(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
            })
            .collect()
    }

    /// The one JSON line with this event.
    #[track_caller]
    pub fn event(&self, name: &str) -> Value {
        let mut events = self.events();
        events.retain(|event| event["event"] == name);
        assert_eq!(
            events.len(),
            1,
            "one `{name}` in:\n{}\n{}",
            self.stdout,
            self.stderr
        );
        events.remove(0)
    }

    /// The last line that it printed.
    #[track_caller]
    pub fn last_line(&self) -> &str {
        self.stdout
            .lines()
            .last()
            .unwrap_or_else(|| panic!("nothing printed:\n{}", self.stderr))
    }
}
