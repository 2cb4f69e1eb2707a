//! What the webview may ask for. Each command translates and hands on; none decides.

#![allow(clippy::needless_pass_by_value)] // Tauri hands every argument over

use std::num::NonZeroU64;
use std::sync::Arc;

use client::Upload;
use tauri::ipc::{InvokeResponseBody, Response};
use tauri::{AppHandle, State};
use wire::RecordingId;

use crate::ipc::{
    CloseAnswer, Failure, Link, Move, Overview, RecentRecording, ShownRecording, SignInProvider,
    Task,
};
use crate::review::trimming;
use crate::shell::Shell;
use crate::{
    choosing, clipboard, closing, damaged, first_frame, folder, links, overview, recordings,
    report, review, session, uploads,
};

type Desk<'a> = State<'a, Arc<Shell>>;
type Answer<T> = Result<T, Failure>;

/// The commands of this file, for the builder. A test compares them with `build.rs`, the capability and the UI.
macro_rules! all {
    () => {
        tauri::generate_handler![
            $crate::commands::answer_close,
            $crate::commands::cancel_upload,
            $crate::commands::change_watched_folder,
            $crate::commands::choose_recordings,
            $crate::commands::choose_task,
            $crate::commands::choose_watched_folder,
            $crate::commands::copy_link,
            $crate::commands::copy_markdown,
            $crate::commands::copy_sha256,
            $crate::commands::discard_review,
            $crate::commands::first_frame,
            $crate::commands::forget_damaged,
            $crate::commands::give_up_sign_in,
            $crate::commands::key_pictures,
            $crate::commands::limit_upload,
            $crate::commands::look_again,
            $crate::commands::move_upload,
            $crate::commands::open_link,
            $crate::commands::overview,
            $crate::commands::pause_upload,
            $crate::commands::play_reviewed,
            $crate::commands::quit,
            $crate::commands::recent_recordings,
            $crate::commands::remove_from_review,
            $crate::commands::renew_link,
            $crate::commands::restore_session,
            $crate::commands::resume_upload,
            $crate::commands::retry_now,
            $crate::commands::save_report,
            $crate::commands::show_recording,
            $crate::commands::sign_in,
            $crate::commands::sign_in_by,
            $crate::commands::sign_in_providers,
            $crate::commands::sign_in_with_token,
            $crate::commands::sign_out,
            $crate::commands::tasks,
            $crate::commands::trim_reviewed,
            $crate::commands::upload_reviewed,
            $crate::recording::commands::camera_preview,
            $crate::recording::commands::forget_recording_failure,
            $crate::recording::commands::probe_microphone,
            $crate::recording::commands::recording,
            $crate::recording::commands::recording_preview,
            $crate::recording::commands::recording_setup,
            $crate::recording::commands::start_recording,
            $crate::recording::commands::tell_recorder,
        ]
    };
}
pub(crate) use all;

/// Everything that the window shows, for its first paint.
#[tauri::command]
pub(crate) fn overview(shell: Desk<'_>) -> Overview {
    overview::now(&shell)
}

/// Signs in by password.
#[tauri::command]
pub(crate) async fn sign_in(
    shell: Desk<'_>,
    server: String,
    email: String,
    password: String,
) -> Answer<()> {
    session::sign_in(&shell, &server, session::password(&email, password)).await
}

/// Signs in by a token that was made elsewhere.
#[tauri::command]
pub(crate) async fn sign_in_with_token(
    shell: Desk<'_>,
    server: String,
    token: String,
) -> Answer<()> {
    session::sign_in(&shell, &server, session::token(token)).await
}

/// The organisations that this server lets people sign in at.
#[tauri::command]
pub(crate) async fn sign_in_providers(
    shell: Desk<'_>,
    server: String,
) -> Answer<Vec<SignInProvider>> {
    session::providers(&shell, &server).await
}

/// Signs in at the organisation of this issuer, in the system's browser. Answers when it is over, one way or the other.
#[tauri::command]
pub(crate) async fn sign_in_by(
    app: AppHandle,
    shell: Desk<'_>,
    server: String,
    issuer: String,
) -> Answer<()> {
    let open = |address: &str| links::open_address(&app, address);
    session::sign_in_by(&shell, &server, &issuer, open).await
}

