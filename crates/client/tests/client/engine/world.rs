//! A backend and a store that keep the contract, and misbehave where a test says so.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use base64::Engine;
use client::engine::{PartSizes, Policy};
use client::transport::Limits;
use client::{Client, ClientOptions, Home, NewUpload, Pace, Phase, ServerOrigin, Snapshot, Upload};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::Notify;
use wire::Secret;

use super::backend::Backend;
use super::http::Server;
use super::{store, webm};

/// What the store does with the next PUT.
pub(super) enum Store {
    /// Reads this much, answers, and closes.
    AnswerEarly(usize, u16, &'static str),
    /// Reads everything and answers this.
    Answer(u16, &'static [(&'static str, &'static str)], &'static str),
    /// Reads this much and breaks the connection.
    Reset(usize),
    /// Reads this much and then nothing more.
    Stall(usize),
    /// Reads everything and says nothing.
    Swallow,
    /// Stores everything and breaks the connection.
    LoseAnswer,
    /// Gets other bytes than were sent.
    Corrupt,
    /// Forgets the upload in parts, and says so.
    Sweep,
}

/// What the backend does with the next call of a kind.
pub(super) enum Answer {
    /// This, and nothing else.
    Status(u16, &'static [(&'static str, &'static str)], Value),
    /// A web page.
    Page,
    /// What was asked for, but the answer is lost.
    Lost,
}

#[derive(Default)]
pub(super) struct Facts {
    pub(super) store: VecDeque<Store>,
    /// By `METHOD last-part-of-path`.
    pub(super) backend: BTreeMap<&'static str, VecDeque<Answer>>,
    pub(super) objects: BTreeMap<String, Vec<u8>>,
    /// Parts of uploads that are not complete, by path and number.
    pub(super) parts: BTreeMap<String, BTreeMap<u32, Vec<u8>>>,
    /// Bytes of all parts that were taken.
    pub(super) taken_bytes: usize,
    /// Uploads in parts that were opened.
    pub(super) uploads: usize,
    /// Uploads in parts that were forgotten.
    pub(super) swept: Vec<String>,
    /// Parts on a page of the list.
    pub(super) page: usize,
    pub(super) complete: BTreeMap<String, Value>,
    /// What the store says the size of every object is, where it does not say the truth.
    pub(super) stated_size_bytes: Option<usize>,
    pub(super) given_up: Vec<String>,
    /// Every PUT that came, with its headers.
    pub(super) puts: Vec<(String, BTreeMap<String, String>)>,
    /// Every call of the backend.
    pub(super) calls: Vec<(String, Value)>,
    pub(super) places: usize,
    /// The idempotency key of the last place.
    pub(super) place_key: Option<Value>,
    pub(super) ticket_query: String,
    /// From which part on tickets lead elsewhere, and where.
    pub(super) misled: Option<(u32, SocketAddr)>,
    pub(super) tokens_are_good: bool,
}

impl Facts {
    pub(super) fn upload_id(&self) -> String {
        format!("upload-{}", self.uploads)
    }

    pub(super) fn sweep(&mut self) {
        self.parts.clear();
        self.swept.push(self.upload_id());
    }

    /// Whether the upload that a request names is there.
    pub(super) fn is_open(&self, target: &str) -> bool {
        !self
            .swept
            .iter()
            .any(|swept| target.contains(&format!("uploadId={swept}&")))
    }

    pub(super) fn count(&self, call: &str) -> usize {
        self.calls.iter().filter(|(name, _)| name == call).count()
    }
}

pub(super) struct World {
    pub(super) facts: Arc<Mutex<Facts>>,
    /// Told whenever a PUT has begun.
    pub(super) put_began: Arc<Notify>,
    backend: Server,
    _store: Server,
    part_bytes: u64,
    home: tempfile::TempDir,
    recordings: tempfile::TempDir,
}

const TOKEN_PAYLOAD: &str =
    r#"{"sub":"u1","email":"anna@example.com","tenantId":"t1","role":"USER"}"#;

/// The least size of a part here, in bytes: real stores take 5 MiB.
const PART_BYTES: u64 = 256 * 1024;

/// Milliseconds where people get seconds.
fn pace(part_bytes: u64) -> Pace {
    let milliseconds = Duration::from_millis;
    Pace {
        policy: Policy {
            first_delay: milliseconds(2),
            longest_delay: milliseconds(10),
            longest_slow_down: milliseconds(10),
            longest_retry_after: milliseconds(300),
            tries: 8,
            first_probe: milliseconds(5),
            longest_probe: milliseconds(20),
            keeps_turn_within: milliseconds(2),
            part_sizes: PartSizes {
                least_bytes: part_bytes,
                most_bytes: part_bytes * 4,
                unit_bytes: part_bytes / 4,
            },
        },
        limits: Limits {
            connect: Duration::from_secs(5),
            tls: Duration::from_secs(5),
            stall: milliseconds(300),
            answer: milliseconds(300),
            disk: Duration::from_secs(5),
        },
    }
}

impl World {
    pub(super) async fn base() -> Self {
        Self::start(false, None).await
    }

