//! What whoever watches the server is told: figures, whether it lives, whether it is ready.

use std::time::Duration;

use reqwest::Method;
use server::configuration::{Operating, TrustedProxies};

use crate::gateway::Mode;
use crate::world::{ADMIN, Answer, USER, World, path};

/// Far longer than an answer about readiness is kept.
const PATIENCE: Duration = Duration::from_secs(30);

/// The text at an address, and its status.
async fn text(world: &World, url: String) -> (u16, String) {
    let answer = world.http.get(url).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.text().await.unwrap())
}

async fn figures(world: &World) -> String {
    let (status, text) = text(world, format!("{}/metrics", world.called().origin())).await;
    assert_eq!(status, 200, "{text}");
    text
}

/// The value of a series; nought where there is none yet.
fn value(figures: &str, series: &str) -> f64 {
    let mut lines = figures.lines();
    let found = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    found.map_or(0.0, |value| value.parse().unwrap())
}

#[track_caller]
fn assert_value(figures: &str, series: &str, expected: f64) {
    let found = value(figures, series);
    assert!(
        (found - expected).abs() < f64::EPSILON,
        "{series} is {found}, not {expected}:\n{figures}"
    );
}

async fn ready(world: &World) -> Answer {
    let url = format!("{}/ready", world.called().origin());
    world.send(world.http.get(url)).await
}

