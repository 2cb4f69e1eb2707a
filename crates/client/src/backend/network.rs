//! The HTTP clients beneath, set up once, and what their errors mean.

use std::error::Error;
use std::io;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect;
use tokio::net::lookup_host;
use url::{Host, Url};

use super::{BackendError, Cause, NotOurs, Unreachable};
use crate::ServerOrigin;
use crate::session::{UnsafeAddress, Whereabouts};

/// Longest wait for a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// Longest pause within a file on its way here; its whole duration has no limit.
const FILE_PAUSE_LIMIT: Duration = Duration::from_secs(30);

/// Idle connections are dropped before common servers drop them (the shortest such limit is 5 s): a request sent into a
/// connection that is just being closed is lost.
const IDLE_LIMIT: Duration = Duration::from_secs(4);

/// Most redirects that are followed.
const MOST_REDIRECTS: usize = 5;

/// The client for API calls. It follows redirects within the server's own origin only: no token goes elsewhere, and a
/// network's sign-in page is seen for what it is.
pub(crate) fn api_client(
    origin: &ServerOrigin,
    program: &str,
) -> Result<reqwest::Client, BackendError> {
    let own = origin.as_url().origin();
    let within = redirect::Policy::custom(move |attempt| {
        if attempt.url().origin() == own && attempt.previous().len() <= MOST_REDIRECTS {
            attempt.follow()
        } else {
            attempt.stop()
        }
    });
    build(base(origin, program).redirect(within))
}

/// The client for links into the store. It sends no credentials, and is led nowhere that the server itself may not lead,
/// neither by an address nor by what a name resolves to when a connection is made.
pub(crate) fn link_client(
    origin: &ServerOrigin,
    program: &str,
    whereabouts: &Whereabouts,
) -> Result<reqwest::Client, BackendError> {
    let server = origin.clone();
    let safely = redirect::Policy::custom(move |attempt| {
        if server.may_lead_to(attempt.url().as_str()).is_ok()
            && attempt.previous().len() <= MOST_REDIRECTS
        {
            attempt.follow()
        } else {
            attempt.stop()
        }
    });
    build(
        base(origin, program)
            .redirect(safely)
            .dns_resolver(Names::within(whereabouts))
            .read_timeout(FILE_PAUSE_LIMIT),
    )
}

/// Resolves names to addresses that the server's answers may lead to.
struct Names {
    whereabouts: Whereabouts,
}

impl Names {
    fn within(whereabouts: &Whereabouts) -> Self {
        Self {
            whereabouts: whereabouts.clone(),
        }
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.whereabouts.reach();
        Box::pin(async move {
            let found = lookup_host((name.as_str(), 0)).await?.collect();
            let permitted: Addrs = Box::new(reach.among(found)?.into_iter());
            Ok(permitted)
        })
    }
}

fn base(origin: &ServerOrigin, program: &str) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .user_agent(program)
        .connect_timeout(CONNECT_LIMIT)
        .pool_idle_timeout(IDLE_LIMIT)
        .referer(false)
        .retry(reqwest::retry::never());
    // A proxy that the environment names has no way to this computer's own loopback.
    if is_this_computer(origin.as_url()) {
        builder.no_proxy()
    } else {
        builder
    }
}

fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, BackendError> {
    builder.build().map_err(failure)
}

