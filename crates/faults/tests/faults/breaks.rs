//! Connections that break, and silence.

use std::io::ErrorKind;
use std::time::Duration;

use faults::{Break, Faults};
use tokio::io::AsyncWriteExt as _;
use tokio::time::{Instant, timeout};

use crate::client::{Client, ask, body, put};
use crate::upstream::{ANSWER, Upstream};

/// Longer than anything here takes, shorter than a person's patience.
const SILENCE: Duration = Duration::from_millis(400);

#[tokio::test]
async fn a_body_is_cut_at_the_byte_that_was_named() {
    for (how, kinds) in [
        (
            "reset",
            &[ErrorKind::ConnectionReset, ErrorKind::BrokenPipe][..],
        ),
        ("fin", &[ErrorKind::UnexpectedEof]),
    ] {
        let upstream = Upstream::start().await;
        let rule = format!(
            "[[rule]]\nname = \"cut\"\nfault = \"cut\"\nafter = 100_000\nhow = \"{how}\"\ntimes = 1\n"
        );
        let proxy = upstream.behind(&rule).await;
        let request = put("/k", 400_000);
        let error = ask(proxy.address(), &request).await.unwrap_err();
        assert!(kinds.contains(&error.kind()), "{how}: {error}");
        let seen = proxy.until(|seen| seen.exchanges[0].ended).await;
        assert_eq!(seen.exchanges[0].forwarded_bytes, 100_000);
        assert!(upstream.received().is_empty());
        assert_eq!(ask(proxy.address(), &request).await.unwrap(), ANSWER);
        assert_eq!(proxy.seen().matched("cut"), 1);
    }
}

#[tokio::test]
async fn a_shorter_body_is_not_cut_and_one_without_bytes_is_cut_behind_its_head() {
    let upstream = Upstream::start().await;
    let proxy = upstream
        .behind("[[rule]]\nfault = \"cut\"\nafter = 10\n")
        .await;
    assert_eq!(ask(proxy.address(), &put("/k", 9)).await.unwrap(), ANSWER);
    proxy.set(Faults::from_toml("[[rule]]\nfault = \"cut\"\n").unwrap());
    assert!(
        ask(proxy.address(), b"GET / HTTP/1.1\r\n\r\n")
            .await
            .is_err()
    );
}

#[tokio::test]
async fn an_answer_is_cut_too() {
    let upstream = Upstream::start().await;
    let rule = "[[rule]]\nfault = \"cut\"\ndirection = \"response\"\nafter = 2\nhow = \"fin\"\n";
    let proxy = upstream.behind(rule).await;
    let mut client = Client::connect(proxy.address()).await;
    client.stream.write_all(&put("/k", 10)).await.unwrap();
    let length = client.end().await.unwrap();
    assert_eq!(length, ANSWER.len() - 2);
    assert_eq!(upstream.received().len(), 1);
}

#[tokio::test]
async fn a_black_hole_takes_some_and_says_nothing() {
    let upstream = Upstream::start().await;
    let rule = "[[rule]]\nfault = \"black-hole\"\nafter = 50_000\ntimes = 1\n";
    let proxy = upstream.behind(rule).await;
    let request = put("/k", 30_000_000);
    let mut client = Client::connect(proxy.address()).await;
    let asked = timeout(SILENCE, client.ask(&request)).await;
    assert!(asked.is_err(), "{asked:?}");
    let seen = proxy.seen();
    assert_eq!(seen.exchanges[0].forwarded_bytes, 50_000);
    assert!(
        seen.exchanges[0].received_bytes < 1_000_000,
        "it is not read from"
    );
    assert_eq!(ask(proxy.address(), &put("/k", 10)).await.unwrap(), ANSWER);
    proxy.cut_all(Break::Reset);
    assert_eq!(
        client.end().await.unwrap_err().kind(),
        ErrorKind::ConnectionReset
    );
}

