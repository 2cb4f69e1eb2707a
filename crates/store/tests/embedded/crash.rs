//! `kill -9` at a bad moment. The store runs in a child process: this test binary, started again.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::Client;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};

use crate::parts::{MIN_PART_BYTES, Upload, elements};
use crate::world::{body, open, send, unsigned};

const FOLDER_VARIABLE: &str = "STORE_CHILD_FOLDER";

struct Running {
    process: Child,
    host: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Running {
    /// Starts a store on `folder` in a process of its own.
    fn start(folder: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([
                "crash::serves_in_a_process_of_its_own",
                "--exact",
                "--nocapture",
            ])
            .env(FOLDER_VARIABLE, folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let host = lines
            .find_map(|line| Some(line.unwrap().split_once("listening on ")?.1.to_owned()))
            .unwrap();
        Self { process, host }
    }

    /// SIGKILL: nothing of its own runs after this.
    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// No test when run with the others: it is the child process of those below.
#[tokio::test]
async fn serves_in_a_process_of_its_own() {
    let Some(folder) = std::env::var_os(FOLDER_VARIABLE) else {
        return;
    };
    let store = open(Path::new(&folder));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("listening on {}", listener.local_addr().unwrap());
    store.serve(listener, std::future::pending()).await;
}

fn count(folder: &Path, part: &str) -> usize {
    std::fs::read_dir(folder.join(part)).unwrap().count()
}

#[tokio::test]
async fn an_acknowledged_object_survives_and_an_unfinished_one_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let client = Client::new();
    let sent = body(1_500_000);
    for round in 0..3 {
        let running = Running::start(folder.path());
        let key = format!("k{round}");
        let put = unsigned(&running.host, "PUT", &key).presign();
        assert_eq!(send(&client, &put, sent.clone()).await.status(), 200);
        let _half_sent = half_send(&running.host, folder.path()).await;
        running.kill();
        assert_eq!(count(folder.path(), "staging"), 1, "the unfinished body");
    }

    let running = Running::start(folder.path());
    assert_eq!(count(folder.path(), "staging"), 0);
    assert_eq!(count(folder.path(), "buckets/recordings/objects"), 3);
    for key in ["k0", "k1", "k2"] {
        let get = unsigned(&running.host, "GET", key).presign();
        assert_eq!(send(&client, &get, "").await.bytes().await.unwrap(), sent);
    }
}

/// Begins a PUT and returns once the store has begun to write it. The connection ends with the returned value.
async fn half_send(host: &str, folder: &Path) -> TcpStream {
    let put = unsigned(host, "PUT", "unfinished").presign();
    let target = put.url.split_once(host).unwrap().1;
    let mut stream = TcpStream::connect(host).await.unwrap();
    let head = format!("PUT {target} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 9000000\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![7; 2_000_000]).await.unwrap();
    while count(folder, "staging") == 0 {
        tokio::task::yield_now().await;
    }
    stream
}

#[tokio::test]
async fn acknowledged_parts_survive_and_the_upload_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let client = Client::new();
    let running = Running::start(folder.path());
    let upload = Upload::begin(&client, &running.host, "k").await;
    let sent = body(MIN_PART_BYTES);
    let first = upload.store(1, &sent).await;
    running.kill();

    let running = Running::start(folder.path());
    let upload = Upload {
        host: running.host.clone(),
        ..upload
    };
    let listed = upload.list(&[]).await.text().await.unwrap();
    assert_eq!(elements(&listed, "ETag").concat(), first.etag);
    let second = upload.store(2, b"the end").await;
    assert_eq!(upload.complete(&[first, second]).await.status(), 200);
    let get = unsigned(&running.host, "GET", "k").presign();
    let read = send(&client, &get, "").await.bytes().await.unwrap();
    assert!(read == [sent.as_slice(), b"the end"].concat());
}

/// The moment of the kill moves through a completion from before it to behind it.
#[tokio::test]
async fn a_completion_that_is_killed_makes_the_whole_object_or_none_and_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let client = Client::new();
    let once = [("if-none-match", "*")];
    let sent = body(3_000);
    for round in 0..10_u32 {
        let running = Running::start(folder.path());
        let key = format!("k{round}");
        let upload = Upload::begin(&client, &running.host, &key).await;
        let named = [upload.store(1, &sent).await];
        let asking = tokio::spawn({
            let (upload, named) = (upload.clone(), named.clone());
            async move { upload.try_complete(&named, &once).await }
        });
        tokio::time::sleep(Duration::from_micros(700) * round).await;
        running.kill();
        let _ = asking.await;

        let running = Running::start(folder.path());
        let get = unsigned(&running.host, "GET", &key).presign();
        let found = send(&client, &get, "").await;
        let pending = count(
            folder.path(),
            &format!("buckets/recordings/uploads/{}", upload.id),
        );
        match found.status().as_u16() {
            200 => assert!(found.bytes().await.unwrap() == sent, "round {round}"),
            status => assert_eq!((status, pending), (404, 2), "round {round}"),
        }
        let upload = Upload {
            host: running.host.clone(),
            ..upload
        };
        let answer = upload.complete_with(&named, &once).await;
        assert_eq!(answer.status(), 200, "round {round}");
        let get = unsigned(&running.host, "GET", &key).presign();
        let read = send(&client, &get, "").await.bytes().await.unwrap();
        assert!(read == sent, "round {round}");
    }
}
