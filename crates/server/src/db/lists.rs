//! Lists of a tenant's recordings, page by page.

use std::fmt::Write as _;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use wire::{RecordingId, UserId};

use super::access::By as _;
use super::recordings::{RecordingRow, Status, read, select_recordings, with_recording_columns};
use super::{TenantScope, milliseconds};

/// Which recordings to list, newest first.
#[derive(Debug, Default)]
pub(crate) struct Page<'a> {
    pub(crate) owner: Option<&'a UserId>,
    pub(crate) task: Option<&'a str>,
    pub(crate) status: Option<Status>,
    /// The last one of the page before.
    pub(crate) after: Option<(Timestamp, RecordingId)>,
    /// `None` lists all.
    pub(crate) limit: Option<u32>,
}

impl TenantScope<'_> {
    /// The recordings that match, newest first, without those given up or deleted.
    pub(crate) async fn list_recordings(
        &self,
        page: &Page<'_>,
    ) -> Result<Vec<RecordingRow>, sqlx::Error> {
        let mut statement = sqlx::query(AssertSqlSafe(page.statement()))
            .bind(self.tenant.as_str())
            .bind(page.limit.map_or(i64::MAX, i64::from));
        for value in [page.owner.map(UserId::as_str), page.task]
            .into_iter()
            .flatten()
        {
            statement = statement.bind(value);
        }
        if let Some((time, id)) = &page.after {
            statement = statement.bind(milliseconds(*time)).bind(id.as_str());
        }
        let rows = statement.fetch_all_by(self.access).await?;
        rows.iter().map(read).collect()
    }
}

impl Page<'_> {
    /// Only what is asked for stands in the statement, so that an index answers it: one condition for all cases would read
    /// a tenant's every row. It is put together of fixed texts; values are bound, in this order: tenant, limit, and what
    /// there is of owner, task, time and id.
    pub(super) fn statement(&self) -> String {
        let mut statement = String::from(select_recordings!(
            "WHERE tenant_id = $1 AND status IN ('PENDING', 'COMPLETE')"
        ));
        statement.push_str(match self.status {
            Some(Status::Pending) => " AND status = 'PENDING'",
            Some(Status::Complete) => " AND status = 'COMPLETE'",
            // Those others are in no list.
            Some(Status::GivenUp | Status::Deleted) => " AND 1 = 0",
            None => "",
        });
        let mut bound = 2;
        let conditions = [
            (self.owner.is_some(), "user_id ="),
            (self.task.is_some(), "task_id ="),
        ];
        for (_, condition) in conditions.iter().filter(|(wanted, _)| *wanted) {
            bound += 1;
            let _ = write!(statement, " AND {condition} ${bound}");
        }
        if self.after.is_some() {
            let (time, id) = (bound + 1, bound + 2);
            let _ = write!(statement, " AND (created_at, id) < (${time}, ${id})");
        }
        statement.push_str(" ORDER BY created_at DESC, id DESC LIMIT $2");
        statement
    }
}
