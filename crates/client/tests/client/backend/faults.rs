//! Servers that are not ours, networks that stand between, and answers that nobody should trust.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use client::backend::{BackendError, NotOurs, Unreachable};
use client::{ClientError, Code, Keeping, ServerOrigin};
use serde_json::json;

use super::recordings::{BASE, DEPLOYED, OURS};
use super::stand_in::{Answer, StandIn, html, refusal};
use super::{World, password};

/// What signing in at `origin` comes to.
async fn sign_in_at(origin: &ServerOrigin) -> ClientError {
    let world = World::start(BASE).await;
    let client = world.client();
    let result = client
        .sign_in(origin, password(), Keeping::KeychainOnly)
        .await;
    assert!(world.keychain.accounts().is_empty());
    result.unwrap_err()
}

fn backend_error(error: &ClientError) -> &BackendError {
    match error {
        ClientError::Backend { source, .. } => source,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_is_not_ours_gets_no_password() {
    let garbled = || Answer::Json(200, json!({"status": "ok"}));
    for (name, server, code) in [
        (
            "web site",
            StandIn::start(|_| html()).await,
            Code::NotARecordingsServer,
        ),
        (
            "404",
            StandIn::start(|_| refusal(404, "no")).await,
            Code::NotARecordingsServer,
        ),
        (
            "other API",
            StandIn::start(move |_| garbled()).await,
            Code::NotARecordingsServer,
        ),
        (
            "failing",
            StandIn::start(|_| refusal(502, "no")).await,
            Code::ServerFailed,
        ),
        (
            "network's sign-in page",
            StandIn::start(|_| Answer::Raw(511, Vec::new(), Vec::new())).await,
            Code::CaptivePortal,
        ),
    ] {
        let error = sign_in_at(&server.origin()).await;
        assert_eq!(error.diagnosis().code, code, "{name}: {error:?}");
        assert!(server.asked().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let elsewhere = StandIn::start(|_| html()).await;
    let away = format!("{}/login", elsewhere.origin());
    let server =
        StandIn::start(move |_| Answer::Raw(302, vec![("location", away.clone())], Vec::new()))
            .await;
    let error = sign_in_at(&server.origin()).await;
    assert!(matches!(
        backend_error(&error),
        BackendError::NotOurs {
            what: NotOurs::CaptivePortal
        }
    ));
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn a_redirect_within_the_server_is_followed() {
    let moved = |asked: &super::stand_in::Asked| {
        asked.is("GET", "/api/recordings/r1").then(|| {
            Answer::Raw(
                307,
                vec![("location", "/api/recordings/r1/".to_owned())],
                Vec::new(),
            )
        })
    };
    let world = World::start_with(BASE, moved).await;
    let client = world.signed_in().await;
    // The stand-in has nothing there: that it was asked is the point.
    client.recording(&"r1".into()).await.unwrap_err();
    assert_eq!(world.server.count("GET", "/api/recordings/r1/"), 1);
}

#[tokio::test]
async fn nothing_listening_and_nothing_of_that_name_are_told_apart() {
    let closed = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        ServerOrigin::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
    };
    let error = sign_in_at(&closed).await;
    let BackendError::Unreachable { kind, .. } = backend_error(&error) else {
        panic!("{error:?}");
    };
    assert_eq!(*kind, Unreachable::Refused);
    let diagnosis = error.diagnosis();
    assert_eq!(
        (diagnosis.code, diagnosis.retryable),
        (Code::ServerUnreachable, true)
    );
}

#[tokio::test]
async fn a_certificate_that_proves_nothing_gets_no_password() {
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key =
        rustls::pki_types::PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let server = StandIn::start_tls(Arc::new(|_| html()), Arc::new(tls)).await;
    let origin = format!("https://localhost:{}", server.address.port());
    let error = sign_in_at(&ServerOrigin::parse(&origin).unwrap()).await;
    assert_eq!(error.diagnosis().code, Code::BadCertificate, "{error:?}");
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_hundred_megabytes_are_not_read() {
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    let endless = move |asked: &super::stand_in::Asked| {
        asked
            .is("GET", "/api/recordings/r1")
            .then(|| Answer::Endless(Arc::clone(&counter)))
    };
    let world = World::start_with(BASE, endless).await;
    let client = world.signed_in().await;
    let error = client
        .backend()
        .unwrap()
        .recording(&"r1".into())
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            BackendError::NotOurs {
                what: NotOurs::TooLong
            }
        ),
        "{error:?}"
    );
    assert!(
        taken.load(Ordering::Relaxed) < 40,
        "{taken:?} MiB were taken"
    );
}

#[tokio::test]
async fn a_portal_in_the_middle_of_a_session_ends_no_session() {
    let portal = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&portal);
    let world = World::start_with(OURS, move |_| switch.load(Ordering::Relaxed).then(html)).await;
    let client = world.signed_in().await;
    portal.store(true, Ordering::Relaxed);
    let error = client.recording(&"r1".into()).await.unwrap_err();
    assert_eq!(error.diagnosis().code, Code::CaptivePortal);
    portal.store(false, Ordering::Relaxed);
    client.recording(&"r1".into()).await.unwrap();
}

#[tokio::test]
async fn garbled_answers_are_said() {
    for (answer, what) in [
        (r#"{"id":7}"#, NotOurs::Garbled),
        (r#"{"id":"r1","#, NotOurs::NotJson),
        ("", NotOurs::NotJson),
        ("OK", NotOurs::NotJson),
    ] {
        let garbled = move |asked: &super::stand_in::Asked| {
            asked
                .is("GET", "/api/recordings/r1")
                .then(|| Answer::Raw(200, Vec::new(), answer.into()))
        };
        let world = World::start_with(BASE, garbled).await;
        let client = world.signed_in().await;
        let error = client
            .backend()
            .unwrap()
            .recording(&"r1".into())
            .await
            .unwrap_err();
        let BackendError::NotOurs { what: seen } = error else {
            panic!("{answer}: {error:?}");
        };
        assert_eq!(seen, what, "{answer}");
    }
}

#[tokio::test]
async fn a_refusal_carries_its_reasons_its_pause_and_its_name() {
    let busy = |asked: &super::stand_in::Asked| {
        asked.is("GET", "/api/v1/recordings/r1").then(|| {
            let headers = vec![
                ("retry-after", "7".to_owned()),
                ("x-request-id", "q-1".to_owned()),
            ];
            Answer::With(
                503,
                headers,
                json!({"statusCode": 503, "message": ["a", "b"]}),
            )
        })
    };
    let world = World::start_with(DEPLOYED, busy).await;
    let client = world.signed_in().await;
    let error = client
        .backend()
        .unwrap()
        .recording(&"r1".into())
        .await
        .unwrap_err();
    let BackendError::Refused {
        status,
        body,
        retry_after,
        request_id,
    } = &error
    else {
        panic!("{error:?}");
    };
    assert_eq!((*status, *retry_after), (503, Some(Duration::from_secs(7))));
    assert_eq!(body.as_ref().unwrap().message.to_string(), "a; b");
    assert_eq!(request_id.as_deref(), Some("q-1"));
}

#[tokio::test]
async fn the_api_is_found_again_after_it_moved() {
    let moved = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&moved);
    let world = World::start_with(BASE, move |asked| {
        if !switch.load(Ordering::Relaxed) {
            return None;
        }
        match asked.path.as_str() {
            "/api/v1/recordings/health" => {
                Some(Answer::Json(200, json!({"r2": {"configured": true}})))
            }
            "/api/v1/recordings/r1" => Some(refusal(404, "Recording not found")),
            path => Some(refusal(404, &format!("Cannot GET {path}"))),
        }
    })
    .await;
    let client = world.signed_in().await;
    client.recording(&"r1".into()).await.unwrap();
    moved.store(true, Ordering::Relaxed);
    let began = Instant::now();
    for _ in 0..2 {
        client.recording(&"r1".into()).await.unwrap_err();
    }
    assert_eq!(world.server.count("GET", "/api/v1/recordings/r1"), 1);
    assert!(began.elapsed() < Duration::from_secs(5));
}
