//! Answers that come before the store can have everything.

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::engine::Trouble;

/// More than the buffers of both sides take.
const SIZE_BYTES: usize = 24 << 20;

/// Reads so many bytes of a body, answers, and keeps the connection open; its address.
async fn store(reads_bytes: usize, answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let mut body = vec![0; reads_bytes];
        stream.read_exact(&mut body).await.unwrap();
        stream.write_all(answer.as_bytes()).await.unwrap();
        std::future::pending::<()>().await;
    });
    format!("http://{address}/key?X-Amz-SignedHeaders=host")
}

#[tokio::test]
async fn an_early_success_is_none() {
    const MEBIBYTE: usize = 1 << 20;
    for (reads_bytes, answer) in [
        (1, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
        (
            MEBIBYTE,
            "HTTP/1.1 200 OK\r\netag: \"e\"\r\ncontent-length: 0\r\n\r\n",
        ),
        (
            MEBIBYTE,
            "HTTP/1.1 200 OK\r\netag: \"e\"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
        ),
        (1, "HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n"),
        (MEBIBYTE, "HTTP/1.1 204 No Content\r\n\r\n"),
    ] {
        let url = store(reads_bytes, answer).await;
        assert_is_none(put(anywhere(), &url, SIZE_BYTES).await);

        // The same where the disk was faster than the network: all is read, and the hash is known.
        let url = store(reads_bytes, answer).await;
        assert_is_none(put_what_is_read(&url).await);
    }
}

fn assert_is_none((sent, progress): (Result<Stored, SendError>, Progress)) {
    let error = sent.unwrap_err();
    assert!(
        matches!(&error, SendError::Refused(refusal) if (200..300).contains(&refusal.status)),
        "{error:?}"
    );
    assert!(
        matches!(Trouble::of_send(&error, false), Trouble::Passing { .. }),
        "it is tried again"
    );
    assert!(progress.acknowledged_bytes() < SIZE_BYTES as u64);
}

/// Sends a recording that waits in memory, read to its end.
async fn put_what_is_read(url: &str) -> (Result<Stored, SendError>, Progress) {
    let (feeder, outcome, reading) = Reading::fed();
    outcome.send(Ok("00aa".to_owned())).unwrap();
    feeder.send(Bytes::from(vec![7; SIZE_BYTES])).await.unwrap();
    let progress = Progress::default();
    let size_bytes = SIZE_BYTES as u64;
    let sent = send_by(
        anywhere(),
        &ticket(url),
        reading,
        size_bytes,
        &terms(LIMITS),
        &progress,
    )
    .await;
    let stored = sent.map(|(etag, sha256)| Stored { etag, sha256 });
    (stored, progress)
}

#[tokio::test]
async fn the_same_answer_to_the_whole_is_success() {
    let answer = "HTTP/1.1 200 OK\r\netag: \"e\"\r\ncontent-length: 0\r\n\r\n";
    let url = store(SIZE_BYTES, answer).await;
    let (sent, progress) = put(anywhere(), &url, SIZE_BYTES).await;
    assert_eq!(sent.unwrap().etag.as_deref(), Some("\"e\""));
    assert_eq!(progress.acknowledged_bytes(), SIZE_BYTES as u64);
}

#[tokio::test]
async fn a_source_that_changed_is_no_success_whatever_the_store_says() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    let url = store(0, answer).await;
    let (_feeder, outcome, reading) = Reading::fed();
    outcome.send(Err(SourceError::Gone)).unwrap();
    let progress = Progress::default();
    let sent = send_by(
        anywhere(),
        &ticket(&url),
        reading,
        1000,
        &terms(LIMITS),
        &progress,
    )
    .await;
    assert!(
        matches!(sent, Err(SendError::Source(SourceError::Gone))),
        "{sent:?}"
    );
    assert_eq!(progress.acknowledged_bytes(), 0);
}
