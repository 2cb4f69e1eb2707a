//! A report for support: what was tried, what failed, the log's last lines; every secret removed.

use std::fmt::Write as _;
use std::sync::Arc;

use client::{Phase, Snapshot};
use tauri::AppHandle;

use crate::asking::{self, Question, Wanted};
use crate::ipc::{Failure, Session};
use crate::shell::Shell;
use crate::uploads::{Refusal, Seen};
use crate::{overview, redaction};

const REPORT: Question = Question {
    title: "Save a report for support",
    wanted: Wanted::NewFile("revui-uploader-report.txt"),
    kinds: &[("Text", &["*.txt"])],
};

/// Lets the user choose where, and writes the report there. `false`: they chose nowhere.
pub(crate) async fn save(app: &AppHandle, shell: &Arc<Shell>, id: &str) -> Result<bool, Failure> {
    let text = text(shell, &shell.uploads.find(id)?);
    let Some(path) = asking::ask(app, REPORT).await.pop() else {
        return Ok(false);
    };
    match tokio::fs::write(&path, text).await {
        Ok(()) => Ok(true),
        Err(error) => {
            tracing::warn!(%error, "the report could not be written");
            Err(Failure::of_the_shell(
                "disk_unwritable",
                "The report could not be written there.",
                "Choose another folder, or make room on the disk.",
            ))
        }
    }
}

fn text(shell: &Shell, seen: &Seen) -> String {
    let mut text = String::from("Revui Uploader: a report for support\n\n");
    let mut line = |name: &str, value: &dyn std::fmt::Display| {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{name:<12} {value}");
    };
    line("written", &jiff::Timestamp::now());
    line("version", &env!("CARGO_PKG_VERSION"));
    line(
        "system",
        &format_args!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
    );
    match overview::session(shell) {
        Session::SignedIn { server, role, .. } => {
            line("server", &server);
            line("role", &role);
        }
        Session::SignedOut { server, .. } => {
            line("server", &server.as_deref().unwrap_or("none"));
            line("role", &"signed out");
        }
        Session::Restoring => line("role", &"signing in"),
    }
    match seen {
        Seen::Job(snapshot) => describe_job(snapshot, &mut line),
        Seen::Refused(refusal) => describe_refusal(refusal, &mut line),
    }
    text.push_str("\nThe log's last lines:\n");
    text.push_str(&shell.lines.text());
    redaction::without_secrets(&text)
}

fn describe_job(snapshot: &Snapshot, line: &mut dyn FnMut(&str, &dyn std::fmt::Display)) {
    line("job", &snapshot.job);
    line("made", &snapshot.created_at);
    line("file", &overview::for_its_user(&snapshot.path));
    line("bytes", &snapshot.size_bytes);
    line("task", &snapshot.task);
    let (Phase::Failed(diagnosis) | Phase::Waiting { diagnosis, .. }) = &snapshot.phase else {
        return;
    };
    line("code", &diagnosis.code);
    line("what", &diagnosis.message);
    line("advice", &diagnosis.hint);
    if let Some(request) = &diagnosis.request_id {
        line("request", request);
    }
}

fn describe_refusal(refusal: &Refusal, line: &mut dyn FnMut(&str, &dyn std::fmt::Display)) {
    line("file", &overview::for_its_user(&refusal.path));
    line("task", &refusal.task);
    line("code", &refusal.failure.code);
    line("what", &refusal.failure.message);
    line("advice", &refusal.failure.hint);
}
