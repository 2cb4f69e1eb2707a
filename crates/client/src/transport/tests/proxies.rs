//! Through proxies, on real sockets. The settings are the tests' own; names that end in `.example` are known to nobody but
//! the proxy.

use std::cell::RefCell;

use hyper_util::client::proxy::matcher::Matcher;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::super::proxy::{self, Proxy};
use super::tls::{server, trust_in_the_tests};
use super::*;

thread_local! {
    /// What the tests' computer is set to; a `Way` carries functions alone.
    static SETTINGS: RefCell<Option<Matcher>> = const { RefCell::new(None) };
}

fn chosen(destination: &http::Uri) -> Option<Proxy> {
    SETTINGS.with_borrow(|settings| proxy::among(settings.as_ref()?, destination))
}

fn through(settings: Matcher) -> Way {
    SETTINGS.set(Some(settings));
    Way {
        // Names lead nowhere but through the proxy, whose own address is no name.
        resolve: |host, port| {
            let address = host
                .parse()
                .map(|ip: std::net::IpAddr| vec![(ip, port).into()]);
            Box::pin(async move { address.map_err(std::io::Error::other) })
        },
        reach: Reach::PublicOnly,
        trust: trust_in_the_tests,
        proxy: chosen,
        ..Way::default()
    }
}

fn settings(proxy: &str) -> Matcher {
    Matcher::builder().all(proxy).build()
}

/// The head of a request: its first line, and all of it.
async fn head(stream: &mut BufReader<TcpStream>) -> (String, String) {
    let mut all = String::new();
    while !all.ends_with("\r\n\r\n") {
        assert!(stream.read_line(&mut all).await.unwrap() > 0, "{all}");
    }
    let first = all.lines().next().unwrap().to_owned();
    (first, all.to_ascii_lowercase())
}

/// A proxy that answers its first connection by this, then leads to this port of this computer; what it was asked.
async fn tunnelling(
    answer: &'static str,
    port: u16,
) -> (u16, tokio::task::JoinHandle<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap().port();
    let asked = tokio::spawn(async move {
        let mut stream = BufReader::new(listener.accept().await.unwrap().0);
        let asked = head(&mut stream).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
        if answer.contains(" 200 ") {
            let mut store = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            tokio::spawn(async move {
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut store).await;
            });
        }
        asked
    });
    (at, asked)
}

const ESTABLISHED: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

#[tokio::test]
async fn what_is_encrypted_goes_through_a_tunnel() {
    let size_bytes = 1_000_000;
    let store = server(size_bytes).await;
    let (proxy, asked) = tunnelling(ESTABLISHED, store).await;
    let way = through(settings(&format!("http://ada:lovelace@127.0.0.1:{proxy}")));
    let url = "https://bucket.example:8443/key?X-Amz-SignedHeaders=host";
    let (stored, progress) = put(way, url, size_bytes).await;
    assert_eq!(stored.unwrap().etag.as_deref(), Some("\"e\""));
    assert_eq!(progress.acknowledged_bytes(), size_bytes as u64);
    let (first, all) = asked.await.unwrap();
    // Where to, and who asks: nothing of the presigned address.
    assert_eq!(first, "CONNECT bucket.example:8443 HTTP/1.1");
    assert!(
        all.contains("proxy-authorization: basic ywrhomxvdmvsywnl"),
        "{all}"
    );
    assert!(!all.contains("x-amz"), "{all}");
}

#[tokio::test]
async fn a_proxy_that_does_not_lead_there_is_told_from_the_store() {
    for (answer, expected) in [
        (
            "HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n",
            "the proxy wants its own sign-in",
        ),
        (
            "HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n",
            "the proxy refused with 403 Forbidden",
        ),
        ("nonsense\r\n\r\n", "the proxy's answer made no sense"),
        (
            "HTTP/1.1 200 OK\r\n\r\n<html>",
            "the proxy spoke where the store should",
        ),
    ] {
        let store = server(1).await;
        let (proxy, _asked) = tunnelling(answer, store).await;
        let way = through(settings(&format!("http://127.0.0.1:{proxy}")));
        let (stored, _) = put(
            way,
            "https://bucket.example/key?X-Amz-SignedHeaders=host",
            1,
        )
        .await;
        let SendError::Connect(ConnectError::Proxy(error)) = stored.unwrap_err() else {
            panic!("{answer}: not the proxy's fault");
        };
        assert_eq!(error.to_string(), expected);
    }
    for unusable in ["socks5://127.0.0.1:9", "https://127.0.0.1:9"] {
        let (stored, _) = put(through(settings(unusable)), "https://bucket.example/key", 1).await;
        let error = stored.unwrap_err();
        assert!(
            matches!(
                error,
                SendError::Connect(ConnectError::Proxy(ProxyError::Unsupported))
            ),
            "{unusable}: {error:?}"
        );
    }
}

#[test]
fn only_other_computers_are_reached_through_it() {
    let settings = Matcher::builder()
        .http("http://plain.example:3128")
        .https("http://encrypted.example")
        .no("internal.example,10.0.0.0/8")
        .build();
    for (url, expected) in [
        (
            "https://bucket.example/key",
            Some(("encrypted.example", 80)),
        ),
        ("http://bucket.example/key", Some(("plain.example", 3128))),
        ("https://s3.internal.example/key", None),
        ("http://10.1.2.3/key", None),
        ("http://localhost:9000/key", None),
        ("http://store.localhost/key", None),
        ("http://127.0.0.1:9000/key", None),
        ("http://[::1]:9000/key", None),
    ] {
        let found = proxy::among(&settings, &url.parse().unwrap());
        let found = found
            .as_ref()
            .map(|proxy| (proxy.host.as_str(), proxy.port));
        assert_eq!(found, expected, "{url}");
    }
}
