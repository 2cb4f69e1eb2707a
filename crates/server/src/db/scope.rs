//! The only way to what a tenant owns.

use wire::{TaskId, TenantId, UserId};

use super::access::{Access, Purpose, Transaction};
use super::{Database, audit};
use crate::audit::Event;

/// Queries on behalf of one user of one tenant. Every statement made through it names the tenant, so that another
/// tenant's rows are not refused but absent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TenantScope<'a> {
    pub(super) access: Access<'a>,
    pub(super) tenant: &'a TenantId,
    pub(super) user: &'a UserId,
}

impl Database {
    /// What this user's tenant owns.
    pub(crate) fn scope<'a>(&'a self, tenant: &'a TenantId, user: &'a UserId) -> TenantScope<'a> {
        TenantScope {
            access: self.access(Purpose::Tenant(tenant)),
            tenant,
            user,
        }
    }
}

impl TenantScope<'_> {
    /// [`audit::commit_if`], with an event in the scope's trail.
    pub(super) async fn commit_if(
        &self,
        transaction: Transaction,
        changed: bool,
        event: Option<&Event>,
    ) -> Result<bool, sqlx::Error> {
        audit::commit_if(transaction, changed, self.tenant, event).await
    }

    /// The key of an object of the scope's user: it begins with the tenant.
    pub(crate) fn object_key(&self, task: &TaskId, at_milliseconds: u64, filename: &str) -> String {
        storage::keys::object_key(
            self.tenant.as_str(),
            task.as_str(),
            self.user.as_str(),
            at_milliseconds,
            filename,
        )
    }
}
