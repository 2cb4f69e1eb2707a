//! Answers that the upstream didn't give, or not so.

use tokio::io::AsyncWriteExt as _;

use crate::client::{Client, ask, put};
use crate::upstream::{ANSWER, Upstream};

async fn answered(rule: &str, request: &[u8]) -> (String, usize) {
    let upstream = Upstream::start().await;
    let proxy = upstream.behind(&format!("[[rule]]\n{rule}\n")).await;
    let answer = ask(proxy.address(), request).await.unwrap();
    (answer, upstream.received().len())
}

#[tokio::test]
async fn made_up_answers_come_instead_of_the_upstreams() {
    let request = put("/k", 3_000_000);
    for (rule, says) in [
        (
            "fault = \"captive-portal\"",
            &["HTTP/1.1 200 ", "content-type: text/html", "<html>"][..],
        ),
        (
            "fault = \"unavailable\"\nretry_after = \"3s\"",
            &[
                "HTTP/1.1 503 ",
                "retry-after: 3\r\n",
                "<Code>SlowDown</Code>",
            ],
        ),
        (
            "fault = \"error-in-success\"\ncode = \"InternalError\"",
            &[
                "HTTP/1.1 200 ",
                "application/xml",
                "<Code>InternalError</Code>",
            ],
        ),
        (
            "fault = \"redirect\"\nlocation = \"http://127.0.0.1:9/x\"",
            &["HTTP/1.1 307 ", "location: http://127.0.0.1:9/x\r\n"],
        ),
        (
            "fault = \"captive-portal\"\nbody = \"mine\"",
            &["\r\n\r\nmine"],
        ),
    ] {
        let (answer, received) = answered(rule, &request).await;
        for part in says {
            assert!(answer.contains(part), "{rule}: {answer}");
        }
        assert_eq!(received, 0, "{rule}");
    }
}

#[tokio::test]
async fn a_made_up_answer_can_hide_that_the_upstream_did_it() {
    let rule = "fault = \"error-in-success\"\nforwarded = true";
    let (answer, received) = answered(rule, &put("/k", 100_000)).await;
    assert!(answer.contains("<Error>"), "{answer}");
    assert_eq!(received, 1);
}

#[tokio::test]
async fn a_connection_serves_on_after_a_made_up_answer() {
    let upstream = Upstream::start().await;
    let proxy = upstream
        .behind("[[rule]]\nfault = \"unavailable\"\ntimes = 1\n")
        .await;
    let mut client = Client::connect(proxy.address()).await;
    let request = put("/k", 200_000);
    assert!(client.ask(&request).await.unwrap().contains("503"));
    assert_eq!(client.ask(&request).await.unwrap(), ANSWER);
}

#[tokio::test]
async fn huge_answers_are_huge() {
    let request = b"GET / HTTP/1.1\r\n\r\n";
    let (answer, _) = answered("fault = \"huge-answer\"", request).await;
    assert!(answer.len() > 100_000_000);
    let (answer, _) = answered("fault = \"huge-headers\"", request).await;
    let head = answer.find("\r\n\r\n").unwrap();
    assert!((1_000_000..1_001_000).contains(&head), "{head}");
}

#[tokio::test]
async fn an_early_refusal_that_lingers_always_arrives() {
    let upstream = Upstream::start().await;
    let rule = "[[rule]]\nfault = \"refuse\"\nmessage = \"Request has expired\"\nafter = 10_000\nclose = \"linger\"\n";
    let proxy = upstream.behind(rule).await;
    for _ in 0..20 {
        let mut client = Client::connect(proxy.address()).await;
        let answer = client.ask(&put("/k", 2_000_000)).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
        assert!(answer.contains("connection: close") && answer.contains("Request has expired"));
    }
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn an_early_refusal_that_closes_is_often_lost() {
    let upstream = Upstream::start().await;
    let proxy = upstream.behind("[[rule]]\nfault = \"refuse\"\n").await;
    let request = put("/k", 20_000_000);
    let mut lost = 0;
    for _ in 0..20 {
        let mut client = Client::connect(proxy.address()).await;
        // A client that sends to the end before it listens, and never gets there.
        if client.stream.write_all(&request).await.is_err() {
            lost += 1;
        }
    }
    assert!(lost > 0, "the reset never won");
}

#[tokio::test]
async fn an_answer_loses_its_tag_and_gets_another_date() {
    let request = put("/k", 10);
    let (answer, _) = answered("fault = \"no-etag\"", &request).await;
    assert_eq!(answer, ANSWER.replace("ETag: \"e\"\r\n", ""));
    let (answer, _) = answered("fault = \"clock\"\nbehind = \"20m\"", &request).await;
    let behind = "date: Wed, 31 Dec 2025 23:40:00 GMT";
    assert_eq!(
        answer,
        ANSWER.replace("Date: Thu, 01 Jan 2026 00:00:00 GMT", behind)
    );
}
