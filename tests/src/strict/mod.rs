//! A backend of the tests' own that keeps only the base contract, as other people's deployments do, in their variants.
//! It knows no extension: any field or address that is not in the base contract is refused, and noted.
//!
//! Its tickets are signed by the product's own `storage` for a real store, over a [`Line`] that a test can hold.

mod answers;
mod identity;
mod recordings;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use axum::Router;
use storage::Bucket;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::store;
use crate::{Line, Revui};

pub use identity::{EMAIL, PASSWORD};

/// In what a backend may differ from another that keeps the base contract.
#[derive(Debug, Clone, Copy)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "ways to differ, each apart from the others"
)]
pub struct Variant {
    /// `/api`, as in the setup guide, or `/api/v1`.
    pub prefix: &'static str,
    /// Whether successes come as `{"data": …}`.
    pub envelope: bool,
    /// Whether sizes come as decimal strings, or as numbers.
    pub sizes_as_strings: bool,
    /// Whether signing in sets a cookie, or returns a token.
    pub cookie: bool,
    /// Whether tickets sign `x-amz-server-side-encryption: AES256`.
    pub signs_encryption: bool,
    /// Whether a task id that is no UUID is answered with a plain 500.
    pub wants_uuids: bool,
    /// Life of every ticket, whatever is asked for.
    pub ticket_life: Duration,
    /// By how much its clock is behind.
    pub clock_behind: Duration,
}

impl Default for Variant {
    /// The guide's.
    fn default() -> Self {
        Self {
            prefix: "/api",
            envelope: false,
            sizes_as_strings: true,
            cookie: false,
            signs_encryption: false,
            wants_uuids: false,
            ticket_life: Duration::from_hours(1),
            clock_behind: Duration::ZERO,
        }
    }
}

/// A running backend with its store. Dropping it ends both.
pub struct Strict {
    /// Its origin.
    pub server: String,
    /// The way from the client to the store.
    pub line: Line,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
    _store: store::Running,
}

/// What its handlers share.
struct Shared {
    variant: Variant,
    bucket: Bucket,
    rows: Mutex<Vec<recordings::Row>>,
    sessions: identity::Sessions,
    refused: Mutex<Vec<String>>,
    initiated: AtomicU32,
    loses_the_next_completion: AtomicBool,
    link_life_seconds: AtomicU64,
}

impl Shared {
    fn rows(&self) -> MutexGuard<'_, Vec<recordings::Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a request that the base contract does not know.
    fn note_unknown(&self, what: String) {
        self.refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(what);
    }

    fn now(&self) -> SystemTime {
        SystemTime::now() - self.variant.clock_behind
    }
}

impl Strict {
    /// Starts one, over a store of its own or over that of `REVUI_TEST_S3_ENDPOINT`.
    pub async fn start(variant: Variant) -> Self {
        let (store, at) = store::Running::start().await;
        let line = Line::to(at).await;
        let bucket = store.bucket(line.address(), variant.signs_encryption).await;
        let shared = Arc::new(Shared {
            variant,
            bucket,
            rows: Mutex::default(),
            sessions: identity::Sessions::default(),
            refused: Mutex::default(),
            initiated: AtomicU32::new(0),
            loses_the_next_completion: AtomicBool::new(false),
            link_life_seconds: AtomicU64::new(3600),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a free port");
        let address: SocketAddr = listener.local_addr().expect("an address");
        let routes = routes(shared.clone());
        let task = tokio::spawn(async move {
            axum::serve(listener, routes)
                .await
                .expect("a server that goes on");
        });
        Self {
            server: format!("http://{address}"),
            line,
            shared,
            task,
            _store: store,
        }
    }

    /// A command line with a session of this backend's one user.
    pub fn revui(&self) -> Revui {
        Revui::new().with_session(&self.server, &self.new_token())
    }

    /// A further access token of its one user.
    pub fn new_token(&self) -> String {
        self.shared.sessions.new_token()
    }

    /// An access token of somebody of another tenant. This backend asks whether somebody is signed in, and not who: to them
    /// it shows what is its user's.
    pub fn token_of_a_stranger(&self) -> String {
        let sessions = &self.shared.sessions;
        sessions.new_token_of("user-mallory", "mallory@other.example", "tenant-other")
    }

    /// Ends every session.
    pub fn end_sessions(&self) {
        self.shared.sessions.end_all();
    }

    /// Processes the next `complete`, but answers it with a failure, as when a gateway loses the reply.
    pub fn lose_the_next_completion(&self) {
        self.shared
            .loses_the_next_completion
            .store(true, Ordering::SeqCst);
    }

    /// From now on, links open for this long.
    pub fn links_live_for(&self, life: Duration) {
        self.shared
            .link_life_seconds
            .store(life.as_secs(), Ordering::SeqCst);
    }

    /// How often somebody asked for a place.
    pub fn initiated(&self) -> u32 {
        self.shared.initiated.load(Ordering::SeqCst)
    }

    /// Everything that was asked for and is not in the base contract.
    pub fn refused(&self) -> Vec<String> {
        self.shared
            .refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Strict {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn routes(shared: Arc<Shared>) -> Router {
    let prefix = shared.variant.prefix;
    Router::new()
        .nest(
            prefix,
            recordings::routes(&shared).merge(identity::routes()),
        )
        .fallback(answers::unknown_address)
        .layer(axum::middleware::from_fn_with_state(
            shared.clone(),
            answers::dated,
        ))
        .with_state(shared)
}
