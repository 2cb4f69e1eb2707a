//! What the tests of whole uploads do not show: they are their own servers, on this computer, and take their time.

mod disk;
mod early;
mod names;
mod proxies;
mod tls;

use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::ServerOrigin;
use crate::source::Identity;
use crate::ticket::Offer;

/// Long enough for a busy computer; whatever ends a test sooner is what it is about.
const LIMITS: Limits = Limits {
    connect: Duration::from_secs(5),
    tls: Duration::from_secs(5),
    stall: Duration::from_secs(5),
    answer: Duration::from_secs(5),
    disk: Duration::from_secs(5),
};

fn ticket(url: &str) -> SignedRequest {
    let scheme = url.split("://").next().unwrap();
    SignedRequest::read(&Offer {
        url: &url.into(),
        headers: None,
        content_type: Some("video/webm"),
        expires_in: None,
        expires_at: None,
        clock_offset: None,
        server: &ServerOrigin::parse(&format!("{scheme}://localhost")).unwrap(),
        received_at: Timestamp::now(),
    })
    .unwrap()
}

/// Sends a file of so many bytes.
async fn put(way: Way, url: &str, size_bytes: usize) -> (Result<Stored, SendError>, Progress) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo.webm");
    std::fs::write(&path, vec![7; size_bytes]).unwrap();
    let source = Source::fixed(path.clone(), Identity::take(&path).unwrap());
    let reading = source.read::<Hashed>(0..source.durable()).unwrap();
    let progress = Progress::default();
    let sent = send_by(
        way,
        &ticket(url),
        reading,
        source.durable(),
        &terms(LIMITS),
        &progress,
    )
    .await;
    let stored = sent.map(|(etag, sha256)| Stored { etag, sha256 });
    (stored, progress)
}

fn terms(limits: Limits) -> Terms {
    Terms {
        reach: Reach::Anywhere,
        limits,
        throttle: Throttle::default(),
    }
}

fn anywhere() -> Way {
    Way {
        reach: Reach::Anywhere,
        ..Way::default()
    }
}
