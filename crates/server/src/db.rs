//! The database: SQLite on one machine, PostgreSQL beyond it, by the same queries (`$1`, ids as text, times in
//! milliseconds).
//!
//! The pool never leaves this module. What belongs to a tenant is reached through a [`TenantScope`] alone, which carries
//! the tenant into every query; only signing in (which comes before any tenant is known), administration and the sweep
//! (which looks for what nobody asks for any more) go without. On PostgreSQL each transaction says which of these it is
//! for, and the tables' policies show it no other rows.

mod access;
mod accounts;
mod address;
mod arrivals;
mod attempts;
mod audit;
mod holds;
mod lists;
mod opening;
mod quotas;
mod recordings;
mod removals;
mod retention;
mod scope;
mod sessions;
mod support;
mod sweeping;
mod tasks;
mod trouble;
mod uploads;

use std::sync::Arc;

use jiff::Timestamp;
use sqlx::AnyPool;

pub(crate) use accounts::NewAccount;
pub use address::{DatabaseUrl, InvalidDatabaseUrl};
pub(crate) use arrivals::{Admission, Arrival};
pub(crate) use attempts::{Attempt, AttemptLimits};
pub(crate) use lists::Page;
pub use opening::OpenError;
pub(crate) use opening::bring_up_to_date;
pub(crate) use quotas::{CountError, Excess, WriteError};
pub use quotas::{Quota, Usage};
pub(crate) use recordings::{Held, Kind, NewRecording, RecordingRow, Status};
pub(crate) use removals::Due;
pub use retention::Retention;
pub(crate) use scope::TenantScope;
pub(crate) use sessions::{NewRefreshToken, RefreshTokenRow};
pub(crate) use sweeping::{Leftover, Mark, Owned, Stretch};
pub(crate) use trouble::is_passing;
pub(crate) use uploads::{Claimed, ClaimedPlace, Completion};

use crate::operations::database_call::DatabaseCall;
use crate::operations::metrics::Metrics;

/// Which database it is, where that makes a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    /// A file of ours.
    Sqlite,
    /// A server, which holds every transaction to the tables' policies.
    Postgres,
}

/// An open database with an up-to-date schema. Clones share its connections.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    pool: AnyPool,
    engine: Engine,
    metrics: Arc<Metrics>,
}

impl Database {
    /// The same, whose calls these figures tell of.
    pub(crate) fn observed_by(self, metrics: &Arc<Metrics>) -> Self {
        Self {
            metrics: Arc::clone(metrics),
            ..self
        }
    }

    /// Whether it answers at all.
    pub(crate) async fn answers(&self) -> Result<(), sqlx::Error> {
        let call = DatabaseCall::begin(&self.metrics, "readiness");
        call.end(sqlx::query("SELECT 1").execute(&self.pool).await.map(drop))
    }

    /// Ends every connection; what was written is in the database.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// A time as the database has it.
fn milliseconds(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// A column that does not hold what only this program writes there.
fn corrupt(
    column: &'static str,
    cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: cause.into(),
    }
}

/// A time as the program has it.
fn timestamp(column: &'static str, value: i64) -> Result<Timestamp, sqlx::Error> {
    Timestamp::from_millisecond(value).map_err(|error| corrupt(column, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Another tenant's rows are out of reach because no statement of these files forgets the tenant.
    #[test]
    fn every_statement_about_recordings_names_the_tenant() {
        for (source, least) in [
            (include_str!("db/recordings.rs"), 4),
            (include_str!("db/lists.rs"), 1),
            (include_str!("db/uploads.rs"), 7),
            (include_str!("db/removals.rs"), 5),
            (include_str!("db/holds.rs"), 2),
            (include_str!("db/support.rs"), 6),
        ] {
            let code = source.split("#[cfg(test)]").next().unwrap();
            let statements: Vec<&str> = code.split("sqlx::query(").skip(1).collect();
            assert!(statements.len() >= least, "{}", statements.len());
            for statement in statements {
                let sql = statement.split(".bind").next().unwrap();
                // The lists' is put together.
                let listed = Page::default().statement();
                let sql = if sql.contains("page.statement()") {
                    listed.as_str()
                } else {
                    sql
                };
                assert!(sql.contains("tenant_id"), "{sql}");
                assert!(
                    statement.contains(".bind(self.tenant.as_str())"),
                    "{statement}"
                );
            }
        }
    }

    /// A pending recording of the first version, which noted neither work nor tickets, keeps its seven days.
    #[tokio::test]
    async fn rows_of_before_parts_are_read_and_not_swept_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite_file(folder.path().join("revui.db")).unwrap();
        sqlx::any::install_default_drivers();
        let pool = AnyPool::connect(url.url.as_str()).await.unwrap();
        let first = opening::SQLITE_SCHEMA.iter().take(1).cloned().collect();
        let first = sqlx::migrate::Migrator::with_migrations(first);
        first.run(&pool).await.unwrap();
        for statement in [
            "INSERT INTO tenants VALUES ('acme', 'Acme', 1)",
            "INSERT INTO recordings (id, tenant_id, user_id, task_id, filename, content_type, s3_key, status,
                 ticket_seconds, write_once, created_at)
             VALUES ('r', 'acme', 'u', 't', 'a.webm', 'video/webm', 'k', 'PENDING', 3600, 1, 1000)",
        ] {
            sqlx::query(statement).execute(&pool).await.unwrap();
        }
        pool.close().await;

        let database = Database::open(&url).await.unwrap();
        let (tenant, user) = (wire::TenantId::from("acme"), wire::UserId::from("u"));
        let scope = database.scope(&tenant, &user);
        let row = scope.recording(&"r".into()).await.unwrap().unwrap();
        assert_eq!((row.kind, row.claimed), (Kind::Whole, None));
        let now = Timestamp::now();
        let week = std::time::Duration::from_hours(7 * 24);
        let minute = std::time::Duration::from_mins(1);
        assert!(row.tickets_until > now + week - minute && row.tickets_until < now + week + minute);
        let stale = async |now| {
            let found = database.stale_recordings(now, now, &Mark::START, 10).await;
            found.unwrap().rows.len()
        };
        assert_eq!(stale(now).await, 0);
        assert_eq!(stale(now + week + minute).await, 1);
    }

    #[tokio::test]
    async fn a_folder_of_any_name_will_do() {
        let parent = tempfile::tempdir().unwrap();
        // Windows has no question marks in names.
        let question_mark = if cfg!(windows) { "" } else { "?" };
        let name = format!("100 % of # what{question_mark}");
        let folder = parent.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        let url = DatabaseUrl::sqlite_file(folder.join("revui.db")).unwrap();
        let database = Database::open(&url).await.unwrap();
        database.close().await;
        assert!(std::fs::metadata(folder.join("revui.db")).unwrap().len() > 0);
    }
}
