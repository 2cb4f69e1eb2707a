//! Something between the backend and its store that can be told to fail, as gateways do.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What becomes of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// All pass.
    Pass,
    /// The store completes uploads in parts, and nobody hears of it: the gateway says 503.
    LoseCompletions,
    /// The same, but for the first time only.
    LoseOneCompletion,
    /// The store begins to answer a completion with 200, and then fails.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>
    FailInside200,
    /// Completions wait until they are let go.
    Hold,
    /// The backend may not change tags: the store answers as AWS does without the right to.
    RefuseTags,
    /// Nothing passes.
    Down,
    /// Nothing is answered.
    Silent,
}

/// A gateway. Dropping it closes it.
pub(crate) struct Gateway {
    pub(crate) origin: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    store: String,
    mode: Mutex<Mode>,
    /// Added to what the store answers to HEAD.
    head: Mutex<Vec<(HeaderName, HeaderValue)>>,
    held: Notify,
    let_go: Notify,
    http: reqwest::Client,
    asked: Mutex<Vec<String>>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Gateway {
    pub(crate) async fn start(store: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            store: store.to_owned(),
            mode: Mutex::new(Mode::Pass),
            asked: Mutex::default(),
            head: Mutex::default(),
            held: Notify::new(),
            let_go: Notify::new(),
            http: reqwest::Client::new(),
        });
        let router = Router::new()
            .fallback(handle)
            .with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            origin,
            shared,
            task,
        }
    }

    /// Waits until a completion waits here.
    pub(crate) async fn holds_one(&self) {
        self.shared.held.notified().await;
    }

    /// Lets a completion that waits here go.
    pub(crate) fn let_one_go(&self) {
        self.shared.let_go.notify_one();
    }

    /// How often this was passed on: a method and a path.
    pub(crate) fn asked_for(&self, what: &str) -> usize {
        let asked = self.shared.asked.lock().unwrap();
        asked.iter().filter(|asked| *asked == what).count()
    }

    /// Lets the store say more of each object than it does: of classes that it has not, say.
    pub(crate) fn add_to_heads(&self, headers: &[(&'static str, &str)]) {
        let headers = headers.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        });
        *self.shared.head.lock().unwrap() = headers.collect();
    }

    pub(crate) fn set(&self, mode: Mode) {
        *self.shared.mode.lock().unwrap() = mode;
    }
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let completion = request.method() == Method::POST && query.contains("uploadId=");
    let mode = {
        let mut mode = shared.mode.lock().unwrap();
        let now = *mode;
        if completion && now == Mode::LoseOneCompletion {
            *mode = Mode::Pass;
        }
        now
    };
    let lost = StatusCode::SERVICE_UNAVAILABLE.into_response();
    match mode {
        Mode::Down => lost,
        Mode::Silent => std::future::pending().await,
        Mode::RefuseTags if request.method() == Method::PUT && query.starts_with("tagging") => {
            let body = "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
            let xml = [("content-type", "application/xml")];
            (StatusCode::FORBIDDEN, xml, body).into_response()
        }
        Mode::LoseCompletions | Mode::LoseOneCompletion if completion => {
            shared.forward(request).await;
            lost
        }
        Mode::Hold if completion => {
            shared.held.notify_one();
            shared.let_go.notified().await;
            shared.forward(request).await
        }
        Mode::FailInside200 if completion => {
            let body = "<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code><Message>We encountered an internal \
                        error. Please try again.</Message></Error>";
            ([("content-type", "application/xml")], body).into_response()
        }
        _ => shared.forward(request).await,
    }
}

impl Shared {
    /// The same request, its `Host` included: that is what was signed.
    async fn forward(&self, request: Request) -> Response {
        let head = request.method() == Method::HEAD;
        let (parts, body) = request.into_parts();
        let asked = format!("{} {}", parts.method, parts.uri.path());
        self.asked.lock().unwrap().push(asked);
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let url = format!("{}{}", self.store, parts.uri);
        let answer = self.http.request(parts.method, url).headers(parts.headers);
        let answer = answer.body(body).send().await.unwrap();
        let mut response = Response::new(Body::empty());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        if head {
            response
                .headers_mut()
                .extend(self.head.lock().unwrap().clone());
        }
        let body = answer.bytes().await.unwrap();
        if !body.is_empty() {
            *response.body_mut() = Body::from(body);
        }
        response
    }
}
