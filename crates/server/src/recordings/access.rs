//! Who may do what with a recording of their own tenant. Of another tenant's there is nothing to decide: it does not
//! exist.

use wire::{RecordingId, Role};

use crate::accounts::Caller;
use crate::app::App;
use crate::db::{RecordingRow, Status};
use crate::refusal::Refusal;

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Complete, renew, give up: the owner's alone.
    Upload,
    /// See it, with its download link.
    Open,
    Delete,
}

/// What they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Allowed,
    Forbidden,
    /// As if it did not exist.
    Absent,
}

fn judge(action: Action, role: Role, own: bool) -> Verdict {
    match (action, role) {
        (Action::Upload, _) if own => Verdict::Allowed,
        (Action::Upload, _) => Verdict::Absent,
        (Action::Open, Role::User) if !own => Verdict::Forbidden,
        (Action::Open, _) | (Action::Delete, Role::Admin | Role::SuperAdmin) => Verdict::Allowed,
        (Action::Delete, Role::User | Role::Reviewer) => Verdict::Forbidden,
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
    action: Action,
) -> Result<RecordingRow, Refusal> {
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let row = scope.recording(id).await?.ok_or(Refusal::NotFound)?;
    // A deletion that failed half-way can be done again; nothing else can be done with what it left.
    if row.status == Status::Deleted && action != Action::Delete {
        return Err(Refusal::NotFound);
    }
    match judge(action, caller.role, row.user_id == caller.user) {
        Verdict::Allowed => Ok(row),
        Verdict::Forbidden => Err(Refusal::Forbidden),
        Verdict::Absent => Err(Refusal::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_table() {
        use Verdict::{Absent, Allowed, Forbidden};
        // Own, another's: for each of USER, REVIEWER, ADMIN, SUPER_ADMIN.
        let table = [
            (Action::Upload, [[Allowed, Absent]; 4]),
            (
                Action::Open,
                [
                    [Allowed, Forbidden],
                    [Allowed, Allowed],
                    [Allowed, Allowed],
                    [Allowed, Allowed],
                ],
            ),
            (
                Action::Delete,
                [
                    [Forbidden, Forbidden],
                    [Forbidden, Forbidden],
                    [Allowed, Allowed],
                    [Allowed, Allowed],
                ],
            ),
        ];
        for (action, row) in table {
            for (role, [own, others]) in Role::ALL.into_iter().zip(row) {
                assert_eq!(judge(action, role, true), own, "{action:?} {role} own");
                assert_eq!(
                    judge(action, role, false),
                    others,
                    "{action:?} {role} another's"
                );
            }
        }
    }
}
