//! What the server is told, by environment and command line; everything wrong with it is said at once.

mod dotenv;
mod operating;
mod providers;
mod provisioning;
mod reader;
mod tenant_buckets;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use faults::Faults;
use http::HeaderValue;
use storage::{BucketConfig, PartChecksum};
use wire::{Secret, TenantId};

pub use dotenv::{Warning, load_dotenv};
pub use operating::Operating;
pub use provisioning::{Provisioning, provisioning};
pub use tenant_buckets::{TicketSettings, ticket_settings};

use self::reader::Reader;
pub use crate::accounts::providers::{ProviderConfiguration, RoleMapping};
use crate::db::DatabaseUrl;
pub use crate::operations::proxies::{ForwardedHeader, Networks, NotANetwork, TrustedProxies};

/// How long a client may take to send the head of a request, the wait for it on an open connection included.
const HEAD_TIME_LIMIT: Duration = Duration::from_secs(30);

/// Days after which an upload that nobody works at is given up, when nothing is said.
const DEFAULT_PENDING_DAYS: u32 = 7;

/// Everything that the server needs to know.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// The address to listen on.
    pub host: IpAddr,
    /// The API's port; 0 picks a free one. The embedded store takes the next.
    pub port: u16,
    /// Origins of web pages that may call.
    pub cors_origins: Vec<HeaderValue>,
    /// How long a client may take to send the head of a request, the wait for it on an open connection included.
    pub head_time_limit: Duration,
    /// After how many days without work at it an unfinished upload is given up, at least 1.
    pub pending_days: u32,
    /// How it is watched and kept standing.
    pub operating: Operating,
    /// Who else than this server may say who somebody is.
    pub providers: Vec<ProviderConfiguration>,
    /// Where the bytes and the rows are.
    pub storage: StorageChoice,
}

/// Where the bytes and the rows are.
#[derive(Debug, Clone)]
pub enum StorageChoice {
    /// Everything in one folder, with secrets of its own.
    Embedded {
        /// The folder; it is made when it is missing.
        folder: PathBuf,
        /// Where the rows are, if not in the folder.
        database: Option<Box<DatabaseUrl>>,
        /// Whether it is a demo: accounts with made-up passwords, noted in `demo.json`.
        demo: bool,
        /// What the parts of an upload are held to.
        part_checksum: PartChecksum,
        /// What goes wrong on purpose between its clients and the backend, and the store.
        faults: Faults,
    },
    /// A bucket and a database of the operator's.
    External(Box<External>),
}

impl StorageChoice {
    /// What goes wrong on purpose; nothing where the bucket is the operator's.
    pub(crate) fn faults(&self) -> Faults {
        match self {
            Self::Embedded { faults, .. } => faults.clone(),
            Self::External(_) => Faults::none(),
        }
    }
}

/// A bucket and a database of the operator's.
#[derive(Debug, Clone)]
pub struct External {
    /// Where the rows are.
    pub database: DatabaseUrl,
    /// Signs access tokens.
    pub jwt_secret: Secret,
    /// The bucket, or what is missing for one.
    pub bucket: Result<BucketConfig, MissingVariables>,
    /// Buckets of tenants' own: those tenants have nothing in the other one.
    pub tenant_buckets: BTreeMap<TenantId, BucketConfig>,
}

/// Variables without which there is no bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingVariables {
    /// Their names.
    pub names: Vec<&'static str>,
    /// Whether neither half of the keys is set: a profile or a role may hold them, or they are missing too.
    pub no_keys: bool,
}

impl fmt::Display for MissingVariables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "missing {}", self.names.join(", "))?;
        if self.no_keys {
            f.write_str(
                "; also AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, unless a profile or a role holds the keys",
            )?;
        }
        Ok(())
    }
}

/// What the command line adds.
#[derive(Debug, Clone, Default)]
pub struct ServeOptions {
    /// `--port`.
    pub port: Option<u16>,
    /// `--embedded`.
    pub embedded: bool,
    /// `--demo`.
    pub demo: bool,
    /// `--data`.
    pub data: Option<PathBuf>,
    /// `--faults`.
    pub faults: Option<PathBuf>,
}

/// One thing that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The variable or flag.
    pub name: &'static str,
    /// What is wrong with it, without its value.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}

impl Configuration {
    /// An embedded backend on the loopback interface.
    pub fn embedded(folder: PathBuf, port: u16) -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port,
            cors_origins: Vec::new(),
            head_time_limit: HEAD_TIME_LIMIT,
            pending_days: DEFAULT_PENDING_DAYS,
            operating: Operating::default(),
            providers: Vec::new(),
            storage: StorageChoice::Embedded {
                folder,
                database: None,
                demo: false,
                part_checksum: PartChecksum::Crc64Nvme,
                faults: Faults::none(),
            },
        }
    }

    /// Reads the variables that `lookup` finds. An empty variable counts as left out.
    pub fn read(
        lookup: impl Fn(&str) -> Option<String>,
        options: ServeOptions,
    ) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader {
            lookup: &|name| lookup(name).filter(|value| !value.trim().is_empty()),
            problems: Vec::new(),
        };
        let host = reader.host();
        let port = options.port.unwrap_or_else(|| reader.port());
        let cors_origins = reader.cors_origins();
        let pending_days = reader.pending_days();
        let operating = reader.operating();
        let providers = reader.providers();
        let storage = if options.embedded {
            reader.embedded(host, port, options)
        } else {
            reader.external(options)
        };
        match storage {
            Some(storage) if reader.problems.is_empty() => Ok(Self {
                host,
                port,
                cors_origins,
                head_time_limit: HEAD_TIME_LIMIT,
                pending_days,
                operating,
                providers,
                storage,
            }),
            _ => Err(reader.problems),
        }
    }
}

/// The database for administration: a data folder's, else the variable's.
pub fn database(
    lookup: impl Fn(&str) -> Option<String>,
    data: Option<PathBuf>,
) -> Result<DatabaseUrl, Vec<Problem>> {
    let mut reader = Reader {
        lookup: &|name| lookup(name).filter(|value| !value.trim().is_empty()),
        problems: Vec::new(),
    };
    reader.database(data).ok_or(reader.problems)
}

#[cfg(test)]
mod tests;