#[tokio::test]
async fn a_black_hole_that_ends_goes_on_where_it_was() {
    let upstream = Upstream::start().await;
    let rule = "[[rule]]\nfault = \"black-hole\"\nafter = 50_000\nlasts = \"300ms\"\n";
    let proxy = upstream.behind(rule).await;
    let begin = Instant::now();
    let request = put("/k", 100_000);
    assert_eq!(ask(proxy.address(), &request).await.unwrap(), ANSWER);
    assert!(begin.elapsed() >= Duration::from_millis(300));
    assert!(upstream.received()[0] == request);
}

#[tokio::test]
async fn a_body_is_swallowed_without_a_word() {
    let upstream = Upstream::start().await;
    let rule = "[[rule]]\nfault = \"black-hole\"\nreads = true\n";
    let proxy = upstream.behind(rule).await;
    let asked = timeout(SILENCE, ask(proxy.address(), &put("/k", 10_000_000))).await;
    assert!(asked.is_err(), "{asked:?}");
    assert_eq!(proxy.seen().exchanges[0].received_bytes, 10_000_000);
    assert!(upstream.received().is_empty());

    proxy.set(
        Faults::from_toml("[[rule]]\nfault = \"black-hole\"\nreads = true\nlasts = \"10ms\"\n")
            .unwrap(),
    );
    let error = ask(proxy.address(), &put("/k", 10)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

#[tokio::test]
async fn a_reply_is_swallowed_after_the_upstream_got_it_all() {
    for (how, kind) in [
        ("reset", Some(ErrorKind::ConnectionReset)),
        ("fin", Some(ErrorKind::UnexpectedEof)),
        ("hang", None),
    ] {
        let upstream = Upstream::start().await;
        let rule = format!("[[rule]]\nfault = \"swallow-reply\"\nhow = \"{how}\"\n");
        let proxy = upstream.behind(&rule).await;
        let request = put("/k", 200_000);
        let asked = timeout(SILENCE, ask(proxy.address(), &request)).await;
        let said = asked.ok().map(|answer| answer.unwrap_err().kind());
        assert_eq!(said, kind, "{how}");
        assert!(body(&upstream.received()[0]) == body(&request));
        let exchange = &proxy.seen().exchanges[0];
        assert_eq!(
            (exchange.upstream_status, exchange.answered_status),
            (Some(200), None)
        );
    }
}

#[tokio::test]
async fn everything_stands_still_and_goes_on() {
    let upstream = Upstream::start().await;
    let proxy = upstream.behind("").await;
    let mut client = Client::connect(proxy.address()).await;
    let request = put("/k", 300_000);
    client.stream.write_all(&request[..100_000]).await.unwrap();
    proxy.until(|seen| seen.forwarded_bytes() > 90_000).await;
    proxy.freeze(true);
    let asked = timeout(SILENCE, client.ask(&request[100_000..])).await;
    assert!(asked.is_err(), "{asked:?}");
    assert!(upstream.received().is_empty());
    proxy.freeze(false);
    upstream.received_all(1).await;
}

#[tokio::test]
async fn every_connection_is_cut_and_new_ones_pass() {
    let upstream = Upstream::start().await;
    let proxy = upstream.behind("").await;
    let mut client = Client::connect(proxy.address()).await;
    let request = put("/k", 300_000);
    client.stream.write_all(&request[..200_000]).await.unwrap();
    proxy.until(|seen| seen.forwarded_bytes() > 0).await;
    proxy.cut_all(Break::Reset);
    let error = client.ask(&request[200_000..]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(ask(proxy.address(), &request).await.unwrap(), ANSWER);
}

#[tokio::test]
async fn a_dropped_proxy_lets_go() {
    let upstream = Upstream::start().await;
    let proxy = upstream.behind("").await;
    let mut client = Client::connect(proxy.address()).await;
    client.ask(&put("/k", 10)).await.unwrap();
    let address = proxy.address();
    drop(proxy);
    assert_eq!(client.end().await.unwrap(), 0);
    // The port is free once the listener's task has ended.
    while tokio::net::TcpListener::bind(address).await.is_err() {
        tokio::task::yield_now().await;
    }
}
