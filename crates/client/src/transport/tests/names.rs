//! Names that lead where a public server may not lead.

use std::future::ready;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::*;
use crate::Code;
use crate::engine::Trouble;
use crate::session::UnsafeAddress;

/// An address that nobody has (RFC 5737): a public one that answers nothing.
const NOBODY: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);

type Found = BoxFuture<'static, io::Result<Vec<SocketAddr>>>;

fn found(hosts: &[Ipv4Addr], port: u16) -> Found {
    let addresses = hosts.iter().map(|host| (*host, port).into()).collect();
    Box::pin(ready(Ok(addresses)))
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // A name that plain HTTP may lead to; what counts here are the addresses behind it.
    let url = format!("http://bucket.localhost:{port}/key?X-Amz-SignedHeaders=host");
    (listener, url)
}

/// Whether an attempt by this way gets through to the listener on this computer; and what it ends with.
async fn attempt(resolve: connect::Resolve, reach: Reach) -> (bool, SendError) {
    let (listener, url) = listener().await;
    let way = Way {
        resolve,
        reach,
        ..Way::default()
    };
    let (_feeder, _outcome, reading) = Reading::fed();
    let limits = Limits {
        connect: Duration::from_millis(200),
        disk: Duration::from_millis(200),
        ..LIMITS
    };
    let progress = Progress::default();
    let sent = send_by(way, &ticket(&url), reading, 1000, &terms(limits), &progress).await;
    let came = timeout(Duration::from_millis(50), listener.accept()).await;
    (came.is_ok(), sent.unwrap_err())
}

fn is_refused(error: &SendError) -> bool {
    matches!(
        error,
        SendError::Connect(ConnectError::Unsafe(UnsafeAddress::PrivateHost))
    )
}

#[tokio::test]
async fn a_public_name_that_leads_inside_is_not_followed() {
    let cases: [(connect::Resolve, bool); 4] = [
        (|_, port| found(&[Ipv4Addr::LOCALHOST], port), true),
        (
            |_, port| {
                found(
                    &[Ipv4Addr::new(169, 254, 169, 254), Ipv4Addr::LOCALHOST],
                    port,
                )
            },
            true,
        ),
        // Of several addresses only the public ones are tried.
        (|_, port| found(&[Ipv4Addr::LOCALHOST, NOBODY], port), false),
        (|_, port| found(&[], port), false),
    ];
    for (case, (resolve, refused)) in cases.into_iter().enumerate() {
        let (came, error) = attempt(resolve, Reach::PublicOnly).await;
        assert!(!came, "case {case}");
        assert_eq!(is_refused(&error), refused, "case {case}: {error:?}");
        if refused {
            assert_eq!(Trouble::of_send(&error, false), Trouble::Lasting);
            let told = crate::diagnosis::of_send(&error, false, std::path::Path::new("a.webm"));
            assert_eq!(told.code, Code::UnsafeTicket);
        }
    }
    // A server that is inside itself has its store there.
    let (came, _) = attempt(
        |_, port| found(&[Ipv4Addr::LOCALHOST], port),
        Reach::Anywhere,
    )
    .await;
    assert!(came);
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_a_moment_later_is_judged_anew() {
    static TIMES: AtomicUsize = AtomicUsize::new(0);
    let rebinding: connect::Resolve = |_, port| {
        let first = TIMES.fetch_add(1, Ordering::Relaxed) == 0;
        found(&[if first { NOBODY } else { Ipv4Addr::LOCALHOST }], port)
    };
    let (came, error) = attempt(rebinding, Reach::PublicOnly).await;
    assert!(!came && !is_refused(&error), "{error:?}");
    let (came, error) = attempt(rebinding, Reach::PublicOnly).await;
    assert!(!came && is_refused(&error), "{error:?}");
    assert_eq!(TIMES.load(Ordering::Relaxed), 2, "once for each connection");
}
