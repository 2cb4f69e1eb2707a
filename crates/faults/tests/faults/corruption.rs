//! Bodies that arrive otherwise than they were sent.

use crate::client::{ask, body, put};
use crate::upstream::{ANSWER, Upstream};

/// Places of the bytes that arrived otherwise, and which of their bits are others.
fn differences(sent: &[u8], arrived: &[u8]) -> Vec<(usize, u8)> {
    assert_eq!(sent.len(), arrived.len());
    let pairs = sent.iter().zip(arrived).enumerate();
    let pairs = pairs.map(|(at, (sent, arrived))| (at, sent ^ arrived));
    pairs.filter(|(_, bits)| *bits != 0).collect()
}

#[tokio::test]
async fn one_bit_is_another_where_it_was_named() {
    let upstream = Upstream::start().await;
    let rule = "[[rule]]\nname = \"flipped\"\nfault = \"corrupt\"\nat = 200_000\ntimes = 1\n";
    let proxy = upstream.behind(rule).await;
    let request = put("/k", 400_000);
    for _ in 0..2 {
        assert_eq!(ask(proxy.address(), &request).await.unwrap(), ANSWER);
    }
    let received = upstream.received();
    let flipped = differences(body(&request), body(&received[0]));
    assert_eq!(flipped, [(200_000, 1)]);
    assert!(received[1] == request, "once, as it was asked for");
    assert_eq!(proxy.seen().matched("flipped"), 1);
}

/// A pause in the middle doesn't shift the place, and the first byte is a place like any other.
#[tokio::test]
async fn several_bits_before_and_behind_a_pause() {
    let upstream = Upstream::start().await;
    let rules: Vec<_> = [0, 999, 1000, 150_000]
        .iter()
        .map(|at| format!("[[rule]]\nfault = \"corrupt\"\nat = {at}\n"))
        .collect();
    let pause = "[[rule]]\nfault = \"black-hole\"\nafter = 1000\nlasts = \"50ms\"\n";
    let proxy = upstream.behind(&(rules.concat() + pause)).await;
    let request = put("/k", 200_000);
    assert_eq!(ask(proxy.address(), &request).await.unwrap(), ANSWER);
    let flipped = differences(body(&request), body(&upstream.received()[0]));
    assert_eq!(flipped, [(0, 1), (999, 1), (1000, 1), (150_000, 1)]);
}

#[tokio::test]
async fn a_shorter_body_passes_as_it_is() {
    let upstream = Upstream::start().await;
    let proxy = upstream
        .behind("[[rule]]\nfault = \"corrupt\"\nat = 10\n")
        .await;
    let request = put("/k", 10);
    assert_eq!(ask(proxy.address(), &request).await.unwrap(), ANSWER);
    assert!(upstream.received()[0] == request);
}
