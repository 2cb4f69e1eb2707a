//! Choosing recordings: by the system's own dialog, or by dropping them on the window. Paths stay on this side.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use client::{Code, Diagnosis};
use tauri::AppHandle;
use wire::TaskId;

use crate::asking::{self, Question, Wanted};
use crate::ipc::{Failure, Session};
use crate::shell::Shell;
use crate::{overview, review};

const RECORDINGS: Question = Question {
    title: "Choose recordings",
    wanted: Wanted::Files,
    kinds: &[
        ("WebM recordings", &["*.webm", "*.WEBM"]),
        ("All files", &["*"]),
    ],
};

/// Lets the user choose recordings, to look them over. Choosing none is no failure.
pub(crate) async fn ask(app: &AppHandle, shell: &Arc<Shell>) -> Result<(), Failure> {
    if !is_signed_in(shell) {
        return Err(Diagnosis::of(Code::SignedOut).into());
    }
    let mut files = asking::ask(app, RECORDINGS).await;
    // Dialogs hand them over in an order of their own.
    files.sort_by_cached_key(|path| by_name(path));
    // Whoever was signed out meanwhile finds them again afterwards.
    review::add(shell, files);
    Ok(())
}

/// What files are sorted by, as people sort them: capitals count like small letters, and 2 comes before 10.
fn by_name(path: &Path) -> Vec<(String, u64)> {
    let name = overview::file_name(path).to_lowercase();
    let mut parts = Vec::new();
    let mut rest = name.as_str();
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| letter.is_ascii_digit());
        let (words, number) = rest.split_at(digits.unwrap_or(rest.len()));
        let end = number.find(|letter: char| !letter.is_ascii_digit());
        let (number, left) = number.split_at(end.unwrap_or(number.len()));
        // A number that is too long to count is as large as can be.
        let number = if number.is_empty() {
            0
        } else {
            number.parse().unwrap_or(u64::MAX)
        };
        parts.push((words.to_owned(), number));
        rest = left;
    }
    parts
}

/// Takes dropped files, to be looked over. Nobody signed in, nothing taken: the window has said so.
pub(crate) fn take_dropped(shell: &Arc<Shell>, files: Vec<PathBuf>) {
    if is_signed_in(shell) {
        review::add(shell, files);
    }
}

fn is_signed_in(shell: &Shell) -> bool {
    matches!(overview::session(shell), Session::SignedIn { .. })
}

/// Chooses the task.
pub(crate) fn choose_task(shell: &Shell, text: &str) -> Result<(), Failure> {
    let task = TaskId::parse(text.trim()).map_err(|error| Failure {
        code: "invalid_task".to_owned(),
        message: format!("This is no task id: {error}."),
        hint: "Copy the id from the place where the task was made.".to_owned(),
        retryable: false,
    })?;
    shell.choose_task(task)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_sorted_as_people_sort_them() {
        let sorted = [
            "Retro, week 5.webm",
            "retro, week 9.webm",
            "Retro, week 10.webm",
            "Sprint 2.webm",
            "sprint.webm",
        ];
        let mut files: Vec<PathBuf> = sorted.iter().rev().map(PathBuf::from).collect();
        files.sort_by_cached_key(|path| by_name(path));
        assert_eq!(files, sorted.map(PathBuf::from));
    }
}
