//! The real backend over a real store, with a proxy before each that does wrong what a journey asks for.

use std::path::Path;

use faults::{Faults, Proxy};
use serde_json::{Value, json};
use storage::Bucket;
use tokio::net::TcpListener;
use url::Url;

use crate::{Deployed, Resigned, Revui, sha256_of, store};

/// A deployed backend that clients reach through faulty lines only. Dropping it ends everything.
pub struct Faulty {
    /// Before the backend, and before nobody else.
    pub backend: Proxy,
    /// Before the store: clients go through it, and the backend does.
    pub store: Proxy,
    deployed: Deployed,
    /// Past the proxy.
    bucket: Bucket,
    token: String,
    secret: String,
}

impl Faulty {
    /// The one task.
    pub const TASK: &str = Deployed::TASK;
    /// What its user signs in with.
    pub const EMAIL: &str = Deployed::EMAIL;
    /// And with.
    pub const PASSWORD: &str = Deployed::PASSWORD;

    /// Starts one where nothing goes wrong yet.
    pub async fn start() -> Self {
        let (running, at) = store::Running::start().await;
        // Whoever deploys has made the bucket.
        let bucket = running.bucket(at, false).await;
        let store = proxy_before(at).await;
        let secret = running.secret_access_key().to_owned();
        let deployed = Deployed::over(running, store.address()).await;
        Self {
            backend: proxy_before(deployed.address()).await,
            store,
            token: deployed.token().await,
            deployed,
            bucket,
            secret,
        }
    }

    /// From now on, requests to the store meet these faults.
    pub fn before_store(&self, faults: &str) {
        self.store.set(Faults::from_toml(faults).expect("faults"));
    }

    /// From now on, requests to the backend meet these faults.
    pub fn before_backend(&self, faults: &str) {
        self.backend.set(Faults::from_toml(faults).expect("faults"));
    }

    /// The user's command line, signed in.
    pub fn revui(&self) -> Revui {
        Revui::new().with_session(&self.server(), &self.token)
    }

    /// What its user signs in with where there is no password.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The backend's origin, as clients know it.
    pub fn server(&self) -> String {
        format!("http://{}", self.backend.address())
    }

    /// What the backend answers to a call, past the proxy.
    pub async fn call(&self, path: &str, body: &Value) -> Value {
        let address = format!("http://{}/api{path}", self.deployed.address());
        let call = reqwest::Client::new().post(address);
        let answer = call.bearer_auth(&self.token).json(body).send().await;
        let answer = answer.expect("an answer").error_for_status();
        answer.expect("a success").json().await.expect("JSON")
    }

    /// Gives up every upload in parts that the store has, as a lifecycle rule does; how many there were.
    pub async fn sweep_the_store(&self) -> usize {
        let page = self.bucket.multipart_uploads("", None).await;
        let uploads = page.expect("a list").uploads;
        for upload in &uploads {
            let aborted = self.bucket.abort_multipart(&upload.key, &upload.upload_id);
            aborted.await.expect("it is given up");
        }
        uploads.len()
    }

    /// The answer to `initiate` for a file of this name, which the base contract's words alone ask for.
    pub async fn ticket(&self, filename: &str) -> Value {
        let body = json!({"taskId": Self::TASK, "filename": filename});
        self.call("/recordings/initiate", &body).await
    }

    /// The same upload address with something else in it, and a signature that is right.
    pub fn resign(&self, ticket: &Value) -> Resigned {
        let url = ticket["uploadUrl"].as_str().expect("an address");
        Resigned::from(Url::parse(url).expect("an address"), &self.secret)
    }

    /// What is `done` is this file: the hash that was shown, and the bytes that its link leads to. Nothing goes wrong any
    /// more.
    pub async fn has(&self, done: &Value, file: &Path) {
        self.store.set(Faults::none());
        let sum = sha256_of(file);
        assert_eq!(done["sha256"], sum.as_str(), "what was shown");
        let link = done["downloadUrl"].as_str().expect("a link");
        let bytes = reqwest::get(link).await.expect("an answer").bytes().await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let copy = folder.path().join("copy");
        std::fs::write(&copy, bytes.expect("its bytes")).expect("room for a copy");
        assert_eq!(sha256_of(&copy), sum, "what the link leads to");
    }
}

/// What a proxy before this backend has to do so that it says that it takes no recording larger than this. It does take it.
pub async fn takes_at_most(server: &str, bytes: u64) -> Faults {
    let health = reqwest::get(format!("{server}/api/recordings/health")).await;
    let health = health.expect("an answer").json().await;
    let mut health: Value = health.expect("JSON");
    health["uploads"]["maxFileSize"] = bytes.into();
    let rule = "name = \"small\"\npath = \"*/health\"\nfault = \"unavailable\"\nstatus = 200";
    Faults::from_toml(&format!("[[rule]]\n{rule}\nbody = '{health}'\n")).expect("faults")
}

async fn proxy_before(address: std::net::SocketAddr) -> Proxy {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await;
    let listener = listener.expect("a free port");
    Proxy::start(listener, address, Faults::none()).expect("a proxy")
}
