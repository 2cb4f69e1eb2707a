//! The client's transport without the engine: one PUT of a whole file, as it sends a part whose checksum is known.

use std::path::Path;

use client::ServerOrigin;
use client::session::Reach;
use client::source::{Identity, Source};
use client::ticket::{Offer, SignedRequest};
use client::transport::{Limits, Progress, Terms, Throttle, send_part};
use jiff::Timestamp;
use wire::Secret;

pub(super) fn send(url: &str, file: &Path) {
    let identity = Identity::take(file).expect("a file");
    let source = Source::fixed(file.to_owned(), identity);
    let ticket = SignedRequest::read(&Offer {
        url: &Secret::from(url),
        headers: None,
        content_type: Some("video/webm"),
        expires_in: None,
        expires_at: None,
        clock_offset: None,
        server: &ServerOrigin::parse(url).expect("an origin"),
        received_at: Timestamp::now(),
    })
    .expect("a presigned URL");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let progress = Progress::default();
    let terms = Terms {
        reach: Reach::Anywhere,
        limits: Limits::default(),
        throttle: Throttle::default(),
    };
    let whole = 0..source.durable();
    let sent = send_part(&ticket, &source, whole, &terms, &progress);
    runtime.block_on(sent).expect("a PUT that is taken");
}
