//! What recordings are made for.

use sqlx::Row;
use wire::{Task, TaskId, TenantId};

use super::access::{By as _, Purpose};
use super::{Database, TenantScope, audit, corrupt, milliseconds};
use crate::audit::Event;

impl TenantScope<'_> {
    /// The tenant's tasks, by name.
    pub(crate) async fn tasks(&self) -> Result<Vec<Task>, sqlx::Error> {
        sqlx::query("SELECT id, name FROM tasks WHERE tenant_id = $1 ORDER BY name, id")
            .bind(self.tenant.as_str())
            .fetch_all_by(self.access)
            .await?
            .iter()
            .map(|row| {
                Ok(Task {
                    id: TaskId::parse(row.try_get("id")?).map_err(|error| corrupt("id", error))?,
                    name: row.try_get("name")?,
                })
            })
            .collect()
    }
}

impl Database {
    /// Whether there is a tenant of this id.
    pub(crate) async fn has_tenant(&self, tenant: &TenantId) -> Result<bool, sqlx::Error> {
        let row = sqlx::query("SELECT id FROM tenants WHERE id = $1")
            .bind(tenant.as_str())
            .fetch_optional_by(self.access(Purpose::Administration))
            .await?;
        Ok(row.is_some())
    }

    /// Adds a tenant; `false` when there was one of that id.
    pub(crate) async fn add_tenant(
        &self,
        tenant: &TenantId,
        name: &str,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access(Purpose::Administration).begin().await?;
        let done = sqlx::query(
            "INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(tenant.as_str())
        .bind(name)
        .bind(milliseconds(event.at))
        .execute(&mut *transaction)
        .await?;
        audit::commit_if(transaction, done.rows_affected() == 1, tenant, Some(event)).await
    }

    /// Adds a task to a tenant; `false` when it had one of that id.
    pub(crate) async fn add_task(
        &self,
        tenant: &TenantId,
        task: &Task,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access(Purpose::Administration).begin().await?;
        let done = sqlx::query(
            "INSERT INTO tasks (tenant_id, id, name, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
        )
        .bind(tenant.as_str())
        .bind(task.id.as_str())
        .bind(task.name.as_str())
        .bind(milliseconds(event.at))
        .execute(&mut *transaction)
        .await?;
        audit::commit_if(transaction, done.rows_affected() == 1, tenant, Some(event)).await
    }
}