    pub(super) async fn extended() -> Self {
        Self::start(true, None).await
    }

    /// With uploads in parts.
    pub(super) async fn in_parts() -> Self {
        Self::in_parts_of(PART_BYTES).await
    }

    /// With uploads in parts of this size.
    pub(super) async fn in_parts_of(bytes: u64) -> Self {
        Self::start(true, Some(bytes)).await
    }

    async fn start(extended: bool, part_bytes: Option<u64>) -> Self {
        let facts = Arc::new(Mutex::new(Facts {
            tokens_are_good: true,
            page: 1000,
            ..Facts::default()
        }));
        let put_began = Arc::new(Notify::new());
        let (kept, began) = (facts.clone(), put_began.clone());
        let objects = Server::start(move |exchange| {
            let (facts, began) = (kept.clone(), began.clone());
            async move { store::handle(exchange, &facts, &began, extended).await }
        })
        .await;
        let (kept, store_address) = (facts.clone(), objects.address);
        let backend = Server::start(move |exchange| {
            let facts = kept.clone();
            async move {
                let backend = Backend {
                    facts: &facts,
                    store: format!("http://{store_address}"),
                    extended,
                    part_bytes,
                };
                backend.handle(exchange).await;
            }
        })
        .await;
        Self {
            facts,
            put_began,
            backend,
            _store: objects,
            part_bytes: part_bytes.unwrap_or(PART_BYTES),
            home: tempfile::tempdir().unwrap(),
            recordings: tempfile::tempdir().unwrap(),
        }
    }

    pub(super) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap()
    }

    pub(super) fn store_does(self, next: impl IntoIterator<Item = Store>) -> Self {
        self.facts().store.extend(next);
        self
    }

    pub(super) fn backend_answers(
        self,
        call: &'static str,
        next: impl IntoIterator<Item = Answer>,
    ) -> Self {
        self.facts().backend.entry(call).or_default().extend(next);
        self
    }

    pub(super) fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    pub(super) fn server(&self) -> ServerOrigin {
        ServerOrigin::parse(&format!("http://{}", self.backend.address)).unwrap()
    }

    pub(super) fn token() -> Secret {
        let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(TOKEN_PAYLOAD);
        Secret::from(format!("e30.{payload}.canary-signature"))
    }

    /// How a program of this world is opened.
    pub(super) fn options(&self) -> ClientOptions {
        ClientOptions {
            environment_session: Some((self.server(), Self::token())),
            pace: pace(self.part_bytes),
            ..ClientOptions::new(Home::at(self.home.path()))
        }
    }

    /// A program of its own over the same home, signed in.
    pub(super) async fn client(&self) -> Client {
        self.client_of(self.options()).await
    }

    pub(super) async fn client_of(&self, options: ClientOptions) -> Client {
        let client = Client::open(options).unwrap();
        client.restore().await.unwrap().unwrap();
        client
    }

    /// A recording of about this size.
    pub(super) fn recording(&self, name: &str, size_bytes: usize) -> PathBuf {
        let path = self.recordings.path().join(name);
        std::fs::write(&path, webm::recording(size_bytes)).unwrap();
        path
    }

    pub(super) async fn upload(&self, client: &Client, path: &std::path::Path) -> Upload {
        let task = "onboarding".parse().unwrap();
        client.upload(NewUpload::new(path, task)).await.unwrap()
    }

    /// Uploads a recording of three mebibytes to its end; every snapshot on the way.
    pub(super) async fn run(&self) -> Vec<Snapshot> {
        let client = self.client().await;
        let path = self.recording("demo.webm", 3 << 20);
        watch(self.upload(&client, &path).await).await
    }
}

/// Everything that an upload shows until its end.
pub(super) async fn watch(mut upload: Upload) -> Vec<Snapshot> {
    let mut snapshots = Vec::new();
    let all = async {
        while let Some(snapshot) = upload.changed().await {
            snapshots.push(snapshot);
        }
    };
    tokio::time::timeout(Duration::from_mins(1), all)
        .await
        .expect("the upload ends");
    snapshots
}

pub(super) fn last(snapshots: &[Snapshot]) -> &Phase {
    &snapshots.last().unwrap().phase
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}
