//! The proxy that this computer's network wants requests to go through: what the environment names, as curl reads it
//! (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), else what the system's settings name. This computer itself is
//! reached without one.
//!
//! What is encrypted goes through a tunnel (`CONNECT`), which shows the proxy a host and a port and nothing else; what is
//! not is asked of the proxy by its whole address (RFC 9112, section 3.2.2). The proxy resolves the names: which addresses
//! they may have is for its operator to say.

use std::io;
use std::net::IpAddr;
use std::sync::OnceLock;

use bytes::Bytes;
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{NoWay, driven};

/// Why a proxy does not lead to the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// It speaks something else than HTTP.
    #[error("a proxy of this kind cannot be used: only http:// can")]
    Unsupported,
    /// It cannot be reached.
    #[error("the proxy cannot be reached: {kind}")]
    NoWay {
        /// How far it went.
        kind: NoWay,
        /// What the system says.
        #[source]
        source: Option<io::Error>,
    },
    /// It wants to know who asks: 407.
    #[error("the proxy wants its own sign-in")]
    WantsSignIn,
    /// It refuses to lead there.
    #[error("the proxy refused with {0}")]
    Refused(StatusCode),
    /// The connection broke before it led anywhere.
    #[error("the proxy's answer made no sense")]
    Broken(#[source] hyper::Error),
    /// It sent bytes of its own through the tunnel.
    #[error("the proxy spoke where the store should")]
    Talkative,
}

/// Which proxy leads to an address, if one is needed.
pub(super) type Choose = fn(&Uri) -> Option<Proxy>;

/// A proxy. It prints neither its address nor what it is told about who asks.
pub(super) struct Proxy {
    pub(super) host: String,
    pub(super) port: u16,
    is_supported: bool,
    /// `Proxy-Authorization`, where the setting has a name and a password in it.
    authorization: Option<HeaderValue>,
}

/// As the environment or the system has it, read once.
pub(super) fn of_this_computer(destination: &Uri) -> Option<Proxy> {
    static SETTINGS: OnceLock<Matcher> = OnceLock::new();
    among(SETTINGS.get_or_init(Matcher::from_system), destination)
}

/// The proxy that these settings have for this address.
pub(super) fn among(settings: &Matcher, destination: &Uri) -> Option<Proxy> {
    if is_this_computer(destination.host()?) {
        return None;
    }
    settings.intercept(destination).as_ref().map(Proxy::of)
}

fn is_this_computer(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    address.map_or_else(
        |_| host == "localhost" || host.ends_with(".localhost"),
        |address| address.is_loopback(),
    )
}

impl Proxy {
    fn of(found: &Intercept) -> Self {
        let uri = found.uri();
        let authorization = found.basic_auth().cloned().map(|mut value| {
            value.set_sensitive(true);
            value
        });
        Self {
            host: uri
                .host()
                .unwrap_or_default()
                .trim_matches(['[', ']'])
                .to_owned(),
            port: uri.port_u16().unwrap_or(80),
            is_supported: uri.scheme_str() == Some("http"),
            authorization,
        }
    }

    /// Whether it can be used at all.
    pub(super) fn check(&self) -> Result<(), ProxyError> {
        if self.is_supported {
            Ok(())
        } else {
            Err(ProxyError::Unsupported)
        }
    }

    /// Has it connect to this host, over a connection to itself (RFC 9110, section 9.3.6).
    pub(super) async fn tunnel(
        self,
        stream: TcpStream,
        host: &str,
        port: u16,
    ) -> Result<TcpStream, ProxyError> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(ProxyError::Broken)?;
        let request = self.connect(host, port)?;
        let opened = async {
            let answer = sender.send_request(request).await;
            let answer = answer.map_err(ProxyError::Broken)?;
            match answer.status() {
                StatusCode::PROXY_AUTHENTICATION_REQUIRED => Err(ProxyError::WantsSignIn),
                status if !status.is_success() => Err(ProxyError::Refused(status)),
                _ => hyper::upgrade::on(answer).await.map_err(ProxyError::Broken),
            }
        };
        let opened = driven(connection.with_upgrades(), opened).await?;
        let parts = opened.downcast::<TokioIo<TcpStream>>();
        match parts {
            Ok(parts) if parts.read_buf.is_empty() => Ok(parts.io.into_inner()),
            _ => Err(ProxyError::Talkative),
        }
    }

    fn connect(self, host: &str, port: u16) -> Result<Request<Empty<Bytes>>, ProxyError> {
        let authority = if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        };
        let mut request = Request::builder()
            .method(Method::CONNECT)
            .uri(&authority)
            .header(HOST, &authority);
        if let Some(authorization) = self.authorization {
            request = request.header(PROXY_AUTHORIZATION, authorization);
        }
        // An authority that was part of an address is one again.
        request
            .body(Empty::new())
            .map_err(|_| ProxyError::Unsupported)
    }
}
