//! A way to a backend that keeps what sessions are renewed with.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, DATE, HOST};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The way. Dropping it closes it.
pub struct Renewals {
    server: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    backend: String,
    client: reqwest::Client,
    tokens: Mutex<Vec<String>>,
}

impl Shared {
    fn tokens(&self) -> MutexGuard<'_, Vec<String>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Renewals {
    /// A way to the backend of this origin.
    pub async fn before(backend: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("a free port");
        let server = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::new(Shared {
            backend: backend.to_owned(),
            client: reqwest::Client::new(),
            tokens: Mutex::default(),
        });
        let routes = Router::new().fallback(pass_on).with_state(shared.clone());
        let task = tokio::spawn(async move {
            let served = axum::serve(listener, routes).await;
            served.expect("a server that goes on");
        });
        Self {
            server,
            shared,
            task,
        }
    }

    /// Its own origin, for clients.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The refresh token of every renewal that was asked for, in order.
    pub fn tokens(&self) -> Vec<String> {
        self.shared.tokens().clone()
    }
}

impl Drop for Renewals {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass_on(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    if uri.path().ends_with("/auth/refresh") {
        let asked: Value = serde_json::from_slice(&body).expect("JSON");
        let token = asked["refreshToken"].as_str().expect("a refresh token");
        shared.tokens().push(token.to_owned());
    }
    headers.remove(HOST);
    let address = format!("{}{uri}", shared.backend);
    let request = shared.client.request(method, address).headers(headers);
    let answer = request.body(body).send().await.expect("an answer");
    let status = answer.status();
    let mut headers = answer.headers().clone();
    let bytes = answer.bytes().await.expect("its body");
    let kept = [CONTENT_TYPE, DATE].into_iter();
    let kept: HeaderMap = kept
        .filter_map(|name| headers.remove(&name).map(|value| (name, value)))
        .collect();
    (status, kept, bytes).into_response()
}
