//! Slow and far.

use std::time::Duration;

use tokio::time::Instant;

use crate::client::{ask, put};
use crate::upstream::{ANSWER, Upstream};

#[tokio::test]
async fn a_far_server_answers_late() {
    let upstream = Upstream::start().await;
    let rule = "[[rule]]\nfault = \"latency\"\ndelay = \"150ms\"\nanswer_delay = \"100ms\"\n";
    let proxy = upstream.behind(rule).await;
    let begin = Instant::now();
    assert_eq!(ask(proxy.address(), &put("/k", 10)).await.unwrap(), ANSWER);
    let took = begin.elapsed();
    assert!(
        took >= Duration::from_millis(250) && took < Duration::from_secs(5),
        "{took:?}"
    );
}

/// Bytes that the upstream can have had after `elapsed` at `per_second`, with what a late wake-up may make up for.
fn most(elapsed: Duration, per_second: u64) -> u64 {
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap() + 40;
    milliseconds * per_second / 1000
}

#[tokio::test]
async fn a_slow_link_is_exact_at_the_receiver() {
    let upstream = Upstream::start().await;
    let proxy = upstream
        .behind("[[rule]]\nfault = \"bandwidth\"\nupload = \"4MB/s\"\n")
        .await;
    let address = proxy.address();
    let begin = Instant::now();
    let asking = tokio::spawn(async move { ask(address, &put("/k", 4_000_000)).await.unwrap() });
    let mut looks = 0;
    while !asking.is_finished() {
        let forwarded = proxy.forwarded_bytes();
        let most = most(begin.elapsed(), 4_000_000);
        assert!(forwarded <= most, "{forwarded} of {most}");
        looks += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let took = begin.elapsed();
    assert!(looks > 20);
    assert!(
        took >= Duration::from_millis(970) && took < Duration::from_secs(5),
        "{took:?}"
    );
}

#[tokio::test]
async fn a_link_is_shared_by_all_that_go_over_it() {
    let upstream = Upstream::start().await;
    let proxy = upstream
        .behind("[[rule]]\nfault = \"bandwidth\"\nupload = \"4MB/s\"\n")
        .await;
    let begin = Instant::now();
    let asking: Vec<_> = (0..4)
        .map(|_| {
            let address = proxy.address();
            tokio::spawn(async move { ask(address, &put("/k", 500_000)).await.unwrap() })
        })
        .collect();
    for asked in asking {
        asked.await.unwrap();
    }
    let took = begin.elapsed();
    assert!(
        took >= Duration::from_millis(470) && took < Duration::from_secs(5),
        "{took:?}"
    );
}

#[tokio::test]
async fn answers_come_over_a_slow_link_too() {
    let upstream = Upstream::start().await;
    let rule = "[[rule]]\nfault = \"huge-answer\"\nsize = \"1MB\"\n[[rule]]\nfault = \"bandwidth\"\ndownload = \"2MB/s\"\n";
    let proxy = upstream.behind(rule).await;
    let begin = Instant::now();
    ask(proxy.address(), b"GET / HTTP/1.1\r\n\r\n")
        .await
        .unwrap();
    assert!(
        begin.elapsed() >= Duration::from_millis(450),
        "{:?}",
        begin.elapsed()
    );
}

/// What a sender may believe to be acknowledged and the proxy has not forwarded: the kernel's buffers, and no more.
#[tokio::test]
async fn a_sender_is_not_far_ahead_of_the_receiver() {
    use tokio::io::AsyncWriteExt as _;
    let upstream = Upstream::start().await;
    let proxy = upstream
        .behind("[[rule]]\nfault = \"bandwidth\"\nupload = \"1MB/s\"\n")
        .await;
    let mut stream = tokio::net::TcpStream::connect(proxy.address())
        .await
        .unwrap();
    // A sending buffer of its own would count as sent.
    let _ = socket2::SockRef::from(&stream).set_send_buffer_size(16 * 1024);
    let request = put("/k", 1_000_000);
    let mut sent = 0;
    while sent < request.len() {
        sent += stream.write(&request[sent..]).await.unwrap();
        let ahead = sent as u64 - proxy.forwarded_bytes().min(sent as u64);
        assert!(ahead < 600_000, "{ahead} ahead after {sent}");
    }
}
