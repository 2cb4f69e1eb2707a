//! Whether the storage does what it must, tried for real: the setup guide's Testing, Troubleshooting and Verification
//! Commands as one. What is put is put under keys of its own and taken away again; nothing is configured.
//!
//! A check says what it found. One that failed also says why that matters, and how to mend it. Where a store cannot do
//! something at all, or nobody asked for it, its check is skipped and says so.

mod account;
mod answer;
mod bucket;
mod causes;
mod outsiders;
mod probes;
mod refusals;
mod surroundings;
mod telling;
mod tenants;
mod tickets;

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use url::Url;

use crate::cloud::Cloud;
use crate::{Bucket, BucketConfig, ConnectError};

pub use probes::{PROBES_PREFIX, Uncleaned};

use telling::{Checking, Telling};

/// How long one request may take, from the look-up of the name to the last byte.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// As it must be.
    Passed,
    /// It works, and will not for ever, or not for everybody.
    Warned,
    /// Not as it must be.
    Failed,
    /// Nothing could be tried.
    Skipped,
}

/// One check, done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// Its name, which stays: `presigned-put`.
    pub id: &'static str,
    /// What is wanted, in words.
    pub wanted: String,
    /// How it went.
    pub outcome: Outcome,
    /// What was found, in words.
    pub found: String,
    /// Why that matters, where it failed or warned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How to mend it, where it failed or warned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
}

/// What a check found.
#[derive(Debug)]
enum Verdict {
    Passed(String),
    Warned(Trouble),
    Failed(Trouble),
    Skipped(String),
}

/// What is wrong, why that matters, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Trouble {
    found: String,
    why: String,
    mend: String,
}

impl Trouble {
    fn new(found: impl Into<String>, why: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            found: found.into(),
            why: why.into(),
            mend: mend.into(),
        }
    }
}

/// What is verified.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The account.
    pub cloud: Cloud,
    /// The bucket, and who signs its tickets.
    pub bucket: BucketConfig,
    /// Web pages that upload.
    pub origins: Vec<String>,
    /// What tells this run's keys from another's: letters and digits.
    pub run: String,
    /// The machine's clock.
    pub clock: fn() -> SystemTime,
}

/// A run of checks. Dropping it leaves what was put: see [`Verification::clean_up`].
#[derive(Debug)]
#[must_use]
pub struct Verification {
    cloud: Cloud,
    config: BucketConfig,
    origins: Vec<String>,
    run: String,
    clock: fn() -> SystemTime,
    /// Signs by the account itself, so that one thing is tried at a time.
    bucket: Bucket,
    /// Signs by sessions, where there is a role.
    narrowed: Option<Bucket>,
    http: reqwest::Client,
    put: Mutex<Vec<String>>,
}

/// Why there is nothing to run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The configuration or the credentials are missing or wrong.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// No requests can be sent from here.
    #[error("no requests can be sent from this machine")]
    Http {
        /// Why.
        #[source]
        source: reqwest::Error,
    },
}

impl Verification {
    /// Resolves the credentials. Nothing is asked of the store yet.
    pub async fn prepare(subject: Subject) -> Result<Self, VerifyError> {
        let role = subject.bucket.signing_role.is_some();
        let narrowed = if role {
            Some(Bucket::connect(subject.bucket.clone()).await?)
        } else {
            None
        };
        let plain = BucketConfig {
            signing_role: None,
            tagging: true,
            ..subject.bucket.clone()
        };
        let http = reqwest::Client::builder()
            .timeout(TIME_LIMIT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|source| VerifyError::Http { source })?;
        Ok(Self {
            cloud: subject.cloud,
            config: subject.bucket,
            origins: subject.origins,
            run: subject.run,
            clock: subject.clock,
            bucket: Bucket::connect(plain).await?,
            narrowed,
            http,
            put: Mutex::default(),
        })
    }

    /// Does every check in turn, and tells of each when it is done. When something fails that all others need, they are not
    /// tried. Dropping this future stops between two steps; [`Self::clean_up`] takes away what was put until then.
    pub async fn run(&self, tell: &mut (dyn FnMut(Check) + Send)) {
        let mut telling = Telling { tell, failed: None };
        self.reach(&mut telling).await;
        if let Some(id) = telling.failed {
            return telling.stop(id);
        }
        self.inspect(&mut telling).await;
        if let Some(id) = telling.failed {
            return telling.stop(id);
        }
        self.try_tickets(&mut telling).await;
        self.try_others(&mut telling).await;
    }

