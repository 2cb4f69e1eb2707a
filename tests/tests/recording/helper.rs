//! The helper itself, told by its protocol: what a window does with it that the command line does not.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};
use world::{bare, in_time, program};

use crate::film::Film;
use crate::pattern::Pattern;
use crate::stage::{Stage, stage_or_skip};

/// A helper that was started. Dropping it kills it.
pub(crate) struct Helper {
    child: Child,
    commands: Option<ChildStdin>,
    events: Lines<BufReader<ChildStdout>>,
}

impl Helper {
    /// Before this stage; it has said hello.
    pub(crate) async fn start(stage: &Stage) -> Self {
        let mut command = bare(program("revui-capture-helper"));
        command
            .envs(stage.environment())
            .env("HOME", stage.folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("the helper starts");
        let stdout = child.stdout.take().expect("a pipe");
        let mut helper = Self {
            commands: child.stdin.take(),
            events: BufReader::new(stdout).lines(),
            child,
        };
        let hello = helper.event("hello").await;
        assert_eq!(hello["protocol"], 1, "{hello}");
        helper
    }

    /// The same, recording to this file with these options.
    pub(crate) async fn record(stage: &Stage, output: &Path, options: Value) -> Self {
        let mut helper = Self::start(stage).await;
        std::fs::File::create_new(output).expect("a file");
        let start = json!({"command": "start", "output": output, "options": options});
        helper.tell(&start).await;
        helper.event("started").await;
        helper
    }

    /// Tells it something.
    pub(crate) async fn tell(&mut self, command: &Value) {
        self.say(&format!("{command}\n")).await;
    }

    async fn say(&mut self, line: &str) {
        let commands = self.commands.as_mut().expect("not hung up");
        commands.write_all(line.as_bytes()).await.expect("it reads");
    }

    /// Closes its standard input.
    pub(crate) fn hang_up(&mut self) {
        self.commands = None;
    }

    /// What it tells next, of this kind.
    pub(crate) async fn event(&mut self, kind: &str) -> Value {
        self.event_like(kind, |event| event["event"] == kind).await
    }

    /// What it tells next that is so.
    pub(crate) async fn event_like(&mut self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        loop {
            let event = in_time(what, self.next()).await;
            let event = event.unwrap_or_else(|| panic!("it ended before {what}"));
            if is_so(&event) {
                return event;
            }
            assert_ne!(event["event"], "failed", "before {what}: {event}");
        }
    }

    /// What it tells next; nothing once it has ended.
    async fn next(&mut self) -> Option<Value> {
        let line = self.events.next_line().await.expect("lines")?;
        Some(serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")))
    }

    /// Waits until the recording is so long.
    pub(crate) async fn reaches(&mut self, milliseconds: u64) {
        self.event_like("progress", |event| {
            event["event"] == "progress" && event["elapsedMs"].as_u64() >= Some(milliseconds)
        })
        .await;
    }

    /// Waits until the recording is so much longer.
    pub(crate) async fn goes_on_for(&mut self, milliseconds: u64) {
        let now = self.event("progress").await;
        let now = now["elapsedMs"].as_u64().expect("a time");
        self.reaches(now + milliseconds).await;
    }

    /// Stops it, and waits for its end.
    pub(crate) async fn stop(mut self) -> Value {
        self.tell(&json!({"command": "stop"})).await;
        let stopped = self.event("stopped").await;
        self.ends().await;
        stopped
    }

    /// Waits for its end, by itself.
    pub(crate) async fn ends(&mut self) {
        let status = in_time("its end", self.child.wait())
            .await
            .expect("a status");
        assert!(status.success(), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_recording_is_gone() {
    stage_or_skip!("a_discarded_recording_is_gone");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let file = stage.file("a.webm");
    let mut helper = Helper::record(&stage, &file, json!({})).await;
    helper.reaches(300).await;
    assert!(file.exists());
    helper.tell(&json!({"command": "discard"})).await;
    helper.event("discarded").await;
    helper.ends().await;
    assert!(!file.exists());
}

/// What a later version may say, and what nobody should, changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_it_does_not_know_it_passes_over() {
    stage_or_skip!("what_it_does_not_know_it_passes_over");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let file = stage.file("a.webm");
    let mut helper = Helper::record(&stage, &file, json!({"later": {"x": 1}})).await;
    helper.tell(&json!({"command": "zoom", "factor": 2})).await;
    helper.say("no JSON\n\n{}\n[]\n").await;
    helper
        .tell(&json!({"command": "start", "output": "/dev/null"}))
        .await;
    helper.reaches(300).await;
    assert_eq!(helper.stop().await["reason"], "requested");
}

/// Of a second of this picture comes a tenth of a megabyte; five of them are left for the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_stays_as_large_as_it_may_become() {
    stage_or_skip!("a_file_stays_as_large_as_it_may_become");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let file = stage.file("a.webm");
    let mut helper = Helper::record(&stage, &file, json!({"microphone": {"kind": "off"}})).await;
    helper.reaches(300).await;
    // What is larger already goes on, and so does what nobody limits any more.
    for bytes in [json!(1), json!(1_000_000), Value::Null] {
        let limit = json!({"command": "limitSize", "bytes": bytes});
        helper.tell(&limit).await;
    }
    helper.reaches(1_500).await;
    let limit = json!({"command": "limitSize", "bytes": 900_000});
    helper.tell(&limit).await;
    let near = helper.event("sizeNear").await;
    assert_eq!(near["minutesLeft"], 0, "{near}");
    let stopped = helper.event("stopped").await;
    helper.ends().await;
    assert_eq!(stopped["reason"], "sizeLimit", "{stopped}");
    assert!(stopped["bytes"].as_u64() < Some(900_000), "{stopped}");
    assert!(Film::of(&file).await.is_finished());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_helper_that_nobody_listens_to_ends() {
    stage_or_skip!("a_helper_that_nobody_listens_to_ends");
    let stage = Stage::start().await;
    let mut helper = Helper::start(&stage).await;
    helper.hang_up();
    helper.ends().await;
}

/// It opens what would be recorded, writes nothing, and says whether it could.
#[tokio::test(flavor = "multi_thread")]
async fn options_can_be_tried_before() {
    stage_or_skip!("options_can_be_tried_before");
    let stage = Stage::start().await;
    let mut helper = Helper::start(&stage).await;
    helper
        .tell(&json!({"command": "probe", "options": {}}))
        .await;
    helper.event("probed").await;
    helper.ends().await;
    let mut helper = Helper::start(&stage).await;
    let missing = json!({"target": {"kind": "screen", "number": 2}});
    helper
        .tell(&json!({"command": "probe", "options": missing}))
        .await;
    let failed = helper.event("failed").await;
    assert_eq!(failed["code"], "unknown_screen", "{failed}");
}
