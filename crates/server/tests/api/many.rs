//! Many clients at once, and what the program needs for them.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Clients at once.
const CLIENTS: usize = 500;

/// Most memory that the program may ever have resident, in KiB.
const MOST_KIBIBYTES: u64 = 150 * 1024;

/// Sign-ins at once beside them; each password is stretched in 19 MiB of memory.
const SIGN_INS: usize = 20;

/// The program, ended with the test.
struct Program {
    process: Child,
    note: Value,
    _folder: TempDir,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Program {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_revui-server"))
            .current_dir(folder.path())
            .env_clear()
            .envs([
                ("USER_REQUESTS_PER_SECOND", "0"),
                ("TENANT_REQUESTS_PER_SECOND", "0"),
                ("ADDRESS_REQUESTS_PER_SECOND", "0"),
                ("RUST_LOG", "warn"),
            ])
            .args([
                "serve",
                "--embedded",
                "--demo",
                "--data",
                "data",
                "--port",
                "0",
            ])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        while !lines
            .next()
            .unwrap()
            .unwrap()
            .contains("super-admin@other.example")
        {}
        let note = std::fs::read(folder.path().join("data/demo.json")).unwrap();
        Self {
            process,
            note: serde_json::from_slice(&note).unwrap(),
            _folder: folder,
        }
    }

    fn server(&self) -> String {
        self.note["server"].as_str().unwrap().to_owned()
    }

    fn account(&self) -> Value {
        let user = &self.note["users"][0];
        json!({"email": user["email"], "password": user["password"]})
    }

    /// The most memory that it ever had resident, in KiB (`VmHWM` of `proc_pid_status(5)`).
    fn peak_kibibytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.unwrap();
        let mut lines = status.lines();
        let line = lines.find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim()
            .strip_suffix("kB")
            .unwrap()
            .trim()
            .parse()
            .unwrap()
    }
}

/// A client, with a connection of its own.
struct Client {
    stream: BufStream<TcpStream>,
    token: String,
}

impl Client {
    /// Sends a request and reads the whole answer: its status.
    async fn ask(&mut self, method: &str, path: &str, body: &str) -> u16 {
        let token = &self.token;
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        self.stream.write_all(request.as_bytes()).await.unwrap();
        self.stream.flush().await.unwrap();
        let (mut status, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            assert!(self.stream.read_line(&mut line).await.unwrap() > 0);
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest.split(' ').next().unwrap().parse().ok();
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.unwrap();
        status.unwrap()
    }
}

impl Client {
    /// Comes back when it is told to: where the computer is busy with other things, the queue before the database is longer
    /// than the server lets anybody wait.
    async fn insist(&mut self, method: &str, path: &str, body: &str) -> u16 {
        loop {
            match self.ask(method, path, body).await {
                503 => tokio::time::sleep(Duration::from_secs(1)).await,
                status => return status,
            }
        }
    }
}

/// A connection, held until all have theirs; then places for recordings, and lists of them.
async fn be_a_client(server: SocketAddr, token: String, all: Arc<Barrier>) {
    let stream = BufStream::new(TcpStream::connect(server).await.unwrap());
    let mut client = Client { stream, token };
    assert_eq!(client.ask("GET", "/live", "").await, 200);
    all.wait().await;
    for number in 0..3 {
        let order = json!({"taskId": "many", "filename": format!("{number}.webm")}).to_string();
        let path = "/api/recordings/initiate";
        assert_eq!(client.insist("POST", path, &order).await, 201);
        let path = "/api/recordings?limit=50";
        assert_eq!(client.insist("GET", path, "").await, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_clients_need_little_memory() {
    let program = Program::start();
    let (server, account) = (program.server(), program.account());
    let http = reqwest::Client::new();
    let sign_in = || {
        http.post(format!("{server}/api/auth/login"))
            .json(&account)
            .send()
    };
    let session: Value = sign_in().await.unwrap().json().await.unwrap();
    let token = session["accessToken"].as_str().unwrap().to_owned();

    let address = server.strip_prefix("http://").unwrap().parse().unwrap();
    let all = Arc::new(Barrier::new(CLIENTS));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(be_a_client(address, token.clone(), Arc::clone(&all)));
    }
    let mut sign_ins = JoinSet::new();
    for _ in 0..SIGN_INS {
        sign_ins.spawn(sign_in());
    }
    for answer in sign_ins.join_all().await {
        // Ten at once are as many as one account may try.
        assert!([200, 429].contains(&answer.unwrap().status().as_u16()));
    }
    clients.join_all().await;
    let peak = program.peak_kibibytes();
    println!("{CLIENTS} clients: {} MiB at most", peak / 1024);
    assert!(peak <= MOST_KIBIBYTES, "{peak} KiB");
}