    /// Whether there is somebody to talk to, and who we are to them.
    async fn reach(&self, telling: &mut Telling<'_>) {
        let dns = Box::pin(self.dns());
        telling
            .need("dns", "The store's name has an address", dns)
            .await;
        let tls = Box::pin(self.tls());
        telling
            .need("tls", "The store is reached by HTTPS", tls)
            .await;
        if telling.failed.is_none() {
            let skew = Box::pin(self.skew());
            telling
                .on("clock", "This machine's clock is right", skew)
                .await;
        }
        let caller = Box::pin(self.caller());
        telling
            .need("caller", "The credentials are somebody's", caller)
            .await;
        if telling.failed.is_none() {
            let credentials = Box::pin(self.credentials());
            telling
                .on("credentials", "The credentials last", credentials)
                .await;
        }
    }

    /// The bucket as it is configured.
    async fn inspect(&self, telling: &mut Telling<'_>) {
        let there = Box::pin(self.is_there());
        telling
            .need("bucket", "The bucket is there and ours", there)
            .await;
        if telling.failed.is_some() {
            return;
        }
        let checks: [(_, _, Checking<'_>); 3] = [
            (
                "region",
                "It is in the region that is configured",
                Box::pin(self.region()),
            ),
            ("list", "It can be listed", Box::pin(self.list())),
            (
                "encryption",
                "It encrypts by default",
                Box::pin(self.encryption()),
            ),
        ];
        for (id, wanted, check) in checks {
            telling.on(id, wanted, check).await;
        }
    }

    /// What tickets open, and what they don't.
    async fn try_tickets(&self, telling: &mut Telling<'_>) {
        let put = Box::pin(self.presigned_put());
        if telling
            .on("presigned-put", "A presigned PUT is taken", put)
            .await
        {
            let checks: [(_, _, Checking<'_>); 3] = [
                (
                    "presigned-get",
                    "A presigned GET gives the same bytes",
                    Box::pin(self.presigned_get()),
                ),
                (
                    "encrypted",
                    "What was put is encrypted",
                    Box::pin(self.is_encrypted()),
                ),
                (
                    "anonymous",
                    "Nobody gets in without a ticket",
                    Box::pin(self.anonymous()),
                ),
            ];
            for (id, wanted, check) in checks {
                telling.on(id, wanted, check).await;
            }
        } else {
            let ids = ["presigned-get", "encrypted", "anonymous"];
            telling.skip(&ids, "nothing could be put");
        }
        let checks: [(_, _, Checking<'_>); 5] = [
            (
                "expired",
                "An expired ticket is refused",
                Box::pin(self.expired()),
            ),
            (
                "tampered",
                "A changed ticket is refused",
                Box::pin(self.tampered()),
            ),
            (
                "content-type",
                "Another type than the signed one is refused",
                Box::pin(self.content_type()),
            ),
            (
                "size",
                "Another size than the signed one is refused",
                Box::pin(self.size()),
            ),
            (
                "write-once",
                "A second write is refused",
                Box::pin(self.write_once()),
            ),
        ];
        for (id, wanted, check) in checks {
            telling.on(id, wanted, check).await;
        }
    }

    /// Parts, tags, tenants and web pages.
    async fn try_others(&self, telling: &mut Telling<'_>) {
        let checks: [(_, _, Checking<'_>); 3] = [
            (
                "parts",
                "An upload in parts can be begun and given up",
                Box::pin(self.parts()),
            ),
            ("tags", "Objects can be tagged", Box::pin(self.tags())),
            (
                "tenants",
                "A ticket opens nothing of another tenant",
                Box::pin(self.other_tenant()),
            ),
        ];
        for (id, wanted, check) in checks {
            telling.on(id, wanted, check).await;
        }
        if self.origins.is_empty() {
            telling.skip(&["cors"], "no origins are configured: no web page uploads");
        }
        for origin in &self.origins {
            let wanted = format!("Pages of {origin} may upload");
            let check = Box::pin(self.cors(origin));
            telling.on("cors", &wanted, check).await;
        }
    }

    fn now(&self) -> SystemTime {
        (self.clock)()
    }

    /// Where requests for the bucket go.
    async fn origin(&self) -> Result<Url, Trouble> {
        let ticket = self.get_ticket_of(&self.key("origin")).await?;
        Url::parse(ticket.url.expose())
            .map_err(|error| Trouble::new(error.to_string(), "it was made here", "report it"))
    }
}
