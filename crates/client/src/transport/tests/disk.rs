//! A disk that stops answering in the midst of an upload.

use bytes::Bytes;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use super::*;

/// Takes everything and answers nothing; its address.
async fn store() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut piece = vec![0; 64 * 1024];
        while stream.read(&mut piece).await.is_ok_and(|read| read > 0) {}
    });
    format!("http://{address}/key?X-Amz-SignedHeaders=host")
}

#[tokio::test]
async fn it_is_told_from_a_store_that_takes_nothing() {
    let limits = Limits {
        disk: Duration::from_millis(200),
        stall: Duration::from_millis(100),
        ..LIMITS
    };
    for pieces in [0, 1] {
        let (feeder, _outcome, reading) = Reading::fed();
        for _ in 0..pieces {
            feeder.send(Bytes::from(vec![7; 1000])).await.unwrap();
        }
        let url = store().await;
        let progress = Progress::default();
        let sent = send_by(
            anywhere(),
            &ticket(&url),
            reading,
            2000,
            &terms(limits),
            &progress,
        )
        .await;
        assert!(
            matches!(sent, Err(SendError::Source(SourceError::NotAnswering(limit))) if limit == limits.disk),
            "{sent:?}"
        );
    }
}

#[tokio::test]
async fn a_slow_disk_is_waited_for() {
    let limits = Limits {
        disk: Duration::from_millis(400),
        ..LIMITS
    };
    let (feeder, outcome, reading) = Reading::fed();
    let fed = tokio::spawn(async move {
        for _ in 0..6 {
            tokio::time::sleep(limits.disk / 4).await;
            feeder.send(Bytes::from(vec![7; 1000])).await.unwrap();
        }
        (feeder, outcome)
    });
    let url = store().await;
    let progress = Progress::default();
    let sent = send_by(
        anywhere(),
        &ticket(&url),
        reading,
        7000,
        &terms(limits),
        &progress,
    )
    .await;
    assert!(
        matches!(sent, Err(SendError::Source(SourceError::NotAnswering(_)))),
        "{sent:?}"
    );
    assert!(fed.is_finished(), "it gave in before the disk did");
    assert_eq!(progress.acknowledged_bytes(), 6000);
}
