//! Several servers over one database and one store: they race, they are killed, their database goes away.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::world::{USER, World};

/// Calls made at once.
const AT_ONCE: usize = 8;

/// A call to one of the servers.
fn call(
    world: &World,
    origin: &str,
    path: &str,
    token: &str,
    body: &Value,
) -> reqwest::RequestBuilder {
    world
        .http
        .post(format!("{origin}/api{path}"))
        .bearer_auth(token)
        .json(body)
}

/// The same call at once, to both servers in turn: their statuses and bodies.
async fn race(world: &World, path: &str, token: &str, body: &Value) -> Vec<(u16, Value)> {
    let origins = [world.running.origin(), world.called().origin()];
    let mut racing = JoinSet::new();
    for index in 0..AT_ONCE {
        let request = call(world, &origins[index % 2], path, token, body);
        racing.spawn(async move {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.json().await.unwrap())
        });
    }
    racing.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_first_decides_for_all() {
    let world = World::behind_a_gateway().await;
    let token = world.token(USER).await;
    for round in 0..4 {
        let body = json!({
            "taskId": "t", "filename": "a.webm", "fileSize": 4, "idempotencyKey": format!("round-{round}"),
        });
        let places = race(&world, "/recordings/initiate", &token, &body).await;
        let (first, key) = (&places[0].1["recordingId"], &places[0].1["s3Key"]);
        for (status, place) in &places {
            assert_eq!((*status, &place["recordingId"]), (201, first), "{place}");
        }
        let mut put = world
            .http
            .put(places[0].1["uploadUrl"].as_str().unwrap())
            .body("webm");
        for (name, value) in places[0].1["uploadHeaders"].as_object().unwrap() {
            put = put.header(name, value.as_str().unwrap());
        }
        assert_eq!(put.send().await.unwrap().status(), 200);
        let path = format!("/recordings/{}/complete", first.as_str().unwrap());
        let claim = json!({"s3Key": key, "fileSize": 4, "duration": 7});
        let done = race(&world, &path, &token, &claim).await;
        for (status, complete) in &done {
            assert_eq!((*status, complete), (200, &done[0].1));
        }
    }
    let listed = world.get(&token, "/recordings").await.expect(200);
    assert_eq!(listed.body["recordings"].as_array().unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_that_both_exchange_at_once_signs_nobody_out() {
    let world = World::behind_a_gateway().await;
    let session = world.login(USER, &world.password(USER)).await.expect(200);
    let body = json!({"refreshToken": session.text("refreshToken")});
    let pairs = race(&world, "/auth/refresh", "", &body).await;
    for (status, pair) in &pairs {
        assert_eq!(*status, 200, "{pair}");
        let body = json!({"refreshToken": pair["refreshToken"]});
        world.post_open("/auth/refresh", &body).await.expect(200);
    }
}

/// Whoever guesses gets no more tries for there being more servers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_wrong_passwords_exactly_ten_are_tried_whichever_server_is_asked() {
    let world = World::behind_a_gateway().await;
    let right = world.password(USER);
    let mut tried = 0;
    for _ in 0..3 {
        let wrong = json!({"email": USER, "password": "wrong"});
        for (status, answer) in race(&world, "/auth/login", "", &wrong).await {
            match status {
                401 => tried += 1,
                _ => assert_eq!(answer["code"], "too_many_attempts", "{answer}"),
            }
        }
    }
    assert_eq!(tried, 10);
    let body = json!({"email": USER, "password": right});
    for (status, answer) in race(&world, "/auth/login", "", &body).await {
        assert_eq!(status, 429, "{answer}");
    }
    world.time.advance(Duration::from_mins(15));
    for (status, answer) in race(&world, "/auth/login", "", &body).await {
        assert_eq!(status, 200, "{answer}");
    }
}

/// While a recording is given up at one server and completed at the other, one of them is told that it came too late.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_ends_in_one_way() {
    let world = World::behind_a_gateway().await;
    let token = world.token(USER).await;
    for _ in 0..6 {
        let initiated = world.uploaded(&token, b"webm").await;
        let id = initiated.text("recordingId");
        let claim = json!({"s3Key": initiated.text("s3Key"), "fileSize": 4});
        let path = format!("/recordings/{id}/complete");
        let complete = call(&world, &world.called().origin(), &path, &token, &claim);
        let upload = format!("{}/api/recordings/{id}/upload", world.running.origin());
        let give_up = world.http.delete(upload).bearer_auth(&token);
        let (complete, give_up) = tokio::join!(complete.send(), give_up.send());
        let statuses = (
            complete.unwrap().status().as_u16(),
            give_up.unwrap().status().as_u16(),
        );
        assert!(
            matches!(statuses, (200, 409) | (404 | 409 | 410, 204)),
            "{statuses:?}"
        );
    }
}

#[cfg(target_os = "linux")]
mod processes {
    use std::process::Stdio;
    use std::sync::{Arc, Mutex};

    use tokio::io::{AsyncBufReadExt as _, BufReader};
    use tokio::process::{Child, Command};

    use super::*;
    use crate::cluster::Cluster;
    use crate::rows::{Rows, TestDatabase};
    use crate::world::ADMIN;

    /// Each recording that was acknowledged, and its content.
    type Acknowledged = Arc<Mutex<Vec<(String, String)>>>;

    /// Recordings of each worker, and workers.
    const RECORDINGS: usize = 10;
    const WORKERS: usize = 4;

