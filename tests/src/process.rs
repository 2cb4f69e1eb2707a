//! `revui-server` as its operators run it: a process of its own, told everything by its environment.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::{bare, in_time, program};

/// A program that is started again as it was.
pub(crate) struct Process {
    pub(crate) folder: PathBuf,
    pub(crate) environment: Vec<(&'static str, String)>,
    arguments: Vec<String>,
    wrapper: Vec<String>,
    child: Option<Child>,
}

impl Process {
    /// One that works in this folder; not started yet.
    pub(crate) fn new(
        folder: PathBuf,
        environment: Vec<(&'static str, String)>,
        arguments: Vec<String>,
    ) -> Self {
        Self {
            folder,
            environment,
            arguments,
            wrapper: Vec::new(),
            child: None,
        }
    }

    /// Started by another program, which is given this one and its arguments.
    pub(crate) fn through(mut self, wrapper: Vec<String>) -> Self {
        self.wrapper = wrapper;
        self
    }

    /// Starts it, and returns once it says where it serves.
    pub(crate) async fn start(&mut self) {
        let mut command = self.command();
        command.args(&self.arguments).stdout(Stdio::piped());
        let mut child = command.spawn().expect("revui-server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let said = in_time("revui-server", lines.next_line())
            .await
            .expect("lines");
        assert!(said.is_some(), "revui-server ended:\n{}", self.log());
        self.child = Some(child);
    }

    /// Kills it, at whatever instruction it is.
    pub(crate) async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().await.expect("it is killed");
        }
    }

    /// Another of its commands, over the same data: `tenant add`, `user add`.
    pub(crate) async fn order(&self, arguments: &[&str], input: &str) {
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::piped());
        let mut child = command.spawn().expect("revui-server starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(input.as_bytes()).await.expect("it reads");
        drop(stdin);
        let status = in_time("an order", child.wait()).await.expect("its status");
        assert!(status.success(), "{arguments:?}: {}", self.log());
    }

    /// What another of its commands prints, with these variables besides its own.
    pub(crate) async fn tells(&self, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        let mut command = self.command();
        command.args(arguments).stdout(Stdio::piped());
        command.envs(variables.iter().copied());
        let output = in_time("an order", command.output()).await;
        String::from_utf8(output.expect("its end").stdout).expect("a text")
    }

    /// In its folder, with nothing of the tests' own surroundings.
    fn command(&self) -> Command {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("server.log"))
            .expect("a log file");
        let server = program("revui-server");
        let mut command = match self.wrapper.split_first() {
            Some((wrapper, its_arguments)) => {
                let mut command = bare(wrapper);
                command.args(its_arguments).arg(server);
                command
            }
            None => bare(server),
        };
        command
            .current_dir(&self.folder)
            .envs(self.environment.iter().cloned())
            .stdout(Stdio::null())
            .stderr(log);
        command
    }

    /// The end of what it has logged.
    fn log(&self) -> String {
        let text = std::fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

/// What a backend needs to know beside its bucket: where its database is, and what signs its tokens.
pub(crate) fn backend_variables(folder: &Path) -> Vec<(&'static str, String)> {
    let database = folder.join("revui.db");
    let secret = "signs tokens in a temporary folder";
    vec![
        ("DATABASE_URL", format!("sqlite:{}", database.display())),
        ("JWT_SECRET", secret.to_owned()),
    ]
}
