//! Several servers over one database and one store: they race, and their database goes away.

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
mod databases {
    use super::*;
    use crate::cluster::Cluster;
    use crate::rows::{Rows, TestDatabase};
    use crate::world::ADMIN;

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
