//! Too many, too much, too slowly.

use std::num::NonZeroU32;
use std::time::Duration;

use server::configuration::Operating;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::world::{ADMIN, Answer, OTHERS, USER, World};

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

async fn connect(world: &World) -> TcpStream {
    TcpStream::connect(world.running.address()).await.unwrap()
}

async fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset ends it as well as an orderly end.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .unwrap();
    String::from_utf8(answer).unwrap()
}

/// Asks as fast as it can, until it is told something else: a busy computer may be too slow for that at first.
async fn asked_too_often(ask: impl AsyncFn() -> Answer) -> Answer {
    let asked = async {
        loop {
            let answer = ask().await;
            if answer.status != 200 {
                return answer;
            }
        }
    };
    timeout(PATIENCE, asked).await.unwrap()
}

#[tokio::test]
async fn a_user_who_asks_too_often_is_told_when_to_come_back() {
    let world = World::operated(Operating {
        user_requests_per_second: NonZeroU32::new(1),
        ..Operating::default()
    })
    .await;
    let (token, admin) = (world.token(USER).await, world.token(ADMIN).await);
    for _ in 0..2 {
        world.get(&token, "/tasks").await.expect(200);
    }
    let refused = asked_too_often(async || world.get(&token, "/tasks").await).await;
    refused.refused(429, "rate_limited");
    assert_eq!(refused.headers["retry-after"], "1");
    // Others are not kept waiting.
    world.get(&admin, "/tasks").await.expect(200);
    tokio::time::sleep(Duration::from_secs(1)).await;
    world.get(&token, "/tasks").await.expect(200);
}

#[tokio::test]
async fn a_tenant_whose_users_ask_too_often_together_is_told_when_to_come_back() {
    let world = World::operated(Operating {
        tenant_requests_per_second: NonZeroU32::new(1),
        ..Operating::default()
    })
    .await;
    let (token, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let other = world.token(OTHERS[0]).await;
    for token in [&token, &admin] {
        world.get(token, "/tasks").await.expect(200);
    }
    let refused = asked_too_often(async || world.get(&admin, "/tasks").await).await;
    refused.refused(429, "rate_limited");
    assert_eq!(refused.headers["retry-after"], "1");
    // Another tenant is not kept waiting.
    world.get(&other, "/tasks").await.expect(200);
}

#[tokio::test]
async fn an_address_that_asks_too_often_is_told_so_and_may_still_watch() {
    let world = World::operated(Operating {
        address_requests_per_second: NonZeroU32::new(1),
        ..Operating::default()
    })
    .await;
    let ask = async || {
        let request = world.request(reqwest::Method::GET, "/recordings/health");
        world.send(request).await
    };
    for _ in 0..2 {
        ask().await.expect(200);
    }
    asked_too_often(&ask).await.refused(429, "rate_limited");
    for path in ["live", "ready", "metrics"] {
        for _ in 0..5 {
            let url = format!("{}/{path}", world.running.origin());
            assert_eq!(
                world.http.get(url).send().await.unwrap().status(),
                200,
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn a_body_that_dribbles_is_given_up() {
    let world = World::operated(Operating {
        body_time_limit: Duration::from_millis(300),
        ..Operating::default()
    })
    .await;
    let stream = connect(&world).await;
    let (mut reading, mut writing) = stream.into_split();
    let head = b"POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n{";
    writing.write_all(head).await.unwrap();
    // Bytes keep coming, so no limit on silence would end it.
    let dribbling = tokio::spawn(async move {
        while writing.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    let mut answer = vec![0; 12];
    timeout(PATIENCE, reading.read_exact(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answer, b"HTTP/1.1 408");
    dribbling.abort();
}

#[tokio::test]
async fn a_body_has_the_size_that_its_call_needs() {
    let world = World::start().await;
    let token = world.token(USER).await;
    for (path, most) in [
        ("/auth/login", 64 * 1024),
        ("/recordings/initiate", 64 * 1024),
        ("/recordings/none-such/complete", 4 * 1024 * 1024),
    ] {
        for (length, too_large) in [(most, false), (most + 1, true)] {
            let request = world
                .request(reqwest::Method::POST, path)
                .bearer_auth(&token);
            let answer = world.send(request.body(vec![b' '; length])).await;
            assert_eq!(
                answer.status == 413,
                too_large,
                "{path} {length}: {:?}",
                answer.body
            );
        }
    }
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let world = World::start().await;
    let mut stream = connect(&world).await;
    let padding = "a".repeat(128 * 1024);
    let head = format!("GET /live HTTP/1.1\r\nhost: x\r\nx-padding: {padding}\r\n\r\n");
    // It may be refused before all of it is sent.
    let _ = stream.write_all(head.as_bytes()).await;
    let mut answer = vec![0; 12];
    timeout(PATIENCE, stream.read_exact(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answer, b"HTTP/1.1 431");
}

#[tokio::test]
async fn one_connection_too_many_waits_until_another_ends() {
    let world = World::operated(Operating {
        max_connections: 2,
        ..Operating::default()
    })
    .await;
    let request = b"GET /live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let (first, second) = (connect(&world).await, connect(&world).await);
    let mut third = connect(&world).await;
    third.write_all(request).await.unwrap();
    let mut byte = [0];
    // It is not answered, and not refused either.
    let waiting = timeout(Duration::from_millis(500), third.read(&mut byte)).await;
    assert!(waiting.is_err(), "{waiting:?}");
    drop(first);
    assert!(read_all(&mut third).await.starts_with("HTTP/1.1 200"));
    drop(second);
}
