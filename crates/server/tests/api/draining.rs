//! How a server ends: it says so first, answers what it has begun, and waits for nobody for ever.

use std::time::{Duration, Instant};

use server::configuration::Operating;
use server::{Clock, Configuration, Running};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a server that ends goes on answering. Within it a test has to make a call, on a computer that may be busy.
const DELAY: Duration = Duration::from_secs(5);

const BODY: &[u8] = br#"{"email":"nobody@x.example","password":"wrong"}"#;

async fn start(folder: &std::path::Path, operating: Operating) -> Running {
    let configuration = Configuration {
        operating,
        ..Configuration::embedded(folder.join("data"), 0)
    };
    server::start(configuration, Clock::system()).await.unwrap()
}

/// A request of which half the body has been sent, and which the server has begun.
async fn begin(running: &Running) -> TcpStream {
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    let head = format!(
        "POST /api/auth/login HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        BODY.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The handler asks for the body: the request is running.
    let expected = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut answer = vec![0; expected.len()];
    timeout(PATIENCE, stream.read_exact(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answer, expected);
    stream.write_all(&BODY[..10]).await.unwrap();
    stream
}

async fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn it_is_not_ready_at_once_and_ends_when_what_runs_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(
        folder.path(),
        Operating {
            drain: PATIENCE,
            drain_delay: DELAY,
            ..Operating::default()
        },
    )
    .await;
    let ready = format!("{}/ready", running.origin());
    let live = format!("{}/live", running.origin());
    let http = reqwest::Client::new();
    assert_eq!(http.get(&ready).send().await.unwrap().status(), 200);
    let mut begun = begin(&running).await;
    let address = running.address();

    let stopping = tokio::spawn(running.stop());
    let answer = loop {
        let answer = http.get(&ready).send().await.unwrap();
        if answer.status() != 200 {
            break answer;
        }
    };
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["connection"], "close");
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(body["notReady"][0]["part"], "server");
    // Whoever has not heard of it yet is still answered.
    let late = http.get(&live).send().await.unwrap();
    assert_eq!(
        (late.status().as_u16(), &late.headers()["connection"]),
        (200, &"close".parse().unwrap())
    );

    // After the delay nobody is let in any more.
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, refused).await.unwrap();
    assert!(!stopping.is_finished(), "a request is running");
    begun.write_all(&BODY[10..]).await.unwrap();
    let answer = read_all(&mut begun).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    timeout(PATIENCE, stopping).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_will_not_end_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(
        folder.path(),
        Operating {
            drain: Duration::from_millis(300),
            ..Operating::default()
        },
    )
    .await;
    let mut begun = begin(&running).await;
    let began = Instant::now();
    running.stop().await;
    assert!(
        began.elapsed() >= Duration::from_millis(300),
        "{:?}",
        began.elapsed()
    );
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(read_all(&mut begun).await, "");
}
