//! What the server is told, by environment and command line; everything wrong with it is said at once.

mod dotenv;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use http::HeaderValue;
use storage::{BucketConfig, Credentials, Encryption, SecretText};
use url::Url;
use wire::Secret;

pub use dotenv::{Warning, load_dotenv};

use crate::accounts::access_token::MIN_SECRET_BYTES;
use crate::db::DatabaseUrl;
use crate::embedded;

/// The port, when none is named.
const DEFAULT_PORT: u16 = 3000;

/// The database, when none is named: a file in the working folder.
const DEFAULT_DATABASE: &str = "sqlite:revui.db";

/// Everything that the server needs to know.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// The address to listen on.
    pub host: IpAddr,
    /// The API's port; 0 picks a free one. The embedded store takes the next.
    pub port: u16,
    /// Origins of web pages that may call.
    pub cors_origins: Vec<HeaderValue>,
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
        /// Whether it is a demo: accounts with made-up passwords, noted in `demo.json`.
        demo: bool,
    },
    /// A bucket and a database of the operator's.
    External(Box<External>),
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
            storage: StorageChoice::Embedded {
                folder,
                demo: false,
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

struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn get(&self, name: &str) -> Option<String> {
        (self.lookup)(name)
    }

    fn problem(&mut self, name: &'static str, message: impl Into<String>) {
        self.problems.push(Problem {
            name,
            message: message.into(),
        });
    }

    fn host(&mut self) -> IpAddr {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        match self.get("HOST").as_deref().map(str::trim) {
            None | Some("localhost") => loopback,
            Some(text) => text.parse().unwrap_or_else(|_| {
                self.problem("HOST", "it must be an IP address, 0.0.0.0 for all");
                loopback
            }),
        }
    }

    fn port(&mut self) -> u16 {
        let Some(text) = self.get("PORT") else {
            return DEFAULT_PORT;
        };
        text.trim().parse().unwrap_or_else(|_| {
            self.problem("PORT", "it must be a number from 0 to 65535");
            DEFAULT_PORT
        })
    }

    fn cors_origins(&mut self) -> Vec<HeaderValue> {
        let text = self.get("CORS_ORIGIN").unwrap_or_default();
        let mut origins = Vec::new();
        for entry in text
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
        {
            match origin(entry) {
                Some(value) => origins.push(value),
                None => self.problem(
                    "CORS_ORIGIN",
                    format!("`{entry}` is no origin such as https://app.example.com"),
                ),
            }
        }
        origins
    }

    fn embedded(
        &mut self,
        host: IpAddr,
        port: u16,
        options: ServeOptions,
    ) -> Option<StorageChoice> {
        if !host.is_loopback() {
            self.problem("HOST", "--embedded listens on the loopback interface only");
        }
        if port == u16::MAX {
            self.problem(
                "--port",
                "the store takes the next port: choose at most 65534",
            );
        }
        let Some(folder) = options.data else {
            self.problem("--data", "--embedded needs a folder to keep its data in");
            return None;
        };
        Some(StorageChoice::Embedded {
            folder,
            demo: options.demo,
        })
    }

    fn external(&mut self, options: ServeOptions) -> Option<StorageChoice> {
        if options.demo {
            self.problem("--demo", "it needs --embedded");
        }
        let database = self.database(options.data);
        let jwt_secret = self.jwt_secret();
        let bucket = self.bucket();
        Some(StorageChoice::External(Box::new(External {
            database: database?,
            jwt_secret: jwt_secret?,
            bucket,
        })))
    }

    fn database(&mut self, data: Option<PathBuf>) -> Option<DatabaseUrl> {
        let (name, database) = if let Some(folder) = data {
            ("--data", embedded::database(&folder))
        } else {
            let text = self.get("DATABASE_URL");
            let text = text.as_deref().unwrap_or(DEFAULT_DATABASE);
            ("DATABASE_URL", text.trim().parse())
        };
        database
            .map_err(|error| self.problem(name, error.to_string()))
            .ok()
    }

    fn jwt_secret(&mut self) -> Option<Secret> {
        let Some(text) = self.get("JWT_SECRET") else {
            self.problem(
                "JWT_SECRET",
                "it is missing; make one with `openssl rand -base64 48`",
            );
            return None;
        };
        if text.len() < MIN_SECRET_BYTES {
            self.problem(
                "JWT_SECRET",
                format!("it is too short: {MIN_SECRET_BYTES} bytes or more"),
            );
            return None;
        }
        Some(Secret::from(text))
    }

    fn bucket(&mut self) -> Result<BucketConfig, MissingVariables> {
        let endpoint_url = self.endpoint_url();
        let encryption = self.encryption();
        let mut missing = Vec::new();
        let mut required = |name: &'static str| {
            (self.lookup)(name).unwrap_or_else(|| {
                missing.push(name);
                String::new()
            })
        };
        let region = required("AWS_REGION");
        let bucket = required("AWS_S3_BUCKET_NAME");
        // With neither half, the SDK's chain looks for a profile or a role; with one half, the other was forgotten.
        let anything = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
            .into_iter()
            .any(|name| (self.lookup)(name).is_some());
        let credentials = if anything {
            Credentials::Static {
                access_key_id: required("AWS_ACCESS_KEY_ID"),
                secret_access_key: SecretText::from(required("AWS_SECRET_ACCESS_KEY")),
                session_token: self.get("AWS_SESSION_TOKEN").map(SecretText::from),
            }
        } else {
            Credentials::Chain
        };
        if !missing.is_empty() {
            return Err(MissingVariables {
                names: missing,
                no_keys: !anything,
            });
        }
        Ok(BucketConfig {
            region,
            bucket,
            endpoint_url,
            credentials,
            encryption,
        })
    }

    fn endpoint_url(&mut self) -> Option<Url> {
        let text = self.get("AWS_ENDPOINT_URL_S3")?;
        let url = Url::parse(text.trim())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if url.is_none() {
            self.problem("AWS_ENDPOINT_URL_S3", "it must be an http or https address");
        }
        url
    }

    /// Not among the guide's names: its bucket encrypts by default, and a ticket that signs another encryption than a
    /// KMS bucket's would undo it.
    fn encryption(&mut self) -> Encryption {
        match self.get("AWS_S3_ENCRYPTION").as_deref().map(str::trim) {
            None | Some("bucket-default") => Encryption::BucketDefault,
            Some("AES256") => Encryption::Aes256,
            Some(_) => {
                self.problem("AWS_S3_ENCRYPTION", "it must be AES256 or bucket-default");
                Encryption::BucketDefault
            }
        }
    }
}

/// An origin as browsers send it: scheme, host and port, nothing else (RFC 6454, section 6.2).
fn origin(text: &str) -> Option<HeaderValue> {
    let url = Url::parse(text).ok()?;
    let origin = url.origin().ascii_serialization();
    let plain = matches!(url.scheme(), "http" | "https") && text.trim_end_matches('/') == origin;
    plain.then(|| origin.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
