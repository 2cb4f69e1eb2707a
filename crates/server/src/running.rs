//! The server from start to end: listeners first (so that a port in use is said before anything is made), then the
//! database and the store, then requests, then a graceful end.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use faults::{Proxy, Server};
use storage::ConnectError;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;
use wire::Secret;

use crate::accounts::access_token::AccessTokens;
use crate::accounts::password::{Passwords, StretchError};
use crate::accounts::providers::Providers;
use crate::app::App;
use crate::clock::Clock;
use crate::configuration::{Configuration, StorageChoice};
use crate::connecting::{self, Retrying, Store};
use crate::db::{Database, OpenError};
use crate::demo::{DemoError, DemoNote};
use crate::embedded::{self, EmbeddedError, Folder};
use crate::embedding::{Embedded, Wanted, embed};
use crate::front::Front;
use crate::operations::Operations;
use crate::operations::metrics::Metrics;
use crate::recordings::sweeping::{SweepPace, Swept, sweep, sweep_regularly};
use crate::router::{router, watching};
use crate::serving::{Bounds, Serving, serve};

/// Connections at once to the listener for figures.
const MAX_WATCHERS: usize = 32;

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program has the port.
    #[error("port {port} is in use: choose another with --port")]
    PortInUse {
        /// The port.
        port: u16,
    },
    /// The address cannot be listened on.
    #[error("could not listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The data folder could not be used.
    #[error(transparent)]
    Folder(#[from] EmbeddedError),
    /// The embedded store could not be opened.
    #[error("the embedded store could not be opened")]
    Store(#[from] store::OpenError),
    /// The embedded store's own bucket could not be used.
    #[error("the embedded store could not be reached")]
    Bucket(#[from] ConnectError),
    /// The database could not be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// Password stretching does not work here.
    #[error("passwords cannot be checked")]
    Passwords(#[from] StretchError),
    /// No connection to a provider can be set up.
    #[error("the providers cannot be asked")]
    Providers(#[source] reqwest::Error),
    /// The demo could not be prepared.
    #[error("the demo could not be prepared")]
    Demo(#[from] DemoError),
}

impl StartError {
    /// Whether the operator can mend it by another configuration.
    pub fn is_configuration(&self) -> bool {
        matches!(
            self,
            Self::PortInUse { .. } | Self::Listen { .. } | Self::Folder(_)
        ) || matches!(self, Self::Database(error) if error.is_configuration())
    }
}

/// A server that answers. Dropping it ends it without grace; [`Running::stop`] lets requests end.
#[derive(Debug)]
#[must_use]
pub struct Running {
    address: SocketAddr,
    store_address: Option<SocketAddr>,
    demo: Option<DemoNote>,
    database: Database,
    api: Serving,
    store: Option<Serving>,
    /// What stands before the API and before the store, and does wrong what it was told to.
    proxies: Vec<Proxy>,
    /// Held for as long as the server runs.
    folder: Option<Folder>,
    app: Arc<App>,
    watching: Option<Watching>,
    pending_days: u32,
    drain_delay: Duration,
    sweeping: AbortOnDropHandle<()>,
    /// Still asking providers for their keys.
    _preparing: Vec<AbortOnDropHandle<()>>,
    /// Still looking for the bucket's credentials.
    _retrying: Retrying,
}

impl Running {
    /// Where the API listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The API's origin, without `/api`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The embedded store's origin.
    pub fn store_origin(&self) -> Option<String> {
        self.store_address
            .map(|address| format!("http://{address}"))
    }

    /// How to sign in, when it is a demo.
    pub fn demo(&self) -> Option<&DemoNote> {
        self.demo.as_ref()
    }

    /// Ends what nobody asks for any more, now. The server does it by itself every hour.
    pub async fn sweep(&self) -> Swept {
        self.sweep_at(SweepPace::default()).await
    }

    /// The same, at another pace.
    pub async fn sweep_at(&self, pace: SweepPace) -> Swept {
        sweep(&self.app, self.pending_days, pace).await
    }

    /// Where the figures are told, if they have a listener of their own.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.watching.as_ref().map(|watching| watching.address)
    }

    /// Says that it is not ready, and after the configured delay takes no more requests, lets those that run end (for as
    /// long as is configured), and closes store and database.
    /// What was asked for through a faulty proxy is cut off instead: it may be held there on purpose.
    pub async fn stop(mut self) {
        self.app.operations.drain();
        // Nobody waits for it, and it may have hours before it: another sweep goes on from there.
        self.sweeping.abort();
        tokio::time::sleep(self.drain_delay).await;
        self.proxies.clear();
        self.api.end().await;
        if let Some(watching) = &mut self.watching {
            watching.serving.end().await;
        }
        if let Some(store) = &mut self.store {
            store.end().await;
        }
        self.database.close().await;
    }
}

/// Starts the server; it answers when this returns.
pub async fn start(configuration: Configuration, clock: Clock) -> Result<Running, StartError> {
    let listener = listen(configuration.host, configuration.port).await?;
    let faults = configuration.storage.faults();
    let front = Front::with(listener, faults.towards(Server::Backend));
    let front = front.await.map_err(no_address)?;
    let operating = &configuration.operating;
    let watching = match operating.metrics_address {
        Some(address) => Some(listen(address.ip(), address.port()).await?),
        None => None,
    };
    let metrics = Arc::new(Metrics::new());
    let observer = metrics.store_observer();
    let mut parts = match configuration.storage.clone() {
        StorageChoice::Embedded {
            folder,
            database,
            demo,
            part_checksum,
            ..
        } => {
            let store_port = match configuration.port {
                0 => 0,
                port => port.saturating_add(1),
            };
            let store_listener = listen(configuration.host, store_port).await?;
            let store_front = Front::with(store_listener, faults.towards(Server::Store));
            let store_front = store_front.await.map_err(no_address)?;
            let folder = Folder::open(&folder).map(|opened| (opened, folder))?;
            let wanted = Wanted {
                database,
                demo,
                part_checksum,
                observer,
            };
            Box::pin(embed(folder, store_front, wanted, &clock)).await?
        }
        StorageChoice::External(external) => {
            let database = Database::open(&external.database).await?;
            let (store, retrying) =
                connecting::connect(external.bucket, external.tenant_buckets, &observer).await;
            Parts {
                database,
                jwt_secret: external.jwt_secret,
                store,
                retrying,
                embedded: None,
            }
        }
    };
    let app = Arc::new(App::new(
        parts.database.clone().observed_by(&metrics),
        parts.store,
        Passwords::prepare().await?,
        AccessTokens::new(&parts.jwt_secret),
        Providers::new(configuration.providers).map_err(StartError::Providers)?,
        clock,
        Operations::new(operating, Arc::clone(&metrics)),
    ));
    let router = router(Arc::clone(&app), &configuration.cors_origins);
    let preparing = app.providers.prepare(&app.clock);
    let pending_days = configuration.pending_days;
    let sweeping = tokio::spawn(sweep_regularly(Arc::clone(&app), pending_days));
    let bounds = Bounds {
        head_time_limit: configuration.head_time_limit,
        max_connections: operating.max_connections,
        drain: operating.drain,
    };
    let watching = watching
        .map(|listener| watch(listener, &app, &bounds))
        .transpose()?;
    let api = Serving::spawn(|stop| serve(front.listener, router, bounds, metrics, stop));
    let mut running = Running {
        address: front.address,
        store_address: None,
        demo: None,
        database: parts.database,
        api,
        store: None,
        proxies: front.proxy.into_iter().collect(),
        folder: None,
        app,
        watching,
        pending_days,
        drain_delay: operating.drain_delay,
        sweeping: AbortOnDropHandle::new(sweeping),
        _preparing: preparing,
        _retrying: parts.retrying,
    };
    if let Some(embedded) = parts.embedded.take() {
        running.adopt(embedded)?;
    }
    tracing::info!(
        server = running.origin(),
        store = running.store_origin(),
        "listening"
    );
    Ok(running)
}

impl Running {
    /// Takes over what runs beside the API, and writes the demo's note now that both listeners accept.
    fn adopt(&mut self, embedded: Embedded) -> Result<(), StartError> {
        self.store_address = Some(embedded.address);
        self.store = Some(embedded.serving);
        self.proxies.extend(embedded.proxy);
        if let Some(users) = embedded.demo_users {
            let note = DemoNote {
                server: self.origin(),
                store: format!("http://{}", embedded.address),
                bucket: embedded::BUCKET.to_owned(),
                task_id: DemoNote::task().to_owned(),
                users,
            };
            note.write(&embedded.folder.demo_note())?;
            self.demo = Some(note);
        }
        self.folder = Some(embedded.folder);
        Ok(())
    }
}

/// What the application is made of.
pub(crate) struct Parts {
    pub(crate) database: Database,
    pub(crate) jwt_secret: Secret,
    pub(crate) store: Arc<Store>,
    pub(crate) retrying: Retrying,
    pub(crate) embedded: Option<Embedded>,
}

/// A listener for whoever watches the server.
#[derive(Debug)]
struct Watching {
    address: SocketAddr,
    serving: Serving,
}

/// Few ask there, so that few connections will do; none of them is counted with the API's.
fn watch(listener: TcpListener, app: &Arc<App>, bounds: &Bounds) -> Result<Watching, StartError> {
    let address = listener.local_addr().map_err(no_address)?;
    let router = watching(Arc::clone(app));
    let bounds = Bounds {
        max_connections: MAX_WATCHERS,
        ..bounds.clone()
    };
    let uncounted = Arc::new(Metrics::new());
    tracing::info!(%address, "telling figures");
    Ok(Watching {
        address,
        serving: Serving::spawn(|stop| serve(listener, router, bounds, uncounted, stop)),
    })
}

async fn listen(host: IpAddr, port: u16) -> Result<TcpListener, StartError> {
    let address = SocketAddr::new(host, port);
    TcpListener::bind(address).await.map_err(|source| {
        if source.kind() == io::ErrorKind::AddrInUse {
            return StartError::PortInUse { port };
        }
        StartError::Listen { address, source }
    })
}

/// A listener that doesn't know where it listens, or none for the server behind a proxy.
fn no_address(source: io::Error) -> StartError {
    StartError::Listen {
        address: SocketAddr::from(([0, 0, 0, 0], 0)),
        source,
    }
}