fn is_this_computer(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// What an error of the network library means for a call.
pub(super) fn failure(error: reqwest::Error) -> BackendError {
    if wants_proxy_sign_in(&error) {
        return BackendError::NotOurs {
            what: NotOurs::CaptivePortal,
        };
    }
    let (kind, source) = unreachable(error);
    BackendError::Unreachable {
        kind,
        source: Some(source),
    }
}

/// What stood in the way, and the error without the address that it may carry.
pub(crate) fn unreachable(error: reqwest::Error) -> (Unreachable, Cause) {
    let error = error.without_url();
    let kind = if error.is_dns() {
        Unreachable::Dns
    } else {
        chain(&error)
            .find_map(kind_of)
            .unwrap_or(if error.is_timeout() {
                Unreachable::Timeout
            } else {
                Unreachable::Other
            })
    };
    (kind, error.into())
}

/// Why an address was not connected to, where that is what an error says.
pub(super) fn unsafe_address(error: &reqwest::Error) -> Option<UnsafeAddress> {
    chain(error).find_map(|cause| cause.downcast_ref::<UnsafeAddress>().copied())
}

/// The error and everything that it stems from. `io::Error` hides the error that it wraps from `source`, so it is opened.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

fn kind_of(error: &(dyn Error + 'static)) -> Option<Unreachable> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(match tls {
            rustls::Error::InvalidCertificate(_)
            | rustls::Error::NoCertificatesPresented
            | rustls::Error::UnsupportedNameType => Unreachable::BadCertificate,
            _ => Unreachable::Other,
        });
    }
    if let Some(http) = error.downcast_ref::<hyper::Error>()
        && (http.is_incomplete_message() || http.is_canceled() || http.is_closed())
    {
        return Some(Unreachable::Reset);
    }
    kind_of_io(error.downcast_ref::<io::Error>()?.kind())
}

fn kind_of_io(kind: io::ErrorKind) -> Option<Unreachable> {
    match kind {
        io::ErrorKind::ConnectionRefused => Some(Unreachable::Refused),
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => Some(Unreachable::NoRoute),
        io::ErrorKind::TimedOut => Some(Unreachable::Timeout),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::NotConnected
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(Unreachable::Reset),
        _ => None,
    }
}

/// A proxy answered 407 to `CONNECT`. The library tells it in words alone.
fn wants_proxy_sign_in(error: &reqwest::Error) -> bool {
    error.is_connect()
        && chain(error).any(|cause| cause.to_string().contains("proxy authorization required"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_errors_are_told_apart() {
        for (kind, expected) in [
            (io::ErrorKind::ConnectionRefused, Some(Unreachable::Refused)),
            (
                io::ErrorKind::NetworkUnreachable,
                Some(Unreachable::NoRoute),
            ),
            (io::ErrorKind::TimedOut, Some(Unreachable::Timeout)),
            (io::ErrorKind::ConnectionReset, Some(Unreachable::Reset)),
            (io::ErrorKind::OutOfMemory, None),
        ] {
            assert_eq!(kind_of(&io::Error::from(kind)), expected, "{kind:?}");
        }
    }

    /// Asks a server on this computer by a name, as the link of a server that is said to have answered from there.
    async fn open_localhost(answered_from: &str) -> (bool, Option<UnsafeAddress>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let origin = ServerOrigin::parse("https://recordings.example").unwrap();
        let whereabouts = Whereabouts::of(&origin);
        whereabouts.answered_from(answered_from.parse().unwrap());
        let client = link_client(&origin, "tests", &whereabouts).unwrap();
        let asked = client.get(format!("http://localhost:{port}/key")).send();
        tokio::select! {
            biased;
            came = listener.accept() => (came.is_ok(), None),
            answer = asked => (false, unsafe_address(&answer.unwrap_err())),
        }
    }

    #[tokio::test]
    async fn a_link_whose_name_leads_inside_is_not_followed() {
        for (answered_from, expected) in [
            ("52.216.1.1", (false, Some(UnsafeAddress::PrivateHost))),
            ("10.1.2.3", (true, None)),
        ] {
            assert_eq!(
                open_localhost(answered_from).await,
                expected,
                "{answered_from}"
            );
        }
    }

    #[test]
    fn a_bad_certificate_is_found_inside_an_io_error() {
        let tls = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let error = io::Error::new(io::ErrorKind::InvalidData, tls);
        assert_eq!(
            chain(&error).find_map(kind_of),
            Some(Unreachable::BadCertificate)
        );
    }
}
