//! Permissions to put a recording's bytes, signed by the bucket.

use std::time::Duration;

use jiff::Timestamp;
use storage::{PutTicket, SignedRequest, Tags};
use wire::{RecordingId, RenewedTicket, Secret};

use super::access::{Wish, reach};
use crate::accounts::Caller;
use crate::app::App;
use crate::audit::{Action, Event};
use crate::clock;
use crate::db::{Kind, RecordingRow, Status};
use crate::refusal::Refusal;

/// How much a ticket signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signing {
    /// `host` and `content-type`, so that the guide's own `curl` works.
    Base,
    /// Also the promised size and SHA-256, encryption and tags as configured, and that the object may not exist yet.
    WriteOnce,
}

/// A ticket for a pending recording that lives from then on, and until when.
pub(super) async fn sign(
    app: &App,
    caller: &Caller,
    row: &RecordingRow,
    signing: Signing,
    from: Timestamp,
) -> Result<(SignedRequest, Timestamp), Refusal> {
    let extended = signing == Signing::WriteOnce;
    let tags = tags_of(caller, row);
    let ticket = PutTicket {
        key: &row.s3_key,
        content_type: &row.content_type,
        content_length: row.promised_size.filter(|_| extended),
        sha256_hex: row.promised_sha256.as_deref().filter(|_| extended),
        write_once: extended,
        sign_encryption: extended,
        tags: extended.then_some(&tags),
        expires_in: Duration::from_secs(u64::from(row.ticket_seconds)),
    };
    let signed = app
        .bucket_of(&caller.tenant)?
        .put_ticket(ticket, clock::system_time(from))
        .await?;
    let expires_at = expiry(&signed)?;
    Ok((signed, expires_at))
}

/// Whose the object is, what it is for, and that the bucket's lifecycle rules may have it in the end.
pub(super) fn tags_of(caller: &Caller, row: &RecordingRow) -> Tags {
    Tags::of_recording(caller.tenant.as_str(), row.task_id.as_str())
}

/// Another ticket than the first: until when it lives is noted before anybody gets it.
pub(super) async fn hand_out(
    app: &App,
    caller: &Caller,
    row: &RecordingRow,
    signing: Signing,
    from: Timestamp,
) -> Result<(SignedRequest, Timestamp), Refusal> {
    let (ticket, expires_at) = sign(app, caller, row, signing, from).await?;
    let event = Event::done(caller.actor(), Action::Renew, from)
        .about(&row.id)
        .with("expiresAt", expires_at.to_string());
    note(app, caller, row, expires_at, &event).await?;
    Ok((ticket, expires_at))
}

/// Notes until when the newest ticket lives; refused when the recording waits for no bytes any more.
pub(super) async fn note(
    app: &App,
    caller: &Caller,
    row: &RecordingRow,
    expires_at: Timestamp,
    event: &Event,
) -> Result<(), Refusal> {
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let pending = scope
        .note_tickets(&row.id, expires_at, app.clock.now(), event)
        .await?;
    if pending {
        return Ok(());
    }
    let row = scope.recording(&row.id).await?.ok_or(Refusal::NotFound)?;
    require_pending(&row)
}

/// Refuses what waits for no bytes any more.
pub(super) fn require_pending(row: &RecordingRow) -> Result<(), Refusal> {
    match row.status {
        Status::Pending => Ok(()),
        Status::Complete => Err(Refusal::NotPending),
        Status::GivenUp => Err(Refusal::GivenUp),
        Status::Deleted => Err(Refusal::NotFound),
    }
}

/// When a ticket dies.
pub(super) fn expiry(ticket: &SignedRequest) -> Result<Timestamp, Refusal> {
    Timestamp::try_from(ticket.expires_at).map_err(|error| Refusal::Defect(error.into()))
}

/// `POST /recordings/{id}/renew`. Renewing is an extension, so the fresh ticket is write-once whatever the first was.
pub(crate) async fn renew(
    app: &App,
    caller: &Caller,
    id: &RecordingId,
) -> Result<RenewedTicket, Refusal> {
    let row = reach(app, caller, id, Wish::Upload).await?;
    require_pending(&row)?;
    if row.kind != Kind::Whole {
        return Err(Refusal::ComesInParts);
    }
    let (ticket, expires_at) =
        hand_out(app, caller, &row, Signing::WriteOnce, app.clock.now()).await?;
    Ok(RenewedTicket {
        upload_url: Secret::from(ticket.url.expose()),
        expires_at,
        upload_headers: ticket.headers,
    })
}
