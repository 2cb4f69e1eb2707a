//! What every handler shares.

use std::sync::Arc;

use storage::Bucket;
use wire::TenantId;

use crate::accounts::access_token::AccessTokens;
use crate::accounts::password::Passwords;
use crate::accounts::providers::Providers;
use crate::clock::Clock;
use crate::connecting::Store;
use crate::db::Database;
use crate::operations::Operations;
use crate::refusal::Refusal;

/// The running application's parts.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) database: Database,
    pub(crate) store: Arc<Store>,
    pub(crate) passwords: Passwords,
    pub(crate) access_tokens: AccessTokens,
    pub(crate) providers: Providers,
    pub(crate) clock: Clock,
    pub(crate) operations: Operations,
}

impl App {
    pub(crate) fn new(
        database: Database,
        store: Arc<Store>,
        passwords: Passwords,
        access_tokens: AccessTokens,
        providers: Providers,
        clock: Clock,
        operations: Operations,
    ) -> Self {
        Self {
            database,
            store,
            passwords,
            access_tokens,
            providers,
            clock,
            operations,
        }
    }

    /// The bucket that has the tenant's objects, for that tenant alone; without one, what is missing.
    pub(crate) fn bucket_of(&self, tenant: &TenantId) -> Result<Bucket, Refusal> {
        self.store
            .bucket_of(tenant)
            .map_err(Refusal::StoreNotConfigured)
    }
}
