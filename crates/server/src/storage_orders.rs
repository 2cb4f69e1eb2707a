//! `storage`: what the recordings' storage is to be, compared, applied and told. One file an order.

mod apply;
mod export;
mod plan;
mod policy;
mod restore_test;
mod rotate_key;
mod verify;

use std::fmt::Write as _;
use std::io::{self, Write as _};

use serde_json::Value;
use server::configuration::{self, Provisioning};
use server::logging;
use storage::cloud::{CallerError, Cloud, CloudConfig};
use storage::desired::{Account, Profile, Settings};
use storage::{BucketConfig, ConnectError};

use crate::arguments::storage::{ProfileName, StorageAction, StorageOrder, Wanted};
use crate::{Failure, variable};

/// `revui-server storage …`
pub(crate) async fn storage(order: StorageOrder) -> Result<(), Failure> {
    let room = Room::open(&order.wanted)?;
    match order.action {
        StorageAction::Plan(weakening) => plan::show(&room, weakening.allow_weaker).await,
        StorageAction::Apply { yes, weakening } => {
            apply::carry_out(&room, yes, weakening.allow_weaker).await
        }
        StorageAction::Export { format } => export::write(&room, format).await,
        StorageAction::Policy => policy::show(&room).await,
        StorageAction::Verify => verify::verify(&room).await,
        StorageAction::RotateKey(order) => rotate_key::rotate(&room, &order).await,
        StorageAction::RestoreTest => restore_test::restore(&room).await,
    }
}

/// What every order begins with.
pub(crate) struct Room {
    /// What is to be.
    pub(crate) settings: Settings,
    /// As whom, and where.
    pub(crate) config: CloudConfig,
    /// Whether a program reads what is told.
    pub(crate) json: bool,
}

impl Room {
    fn open(wanted: &Wanted) -> Result<Self, Failure> {
        let Provisioning {
            credentials,
            s3_endpoint,
            iam_endpoint,
            sts_endpoint,
            mut surroundings,
        } = configuration::provisioning(variable)?;
        surroundings.profile = wanted.profile.map(|profile| match profile {
            ProfileName::Development => Profile::Development,
            ProfileName::Production => Profile::Production,
        });
        let name = wanted.file.display();
        let text = match std::fs::read_to_string(&wanted.file) {
            Ok(text) => text,
            Err(error)
                if error.kind() == io::ErrorKind::NotFound
                    && wanted.file.as_os_str() == "storage.toml" =>
            {
                String::new()
            }
            Err(error) => {
                return Err(Failure::Configuration(vec![format!(
                    "{name} cannot be read: {error}"
                )]));
            }
        };
        let settings = Settings::read(&text, &surroundings).map_err(|problems| {
            let problems = problems.iter().map(|problem| format!("{name}: {problem}"));
            Failure::Configuration(problems.collect())
        })?;
        Ok(Self {
            settings,
            config: CloudConfig {
                credentials,
                s3_endpoint,
                iam_endpoint,
                sts_endpoint,
            },
            json: wanted.json,
        })
    }

    /// Whether the store is reached by https.
    pub(crate) fn is_https(&self) -> bool {
        let endpoint = self.config.s3_endpoint.as_ref();
        endpoint.is_none_or(|endpoint| endpoint.scheme() == "https")
    }

    /// The account's clients.
    pub(crate) async fn cloud(&self) -> Result<Cloud, Failure> {
        let connected = Cloud::connect(self.config.clone(), &self.settings).await;
        connected
            .map_err(|error: ConnectError| Failure::Configuration(vec![logging::chain(&error)]))
    }

    /// The bucket, as the backend uses it: the variables for its tickets hold here too.
    pub(crate) fn bucket(&self) -> Result<BucketConfig, Failure> {
        let tickets = configuration::ticket_settings(variable)?;
        Ok(BucketConfig {
            region: self.settings.bucket.region.clone(),
            bucket: self.settings.bucket.name.clone(),
            endpoint_url: self.config.s3_endpoint.clone(),
            credentials: self.config.credentials.clone(),
            encryption: tickets.encryption,
            part_checksum: tickets.part_checksum,
            tagging: tickets.tagging,
            signing_role: tickets.signing_role,
        })
    }

    /// The account that policies name: the file's, else whosever keys these are. None where there is no STS.
    pub(crate) async fn account(&self, cloud: &Cloud) -> Result<Option<Account>, Failure> {
        let region = &self.settings.bucket.region;
        if let Some(account) = self.named_account() {
            return Ok(Some(account));
        }
        match cloud.caller().await {
            Ok(caller) => Ok(Some(Account::new(&caller.account_id, region))),
            Err(CallerError::NoSts) => Ok(None),
            Err(error) => Err(Failure::Other(error.into())),
        }
    }

    /// The account that the file names.
    pub(crate) fn named_account(&self) -> Option<Account> {
        let bucket = &self.settings.bucket;
        let named = !bucket.account_id.is_empty();
        named.then(|| Account::new(&bucket.account_id, &bucket.region))
    }
}

/// Writes a document as people read JSON.
pub(crate) fn print_json(value: &Value) -> Result<(), Failure> {
    let mut text = format!("{value:#}");
    text.push('\n');
    print(&text)
}

/// Writes what was asked for. A pipe that nobody reads any more is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Lines under a heading; nothing without lines.
pub(crate) fn section(text: &mut String, heading: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n{heading}");
    for line in lines {
        let _ = writeln!(text, "  - {line}");
    }
}
