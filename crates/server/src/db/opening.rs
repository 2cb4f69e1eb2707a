//! Opening a database: SQLite brings its file up to date by itself; PostgreSQL's schema is changed by its owner alone, and
//! the server, which is somebody else, only looks whether that was done.

use std::collections::BTreeSet;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Connection as _, Row as _};
use url::Url;

use super::address::{DatabaseUrl, Place};
use super::{Database, Engine};
use crate::operations::metrics::Metrics;
use crate::private_file::{self, FileError};

/// The schema of SQLite.
pub(super) static SQLITE_SCHEMA: sqlx::migrate::Migrator = sqlx::migrate!("./migrations/sqlite");

/// The schema of PostgreSQL.
static POSTGRES_SCHEMA: sqlx::migrate::Migrator = sqlx::migrate!("./migrations/postgres");

/// How long a request waits for a connection: longer than the queue before it takes, and short enough for whoever waits to
/// be told to come back.
const ACQUIRE_TIME_LIMIT: Duration = Duration::from_secs(3);

/// What a connection of the server's allows itself, in PostgreSQL's own words: no statement of ours takes seconds, and no
/// lock is held while anything else is waited for.
const LIMITS: [(&str, &str); 4] = [
    ("application_name", "revui-server"),
    ("options[statement_timeout]", "10s"),
    ("options[lock_timeout]", "5s"),
    ("options[idle_in_transaction_session_timeout]", "30s"),
];

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file could not be made.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not ours, or no database; the server is not there, or does not let us in.
    #[error("the database could not be opened")]
    Connect(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database's schema could not be brought up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The server's role could not be given its rights.
    #[error("role {role} could not be given its rights")]
    Grant {
        /// The role of `DATABASE_URL`.
        role: String,
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
    /// The schema is an older one.
    #[error(
        "the database's schema is not up to date: run `revui-server database migrate`, with DATABASE_OWNER_URL set to \
         the role that owns it"
    )]
    SchemaBehind,
    /// The schema's owner is needed, and not named.
    #[error("DATABASE_OWNER_URL is missing: it names the role that owns the database's schema")]
    OwnerMissing,
    /// The tables' policies would not hold the server.
    #[error(
        "role {role} {why}, so that nothing in the database would hold tenants apart: DATABASE_URL has to name a role that \
         is neither superuser nor owner (see docs/scaling.md)"
    )]
    PowerfulRole {
        /// The role of `DATABASE_URL`.
        role: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl OpenError {
    /// Whether the operator can mend it by another configuration.
    pub(crate) fn is_configuration(&self) -> bool {
        matches!(
            self,
            Self::File(_) | Self::SchemaBehind | Self::OwnerMissing | Self::PowerfulRole { .. }
        )
    }
}

impl Database {
    /// Opens the database. A SQLite file is made when it is missing, and brought up to date; PostgreSQL's schema is brought
    /// up to date where its owner is named, and has to be so otherwise. Its calls are counted by nobody yet
    /// ([`Database::observed_by`]).
    pub(crate) async fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        match &url.place {
            Place::File(_) => {
                bring_up_to_date(url).await?;
                Ok(Self {
                    pool: connect(&url.url, url.connections).await?,
                    engine: Engine::Sqlite,
                    metrics: Arc::new(Metrics::new()),
                })
            }
            Place::Server { role } => {
                if url.owner.is_some() {
                    bring_up_to_date(url).await?;
                }
                let pool = connect(&limited(&url.url), url.connections).await?;
                check_role(&pool, role).await?;
                check_schema(&pool).await?;
                Ok(Self {
                    pool,
                    engine: Engine::Postgres,
                    metrics: Arc::new(Metrics::new()),
                })
            }
        }
    }
}

async fn connect(url: &Url, connections: u32) -> Result<AnyPool, OpenError> {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIME_LIMIT)
        // A connection that has ended is noticed by its next use (`Access::begin`); asking before costs a round trip.
        .test_before_acquire(false)
        .connect_with(options(url)?)
        .await
        .map_err(OpenError::Connect)
}

fn options(url: &Url) -> Result<AnyConnectOptions, OpenError> {
    sqlx::any::install_default_drivers();
    AnyConnectOptions::from_str(url.as_str()).map_err(OpenError::Connect)
}

/// With the limits of a server's connection, but for those that the operator has set.
fn limited(url: &Url) -> Url {
    let mut limited = url.clone();
    for (name, value) in LIMITS {
        if !url.query_pairs().any(|(said, _)| said == name) {
            limited.query_pairs_mut().append_pair(name, value);
        }
    }
    limited
}

