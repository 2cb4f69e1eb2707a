//! A source of credentials that fails at first: the program goes on asking, and needs no restart.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longest wait for anything: a few attempts, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The endpoint of a container's credentials: refuses until it is told to answer.
/// Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>
struct Agent {
    address: SocketAddr,
    answers: Arc<AtomicBool>,
}

impl Agent {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answers = Arc::new(AtomicBool::new(false));
        let ready = Arc::clone(&answers);
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A client that hung up is not answered.
                let _ = answer(&mut stream.unwrap(), ready.load(Ordering::SeqCst));
            }
        });
        Self { address, answers }
    }
}

fn answer(stream: &mut TcpStream, ready: bool) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let (status, body) = if ready {
        let end = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
        let body = format!(
            r#"{{"AccessKeyId":"ASIDROLE","SecretAccessKey":"secret","Token":"token","Expiration":"{}"}}"#,
            end.strftime("%Y-%m-%dT%H:%M:%SZ")
        );
        ("200 OK", body)
    } else {
        ("503 Service Unavailable", String::new())
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// The program, ended when it is dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn health(origin: &str) -> Value {
    let answer = reqwest::get(format!("{origin}/api/recordings/health"));
    answer.await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn credentials_that_come_late_need_no_restart() {
    let agent = Agent::start();
    let folder = tempfile::tempdir().unwrap();
    let process = Command::new(env!("CARGO_BIN_EXE_revui-server"))
        .arg("serve")
        .current_dir(folder.path())
        .env_clear()
        .env("HOME", folder.path())
        .env("PORT", "0")
        .env("JWT_SECRET", "0123456789abcdef0123456789abcdef")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_S3_BUCKET_NAME", "revui-recordings")
        // A store that nobody answers for: health does not ask it.
        .env("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            format!("http://{}/role", agent.address),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut program = Program(process);
    let mut origin = String::new();
    let mut said = BufReader::new(program.0.stdout.take().unwrap());
    said.read_line(&mut origin).unwrap();
    let origin = origin.trim();

    let before = health(origin).await;
    assert_eq!(before["s3"]["configured"], false, "{before}");
    let message = before["s3"]["message"].as_str().unwrap();
    assert!(
        message.contains("credentials") && message.contains("AWS_ACCESS_KEY_ID"),
        "{message}"
    );

    agent.answers.store(true, Ordering::SeqCst);
    let since = Instant::now();
    let mut after = health(origin).await;
    while after["s3"]["configured"] == false {
        assert!(since.elapsed() < PATIENCE, "{after}");
        tokio::time::sleep(Duration::from_millis(100)).await;
        after = health(origin).await;
    }
    assert_eq!(after["s3"]["message"], "S3 service configured successfully");
}
