//! Who may do what with a recording of their own tenant. Of another tenant's there is nothing to decide: it does not
//! exist.

use wire::{AuditOutcome, RecordingId, Role, TenantId};

use crate::accounts::Caller;
use crate::app::App;
use crate::audit::{Action, Event};
use crate::db::{RecordingRow, Status};
use crate::refusal::Refusal;

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Complete, renew, give up: the owner's alone.
    Upload,
    /// See it, with its download link.
    Open,
    /// See what the store has of it.
    Check,
    /// Place a legal hold.
    Hold,
    /// Lift it.
    Release,
    Delete,
}

impl Wish {
    /// As the audit trail calls it, where a refusal is worth an event: not of what is refused like an id that never was.
    fn action(self) -> Option<Action> {
        match self {
            Self::Upload => None,
            Self::Open => Some(Action::Open),
            Self::Check => Some(Action::Check),
            Self::Hold => Some(Action::Hold),
            Self::Release => Some(Action::Release),
            Self::Delete => Some(Action::Delete),
        }
    }
}

/// What they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Allowed,
    Forbidden,
    /// As if it did not exist.
    Absent,
}

fn judge(wish: Wish, role: Role, own: bool) -> Verdict {
    match (wish, role) {
        (Wish::Upload, _) if own => Verdict::Allowed,
        (Wish::Upload, _) => Verdict::Absent,
        (Wish::Open, Role::User) if !own => Verdict::Forbidden,
        (Wish::Open, _)
        | (
            Wish::Check | Wish::Hold | Wish::Release | Wish::Delete,
            Role::Admin | Role::SuperAdmin,
        ) => Verdict::Allowed,
        (Wish::Check | Wish::Hold | Wish::Release | Wish::Delete, Role::User | Role::Reviewer) => {
            Verdict::Forbidden
        }
    }
}

/// Whether this role sees the whole tenant's recordings in lists.
pub(crate) fn lists_all(role: Role) -> bool {
    role != Role::User
}

/// The recording, if the caller may do this with it.
pub(crate) async fn reach(
    app: &App,
    caller: &Caller,
    id: &RecordingId,
    wish: Wish,
) -> Result<RecordingRow, Refusal> {
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let row = scope.recording(id).await?.ok_or(Refusal::NotFound)?;
    // A deletion that failed half-way can be done again; nothing else can be done with what it left.
    if row.status == Status::Deleted && wish != Wish::Delete {
        return Err(Refusal::NotFound);
    }
    match judge(wish, caller.role, row.user_id == caller.user) {
        Verdict::Allowed => Ok(row),
        Verdict::Forbidden => {
            if let Some(action) = wish.action() {
                let event = Event::done(caller.actor(), action, app.clock.now()).about(id);
                scope.note(&event.outcome(AuditOutcome::Refused)).await?;
            }
            Err(Refusal::Forbidden)
        }
        Verdict::Absent => Err(Refusal::NotFound),
    }
}

/// The recording, for who only looks at it, and the tenant in whose trail that is noted. Besides the tenant's own people
/// that is somebody whom the tenant granted support access; to anybody else another tenant's recording does not exist.
pub(crate) async fn see(
    app: &App,
    caller: &Caller,
    id: &RecordingId,
    wish: Wish,
) -> Result<(RecordingRow, TenantId), Refusal> {
    match reach(app, caller, id, wish).await {
        Ok(row) => Ok((row, caller.tenant.clone())),
        Err(Refusal::NotFound) => {
            let granting = app.database.granting_tenants(&caller.user, app.clock.now());
            for tenant in granting.await? {
                let row = app
                    .database
                    .scope(&tenant, &caller.user)
                    .recording(id)
                    .await?;
                if let Some(row) = row.filter(|row| row.status != Status::Deleted) {
                    return Ok((row, tenant));
                }
            }
            Err(Refusal::NotFound)
        }
        Err(refusal) => Err(refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_table() {
        use Verdict::{Absent, Allowed, Forbidden};
        const ADMINISTRATORS: [[Verdict; 2]; 4] = [
            [Forbidden, Forbidden],
            [Forbidden, Forbidden],
            [Allowed, Allowed],
            [Allowed, Allowed],
        ];
        // Own, another's: for each of USER, REVIEWER, ADMIN, SUPER_ADMIN.
        let table = [
            (Wish::Upload, [[Allowed, Absent]; 4]),
            (
                Wish::Open,
                [
                    [Allowed, Forbidden],
                    [Allowed, Allowed],
                    [Allowed, Allowed],
                    [Allowed, Allowed],
                ],
            ),
            (Wish::Check, ADMINISTRATORS),
            (Wish::Hold, ADMINISTRATORS),
            (Wish::Release, ADMINISTRATORS),
            (Wish::Delete, ADMINISTRATORS),
        ];
        for (wish, row) in table {
            for (role, [own, others]) in Role::ALL.into_iter().zip(row) {
                assert_eq!(judge(wish, role, true), own, "{wish:?} {role} own");
                assert_eq!(
                    judge(wish, role, false),
                    others,
                    "{wish:?} {role} another's"
                );
            }
        }
    }
}
