//! Giving an upload up, and deleting a recording. The row is marked first, so that nobody sees, completes or renews what
//! is about to go; then the object goes, and a deleted recording's row last: with it, a deletion that failed half-way can
//! be done again.

use wire::RecordingId;

use super::access::{Action, reach};
use crate::accounts::Caller;
use crate::app::App;
use crate::db::Status;
use crate::refusal::Refusal;

/// `DELETE /recordings/{id}/upload`. Doing it again does nothing more.
pub(crate) async fn give_up(app: &App, caller: &Caller, id: &RecordingId) -> Result<(), Refusal> {
    let row = reach(app, caller, id, Action::Upload).await?;
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let bucket = app.bucket()?;
    // Marked first, so that `complete` cannot succeed on an object that is about to go.
    let given_up = row.status == Status::GivenUp || scope.give_up_recording(id).await?;
    if !given_up {
        return Err(Refusal::NotPending);
    }
    bucket
        .delete_all_versions(&row.s3_key)
        .await
        .map_err(Refusal::from)
}

/// `DELETE /recordings/{id}`. A ticket that still lives can put an object under the key again; nothing sweeps it up yet.
pub(crate) async fn delete(app: &App, caller: &Caller, id: &RecordingId) -> Result<(), Refusal> {
    let row = reach(app, caller, id, Action::Delete).await?;
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let bucket = app.bucket()?;
    scope.mark_recording_deleted(id).await?;
    bucket.delete_all_versions(&row.s3_key).await?;
    scope.remove_recording(id).await?;
    tracing::info!(recording = %id, "deleted");
    Ok(())
}
