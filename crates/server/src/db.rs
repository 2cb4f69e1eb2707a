//! The database: SQLite on one machine, by queries that PostgreSQL takes too (`$1`, ids as text, times in
//! milliseconds).
//!
//! The pool never leaves this module. What belongs to a tenant is reached through a [`TenantScope`] alone, which carries
//! the tenant into every query; only signing in (which comes before any tenant is known), administration and the sweep
//! (which looks for what nobody asks for any more) go without.

mod accounts;
mod audit;
mod holds;
mod recordings;
mod removals;
mod retention;
mod scope;
mod sessions;
mod support;
mod sweeping;
mod tasks;
mod uploads;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, Connection as _};
use url::Url;

use crate::private_file::{self, FileError};

pub(crate) use accounts::NewAccount;
pub(crate) use recordings::{Held, Kind, NewRecording, Page, RecordingRow, Status};
pub(crate) use removals::Due;
pub use retention::Retention;
pub(crate) use scope::TenantScope;
pub(crate) use sessions::{NewRefreshToken, RefreshTokenRow};
pub(crate) use sweeping::{Leftover, Owned};
pub(crate) use uploads::{Claimed, Completion};

/// Connections at most: SQLite has one writer at a time, and readers are quick.
const MAX_CONNECTIONS: u32 = 8;

/// The schema of SQLite.
static SQLITE_SCHEMA: sqlx::migrate::Migrator = sqlx::migrate!("./migrations/sqlite");

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    url: Url,
    file: PathBuf,
}

/// The text names no database that this server can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDatabaseUrl {
    /// Another database than SQLite.
    #[error("`{scheme}` is not supported by this version: use sqlite:PATH")]
    UnsupportedScheme {
        /// What stands before the colon.
        scheme: String,
    },
    /// No file, or none but memory.
    #[error("it names no file: use sqlite:PATH")]
    NoFile,
    /// No URL at all. The text is not repeated, for it may hold a password.
    #[error("it is no URL: use sqlite:PATH")]
    NotAUrl,
}

impl DatabaseUrl {
    /// The SQLite database in this file.
    pub fn sqlite_file(file: impl Into<PathBuf>) -> Result<Self, InvalidDatabaseUrl> {
        let file = file.into();
        let text = file.to_str().ok_or(InvalidDatabaseUrl::NotAUrl)?;
        // The three characters that would end the path of a URL early.
        let path = text
            .replace('%', "%25")
            .replace('?', "%3F")
            .replace('#', "%23");
        format!("sqlite:{path}").parse()
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut url: Url = text.parse().map_err(|_| InvalidDatabaseUrl::NotAUrl)?;
        if url.scheme() != "sqlite" {
            return Err(InvalidDatabaseUrl::UnsupportedScheme {
                scheme: url.scheme().to_owned(),
            });
        }
        if !url.query_pairs().any(|(name, _)| name == "mode") {
            url.query_pairs_mut().append_pair("mode", "rwc");
        }
        // As sqlx reads it: what stands between the scheme and the question mark, percent-decoded.
        let path = text
            .trim_start_matches("sqlite:")
            .trim_start_matches("//")
            .split('?')
            .next()
            .unwrap_or_default();
        let path = percent_decode_str(path)
            .decode_utf8()
            .map_err(|_| InvalidDatabaseUrl::NotAUrl)?;
        if path.is_empty() || path == ":memory:" {
            return Err(InvalidDatabaseUrl::NoFile);
        }
        let file = PathBuf::from(path.as_ref());
        Ok(Self { url, file })
    }
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file could not be made.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not ours, or no database.
    #[error("the database could not be opened")]
    Connect(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database's schema could not be brought up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
}

/// An open database with an up-to-date schema. Clones share its connections.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    pool: AnyPool,
}