/// Brings the schema up to date: a file's, or as its owner that of a PostgreSQL database, whose server then gets the rights
/// that it needs. It is done by a connection of its own, closed before any other is opened: one that had read the schema of
/// before would prepare its first statements by it.
pub(crate) async fn bring_up_to_date(url: &DatabaseUrl) -> Result<(), OpenError> {
    match &url.place {
        Place::File(file) => {
            // SQLite would make the file readable by others; its companions take the file's permissions.
            private_file::touch(file)?;
            let mut connection = connect_once(&url.url).await?;
            // Readers do not wait for the writer; the mode stays with the file.
            sqlx::query("PRAGMA journal_mode = WAL")
                .execute(&mut connection)
                .await
                .map_err(OpenError::Connect)?;
            run(&SQLITE_SCHEMA, &mut connection).await?;
            connection.close().await.map_err(OpenError::Connect)
        }
        Place::Server { role } => {
            let owner = url.owner.as_ref().ok_or(OpenError::OwnerMissing)?;
            let mut connection = connect_once(owner).await?;
            run(&POSTGRES_SCHEMA, &mut connection).await?;
            grant(&mut connection, role)
                .await
                .map_err(|source| OpenError::Grant {
                    role: role.clone(),
                    source,
                })?;
            connection.close().await.map_err(OpenError::Connect)
        }
    }
}

async fn connect_once(url: &Url) -> Result<AnyConnection, OpenError> {
    AnyConnection::connect_with(&options(url)?)
        .await
        .map_err(OpenError::Connect)
}

async fn run(
    schema: &sqlx::migrate::Migrator,
    connection: &mut AnyConnection,
) -> Result<(), OpenError> {
    schema.run(connection).await.map_err(OpenError::Migrate)
}

/// Rows may be read and written, by the policies' leave; the schema may be looked at.
async fn grant(connection: &mut AnyConnection, role: &str) -> Result<(), sqlx::Error> {
    let quoted =
        sqlx::query("SELECT quote_ident(current_schema()) AS schema, quote_ident($1) AS role")
            .bind(role)
            .fetch_one(&mut *connection)
            .await?;
    let (schema, role): (String, String) = (quoted.try_get("schema")?, quoted.try_get("role")?);
    for statement in [
        format!("GRANT USAGE ON SCHEMA {schema} TO {role}"),
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}"),
        format!("REVOKE INSERT, UPDATE, DELETE ON _sqlx_migrations FROM {role}"),
    ] {
        sqlx::query(AssertSqlSafe(statement))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Refuses a role that the policies do not hold, or that could lift them.
async fn check_role(pool: &AnyPool, role: &str) -> Result<(), OpenError> {
    let found = sqlx::query(
        "SELECT CASE WHEN rolsuper OR rolbypassrls THEN 1 ELSE 0 END AS superior,
                CASE WHEN EXISTS (SELECT 1 FROM pg_class
                                  WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
                                    AND pg_has_role(current_user, relowner, 'MEMBER'))
                     THEN 1 ELSE 0 END AS owner
         FROM pg_roles WHERE rolname = current_user",
    )
    .fetch_one(pool)
    .await
    .map_err(OpenError::Connect)?;
    let is = |column| found.try_get::<i64, _>(column).map(|value| value == 1);
    let why = if is("superior").map_err(OpenError::Connect)? {
        "is a superuser or bypasses row level security"
    } else if is("owner").map_err(OpenError::Connect)? {
        "owns the tables"
    } else {
        return Ok(());
    };
    Err(OpenError::PowerfulRole {
        role: role.to_owned(),
        why,
    })
}

/// Every migration that this program knows has been made. One that it does not know was made by a newer one, beside which
/// it runs until it is replaced.
async fn check_schema(pool: &AnyPool) -> Result<(), OpenError> {
    let applied = sqlx::query("SELECT version FROM _sqlx_migrations WHERE success")
        .fetch_all(pool)
        .await;
    let applied = match applied {
        Ok(rows) => rows,
        // There is no such table, or no right to read it: nobody has brought anything up to date for us.
        Err(sqlx::Error::Database(_)) => return Err(OpenError::SchemaBehind),
        Err(error) => return Err(OpenError::Connect(error)),
    };
    let applied: BTreeSet<i64> = applied
        .iter()
        .map(|row| row.try_get("version"))
        .collect::<Result<_, _>>()
        .map_err(OpenError::Connect)?;
    if POSTGRES_SCHEMA
        .iter()
        .any(|migration| !applied.contains(&migration.version))
    {
        return Err(OpenError::SchemaBehind);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operators_own_limit_stands() {
        let url = "postgres://app@db/revui?options[statement_timeout]=2s"
            .parse()
            .unwrap();
        let limited = limited(&url);
        let said: Vec<_> = limited
            .query_pairs()
            .filter(|(name, _)| name == "options[statement_timeout]")
            .collect();
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].1, "2s");
        assert!(
            limited
                .query_pairs()
                .any(|(name, _)| name == "options[lock_timeout]")
        );
    }

    /// What one database has and the other has not would be found by the first query of a user.
    #[test]
    fn each_migration_has_its_twin() {
        let after_the_first = |schema: &sqlx::migrate::Migrator| -> Vec<(i64, String)> {
            schema
                .iter()
                .filter(|migration| migration.version > 3)
                .map(|migration| (migration.version, migration.description.to_string()))
                .collect()
        };
        assert_eq!(
            after_the_first(&SQLITE_SCHEMA),
            after_the_first(&POSTGRES_SCHEMA)
        );
    }
}
