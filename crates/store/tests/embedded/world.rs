//! A running store, and the client that asks it.

use std::path::Path;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::SignedDuration;
use reqwest::{Client, Response};
use store::EmbeddedStore;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::signer::{Signed, Unsigned};

pub(crate) const BUCKET: &str = "recordings";
pub(crate) const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// The store ends with this value; its folder is deleted.
pub(crate) struct World {
    folder: tempfile::TempDir,
    pub(crate) client: Client,
    pub(crate) host: String,
    serving: JoinHandle<()>,
}

/// What a refusal said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Drop for World {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with_idle_limit(Duration::from_secs(20)).await
    }

    pub(crate) async fn start_with_idle_limit(limit: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).with_body_idle_limit(limit);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let serving = tokio::spawn(store.serve(listener, std::future::pending()));
        Self {
            folder,
            client: Client::new(),
            host,
            serving,
        }
    }

    pub(crate) fn unsigned(&self, method: &'static str, key: &str) -> Unsigned {
        unsigned(&self.host, method, key)
    }

    pub(crate) async fn send(&self, request: &Signed, body: impl Into<reqwest::Body>) -> Response {
        send(&self.client, request, body).await
    }

    /// A base ticket's PUT: host and type signed.
    pub(crate) async fn put(&self, key: &str, body: impl Into<reqwest::Body>) -> Response {
        let request = self
            .unsigned("PUT", key)
            .header("content-type", "video/webm")
            .presign();
        self.send(&request, body).await
    }

    pub(crate) async fn get(&self, key: &str) -> Response {
        self.send(&self.unsigned("GET", key).presign(), "").await
    }

    /// Files that bodies on their way have.
    pub(crate) fn staged(&self) -> usize {
        std::fs::read_dir(self.folder.path().join("staging"))
            .unwrap()
            .count()
    }

    /// Files that objects have.
    pub(crate) fn stored(&self) -> usize {
        let objects = self
            .folder
            .path()
            .join("buckets")
            .join(BUCKET)
            .join("objects");
        std::fs::read_dir(objects).unwrap().count()
    }

    /// Folders that uploads in parts have, pending or completed.
    pub(crate) fn uploads(&self) -> usize {
        let uploads = self
            .folder
            .path()
            .join("buckets")
            .join(BUCKET)
            .join("uploads");
        std::fs::read_dir(uploads).map_or(0, Iterator::count)
    }

    /// Waits until no body is on its way: a cut connection is noticed a moment later.
    pub(crate) async fn settled(&self) {
        self.until(|world| world.staged() == 0).await;
    }

    /// Waits for something that the store does a moment after its answer.
    pub(crate) async fn until(&self, holds: impl Fn(&Self) -> bool) {
        for _ in 0..500 {
            if holds(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("what was waited for never came");
    }
}

pub(crate) fn open(folder: &Path) -> EmbeddedStore {
    EmbeddedStore::open(folder, BUCKET, ACCESS_KEY_ID, SECRET).unwrap()
}

pub(crate) fn unsigned(host: &str, method: &'static str, key: &str) -> Unsigned {
    Unsigned {
        method,
        host: host.to_owned(),
        path: format!("/{BUCKET}/{key}"),
        query: Vec::new(),
        headers: Vec::new(),
        access_key_id: ACCESS_KEY_ID.to_owned(),
        secret: SECRET.to_owned(),
        age: SignedDuration::ZERO,
        expires_seconds: 3600,
    }
}

pub(crate) async fn send(
    client: &Client,
    request: &Signed,
    body: impl Into<reqwest::Body>,
) -> Response {
    let mut builder = client
        .request(request.method.parse().unwrap(), &request.url)
        .body(body);
    for (name, value) in request
        .headers
        .iter()
        .filter(|(name, _)| name != "content-length")
    {
        builder = builder.header(name, value);
    }
    builder.send().await.unwrap()
}

pub(crate) async fn refusal(response: Response) -> Refusal {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    Refusal {
        status,
        code: element(&text, "Code"),
        message: element(&text, "Message"),
    }
}

/// The text of the first element of that name.
pub(crate) fn element(xml: &str, name: &str) -> String {
    let text = xml
        .split_once(&format!("<{name}>"))
        .map_or("", |(_, rest)| rest);
    text.split_once('<').map_or("", |(text, _)| text).to_owned()
}

/// Bytes that differ at every place where a chunk could be swapped.
pub(crate) fn body(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| u8::try_from((at / 251 + at) % 256).unwrap())
        .collect()
}

pub(crate) fn sha256_base64(body: &[u8]) -> String {
    BASE64_STANDARD.encode(digest(&SHA256, body))
}