/// Asks until the answer has this status.
async fn until_ready_is(world: &World, status: u16) -> Answer {
    let asking = async {
        loop {
            let answer = ready(world).await;
            if answer.status == status {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap()
}

/// A recording that comes and goes, an upload that is given up, and a sweep; what was initiated first.
async fn live_a_little(world: &World) -> Answer {
    let token = world.token(USER).await;
    let initiated = world.uploaded(&token, b"webm").await;
    // Twice: it is complete once.
    for _ in 0..2 {
        world.complete(&token, &initiated, 4).await.expect(200);
    }
    world.get(&token, &path(&initiated, "")).await.expect(200);
    let unknown = world.get(&token, "/recordings/none-such").await;
    unknown.refused(404, "not_found");
    let given_up = world.uploaded(&token, b"webm").await;
    for _ in 0..2 {
        let answer = world.delete(&token, &path(&given_up, "/upload")).await;
        answer.expect(204);
    }
    let admin = world.token(ADMIN).await;
    let deleted = world.delete(&admin, &path(&initiated, "")).await;
    deleted.expect(200);
    world.running.sweep().await;
    initiated
}

#[tokio::test]
async fn figures_follow_what_is_done_and_name_nobody() {
    let world = World::start().await;
    let initiated = live_a_little(&world).await;
    let figures = figures(&world).await;
    let requests = |route: &str, method: &str, status: u16| {
        format!("revui_requests_total{{route=\"{route}\",method=\"{method}\",status=\"{status}\"}}")
    };
    for (series, expected) in [
        (&*requests("/api/recordings/initiate", "POST", 201), 2.0),
        (&requests("/api/recordings/{id}/complete", "POST", 200), 2.0),
        (&requests("/api/recordings/{id}", "GET", 200), 1.0),
        (&requests("/api/recordings/{id}", "GET", 404), 1.0),
        (&requests("/api/recordings/{id}/upload", "DELETE", 204), 2.0),
        (
            r#"revui_request_duration_seconds_count{route="/api/recordings/{id}"}"#,
            3.0,
        ),
        (
            r#"revui_request_duration_seconds_bucket{route="/api/recordings/{id}",le="+Inf"}"#,
            3.0,
        ),
        (r#"revui_recordings_total{state="initiated"}"#, 2.0),
        (r#"revui_recordings_total{state="completed"}"#, 1.0),
        (r#"revui_recordings_total{state="given_up"}"#, 1.0),
        (r#"revui_recordings_total{state="deleted"}"#, 1.0),
        ("revui_completed_bytes_total", 4.0),
        ("revui_sweeps_total", 1.0),
        (r#"revui_swept_total{what="failed"}"#, 0.0),
        // The request for the figures itself.
        ("revui_requests_in_flight", 1.0),
        (
            concat!(
                "revui_build_info{version=\"",
                env!("CARGO_PKG_VERSION"),
                "\"}"
            ),
            1.0,
        ),
    ] {
        assert_value(&figures, series, expected);
    }
    let names = [
        initiated.text("recordingId"),
        world.user_id(USER),
        USER.to_owned(),
        "demo".to_owned(),
        "task-uuid".to_owned(),
    ];
    for name in names {
        assert!(!figures.contains(&name), "{name} is in {figures}");
    }
}

#[tokio::test]
async fn figures_tell_of_the_calls_to_store_and_database_and_of_the_process() {
    let world = World::start().await;
    live_a_little(&world).await;
    let figures = figures(&world).await;
    let calls = |operation: &str| {
        let labels = format!("{{operation=\"{operation}\",outcome=\"done\"}}");
        value(
            &figures,
            &format!("revui_store_call_duration_seconds_count{labels}"),
        )
    };
    // One to complete, one before the link is given out.
    let heads = calls("HeadObject");
    assert!((heads - 2.0).abs() < f64::EPSILON, "{figures}");
    let deletions = calls("DeleteObject") + calls("DeleteObjects");
    assert!(deletions >= 2.0, "{figures}");
    // What is only signed is no call.
    for signed in ["\"PutObject\"", "\"GetObject\""] {
        assert!(!figures.contains(signed), "{figures}");
    }
    let asked = |purpose: &str| {
        let labels = format!("{{purpose=\"{purpose}\",outcome=\"done\"}}");
        value(
            &figures,
            &format!("revui_database_call_duration_seconds_count{labels}"),
        )
    };
    // Who is calling, and what they ask for; three questions of the sweep's; two people who sign in.
    for (purpose, least) in [("tenant", 20.0), ("sweep", 3.0), ("sign_in", 4.0)] {
        assert!(asked(purpose) >= least, "{purpose}: {figures}");
    }
    if cfg!(target_os = "linux") {
        assert!(
            value(&figures, "process_resident_memory_bytes") > 1e6,
            "{figures}"
        );
        assert!(value(&figures, "process_open_fds") > 3.0, "{figures}");
    }
}

#[tokio::test]
async fn figures_are_for_this_computer_and_not_for_whom_a_proxy_lets_through() {
    let world = World::start().await;
    let url = format!("{}/metrics", world.running.origin());
    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
    ] {
        let relayed = world.http.get(&url).header(name, value);
        assert_eq!(relayed.send().await.unwrap().status(), 404, "{name}");
    }
    // Where a proxy is said to be, even the loopback interface may be one.
    let behind = World::operated(Operating {
        trusted_proxies: TrustedProxies {
            networks: "10.0.0.0/8".parse().unwrap(),
            ..TrustedProxies::default()
        },
        ..Operating::default()
    })
    .await;
    assert_eq!(
        text(&behind, format!("{}/metrics", behind.running.origin()))
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn figures_have_a_listener_of_their_own_where_one_is_asked_for() {
    let world = World::operated(Operating {
        metrics_address: Some("127.0.0.1:0".parse().unwrap()),
        ..Operating::default()
    })
    .await;
    let origin = format!("http://{}", world.running.metrics_address().unwrap());
    let (status, figures) = text(&world, format!("{origin}/metrics")).await;
    assert_eq!(status, 200);
    assert_value(&figures, "revui_connections", 0.0);
    for path in ["/live", "/ready"] {
        assert_eq!(
            text(&world, format!("{origin}{path}")).await.0,
            200,
            "{path}"
        );
    }
    for path in ["/api/recordings/health", "/"] {
        assert_eq!(
            text(&world, format!("{origin}{path}")).await.0,
            404,
            "{path}"
        );
    }
    let api = world.running.origin();
    assert_eq!(text(&world, format!("{api}/metrics")).await.0, 404);
    assert_eq!(text(&world, format!("{api}/ready")).await.0, 200);
    // The connection that was kept open by the last request.
    let (_, figures) = text(&world, format!("{origin}/metrics")).await;
    assert_value(&figures, "revui_connections", 1.0);
}

#[tokio::test]
async fn a_server_is_ready_for_as_long_as_database_and_store_answer() {
    let world = World::behind_a_gateway().await;
    let answer = ready(&world).await.expect(200);
    assert_eq!(answer.body["ready"], true);
    assert_eq!(answer.headers["cache-control"], "no-store");

    world.gateway().set(Mode::Down);
    let answer = until_ready_is(&world, 503).await;
    assert_eq!(answer.body["notReady"][0]["part"], "store");
    let message = answer.body["notReady"][0]["message"].as_str().unwrap();
    // The attempts to ask it may outlast the limit.
    let messages = ["it could not be asked", "it did not answer within 2s"];
    assert!(messages.contains(&message), "{message}");
    assert_eq!(answer.body["notReady"].as_array().unwrap().len(), 1);
    // It lives all the same.
    let live = format!("{}/live", world.called().origin());
    assert_eq!(
        text(&world, live).await,
        (200, "{\"live\":true}".to_owned())
    );

    world.gateway().set(Mode::Pass);
    until_ready_is(&world, 200).await;
}

#[tokio::test]
async fn a_store_that_says_nothing_is_given_up_and_asked_by_one_at_a_time() {
    let world = World::behind_a_gateway().await;
    until_ready_is(&world, 200).await;
    let calls =
        "revui_store_call_duration_seconds_count{operation=\"HeadBucket\",outcome=\"done\"}";
    let before = value(&figures(&world).await, calls);
    // Many at once, within the time for which an answer is kept: nobody asks the store again.
    let url = format!("{}/ready", world.called().origin());
    let asked: Vec<_> = (0..20)
        .map(|_| tokio::spawn(world.http.get(&url).send()))
        .collect();
    for answer in asked {
        assert_eq!(answer.await.unwrap().unwrap().status(), 200);
    }
    assert!(value(&figures(&world).await, calls) <= before + 1.0);

    world.gateway().set(Mode::Silent);
    let began = std::time::Instant::now();
    let answer = until_ready_is(&world, 503).await;
    assert_eq!(
        answer.body["notReady"][0]["message"],
        "it did not answer within 2s"
    );
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn a_server_without_a_bucket_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let database = server::DatabaseUrl::sqlite_file(folder.path().join("revui.db")).unwrap();
    let configuration = server::Configuration {
        storage: server::StorageChoice::External(Box::new(server::configuration::External {
            database,
            jwt_secret: "0123456789abcdef0123456789abcdef".into(),
            bucket: Err(server::configuration::MissingVariables {
                names: vec!["AWS_REGION"],
                no_keys: false,
            }),
            tenant_buckets: std::collections::BTreeMap::new(),
        })),
        ..server::Configuration::embedded(folder.path().join("unused"), 0)
    };
    let running = server::start(configuration, server::Clock::system())
        .await
        .unwrap();
    let url = format!("{}/ready", running.origin());
    let answer = reqwest::Client::new()
        .request(Method::GET, url)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 503);
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(
        body,
        serde_json::json!({"ready": false, "notReady": [{"part": "store", "message": "it is not configured"}]})
    );
    running.stop().await;
}
