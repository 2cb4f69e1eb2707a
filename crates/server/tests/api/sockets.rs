//! Connections that are slow on purpose.

use std::time::{Duration, Instant};

use server::{Clock, Configuration, Running};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// How long a head may take in these tests.
const HEAD: Duration = Duration::from_millis(300);

/// Far longer than the limit, far shorter than the one that the server has when nothing is said.
const PATIENCE: Duration = Duration::from_secs(10);

async fn start(folder: &std::path::Path) -> Running {
    let configuration = Configuration {
        head_time_limit: HEAD,
        ..Configuration::embedded(folder.join("data"), 0)
    };
    server::start(configuration, Clock::system()).await.unwrap()
}

async fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset ends it as well as an orderly end.
    let ended = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    assert!(ended.is_ok(), "it is still open after {PATIENCE:?}");
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_client_that_dribbles_its_head_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(folder.path()).await;
    let stream = TcpStream::connect(running.address()).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let began = Instant::now();
    // Bytes keep coming, so no limit on silence would end it.
    let dribbling = tokio::spawn(async move {
        let head = b"GET /api/recordings/health HTTP/1.1\r\nhost: x\r\nx-padding: ";
        for byte in head.iter().chain(std::iter::repeat(&b'a')) {
            if writing.write_all(&[*byte]).await.is_err() {
                return;
            }
            sleep(HEAD / 30).await;
        }
    });
    let mut answer = Vec::new();
    let ended = timeout(PATIENCE, reading.read_to_end(&mut answer)).await;
    assert!(ended.is_ok(), "it is still open after {PATIENCE:?}");
    assert!(began.elapsed() >= HEAD, "{:?}", began.elapsed());
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
    dribbling.abort();
    running.stop().await;
}

#[tokio::test]
async fn a_client_that_says_nothing_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(folder.path()).await;
    let mut silent = TcpStream::connect(running.address()).await.unwrap();
    assert_eq!(read_all(&mut silent).await, "");

    // So is one that has been answered and then says nothing more.
    let mut answered = TcpStream::connect(running.address()).await.unwrap();
    let request = b"GET /api/recordings/health HTTP/1.1\r\nhost: x\r\n\r\n";
    answered.write_all(request).await.unwrap();
    let answer = read_all(&mut answered).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    running.stop().await;
}

#[tokio::test]
async fn a_slow_body_is_no_slow_head() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(folder.path()).await;
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    let body = br#"{"email":"nobody@x.example","password":"wrong"}"#;
    let length = body.len();
    let head = format!(
        "POST /api/auth/login HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (first, second) = body.split_at(length / 2);
    stream.write_all(first).await.unwrap();
    sleep(HEAD * 2).await;
    stream.write_all(second).await.unwrap();
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    running.stop().await;
}