/// Waits no longer for somebody to sign in in the browser.
#[tauri::command]
pub(crate) fn give_up_sign_in(shell: Desk<'_>) {
    shell.sign_in_given_up.notify_waiters();
}

/// Tries the stored session again now.
#[tauri::command]
pub(crate) fn restore_session(shell: Desk<'_>) {
    shell.restore_now.notify_one();
}

/// Ends the session.
#[tauri::command]
pub(crate) async fn sign_out(shell: Desk<'_>) -> Answer<()> {
    session::sign_out(&shell).await
}

/// The tasks to choose from; `null` where the server lists none and the user types one.
#[tauri::command]
pub(crate) async fn tasks(shell: Desk<'_>) -> Answer<Option<Vec<Task>>> {
    let tasks = shell.client.tasks().await?;
    let task = |task: wire::Task| Task {
        id: task.id.into(),
        name: task.name,
    };
    Ok(tasks.map(|tasks| tasks.into_iter().map(task).collect()))
}

/// Chooses the task for the next recordings.
#[tauri::command]
pub(crate) fn choose_task(shell: Desk<'_>, task: &str) -> Answer<()> {
    choosing::choose_task(&shell, task)
}

/// Opens the system's dialog; what is chosen comes into the review.
#[tauri::command]
pub(crate) async fn choose_recordings(app: AppHandle, shell: Desk<'_>) -> Answer<()> {
    choosing::ask(&app, &shell).await
}

/// Uploads what is under review and can be sent.
#[tauri::command]
pub(crate) fn upload_reviewed(shell: Desk<'_>) -> Answer<()> {
    review::upload(&shell)
}

/// Takes a file out of the review.
#[tauri::command]
pub(crate) async fn remove_from_review(shell: Desk<'_>, file: String) -> Answer<()> {
    review::remove(&shell, &file).await
}

/// Looks again at a file that something was wrong with.
#[tauri::command]
pub(crate) fn look_again(shell: Desk<'_>, file: &str) {
    review::look_again(&shell, file);
}

/// The files under review are not wanted after all; what was recorded here is deleted if its user says so.
#[tauri::command]
pub(crate) async fn discard_review(shell: Desk<'_>, delete_recorded: bool) -> Answer<()> {
    review::discard(&shell, delete_recorded).await
}

/// The first frame of a file under review, as the bytes of a WebM that holds nothing else; `null` where there is none to show.
#[tauri::command]
pub(crate) async fn first_frame(shell: Desk<'_>, file: String) -> Answer<Response> {
    let still = first_frame::of(&shell, &file).await;
    let nothing = || InvokeResponseBody::Json("null".to_owned());
    Ok(Response::new(
        still.map_or_else(nothing, InvokeResponseBody::Raw),
    ))
}

/// Where a file under review can be played; `null` where it cannot be played here.
#[tauri::command]
pub(crate) async fn play_reviewed(shell: Desk<'_>, file: String) -> Answer<Option<String>> {
    review::play(&shell, &file).await
}

/// Sends only what is between two times of a file under review, in seconds; all of it where they are `null`.
#[tauri::command]
pub(crate) fn trim_reviewed(shell: Desk<'_>, file: &str, from: Option<f64>, to: Option<f64>) {
    shell.review.trim(file, trimming::stretch(from, to));
    shell.touch();
}

/// Where what is sent of a file under review can begin, in seconds.
#[tauri::command]
pub(crate) async fn key_pictures(shell: Desk<'_>, file: String) -> Answer<Vec<f64>> {
    Ok(trimming::starts(&shell, &file).await)
}

/// Gives an upload up.
#[tauri::command]
pub(crate) async fn cancel_upload(shell: Desk<'_>, job: String) -> Answer<()> {
    uploads::cancel(&shell, &job).await
}

/// Forgets uploads whose records are damaged.
#[tauri::command]
pub(crate) async fn forget_damaged(shell: Desk<'_>) -> Answer<()> {
    damaged::forget(&shell).await
}

/// Lets an upload rest until it is resumed.
#[tauri::command]
pub(crate) fn pause_upload(shell: Desk<'_>, job: &str) -> Answer<()> {
    shell.uploads.ask(job, Upload::pause)
}

