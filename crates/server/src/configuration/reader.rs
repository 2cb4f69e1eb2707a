//! Each variable: what it must be, and what is said when it isn't.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use faults::Faults;
use http::HeaderValue;
use storage::{BucketConfig, Credentials, Encryption, PartChecksum, SecretText};
use url::Url;
use wire::Secret;

use super::{
    DEFAULT_PENDING_DAYS, External, MissingVariables, Problem, ProviderConfiguration, ServeOptions,
    StorageChoice, providers,
};
use crate::accounts::access_token::MIN_SECRET_BYTES;
use crate::db::DatabaseUrl;
use crate::embedded;

/// The port, when none is named.
const DEFAULT_PORT: u16 = 3000;

/// The database, when none is named: a file in the working folder.
const DEFAULT_DATABASE: &str = "sqlite:revui.db";

/// Most connections to the database that can be said.
const MAX_CONNECTIONS: u32 = 1000;

/// Most days that can be said.
const MAX_PENDING_DAYS: u32 = 365;

/// Reads variables one by one, and notes what is wrong with them.
pub(super) struct Reader<'a> {
    pub(super) lookup: &'a dyn Fn(&str) -> Option<String>,
    pub(super) problems: Vec<Problem>,
}

impl Reader<'_> {
    pub(super) fn get(&self, name: &str) -> Option<String> {
        (self.lookup)(name)
    }

    pub(super) fn problem(&mut self, name: &'static str, message: impl Into<String>) {
        self.problems.push(Problem {
            name,
            message: message.into(),
        });
    }

    pub(super) fn host(&mut self) -> IpAddr {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        match self.get("HOST").as_deref().map(str::trim) {
            None | Some("localhost") => loopback,
            Some(text) => text.parse().unwrap_or_else(|_| {
                self.problem("HOST", "it must be an IP address, 0.0.0.0 for all");
                loopback
            }),
        }
    }

    pub(super) fn port(&mut self) -> u16 {
        let Some(text) = self.get("PORT") else {
            return DEFAULT_PORT;
        };
        text.trim().parse().unwrap_or_else(|_| {
            self.problem("PORT", "it must be a number from 0 to 65535");
            DEFAULT_PORT
        })
    }

    pub(super) fn pending_days(&mut self) -> u32 {
        let Some(text) = self.get("PENDING_DAYS") else {
            return DEFAULT_PENDING_DAYS;
        };
        let days = text.trim().parse().ok();
        days.filter(|days| (1..=MAX_PENDING_DAYS).contains(days))
            .unwrap_or_else(|| {
                let message = format!("it must be a number from 1 to {MAX_PENDING_DAYS}");
                self.problem("PENDING_DAYS", message);
                DEFAULT_PENDING_DAYS
            })
    }

    pub(super) fn providers(&mut self) -> Vec<ProviderConfiguration> {
        let Some(file) = self.get("OIDC_PROVIDERS") else {
            return Vec::new();
        };
        let file = file.trim();
        providers::read(Path::new(file)).unwrap_or_else(|problems| {
            for problem in problems {
                self.problem("OIDC_PROVIDERS", format!("{file}: {problem}"));
            }
            Vec::new()
        })
    }

    pub(super) fn cors_origins(&mut self) -> Vec<HeaderValue> {
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

    pub(super) fn embedded(
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
        let faults = options.faults.map(|file| self.faults(&file));
        let Some(folder) = options.data else {
            self.problem("--data", "--embedded needs a folder to keep its data in");
            return None;
        };
        Some(StorageChoice::Embedded {
            folder,
            // A variable that lies about does not lead a demo's accounts into somebody's database.
            database: None,
            demo: options.demo,
            part_checksum: PartChecksum::Crc64Nvme,
            faults: faults.unwrap_or_default(),
        })
    }

    /// None where the file is no good, which is a problem.
    fn faults(&mut self, file: &Path) -> Faults {
        let name = file.display();
        let faults = match std::fs::read_to_string(file) {
            Ok(text) => Faults::from_toml(&text).map_err(|error| format!("{name}, {error}")),
            Err(error) => Err(format!("{name} cannot be read: {error}")),
        };
        faults.unwrap_or_else(|message| {
            self.problem("--faults", message);
            Faults::none()
        })
    }

    pub(super) fn external(&mut self, options: ServeOptions) -> Option<StorageChoice> {
        if options.demo {
            self.problem("--demo", "it needs --embedded");
        }
        if options.faults.is_some() {
            self.problem("--faults", "it needs --embedded");
        }
        let database = self.database(options.data);
        let jwt_secret = self.jwt_secret();
        let bucket = self.bucket();
        let tenant_buckets = self.tenant_buckets(bucket.as_ref());
        Some(StorageChoice::External(Box::new(External {
            database: database?,
            jwt_secret: jwt_secret?,
            bucket,
            tenant_buckets,
        })))
    }

    pub(super) fn database(&mut self, data: Option<PathBuf>) -> Option<DatabaseUrl> {
        let (name, database) = if let Some(folder) = data {
            ("--data", embedded::database(&folder))
        } else {
            let text = self.get("DATABASE_URL");
            let text = text.as_deref().unwrap_or(DEFAULT_DATABASE);
            ("DATABASE_URL", text.trim().parse())
        };
        let database = database
            .map_err(|error| self.problem(name, error.to_string()))
            .ok()?;
        if name != "DATABASE_URL" {
            return Some(database);
        }
        let database = match self.database_connections() {
            Some(connections) => database.with_connections(connections),
            None => database,
        };
        self.owned(database)
    }

    /// With the role that owns the schema, where one is named.
    fn owned(&mut self, database: DatabaseUrl) -> Option<DatabaseUrl> {
        let Some(text) = self.get("DATABASE_OWNER_URL") else {
            return Some(database);
        };
        text.trim()
            .parse()
            .and_then(|owner| database.owned_by(&owner))
            .map_err(|error| self.problem("DATABASE_OWNER_URL", error.to_string()))
            .ok()
    }

    fn database_connections(&mut self) -> Option<u32> {
        let text = self.get("DATABASE_CONNECTIONS")?;
        if let Ok(connections @ 1..=MAX_CONNECTIONS) = text.trim().parse() {
            return Some(connections);
        }
        let wanted = format!("it must be a whole number from 1 to {MAX_CONNECTIONS}");
        self.problem("DATABASE_CONNECTIONS", wanted);
        None
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
        let part_checksum = self.part_checksum(endpoint_url.is_some());
        let tagging = self.tagging(endpoint_url.is_some());
        let signing_role = self.signing_role(endpoint_url.as_ref());
        let mut missing = Vec::new();
        let mut required = |name: &'static str| {
            (self.lookup)(name).unwrap_or_else(|| {
                missing.push(name);
                String::new()
            })
        };
        let region = required("AWS_REGION");
        let bucket = required("AWS_S3_BUCKET_NAME");
        let credentials = self.credentials(&mut missing);
        let no_keys = matches!(credentials, Credentials::Chain);
        if !missing.is_empty() {
            return Err(MissingVariables {
                names: missing,
                no_keys,
            });
        }
        Ok(BucketConfig {
            region,
            bucket,
            endpoint_url,
            credentials,
            encryption,
            part_checksum,
            tagging,
            signing_role,
        })
    }

    /// With neither half, the SDK's chain looks for a profile or a role; with one half, the other was forgotten.
    pub(super) fn credentials(&mut self, missing: &mut Vec<&'static str>) -> Credentials {
        let anything = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
            .into_iter()
            .any(|name| self.get(name).is_some());
        if !anything {
            return Credentials::Chain;
        }
        let mut required = |name: &'static str| {
            (self.lookup)(name).unwrap_or_else(|| {
                missing.push(name);
                String::new()
            })
        };
        Credentials::Static {
            access_key_id: required("AWS_ACCESS_KEY_ID"),
            secret_access_key: SecretText::from(required("AWS_SECRET_ACCESS_KEY")),
            session_token: self.get("AWS_SESSION_TOKEN").map(SecretText::from),
        }
    }

    pub(super) fn endpoint_url(&mut self) -> Option<Url> {
        self.web_address("AWS_ENDPOINT_URL_S3")
    }

    pub(super) fn web_address(&mut self, name: &'static str) -> Option<Url> {
        let text = self.get(name)?;
        let url = Url::parse(text.trim())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if url.is_none() {
            self.problem(name, "it must be an http or https address");
        }
        url
    }

    /// Not among the guide's names, for it has no uploads in parts. AWS knows the checksum that costs least; what is
    /// compatible with it has to know one that is older.
    pub(super) fn part_checksum(&mut self, is_compatible: bool) -> PartChecksum {
        let named = self.get("AWS_S3_CHECKSUM");
        match named.as_deref().map(str::trim) {
            Some("CRC64NVME") => return PartChecksum::Crc64Nvme,
            None if !is_compatible => return PartChecksum::Crc64Nvme,
            None | Some("SHA256") => {}
            Some(_) => self.problem("AWS_S3_CHECKSUM", "it must be CRC64NVME or SHA256"),
        }
        PartChecksum::Sha256
    }

    /// Not among the guide's names: its bucket encrypts by default, and a ticket that signs another encryption than a
    /// KMS bucket's would undo it.
    pub(super) fn encryption(&mut self) -> Encryption {
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