    /// A server as its operators run it, killed with the test.
    struct Process {
        child: Child,
        origin: String,
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
            Self { child, origin }
        }
    }

    /// One recording after the other, by whichever server answers; what is asked again is asked with the same key.
    async fn upload(
        http: reqwest::Client,
        origins: Arc<Mutex<[String; 2]>>,
        token: String,
        worker: usize,
        acknowledged: Acknowledged,
    ) {
        let mut turn = worker;
        for number in 0..RECORDINGS {
            let content = format!("webm of {worker}, {number}");
            let key = format!("{worker}-{number}");
            let order = json!({
                "taskId": "t", "filename": "a.webm", "fileSize": content.len(), "idempotencyKey": key,
            });
            let mut ask = async |path: String, body: &Value| loop {
                turn += 1;
                let origin = origins.lock().unwrap()[turn % 2].clone();
                let request = http
                    .post(format!("{origin}/api{path}"))
                    .bearer_auth(&token)
                    .json(body);
                match request.send().await {
                    Ok(answer) if answer.status().is_success() => {
                        // An answer that breaks off was none.
                        if let Ok(answer) = answer.json::<Value>().await {
                            return answer;
                        }
                    }
                    Ok(answer) => panic!("{path}: {}", answer.status()),
                    Err(_) => tokio::task::yield_now().await,
                }
            };
            let place = ask("/recordings/initiate".to_owned(), &order).await;
            if place["uploadStatus"] == "PENDING" {
                let url = place["uploadUrl"].as_str().unwrap();
                let mut put = http.put(url).body(content.clone());
                for (name, value) in place["uploadHeaders"].as_object().unwrap() {
                    put = put.header(name, value.as_str().unwrap());
                }
                assert_eq!(put.send().await.unwrap().status(), 200);
                let id = place["recordingId"].as_str().unwrap();
                let claim = json!({"s3Key": place["s3Key"], "fileSize": content.len()});
                let done = ask(format!("/recordings/{id}/complete"), &claim).await;
                assert_eq!(done["uploadStatus"], "COMPLETE");
            }
            let id = place["recordingId"].as_str().unwrap().to_owned();
            acknowledged.lock().unwrap().push((id, content));
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn either_of_two_is_killed_under_load_and_nothing_is_lost() {
        let Some(database) = TestDatabase::if_there("two servers").await else {
            return;
        };
        let world = World::over_rows(Rows::Server(database)).await;
        let token = world.token(USER).await;
        let mut servers = [Process::start(&world).await, Process::start(&world).await];
        let origins = servers.each_ref().map(|server| server.origin.clone());
        let origins = Arc::new(Mutex::new(origins));
        let acknowledged = Acknowledged::default();
        let mut workers = JoinSet::new();
        for worker in 0..WORKERS {
            workers.spawn(upload(
                world.http.clone(),
                Arc::clone(&origins),
                token.clone(),
                worker,
                Arc::clone(&acknowledged),
            ));
        }
        let all = WORKERS * RECORDINGS;
        for (kill, after) in [all / 8, all / 4, all / 2, all * 3 / 4]
            .into_iter()
            .enumerate()
        {
            while acknowledged.lock().unwrap().len() < after {
                tokio::task::yield_now().await;
                if workers.is_empty() {
                    break;
                }
            }
            let victim = kill % 2;
            servers[victim].child.kill().await.unwrap();
            servers[victim] = Process::start(&world).await;
            origins.lock().unwrap()[victim].clone_from(&servers[victim].origin);
        }
        while let Some(worker) = workers.join_next().await {
            worker.unwrap();
        }
        let acknowledged = acknowledged.lock().unwrap().clone();
        assert_eq!(acknowledged.len(), all);
        for (index, (id, content)) in acknowledged.iter().enumerate() {
            let url = format!("{}/api/recordings/{id}", servers[index % 2].origin);
            let answer = world
                .http
                .get(url)
                .bearer_auth(&token)
                .send()
                .await
                .unwrap();
            let row: Value = answer.json().await.unwrap();
            assert_eq!(row["uploadStatus"], "COMPLETE", "{row}");
            let link = row["downloadUrl"].as_str().unwrap();
            let opened = world.http.get(link).send().await.unwrap();
            assert_eq!(&opened.text().await.unwrap(), content);
        }
        let listed = world.get(&token, "/recordings?limit=100").await.expect(200);
        let listed = listed.body["recordings"].as_array().unwrap().len();
        assert_eq!(listed, all, "what was asked twice was made once");
    }

    #[tokio::test]
    async fn a_database_that_goes_away_and_comes_back_needs_no_restart() {
        if TestDatabase::if_there("a database that goes away")
            .await
            .is_none()
        {
            return;
        }
        let mut cluster = Cluster::start().await.unwrap();
        let database = TestDatabase::create_on(&cluster.administrator()).await;
        let world = World::over_rows(Rows::Server(database)).await;
        let token = world.token(USER).await;
        let waiting = world.uploaded(&token, b"webm").await;
        let id = world.recording(&token).await;

        cluster.stop();
        let row = format!("/recordings/{id}");
        for refused in [
            world.get(&token, &row).await,
            world.login(ADMIN, &world.password(ADMIN)).await,
            world.complete(&token, &waiting, 4).await,
        ] {
            refused.refused(503, "database_unavailable");
            let seconds = refused.headers["retry-after"].to_str().unwrap();
            assert!(seconds.parse::<u64>().unwrap() > 0);
        }
        let health = world.get("", "/recordings/health").await.expect(200);
        assert_eq!(health.body["s3"]["configured"], true);

        cluster.go_on().await;
        world.get(&token, &row).await.expect(200);
        world.complete(&token, &waiting, 4).await.expect(200);
        world.token(ADMIN).await;
        // Once more, with every connection of the pool ended while nobody looked.
        cluster.stop();
        cluster.go_on().await;
        world.get(&token, &row).await.expect(200);
    }
}
