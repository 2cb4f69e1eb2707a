//! A server that takes requests, remembers them to the byte, and answers as it was told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use faults::{Faults, Proxy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What every request is answered with unless told.
pub(crate) const ANSWER: &str = "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nETag: \"e\"\r\nContent-Length: 4\r\n\r\nfine";

/// Ends with the test's runtime.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    received: watch::Receiver<Vec<Vec<u8>>>,
}

/// When a request is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    AtItsEnd,
    /// Before its body; then the rest is read.
    Early,
}

impl Upstream {
    pub(crate) async fn start() -> Self {
        Self::answering(ANSWER, When::AtItsEnd).await
    }

    pub(crate) async fn answering(answer: &'static str, when: When) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, received) = watch::channel(Vec::new());
        let sender = Arc::new(Mutex::new(sender));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(attend(stream, answer, when, Arc::clone(&sender)));
            }
        });
        Self { address, received }
    }

    /// A proxy in front of it.
    pub(crate) async fn behind(&self, faults: &str) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let faults = Faults::from_toml(faults).unwrap();
        Proxy::start(listener, self.address, faults).unwrap()
    }

    /// Every request so far that came whole: head and body.
    pub(crate) fn received(&self) -> Vec<Vec<u8>> {
        self.received.borrow().clone()
    }

    /// Waits for so many of them.
    pub(crate) async fn received_all(&self, count: usize) -> Vec<Vec<u8>> {
        let mut received = self.received.clone();
        let enough = received.wait_for(|received| received.len() >= count).await;
        enough.unwrap().clone()
    }
}

async fn attend(
    mut stream: TcpStream,
    answer: &'static str,
    when: When,
    received: Arc<Mutex<watch::Sender<Vec<Vec<u8>>>>>,
) {
    let mut request = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        while request_length(&request).is_none() {
            match stream.read(&mut piece).await {
                Ok(0) | Err(_) => return,
                Ok(length) => request.extend_from_slice(&piece[..length]),
            }
        }
        let head = String::from_utf8_lossy(&request).to_ascii_lowercase();
        if head.contains("expect: 100-continue") {
            stream
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                .await
                .unwrap();
        }
        if when == When::Early {
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        let length = request_length(&request).unwrap();
        while request.len() < length {
            match stream.read(&mut piece).await {
                Ok(0) | Err(_) => return,
                Ok(length) => request.extend_from_slice(&piece[..length]),
            }
        }
        let rest = request.split_off(length);
        received
            .lock()
            .unwrap()
            .send_modify(|received| received.push(request));
        request = rest;
        if when == When::AtItsEnd && stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        if answer.contains("Connection: close") {
            return;
        }
    }
}

/// Length of head and body, once the head is there. A chunked body must come with its head, in these tests.
fn request_length(request: &[u8]) -> Option<usize> {
    let head = request.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
    if text.contains("transfer-encoding: chunked") {
        let end = request[head..]
            .windows(5)
            .position(|end| end == b"0\r\n\r\n")?;
        return Some(head + end + 5);
    }
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    Some(head + length)
}
