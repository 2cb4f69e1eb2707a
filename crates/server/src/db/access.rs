//! What a transaction is for. PostgreSQL is told so at its beginning, in the same breath, and the policies of its tables
//! show it what is that purpose's and nothing else: a statement that forgets its tenant finds no other's rows. SQLite has
//! no policies; there the statements alone hold the tenants apart, as they do everywhere.

use std::fmt::Write as _;
use std::ops::{Deref, DerefMut};

use sqlx::any::{AnyArguments, AnyQueryResult, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe};
use wire::TenantId;

use super::{Database, Engine};
use crate::operations::database_call::DatabaseCall;

/// Whose rows a transaction may see, or what it does without a tenant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose<'a> {
    /// What this tenant owns.
    Tenant(&'a TenantId),
    /// Finds an account by its address, a sign-in by its token: no tenant is known before.
    SignIn,
    /// Finds what nobody asks for any more. What it does then it does as the tenant.
    Sweep,
    /// Adds and changes tenants, their tasks and their people.
    Administration,
}

impl Purpose<'_> {
    /// As the figures call it. No tenant is named there.
    fn name(self) -> &'static str {
        match self {
            Self::Tenant(_) => "tenant",
            Self::SignIn => "sign_in",
            Self::Sweep => "sweep",
            Self::Administration => "administration",
        }
    }

    /// A transaction's beginning on PostgreSQL. What is set ends with the transaction.
    fn opening(self) -> String {
        let (setting, value) = match self {
            Self::Tenant(tenant) => ("app.tenant", tenant.as_str()),
            Self::SignIn => ("app.purpose", "sign_in"),
            Self::Sweep => ("app.purpose", "sweep"),
            Self::Administration => ("app.purpose", "administration"),
        };
        // One round trip instead of two takes no parameters: in hexadecimal nothing can end the text early.
        let mut hexadecimal = String::with_capacity(2 * value.len());
        for byte in value.bytes() {
            let _ = write!(hexadecimal, "{byte:02x}");
        }
        format!(
            "BEGIN; SELECT set_config('{setting}', convert_from(decode('{hexadecimal}', 'hex'), 'UTF8'), true)"
        )
    }
}

/// Statements for one purpose. Those made by it alone are transactions of their own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Access<'a> {
    database: &'a Database,
    purpose: Purpose<'a>,
}

impl Database {
    pub(super) fn access<'a>(&'a self, purpose: Purpose<'a>) -> Access<'a> {
        Access {
            database: self,
            purpose,
        }
    }
}

/// Several statements that count together or not at all, and how long they take all in all. Dropping it undoes them.
#[derive(Debug)]
pub(super) struct Transaction {
    inner: sqlx::Transaction<'static, Any>,
    call: DatabaseCall,
}

impl Transaction {
    /// Makes what was done count.
    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        self.call.end(self.inner.commit().await)
    }

    /// Undoes what was done.
    pub(super) async fn rollback(self) -> Result<(), sqlx::Error> {
        self.call.end(self.inner.rollback().await)
    }

    /// Nothing was written: its end is sent while the answer is under way.
    fn leave<T>(self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        self.call.end(answer)
    }
}

impl Deref for Transaction {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.inner
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }
}

impl<'a> Access<'a> {
    /// Measures what begins now.
    fn call(self) -> DatabaseCall {
        DatabaseCall::begin(&self.database.metrics, self.purpose.name())
    }

    /// Where a single statement needs no transaction: SQLite is told no purpose.
    fn at_once(self) -> Option<&'a AnyPool> {
        (self.database.engine == Engine::Sqlite).then_some(&self.database.pool)
    }

    /// Several statements that count together or not at all.
    pub(super) async fn begin(self) -> Result<Transaction, sqlx::Error> {
        let call = self.call();
        let inner = self.begin_unmeasured().await?;
        Ok(Transaction { inner, call })
    }

    async fn begin_unmeasured(self) -> Result<sqlx::Transaction<'static, Any>, sqlx::Error> {
        let pool = &self.database.pool;
        if self.database.engine == Engine::Sqlite {
            return pool.begin().await;
        }
        let opening = self.purpose.opening();
        // Connections that the server has ended meanwhile, as when it was started again, are found out by their next use.
        let mut stale = pool.size();
        loop {
            match pool.begin_with(AssertSqlSafe(opening.clone())).await {
                Err(error) if stale > 0 && super::trouble::is_ended(&error) => stale -= 1,
                outcome => return outcome,
            }
        }
    }
}

/// A single statement made by an access: on PostgreSQL a transaction of its own.
pub(super) trait By {
    /// Changes rows.
    async fn execute_by(self, access: Access<'_>) -> Result<AnyQueryResult, sqlx::Error>;

    /// The one row that it finds. What it changes is undone.
    async fn fetch_optional_by(self, access: Access<'_>) -> Result<Option<AnyRow>, sqlx::Error>;

    /// Every row that it finds. What it changes is undone.
    async fn fetch_all_by(self, access: Access<'_>) -> Result<Vec<AnyRow>, sqlx::Error>;
}

impl By for Query<'_, Any, AnyArguments> {
    async fn execute_by(self, access: Access<'_>) -> Result<AnyQueryResult, sqlx::Error> {
        if let Some(pool) = access.at_once() {
            return access.call().end(self.execute(pool).await);
        }
        let mut transaction = access.begin().await?;
        let done = self.execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(done)
    }

    async fn fetch_optional_by(self, access: Access<'_>) -> Result<Option<AnyRow>, sqlx::Error> {
        if let Some(pool) = access.at_once() {
            return access.call().end(self.fetch_optional(pool).await);
        }
        let mut transaction = access.begin().await?;
        let answer = self.fetch_optional(&mut *transaction).await;
        transaction.leave(answer)
    }

    async fn fetch_all_by(self, access: Access<'_>) -> Result<Vec<AnyRow>, sqlx::Error> {
        if let Some(pool) = access.at_once() {
            return access.call().end(self.fetch_all(pool).await);
        }
        let mut transaction = access.begin().await?;
        let answer = self.fetch_all(&mut *transaction).await;
        transaction.leave(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_of_any_name_is_only_a_text() {
        let tenant = TenantId::from("a'); DROP TABLE users; --");
        let opening = Purpose::Tenant(&tenant).opening();
        assert!(
            !opening.contains("DROP") && !opening.contains("--"),
            "{opening}"
        );
        assert_eq!(opening.matches('\'').count(), 8, "{opening}");
        let hexadecimal = "61636d65";
        let acme = TenantId::from("acme");
        assert!(Purpose::Tenant(&acme).opening().contains(hexadecimal));
    }
}
