//! Behind proxies: who is calling, and what browsers are told.

use serde_json::json;
use server::configuration::{ForwardedHeader, Operating, TrustedProxies};

use crate::world::{Answer, World};

async fn behind(networks: &str, header: ForwardedHeader) -> World {
    World::operated(Operating {
        trusted_proxies: TrustedProxies {
            networks: networks.parse().unwrap(),
            header,
        },
        ..Operating::default()
    })
    .await
}

/// A sign-in to an account that nobody has guessed at yet, through a proxy that says who asks.
async fn guess(world: &World, number: u32, header: (&str, &str)) -> Answer {
    let body = json!({"email": format!("{number}@x.example"), "password": "a wrong password"});
    let request = world.request(reqwest::Method::POST, "/auth/login");
    world
        .send(request.header(header.0, header.1).json(&body))
        .await
}

/// An address may fail a hundred times; whoever is behind another is not kept out for it.
async fn is_told_apart(world: &World, name: &str, one: &str, another: &str) -> bool {
    for number in 0..100 {
        assert_eq!(guess(world, number, (name, one)).await.status, 401);
    }
    guess(world, 100, (name, one))
        .await
        .refused(429, "too_many_attempts");
    guess(world, 101, (name, another)).await.status == 401
}

#[tokio::test]
async fn a_listed_proxy_is_believed_and_what_the_client_wrote_before_it_is_not() {
    let world = behind("127.0.0.0/8", ForwardedHeader::XForwardedFor).await;
    // The guesser makes up another address each time; the proxy appends the real one.
    let told_apart = is_told_apart(
        &world,
        "x-forwarded-for",
        "6.6.6.6, 198.51.100.1",
        "6.6.6.6, 198.51.100.2",
    );
    assert!(told_apart.await);
    guess(&world, 102, ("x-forwarded-for", "7.7.7.7, 198.51.100.1"))
        .await
        .refused(429, "too_many_attempts");
}

#[tokio::test]
async fn the_standard_header_is_believed_where_it_is_named() {
    let world = behind("127.0.0.1", ForwardedHeader::Forwarded).await;
    let told_apart = is_told_apart(&world, "forwarded", "for=198.51.100.1", "for=198.51.100.2");
    assert!(told_apart.await);
}

#[tokio::test]
async fn nobody_else_is_believed() {
    let world = behind("10.0.0.0/8", ForwardedHeader::XForwardedFor).await;
    let told_apart = is_told_apart(&world, "x-forwarded-for", "198.51.100.1", "198.51.100.2");
    assert!(!told_apart.await);
}

#[tokio::test]
async fn every_answer_says_what_browsers_may_do_with_it() {
    let world = behind("127.0.0.1", ForwardedHeader::XForwardedFor).await;
    let everywhere = [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        (
            "content-security-policy",
            "default-src 'none'; frame-ancestors 'none'",
        ),
    ];
    for path in ["/recordings/health", "/auth/me", "/none-such"] {
        let request = || world.request(reqwest::Method::GET, path);
        let plain = world.send(request()).await;
        let client = ("x-forwarded-for", "198.51.100.1");
        let proxied = request().header(client.0, client.1);
        let secure = world
            .send(proxied.header("x-forwarded-proto", "https"))
            .await;
        for answer in [&plain, &secure] {
            for (name, value) in everywhere {
                assert_eq!(answer.headers[name], value, "{path}");
            }
        }
        let name = "strict-transport-security";
        assert!(!plain.headers.contains_key(name), "{path}");
        assert_eq!(secure.headers[name], "max-age=31536000", "{path}");
    }
}
