//! A connection to the store, with TLS where the ticket says https.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::{BoxFuture, select_ok};
use http::Uri;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

use super::proxy::{self, ProxyError};
use super::socket::{MOST_UNSEEN_BYTES, Meter, Raw, Socket};
use super::{Limits, acknowledged};
use crate::session::{Reach, UnsafeAddress};

/// How much later each further address of a name is tried (RFC 8305, section 5), so that one that swallows packets does
/// not use the time of those that work.
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);

/// Addresses of one name that are tried.
const MOST_ADDRESSES: usize = 8;

/// Bytes that the kernel takes beyond those on their way: enough to keep the line busy, few enough to be honest. macOS has
/// the option as well, and no crate of ours a safe call for it; there the buffer's size has to do.
#[cfg(target_os = "linux")]
const MOST_UNSENT_BYTES: u32 = 256 * 1024;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// Nothing could be reached.
    #[error("{kind}")]
    NoWay {
        /// How far it went.
        kind: NoWay,
        /// What the system says.
        #[source]
        source: Option<io::Error>,
    },
    /// The certificate does not prove that this is the store.
    #[error("the store's certificate is not to be trusted")]
    BadCertificate(#[source] rustls::Error),
    /// The handshake of TLS came to nothing.
    #[error("no encrypted connection could be agreed on")]
    Handshake(#[source] io::Error),
    /// The name leads to an address that it must not lead to.
    #[error("the store is not to be connected to: {0}")]
    Unsafe(#[source] UnsafeAddress),
    /// The proxy of this network does not lead there.
    #[error("no way through the proxy")]
    Proxy(#[from] ProxyError),
    /// This computer's certificate store cannot be used.
    #[error("the certificates of this computer cannot be used")]
    NoTrust(#[source] rustls::Error),
}

/// What stood in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoWay {
    /// The name could not be resolved.
    Name,
    /// There is no way to the host or its network.
    Route,
    /// Nothing listens there.
    Refused,
    /// No connection, or no handshake, in time.
    Timeout,
    /// Something else.
    Other,
}

impl std::fmt::Display for NoWay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Name => "its name could not be resolved",
            Self::Route => "there is no way to it",
            Self::Refused => "nothing listens there",
            Self::Timeout => "no connection in time",
            Self::Other => "the connection failed",
        })
    }
}

impl NoWay {
    fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::AddrNotAvailable => Self::Route,
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::TimedOut => Self::Timeout,
            _ => Self::Other,
        }
    }
}

fn no_way(kind: NoWay, source: impl Into<Option<io::Error>>) -> ConnectError {
    ConnectError::NoWay {
        kind,
        source: source.into(),
    }
}

/// Whom to believe.
pub(super) type Trust = fn() -> Result<Arc<ClientConfig>, rustls::Error>;

/// Where a name leads.
pub(super) type Resolve = for<'a> fn(&'a str, u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>>;

/// How the store is found, how far one goes for it, and how it is known.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub(super) resolve: Resolve,
    pub(super) reach: Reach,
    pub(super) trust: Trust,
    pub(super) proxy: proxy::Choose,
    /// What of it was taken, by the kernel's word.
    pub(super) ask: acknowledged::Ask,
}

/// By this computer's names, certificates and proxies, and not into a private network.
impl Default for Way {
    fn default() -> Self {
        Self {
            resolve,
            reach: Reach::PublicOnly,
            trust,
            proxy: proxy::of_this_computer,
            ask: acknowledged::waiting_bytes,
        }
    }
}

/// A connection to the store.
pub(super) struct Opened {
    pub(super) socket: Socket,
    pub(super) meter: Meter,
}

