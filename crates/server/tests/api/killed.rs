//! Two server processes over one database and one store, behind one address: either is killed under load, and nothing is
//! lost.

use std::net::SocketAddr;
use std::process::Stdio;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::balancer::Balancer;
use crate::in_parts::{LEAST, sum};
use crate::rows::{Rows, TestDatabase};
use crate::world::{ADMIN, USER, World};

/// Those who send their recordings whole, and how many each of them sends.
const WORKERS: usize = 3;
const RECORDINGS: usize = 10;

/// Recordings of the one who sends them in parts.
const IN_PARTS: usize = 4;

const ALL: usize = WORKERS * RECORDINGS + IN_PARTS;

/// One in so many is deleted at once.
const DELETED_IN: usize = 4;

/// A server as its operators run it, killed with the test.
struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    async fn start(world: &World) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_revui-server"));
        command
            .args(["serve", "--port", "0"])
            .current_dir(world.data.path())
            .env_clear()
            .env("DATABASE_URL", world.rows.text())
            .env("JWT_SECRET", world.secret("jwtSecret"))
            .env("AWS_REGION", "us-east-1")
            .env("AWS_S3_BUCKET_NAME", "revui-recordings")
            .env("AWS_ACCESS_KEY_ID", world.secret("accessKeyId"))
            .env("AWS_SECRET_ACCESS_KEY", world.secret("secretAccessKey"))
            .env("AWS_ENDPOINT_URL_S3", world.running.store_origin().unwrap())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let origin = lines.next_line().await.unwrap().unwrap();
        let address = origin.strip_prefix("http://").unwrap();
        Self {
            child,
            address: address.parse().unwrap(),
        }
    }
}

/// Somebody who knows one address, and asks once more for what was not answered.
#[derive(Clone)]
struct Client {
    http: reqwest::Client,
    origin: String,
    token: String,
    administrator: String,
}

impl Client {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api{path}", self.origin);
        self.http.request(method, url)
    }

    /// What is answered to this in the end: status and body.
    async fn ask(&self, request: RequestBuilder) -> (u16, Value) {
        loop {
            let again = request.try_clone().unwrap();
            let Ok(answer) = again.send().await else {
                continue;
            };
            let status = answer.status().as_u16();
            // An answer that breaks off was none.
            if let Ok(answer) = answer.json().await {
                return (status, answer);
            }
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.request(Method::POST, path).bearer_auth(&self.token);
        let (status, answer) = self.ask(request.json(body)).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let request = self.request(Method::GET, path);
        self.ask(request.bearer_auth(&self.token)).await
    }

    /// One that is gone already was deleted by a call whose answer was lost.
    async fn delete(&self, id: &str) {
        let request = self.request(Method::DELETE, &format!("/recordings/{id}"));
        let (status, answer) = self.ask(request.bearer_auth(&self.administrator)).await;
        assert!(matches!(status, 200 | 404), "{status} {answer}");
    }

    /// Puts bytes into the store by a ticket; their entity tag.
    async fn put(&self, url: &Value, headers: &Value, bytes: &[u8]) -> String {
        let mut put = self.http.put(url.as_str().unwrap()).body(bytes.to_vec());
        for (name, value) in headers.as_object().unwrap() {
            put = put.header(name, value.as_str().unwrap());
        }
        let stored = put.send().await.unwrap();
        assert_eq!(stored.status(), 200);
        stored.headers()["etag"].to_str().unwrap().to_owned()
    }

    /// Puts all parts of a recording, each by a ticket of its own; the list of them.
    async fn put_parts(&self, id: &str, parts: &[Vec<u8>]) -> Value {
        let mut listed = Vec::new();
        for (number, bytes) in (1..).zip(parts) {
            let checksum = sum(bytes);
            let part = json!({"partNumber": number, "size": bytes.len(), "sha256": checksum});
            let path = format!("/recordings/{id}/parts");
            let signed = self.post(&path, &json!({"parts": [part]})).await;
            let ticket = &signed["parts"][0];
            let etag = self.put(&ticket["url"], &ticket["headers"], bytes).await;
            listed.push(json!({"partNumber": number, "etag": etag, "checksum": checksum}));
        }
        listed.into()
    }

    /// A recording of these parts, from its place to its link.
    async fn upload(&self, name: &str, parts: &[Vec<u8>]) -> Recording {
        let in_parts = parts.len() > 1;
        let content = parts.concat();
        let order = json!({
            "taskId": "t", "filename": "a.webm", "fileSize": content.len(), "idempotencyKey": name,
            "multipart": in_parts,
        });
        let place = self.post("/recordings/initiate", &order).await;
        let id = place["recordingId"].as_str().unwrap();
        let mut claim = json!({"s3Key": place["s3Key"], "fileSize": content.len()});
        if in_parts {
            claim["parts"] = self.put_parts(id, parts).await;
        } else {
            self.put(&place["uploadUrl"], &place["uploadHeaders"], &content)
                .await;
        }
        let path = format!("/recordings/{id}/complete");
        let done = self.post(&path, &claim).await;
        assert_eq!(done["uploadStatus"], "COMPLETE");
        Recording {
            id: id.to_owned(),
            key: place["s3Key"].as_str().unwrap().to_owned(),
            content,
            is_deleted: false,
        }
    }
}

