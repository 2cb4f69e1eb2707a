//! The real backend as it is deployed: a process of its own over a bucket that was there before it, with an account for one
//! user.

use std::net::SocketAddr;

use serde_json::{Value, json};
use storage::Bucket;
use tempfile::TempDir;

use crate::Revui;
use crate::ports::Ports;
use crate::process::{Process, backend_variables};
use crate::store;

/// A backend over a store of its own, or over that of `REVUI_TEST_S3_ENDPOINT`. Dropping it kills it.
pub struct Deployed {
    server: String,
    address: SocketAddr,
    backend: Process,
    sessions: Option<Bucket>,
    _ports: Ports,
    _store: store::Running,
    _folder: TempDir,
}

impl Deployed {
    /// The one task.
    pub const TASK: &str = "deployed-task";
    /// What its user signs in with.
    pub(crate) const EMAIL: &str = "user@deployed.example";
    /// And with: of an account that lives as long as a temporary folder.
    pub(crate) const PASSWORD: &str = "deployed for one journey";

    /// Starts it.
    pub async fn start() -> Self {
        let (store, at) = store::Running::start().await;
        // Whoever deploys has made the bucket.
        store.bucket(at, false).await;
        Self::over(store, at).await
    }

    /// Starts one whose tickets are signed by a session for each tenant, which opens that tenant's objects only.
    pub async fn with_sessions() -> Self {
        let (store, at) = store::Running::start().await;
        store.bucket(at, false).await;
        let variables = [store.variables(at), store.session_variables(at)].concat();
        Self {
            sessions: Some(store.bucket_with_sessions(at).await),
            ..Self::told(store, variables, Vec::new()).await
        }
    }

    /// The bucket of one with sessions, as the backend has it.
    pub fn bucket(&self) -> &Bucket {
        self.sessions
            .as_ref()
            .expect("it was started with sessions")
    }

    /// What `revui-server storage verify` says of its store, with these variables besides.
    pub async fn verified(&self, variables: &[(&str, &str)]) -> Value {
        let words = ["storage", "verify", "--json"];
        let told = self.backend.tells(&words, variables).await;
        serde_json::from_str(&told).expect("JSON")
    }

    /// What `revui-server storage apply` says, for the profile `development`.
    pub async fn applied(&self, variables: &[(&str, &str)]) -> String {
        let words = ["storage", "apply", "--yes", "--profile", "development"];
        self.backend.tells(&words, variables).await
    }

    /// One that reaches its store through `at`, and has its clients reach it so.
    pub(crate) async fn over(store: store::Running, at: SocketAddr) -> Self {
        let variables = store.variables(at);
        Self::told(store, variables, Vec::new()).await
    }

    /// One that is told of its store by these variables, and is started by this wrapper.
    pub(crate) async fn told(
        store: store::Running,
        variables: Vec<(&'static str, String)>,
        wrapper: Vec<String>,
    ) -> Self {
        let folder = TempDir::with_prefix("revui-deployed-").expect("a temporary folder");
        let ports = Ports::claim(1);
        let address = SocketAddr::from(([127, 0, 0, 1], ports.first()));
        let port = address.port().to_string();
        let environment = [backend_variables(folder.path()), variables].concat();
        let serve = ["serve", "--port", &port].map(str::to_owned).to_vec();
        let backend = Process::new(folder.path().to_owned(), environment, serve);
        let mut backend = backend.through(wrapper);
        for order in [
            "tenant add deployed --name Deployed".to_owned(),
            format!("task add {} --name Deployed --tenant deployed", Self::TASK),
            format!(
                "user add {} --name Ada --role USER --tenant deployed",
                Self::EMAIL
            ),
        ] {
            let words: Vec<&str> = order.split(' ').collect();
            backend.order(&words, Self::PASSWORD).await;
        }
        backend.start().await;
        Self {
            server: format!("http://{address}"),
            address,
            backend,
            sessions: None,
            _ports: ports,
            _store: store,
            _folder: folder,
        }
    }

    /// The user's command line, signed in.
    pub async fn revui(&self) -> Revui {
        Revui::new().with_session(&self.server, &self.token().await)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// An access token of the user's.
    pub(crate) async fn token(&self) -> String {
        let account = json!({ "email": Self::EMAIL, "password": Self::PASSWORD });
        let login = reqwest::Client::new().post(format!("{}/api/auth/login", self.server));
        let answer = login.json(&account).send().await.expect("an answer");
        let session: Value = answer.json().await.expect("a session");
        let token = session["accessToken"].as_str().expect("a token");
        token.to_owned()
    }
}
