//! Where the database is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use url::Url;

/// Connections at most, when nothing is said. SQLite has one writer at a time, and PostgreSQL's transactions are short.
const DEFAULT_CONNECTIONS: u32 = 8;

/// Where the database is, as whom its schema may be changed, and how many connections it may have. It may hold passwords:
/// its `Debug` shows none.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    pub(super) url: Url,
    pub(super) place: Place,
    pub(super) owner: Option<Url>,
    pub(super) connections: u32,
}

/// What kind of place it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A file for SQLite.
    File(PathBuf),
    /// A PostgreSQL server, signed in to as this role.
    Server {
        /// The role.
        role: String,
    },
}

/// The text names no database that this server can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDatabaseUrl {
    /// Neither SQLite nor PostgreSQL.
    #[error(
        "`{scheme}` is not supported: use sqlite:PATH or postgres://ROLE:PASSWORD@HOST/DATABASE"
    )]
    UnsupportedScheme {
        /// What stands before the colon.
        scheme: String,
    },
    /// No file, or none but memory.
    #[error("it names no file: use sqlite:PATH")]
    NoFile,
    /// A PostgreSQL server without a role or a database.
    #[error("it names no role or no database: use postgres://ROLE:PASSWORD@HOST/DATABASE")]
    Incomplete,
    /// Somebody owns the schema of a file.
    #[error("only a PostgreSQL database has an owner")]
    NoOwner,
    /// No URL at all. The text is not repeated, for it may hold a password.
    #[error("it is no URL: use sqlite:PATH or postgres://ROLE:PASSWORD@HOST/DATABASE")]
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

    /// The same database, with the one who owns its schema and may change it.
    pub fn owned_by(self, owner: &Self) -> Result<Self, InvalidDatabaseUrl> {
        match (&self.place, &owner.place) {
            (Place::Server { .. }, Place::Server { .. }) => Ok(Self {
                owner: Some(owner.url.clone()),
                ..self
            }),
            _ => Err(InvalidDatabaseUrl::NoOwner),
        }
    }

    /// The same database, by this many connections at most.
    #[must_use]
    pub fn with_connections(self, connections: u32) -> Self {
        Self {
            connections,
            ..self
        }
    }

    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match &self.place {
            Place::File(file) => Some(file),
            Place::Server { .. } => None,
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut url: Url = text.parse().map_err(|_| InvalidDatabaseUrl::NotAUrl)?;
        let place = match url.scheme() {
            "sqlite" => file(text)?,
            "postgres" | "postgresql" => server(&url)?,
            scheme => {
                return Err(InvalidDatabaseUrl::UnsupportedScheme {
                    scheme: scheme.to_owned(),
                });
            }
        };
        let is_file = matches!(place, Place::File(_));
        if is_file && !url.query_pairs().any(|(name, _)| name == "mode") {
            url.query_pairs_mut().append_pair("mode", "rwc");
        }
        Ok(Self {
            url,
            place,
            owner: None,
            connections: DEFAULT_CONNECTIONS,
        })
    }
}

/// As sqlx reads it: what stands between the scheme and the question mark, percent-decoded.
fn file(text: &str) -> Result<Place, InvalidDatabaseUrl> {
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
    Ok(Place::File(PathBuf::from(path.as_ref())))
}

fn server(url: &Url) -> Result<Place, InvalidDatabaseUrl> {
    let role = percent_decode_str(url.username())
        .decode_utf8()
        .map_err(|_| InvalidDatabaseUrl::NotAUrl)?;
    if role.is_empty() || url.path().trim_start_matches('/').is_empty() {
        return Err(InvalidDatabaseUrl::Incomplete);
    }
    let role = role.into_owned();
    Ok(Place::Server { role })
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("DatabaseUrl");
        match &self.place {
            Place::File(file) => shown.field("file", file),
            Place::Server { role } => shown
                .field("role", role)
                .field("host", &self.url.host_str())
                .field("database", &self.url.path()),
        };
        shown
            .field("owned", &self.owner.is_some())
            .field("connections", &self.connections)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_url() {
        for (url, file) in [
            ("sqlite:folder/revui.db", "folder/revui.db"),
            ("sqlite://revui.db", "revui.db"),
            ("sqlite:///var/lib/revui.db?mode=rw", "/var/lib/revui.db"),
        ] {
            let url: DatabaseUrl = url.parse().unwrap();
            assert_eq!(url.file(), Some(Path::new(file)));
        }
    }

    #[test]
    fn a_server_is_known_by_its_role_and_no_password_is_shown() {
        for url in [
            "postgres://app:the-password@db.example:5433/revui",
            "postgresql://app:the-password@db.example/revui?sslmode=verify-full",
            "postgres://app:the-password@localhost/revui?host=/var/run/postgresql",
        ] {
            let url: DatabaseUrl = url.parse().unwrap();
            let role = "app".to_owned();
            assert_eq!(url.place, Place::Server { role });
            let owner = "postgres://owner:other-password@db.example/revui";
            let url = url.owned_by(&owner.parse().unwrap()).unwrap();
            let shown = format!("{url:?}");
            assert!(!shown.contains("password"), "{shown}");
        }
    }

    #[test]
    fn what_names_no_database_is_refused_with_its_reason() {
        for (bad, why) in [
            ("revui.db", InvalidDatabaseUrl::NotAUrl),
            ("sqlite::memory:", InvalidDatabaseUrl::NoFile),
            ("sqlite:", InvalidDatabaseUrl::NoFile),
            (
                "postgres://db.example/revui",
                InvalidDatabaseUrl::Incomplete,
            ),
            ("postgres://app@db.example", InvalidDatabaseUrl::Incomplete),
            (
                "mysql://u:p@db/revui",
                InvalidDatabaseUrl::UnsupportedScheme {
                    scheme: "mysql".to_owned(),
                },
            ),
        ] {
            assert_eq!(bad.parse::<DatabaseUrl>(), Err(why), "{bad}");
        }
        let file: DatabaseUrl = "sqlite:revui.db".parse().unwrap();
        let server: DatabaseUrl = "postgres://app@db.example/revui".parse().unwrap();
        assert_eq!(file.owned_by(&server), Err(InvalidDatabaseUrl::NoOwner));
    }
}
