//! Requests that arrive twice.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::time::Instant;

use crate::client::{Client, ask, put};
use crate::upstream::{ANSWER, Upstream};

#[tokio::test]
async fn a_request_arrives_again_later() {
    let upstream = Upstream::start().await;
    let rule = "[[rule]]\nname = \"again\"\npart = 2\nfault = \"duplicate\"\ndelay = \"200ms\"\ntimes = 1\n";
    let proxy = upstream.behind(rule).await;
    let request = put("/k?partNumber=2", 700_000);
    let mut client = Client::connect(proxy.address()).await;
    let begin = Instant::now();
    assert_eq!(client.ask(&request).await.unwrap(), ANSWER);
    assert_eq!(upstream.received().len(), 1);
    // The connection isn't held up by it.
    assert_eq!(
        client.ask(&put("/k?partNumber=3", 10)).await.unwrap(),
        ANSWER
    );
    let received = upstream.received_all(3).await;
    assert!(begin.elapsed() >= Duration::from_millis(200));
    assert!(received[0] == request && received[2] == request);

    let seen = proxy
        .until(|seen| {
            seen.exchanges
                .iter()
                .filter(|exchange| exchange.ended)
                .count()
                == 3
        })
        .await;
    let late = seen
        .exchanges
        .iter()
        .find(|exchange| exchange.late)
        .unwrap();
    assert_eq!(
        (late.part, late.forwarded_bytes, late.upstream_status),
        (Some(2), 700_000, Some(200))
    );
    assert_eq!(late.rules, ["again"]);
}

#[tokio::test]
async fn a_request_that_seemed_lost_arrives_behind_its_retry() {
    let upstream = Upstream::start().await;
    let rule = "[[rule]]\nfault = \"duplicate\"\nfirst = \"lost\"\ndelay = \"200ms\"\ntimes = 1\n";
    let proxy = upstream.behind(rule).await;
    let first = put("/k?attempt=1", 300_000);
    let error = ask(proxy.address(), &first).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(upstream.received().is_empty());
    let retry = put("/k?attempt=2", 300_000);
    assert_eq!(ask(proxy.address(), &retry).await.unwrap(), ANSWER);
    let received = upstream.received_all(2).await;
    assert!(received[0] == retry && received[1] == first);
}

#[tokio::test]
async fn what_was_cut_off_does_not_arrive_again() {
    let upstream = Upstream::start().await;
    let rule = "[[rule]]\nfault = \"duplicate\"\n[[rule]]\nfault = \"cut\"\nafter = 10\n";
    let proxy = upstream.behind(rule).await;
    assert!(ask(proxy.address(), &put("/k", 1000)).await.is_err());
    proxy.set(faults::Faults::none());
    assert_eq!(ask(proxy.address(), &put("/l", 10)).await.unwrap(), ANSWER);
    assert_eq!(proxy.seen().exchanges.len(), 2);
    assert_eq!(upstream.received().len(), 1);
}