/// Sends an upload at so many bytes a second at most; `null` lifts the limit.
#[tauri::command]
pub(crate) fn limit_upload(
    shell: Desk<'_>,
    job: &str,
    bytes_per_second: Option<NonZeroU64>,
) -> Answer<()> {
    shell
        .uploads
        .ask(job, |upload| upload.limit(bytes_per_second))
}

/// Moves an upload among those that wait for their turn.
#[tauri::command]
pub(crate) fn move_upload(shell: Desk<'_>, job: &str, to: Move) -> Answer<()> {
    shell.uploads.ask(job, |upload| match to {
        Move::ToFront => upload.move_to_front(),
        Move::Up => upload.move_up(),
        Move::Down => upload.move_down(),
    })
}

/// Goes on with a paused or stopped upload, or tries a failed one again.
#[tauri::command]
pub(crate) async fn resume_upload(shell: Desk<'_>, job: String) -> Answer<()> {
    uploads::resume(&shell, &job).await
}

/// Ends an upload's wait.
#[tauri::command]
pub(crate) fn retry_now(shell: Desk<'_>, job: &str) -> Answer<()> {
    shell.uploads.ask(job, Upload::retry_now)
}

/// Saves a report of an upload where the user says; `false` when they say nowhere.
#[tauri::command]
pub(crate) async fn save_report(app: AppHandle, shell: Desk<'_>, job: String) -> Answer<bool> {
    report::save(&app, &shell, &job).await
}

/// Finished recordings, newest first.
#[tauri::command]
pub(crate) async fn recent_recordings(shell: Desk<'_>) -> Answer<Vec<RecentRecording>> {
    recordings::recent(&shell).await
}

/// A recording of the list, with a fresh link.
#[tauri::command]
pub(crate) async fn show_recording(shell: Desk<'_>, recording: String) -> Answer<ShownRecording> {
    recordings::show(&shell, &RecordingId::from(recording)).await
}

/// A fresh link for a recording that is shown.
#[tauri::command]
pub(crate) async fn renew_link(shell: Desk<'_>, recording: String) -> Answer<Link> {
    links::renew(&shell, &RecordingId::from(recording)).await
}

/// Opens a recording's link in the browser.
#[tauri::command]
pub(crate) fn open_link(app: AppHandle, shell: Desk<'_>, recording: String) -> Answer<()> {
    links::open(&app, &shell.links.get(&RecordingId::from(recording))?)
}

/// Copies a recording's link.
#[tauri::command]
pub(crate) async fn copy_link(app: AppHandle, shell: Desk<'_>, recording: String) -> Answer<()> {
    let shared = shell.links.get(&RecordingId::from(recording))?;
    clipboard::copy(&app, shared.link.url.reveal().to_owned()).await
}

/// Copies a recording's link as Markdown.
#[tauri::command]
pub(crate) async fn copy_markdown(
    app: AppHandle,
    shell: Desk<'_>,
    recording: String,
) -> Answer<()> {
    let shared = shell.links.get(&RecordingId::from(recording))?;
    clipboard::copy(&app, shared.as_markdown()).await
}

/// Copies a recording's SHA-256.
#[tauri::command]
pub(crate) async fn copy_sha256(app: AppHandle, shell: Desk<'_>, recording: String) -> Answer<()> {
    let shared = shell.links.get(&RecordingId::from(recording))?;
    clipboard::copy(&app, shared.sha256).await
}

/// Lets the user choose a folder whose recordings are uploaded by themselves, for this task.
#[tauri::command]
pub(crate) async fn choose_watched_folder(
    app: AppHandle,
    shell: Desk<'_>,
    task: String,
) -> Answer<()> {
    folder::choose(&app, &shell, &task).await
}

/// Watches the chosen folder, or no longer; its next recordings are for this task.
#[tauri::command]
pub(crate) fn change_watched_folder(shell: Desk<'_>, is_on: bool, task: &str) -> Answer<()> {
    folder::change(&shell, is_on, task)
}

/// Ends the program; asks first where something is at work.
#[tauri::command]
pub(crate) fn quit(shell: Desk<'_>) {
    closing::request_to_quit(&shell);
}

/// Says what happens to running uploads when the window closes.
#[tauri::command]
pub(crate) fn answer_close(shell: Desk<'_>, answer: CloseAnswer) {
    closing::answer(&shell, answer);
}

#[cfg(test)]
mod tests;