impl Database {
    /// Opens the database, creates it when it is missing, and brings its schema up to date.
    pub(crate) async fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        // SQLite would make the file readable by others; its companions take the file's permissions.
        private_file::touch(&url.file)?;
        sqlx::any::install_default_drivers();
        let options = AnyConnectOptions::from_str(url.url.as_str()).map_err(OpenError::Connect)?;
        bring_up_to_date(&options).await?;
        let pool = AnyPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .connect_with(options)
            .await
            .map_err(OpenError::Connect)?;
        Ok(Self { pool })
    }

    /// Ends every connection; what was written is in the file.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// By a connection of its own, closed before any other is opened: one that had read the schema of before would prepare
/// its first statements by it.
async fn bring_up_to_date(options: &AnyConnectOptions) -> Result<(), OpenError> {
    let mut connection = AnyConnection::connect_with(options)
        .await
        .map_err(OpenError::Connect)?;
    // Readers do not wait for the writer; the mode stays with the file.
    sqlx::query("PRAGMA journal_mode = WAL")
        .execute(&mut connection)
        .await
        .map_err(OpenError::Connect)?;
    SQLITE_SCHEMA
        .run(&mut connection)
        .await
        .map_err(OpenError::Migrate)?;
    connection.close().await.map_err(OpenError::Connect)
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
            (include_str!("db/uploads.rs"), 7),
            (include_str!("db/removals.rs"), 5),
            (include_str!("db/holds.rs"), 2),
            (include_str!("db/support.rs"), 3),
        ] {
            let code = source.split("#[cfg(test)]").next().unwrap();
            let statements: Vec<&str> = code.split("sqlx::query(").skip(1).collect();
            assert!(statements.len() >= least, "{}", statements.len());
            for statement in statements {
                let sql = statement.split(".bind").next().unwrap();
                assert!(sql.contains("tenant_id"), "{sql}");
                assert!(
                    statement.contains(".bind(self.tenant.as_str())"),
                    "{statement}"
                );
            }
        }
    }

    #[test]
    fn only_sqlite_is_taken_and_its_file_is_known() {
        for (url, file) in [
            ("sqlite:folder/revui.db", "folder/revui.db"),
            ("sqlite://revui.db", "revui.db"),
            ("sqlite:///var/lib/revui.db?mode=rw", "/var/lib/revui.db"),
        ] {
            let url: DatabaseUrl = url.parse().unwrap();
            assert_eq!(url.file(), Path::new(file));
        }
        for (bad, why) in [
            ("revui.db", InvalidDatabaseUrl::NotAUrl),
            ("sqlite::memory:", InvalidDatabaseUrl::NoFile),
            ("sqlite:", InvalidDatabaseUrl::NoFile),
            (
                "postgres://u:p@db/revui",
                InvalidDatabaseUrl::UnsupportedScheme {
                    scheme: "postgres".to_owned(),
                },
            ),
        ] {
            assert_eq!(bad.parse::<DatabaseUrl>(), Err(why), "{bad}");
        }
    }

    /// A pending recording of the first version, which noted neither work nor tickets, keeps its seven days.
    #[tokio::test]
    async fn rows_of_before_parts_are_read_and_not_swept_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite_file(folder.path().join("revui.db")).unwrap();
        sqlx::any::install_default_drivers();
        let pool = AnyPool::connect(url.url.as_str()).await.unwrap();
        let first = SQLITE_SCHEMA.iter().take(1).cloned().collect();
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
        let stale = async |now| database.stale_recordings(now, now).await.unwrap().len();
        assert_eq!(stale(now).await, 0);
        assert_eq!(stale(now + week + minute).await, 1);
    }

    #[tokio::test]
    async fn a_folder_of_any_name_will_do() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("100 % of # what?");
        std::fs::create_dir(&folder).unwrap();
        let url = DatabaseUrl::sqlite_file(folder.join("revui.db")).unwrap();
        let database = Database::open(&url).await.unwrap();
        database.close().await;
        assert!(std::fs::metadata(folder.join("revui.db")).unwrap().len() > 0);
    }
}
