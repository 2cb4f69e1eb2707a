//! Whose silence it is, in the midst of an upload: the disk's, the store's, or the line's. The same with a kernel that says
//! what was acknowledged, and with one that does not.

use bytes::Bytes;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use super::*;

/// Whether the kernel says what was acknowledged.
fn ways() -> [(bool, Way); 2] {
    let silent = Way {
        ask: |_| None,
        ..anywhere()
    };
    [(false, silent), (true, anywhere())]
}

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

/// Sends what a test feeds: some pieces of a body of 2000 bytes, or more.
async fn send_fed(
    way: Way,
    url: &str,
    limits: Limits,
    pieces: &[Bytes],
    size_bytes: u64,
) -> Result<(Option<String>, String), SendError> {
    let (feeder, _outcome, reading) = Reading::fed();
    for piece in pieces {
        feeder.send(piece.clone()).await.unwrap();
    }
    let (ticket, terms, progress) = (ticket(url), terms(limits), Progress::default());
    send_by(way, &ticket, reading, size_bytes, &terms, &progress).await
}

#[tokio::test]
async fn a_disk_is_told_from_a_store_that_takes_nothing() {
    let limits = Limits {
        disk: Duration::from_millis(200),
        stall: Duration::from_millis(100),
        ..LIMITS
    };
    let piece = Bytes::from(vec![7; 1000]);
    for (_, way) in ways() {
        for pieces in [&[][..], std::slice::from_ref(&piece)] {
            let sent = send_fed(way, &store().await, limits, pieces, 2000).await;
            assert!(
                matches!(sent, Err(SendError::Source(SourceError::NotAnswering(limit))) if limit == limits.disk),
                "{sent:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_store_that_takes_nothing_is_told_from_a_disk() {
    let limits = Limits {
        stall: Duration::from_millis(200),
        ..LIMITS
    };
    // More than the buffers of both sides take.
    let piece = Bytes::from(vec![7; 24 << 20]);
    for (_, way) in ways() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let url = format!("http://{address}/key?X-Amz-SignedHeaders=host");
        let size_bytes = piece.len() as u64;
        let sent = send_fed(way, &url, limits, std::slice::from_ref(&piece), size_bytes).await;
        assert!(
            matches!(sent, Err(SendError::Stalled(limit)) if limit == limits.stall),
            "{sent:?}"
        );
    }
}

/// Nobody knows whether the end arrived where the kernel does not say it: a stall is what it is taken for.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_follows_the_last_byte_has_a_limit_of_its_own() {
    let limits = Limits {
        stall: Duration::from_millis(200),
        answer: Duration::from_millis(400),
        ..LIMITS
    };
    let piece = Bytes::from(vec![7; 1000]);
    for (is_told, way) in ways() {
        let sent = send_fed(
            way,
            &store().await,
            limits,
            std::slice::from_ref(&piece),
            1000,
        )
        .await;
        match sent {
            Err(SendError::NoAnswer(limit)) if is_told => assert_eq!(limit, limits.answer),
            Err(SendError::Stalled(limit)) if !is_told => assert!(limit < limits.stall * 2),
            other => panic!("{is_told}: {other:?}"),
        }
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
    if cfg!(target_os = "linux") {
        assert_eq!(progress.acknowledged_bytes(), 6000);
    }
}