/// Connects to where the address leads.
pub(super) async fn open(uri: &Uri, limits: Limits, way: Way) -> Result<Opened, ConnectError> {
    let encrypted = uri.scheme_str() != Some("http");
    // Brackets mark an IPv6 address in an address, and nowhere else (RFC 3986, section 3.2.2).
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let port = uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 });

    let reached = timeout(limits.connect, reach(uri, host, port, way));
    let stream = reached.await.map_err(|_| no_way(NoWay::Timeout, None))??;
    let other = |error| no_way(NoWay::Other, error);
    tune(&stream).map_err(other)?;
    let (raw, handle) = Socket::count(stream, way.ask).map_err(other)?;
    let (socket, meter) = if encrypted {
        let stream = timeout(limits.tls, handshake(host, raw, way.trust))
            .await
            .map_err(|_| no_way(NoWay::Timeout, None))??;
        Socket::tls(stream, handle)
    } else {
        Socket::plain(raw, handle)
    };
    Ok(Opened { socket, meter })
}

/// A connection that leads there, through a proxy where there has to be one.
async fn reach(uri: &Uri, host: &str, port: u16, way: Way) -> Result<TcpStream, ConnectError> {
    let Some(proxy) = (way.proxy)(uri) else {
        return connect(host, port, way).await;
    };
    proxy.check()?;
    // It is this computer's own choice, and no server's word: it may be anywhere.
    let anywhere = Way {
        reach: Reach::Anywhere,
        ..way
    };
    let stream = connect(&proxy.host, proxy.port, anywhere)
        .await
        .map_err(|error| match error {
            ConnectError::NoWay { kind, source } => {
                ConnectError::Proxy(ProxyError::NoWay { kind, source })
            }
            other => other,
        })?;
    Ok(proxy.tunnel(stream, host, port).await?)
}

/// The addresses that were judged are those that are connected to: the name is resolved once for each connection.
async fn connect(host: &str, port: u16, way: Way) -> Result<TcpStream, ConnectError> {
    let found = (way.resolve)(host, port)
        .await
        .map_err(|error| no_way(NoWay::Name, error))?;
    let mut addresses = way.reach.among(found).map_err(ConnectError::Unsafe)?;
    if addresses.is_empty() {
        return Err(no_way(NoWay::Name, None));
    }
    addresses.truncate(MOST_ADDRESSES);
    let attempts = addresses.into_iter().zip(0_u32..).map(|(address, nth)| {
        Box::pin(async move {
            sleep(NEXT_ADDRESS_AFTER * nth).await;
            TcpStream::connect(address).await
        })
    });
    match select_ok(attempts).await {
        Ok((stream, _slower)) => Ok(stream),
        Err(error) => Err(no_way(NoWay::of(&error), error)),
    }
}

fn resolve(host: &str, port: u16) -> BoxFuture<'_, io::Result<Vec<SocketAddr>>> {
    Box::pin(async move { Ok(lookup_host((host, port)).await?.collect()) })
}

fn tune(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = socket2::SockRef::from(stream);
    #[cfg(target_os = "linux")]
    socket.set_tcp_notsent_lowat(MOST_UNSENT_BYTES)?;
    if !cfg!(target_os = "linux") {
        // Linux sizes the buffer by itself, and tells what is in it. Elsewhere it is as large as what may stay unseen.
        socket.set_send_buffer_size(MOST_UNSEEN_BYTES as usize)?;
    }
    Ok(())
}

async fn handshake(
    host: &str,
    raw: Raw,
    trust: Trust,
) -> Result<tokio_rustls::client::TlsStream<Raw>, ConnectError> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| no_way(NoWay::Name, io::Error::other(error)))?;
    let connector = TlsConnector::from(trust().map_err(ConnectError::NoTrust)?);
    connector.connect(name, raw).await.map_err(|error| {
        let certificate = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
            .filter(|inner| matches!(inner, rustls::Error::InvalidCertificate(_)));
        match certificate {
            Some(refused) => ConnectError::BadCertificate(refused.clone()),
            None => ConnectError::Handshake(error),
        }
    })
}

/// What this computer trusts, read once.
pub(super) fn trust() -> Result<Arc<ClientConfig>, rustls::Error> {
    static TRUST: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = TRUST.get() {
        return Ok(config.clone());
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TRUST.get_or_init(|| Arc::new(config)).clone())
}
