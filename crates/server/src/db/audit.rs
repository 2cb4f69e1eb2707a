//! The audit trail's rows: added and read, nothing else.

use std::fmt::Write as _;

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};
use wire::{ActorKind, AuditOutcome, RecordingId, Role, TenantId, UserId};

use super::access::{By as _, Transaction};
use super::{Database, TenantScope, corrupt, milliseconds, timestamp};
use crate::audit::event::Written;
use crate::audit::reading::Filter;
use crate::audit::{Action, Actor, Event, Origin, table};

/// Writes an event into a tenant's trail, in whatever transaction the connection is in.
pub(super) async fn add(
    connection: &mut AnyConnection,
    tenant: &TenantId,
    event: &Event,
) -> Result<(), sqlx::Error> {
    let actor = &event.actor;
    let detail = serde_json::to_string(&event.detail).map_err(|error| corrupt("detail", error))?;
    sqlx::query(
        "INSERT INTO audit_events (tenant_id, id, at, actor_kind, actor_id, actor_role, actor_tenant, address,
             request_id, action, recording_id, outcome, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(tenant.as_str())
    .bind(uuid::Uuid::now_v7().to_string())
    .bind(milliseconds(event.at))
    .bind(table::kind(actor.kind))
    .bind(actor.user.as_ref().map(UserId::as_str))
    .bind(actor.role.map(Role::as_str))
    .bind(actor.tenant.as_ref().map(TenantId::as_str))
    .bind(actor.origin.address.map(|address| address.to_string()))
    .bind(actor.origin.request_id.as_deref())
    .bind(event.action.as_str())
    .bind(event.recording.as_ref().map(RecordingId::as_str))
    .bind(table::outcome(event.outcome))
    .bind(detail)
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends a transaction: with its change and the event of it, or, where nothing was changed, without either. Returns whether
/// something was.
pub(super) async fn commit_if(
    mut transaction: Transaction,
    changed: bool,
    tenant: &TenantId,
    event: Option<&Event>,
) -> Result<bool, sqlx::Error> {
    if !changed {
        transaction.rollback().await?;
        return Ok(false);
    }
    if let Some(event) = event {
        add(&mut transaction, tenant, event).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

impl TenantScope<'_> {
    /// Writes an event that changes nothing else.
    pub(crate) async fn note(&self, event: &Event) -> Result<(), sqlx::Error> {
        let mut transaction = self.access.begin().await?;
        add(&mut transaction, self.tenant, event).await?;
        transaction.commit().await
    }

    /// The events that match, newest first, `limit` at most.
    pub(crate) async fn events(
        &self,
        filter: &Filter,
        limit: u32,
    ) -> Result<Vec<Written>, sqlx::Error> {
        let mut statement = sqlx::query(AssertSqlSafe(statement(filter)))
            .bind(self.tenant.as_str())
            .bind(i64::from(limit));
        let texts = [
            filter.recording.as_ref().map(RecordingId::as_str),
            filter.actor.as_ref().map(UserId::as_str),
            filter.action.map(Action::as_str),
        ];
        for text in texts.into_iter().flatten() {
            statement = statement.bind(text);
        }
        for time in [filter.from, filter.to].into_iter().flatten() {
            statement = statement.bind(milliseconds(time));
        }
        if let Some((time, id)) = &filter.after {
            statement = statement.bind(milliseconds(*time)).bind(id.as_str());
        }
        let rows = statement.fetch_all_by(self.access).await?;
        rows.iter().map(read).collect()
    }
}

/// Only what is asked for stands in the statement, as with the lists of recordings, so that an index answers it. It is put
/// together of fixed texts; values are bound, in this order: tenant, limit, and what there is of recording, actor, action,
/// the two times, and the last event's time and id.
fn statement(filter: &Filter) -> String {
    let mut statement = String::from(
        "SELECT id, at, actor_kind, actor_id, actor_role, actor_tenant, address, request_id, action, recording_id,
             outcome, detail
         FROM audit_events WHERE tenant_id = $1",
    );
    let conditions = [
        (filter.recording.is_some(), "recording_id ="),
        (filter.actor.is_some(), "actor_id ="),
        (filter.action.is_some(), "action ="),
        (filter.from.is_some(), "at >="),
        (filter.to.is_some(), "at <"),
    ];
    let mut bound = 2;
    for (_, condition) in conditions.iter().filter(|(wanted, _)| *wanted) {
        bound += 1;
        let _ = write!(statement, " AND {condition} ${bound}");
    }
    if filter.after.is_some() {
        let (time, id) = (bound + 1, bound + 2);
        let _ = write!(statement, " AND (at, id) < (${time}, ${id})");
    }
    statement.push_str(" ORDER BY at DESC, id DESC LIMIT $2");
    statement
}

impl Database {
    /// Writes an event of what is not inside a tenant's scope: signing in and out.
    pub(crate) async fn note(&self, tenant: &TenantId, event: &Event) -> Result<(), sqlx::Error> {
        self.scope(tenant, &UserId::from("")).note(event).await
    }
}

fn read(row: &AnyRow) -> Result<Written, sqlx::Error> {
    let text = |column: &'static str| row.try_get::<Option<String>, _>(column);
    let role = text("actor_role")?
        .map(|role| role.parse().map_err(|error| corrupt("actor_role", error)))
        .transpose()?;
    let address = text("address")?
        .map(|text| text.parse().map_err(|error| corrupt("address", error)))
        .transpose()?;
    let detail: String = row.try_get("detail")?;
    Ok(Written {
        id: row.try_get("id")?,
        at: time(row)?,
        actor: Actor {
            kind: kind(&row.try_get::<String, _>("actor_kind")?),
            user: text("actor_id")?.map(UserId::from),
            role,
            tenant: text("actor_tenant")?.map(TenantId::from),
            origin: Origin {
                address,
                request_id: text("request_id")?,
            },
        },
        action: row.try_get("action")?,
        recording: text("recording_id")?.map(RecordingId::from),
        outcome: outcome(&row.try_get::<String, _>("outcome")?),
        detail: serde_json::from_str(&detail).map_err(|error| corrupt("detail", error))?,
    })
}

fn time(row: &AnyRow) -> Result<Timestamp, sqlx::Error> {
    timestamp("at", row.try_get("at")?)
}

/// What a later version wrote is shown as unknown, so that nothing hides the rest of the trail.
fn kind(text: &str) -> ActorKind {
    [ActorKind::User, ActorKind::Server, ActorKind::Operator]
        .into_iter()
        .find(|kind| table::kind(*kind) == text)
        .unwrap_or(ActorKind::Unknown)
}

fn outcome(text: &str) -> AuditOutcome {
    [
        AuditOutcome::Done,
        AuditOutcome::Refused,
        AuditOutcome::Failed,
    ]
    .into_iter()
    .find(|outcome| table::outcome(*outcome) == text)
    .unwrap_or(AuditOutcome::Unknown)
}

#[cfg(test)]
mod tests {
    use super::super::DatabaseUrl;
    use super::*;

    /// Whoever reaches the table through this program's connections changes nothing of what is there.
    #[tokio::test]
    async fn what_is_written_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite_file(folder.path().join("a.db")).unwrap();
        let database = Database::open(&url).await.unwrap();
        let now = Timestamp::from_second(1).unwrap();
        let tenant = TenantId::from("acme");
        let added = Event::done(Actor::operator(), Action::AddTenant, now);
        let added = database.add_tenant(&tenant, "Acme", &added).await;
        assert!(added.unwrap());
        let event = Event::done(Actor::server(), Action::Delete, now)
            .about(&"r".into())
            .with("why", "retention");
        database.note(&tenant, &event).await.unwrap();
        for (attempt, said) in [
            ("UPDATE audit_events SET outcome = 'refused'", "changed"),
            ("DELETE FROM audit_events", "removed"),
            (
                "INSERT OR REPLACE INTO audit_events SELECT * FROM audit_events",
                "replaced",
            ),
        ] {
            let refused = sqlx::query(attempt).execute(&database.pool).await;
            let refused = refused.unwrap_err().to_string();
            assert!(refused.contains(said), "{attempt}: {refused}");
        }
        let nobody = UserId::from("");
        let scope = database.scope(&tenant, &nobody);
        let events = scope.events(&Filter::default(), 10).await.unwrap();
        assert_eq!(events.len(), 2);
        assert_eq!(events[1].actor, Actor::operator());
        assert_eq!(events[0].actor, Actor::server());
        assert_eq!(events[0].recording, Some("r".into()));
        assert_eq!(events[0].detail["why"], "retention");
        let other = TenantId::from("other");
        let theirs = database.scope(&other, &nobody);
        assert_eq!(theirs.events(&Filter::default(), 10).await.unwrap(), []);
    }
}