/// A recording that was acknowledged.
struct Recording {
    id: String,
    key: String,
    content: Vec<u8>,
    /// That, too, was acknowledged.
    is_deleted: bool,
}

/// One recording after the other.
async fn work(client: Client, worker: usize, finished: watch::Sender<Vec<Recording>>) {
    let in_parts = worker == WORKERS;
    let count = if in_parts { IN_PARTS } else { RECORDINGS };
    for number in 0..count {
        let mut parts = vec![format!("webm of {worker}, {number}").into_bytes()];
        if in_parts {
            parts.insert(0, vec![b'w'; LEAST]);
        }
        let mut recording = client.upload(&format!("{worker}-{number}"), &parts).await;
        if number % DELETED_IN == DELETED_IN - 1 {
            client.delete(&recording.id).await;
            recording.is_deleted = true;
        }
        finished.send_modify(|all| all.push(recording));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn either_of_two_is_killed_under_load_and_nothing_is_lost() {
    let Some(database) = TestDatabase::if_there("two servers").await else {
        return;
    };
    let world = World::over_rows(Rows::Server(database)).await;
    let mut servers = [Process::start(&world).await, Process::start(&world).await];
    let balancer = Balancer::before(&servers.each_ref().map(|server| server.address)).await;
    let client = Client {
        // Each call by a connection of its own, so that it goes to the other server than the one before.
        http: reqwest::Client::builder()
            .pool_max_idle_per_host(0)
            .build()
            .unwrap(),
        origin: balancer.origin.clone(),
        token: world.token(USER).await,
        administrator: world.token(ADMIN).await,
    };
    let finished = watch::Sender::new(Vec::new());
    let mut workers = JoinSet::new();
    for worker in 0..=WORKERS {
        workers.spawn(work(client.clone(), worker, finished.clone()));
    }
    let mut progress = finished.subscribe();
    for (kill, after) in [ALL / 8, ALL / 4, ALL / 2, ALL * 3 / 4]
        .into_iter()
        .enumerate()
    {
        let mut is_enough = false;
        while !is_enough {
            tokio::select! {
                enough = progress.wait_for(|all| all.len() >= after) => is_enough = enough.is_ok(),
                // One that failed would be waited for in vain.
                Some(worker) = workers.join_next() => worker.unwrap(),
            }
        }
        let victim = kill % 2;
        servers[victim].child.kill().await.unwrap();
        servers[victim] = Process::start(&world).await;
        balancer.replace(victim, servers[victim].address);
    }
    while let Some(worker) = workers.join_next().await {
        worker.unwrap();
    }
    let all = finished.send_replace(Vec::new());
    assert_eq!(all.len(), ALL);
    let connections = balancer.connections();
    let both = connections.iter().all(|connections| *connections > ALL / 2);
    assert!(both, "each had its turns: {connections:?}");
    holds(&world, &client, &all).await;
}

/// What was acknowledged is there, and what was deleted is not.
async fn holds(world: &World, client: &Client, all: &[Recording]) {
    let bucket = world.bucket().await;
    let (deleted, kept): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.is_deleted);
    for Recording { id, key, .. } in deleted {
        let (status, row) = client.get(&format!("/recordings/{id}")).await;
        assert_eq!(status, 404, "{row}");
        assert!(bucket.object(key).await.unwrap().is_none(), "{key}");
    }
    for recording in &kept {
        let (_, row) = client.get(&format!("/recordings/{}", recording.id)).await;
        assert_eq!(row["uploadStatus"], "COMPLETE", "{row}");
        let link = row["downloadUrl"].as_str().unwrap();
        let opened = world.http.get(link).send().await.unwrap();
        let same = opened.bytes().await.unwrap() == recording.content;
        assert!(same, "the link of {} leads to something else", recording.id);
    }
    let (_, listed) = client.get("/recordings?limit=100").await;
    let listed = listed["recordings"].as_array().unwrap().len();
    assert_eq!(listed, kept.len(), "what was asked twice was made once");
}
