//! Calls whose connection breaks before an answer: what a repeat cannot harm is sent once more, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use client::Code;
use client::backend::{Backend, BackendError, Unreachable};
use wire::PartToSign;

use super::calls::{complete, initiate};
use super::recordings::{BASE, OURS, Variant};
use super::stand_in::{Answer, refusal};
use super::{World, password};

#[tokio::test]
async fn an_idle_connection_that_the_server_closed_costs_nothing() {
    let hang_up = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&hang_up);
    let once = move |asked: &super::stand_in::Asked| {
        let now = asked.is("GET", "/api/recordings/r1") && switch.swap(false, Ordering::Relaxed);
        now.then_some(Answer::HangUp)
    };
    let world = World::start_with(BASE, once).await;
    let client = world.signed_in().await;
    hang_up.store(true, Ordering::Relaxed);
    client.recording(&"r1".into()).await.unwrap();
    assert_eq!(world.server.count("GET", "/api/recordings/r1"), 2);
}

/// Makes the `POST` that ends so.
async fn post(backend: &Backend, name: &str) -> Result<(), BackendError> {
    let id = "r1".into();
    match name {
        "initiate" => backend.initiate(&initiate()).await.map(drop),
        "renew" => backend.renew(&id).await.map(drop),
        "parts" => {
            let part = PartToSign {
                part_number: 1,
                size: 5,
                sha256: None,
                crc64nvme: None,
            };
            backend.sign_parts(&id, vec![part]).await.map(drop)
        }
        _ => backend.complete(&id, &complete()).await.map(drop),
    }
}

/// Makes a call at a server that hangs up so many times before it answers; what it came to, and how often it was sent.
async fn hung_up_on(variant: Variant, name: &'static str, times: usize) -> (BackendError, usize) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let world = World::start_with(variant, move |asked| {
        (asked.method == "POST" && asked.path.ends_with(name)).then(|| {
            if counted.fetch_add(1, Ordering::Relaxed) < times {
                Answer::HangUp
            } else {
                refusal(503, "busy")
            }
        })
    })
    .await;
    let backend = world.signed_in().await.backend().unwrap();
    let error = post(&backend, name).await.unwrap_err();
    (error, asked.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_post_that_a_repeat_cannot_harm_is_sent_once_more() {
    for name in ["initiate", "renew", "parts", "complete"] {
        let (error, asked) = hung_up_on(OURS, name, 1).await;
        assert!(
            matches!(error, BackendError::Refused { status: 503, .. }),
            "{name}: {error:?}"
        );
        assert_eq!(asked, 2, "{name}");

        let (error, asked) = hung_up_on(OURS, name, usize::MAX).await;
        let was_reset = matches!(
            error,
            BackendError::Unreachable {
                kind: Unreachable::Reset,
                ..
            }
        );
        assert!(was_reset, "{name}: {error:?}");
        assert_eq!(asked, 2, "{name}: once is enough");
    }
}

#[tokio::test]
async fn a_base_backend_is_not_asked_for_two_places() {
    let (error, asked) = hung_up_on(BASE, "initiate", 1).await;
    assert!(
        matches!(error, BackendError::Unreachable { .. }),
        "{error:?}"
    );
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn neither_a_deletion_nor_a_password_is_sent_twice() {
    let refused = Arc::new(AtomicBool::new(false));
    let switch = refused.clone();
    let world = World::start_with(BASE, move |asked| {
        let hangs_up = asked.method == "DELETE"
            || asked.path.ends_with("/login") && switch.load(Ordering::Relaxed);
        hangs_up.then_some(Answer::HangUp)
    })
    .await;
    let client = world.signed_in().await;
    let error = client.delete(&"r1".into()).await.unwrap_err();
    assert_eq!(error.diagnosis().code, Code::ConnectionLost, "{error:?}");
    assert_eq!(world.server.count("DELETE", "/api/recordings/r1"), 1);

    let before = world.server.count("POST", "/api/auth/login");
    refused.store(true, Ordering::Relaxed);
    let keeping = client::Keeping::KeychainOnly;
    let origin = world.server.origin();
    let again = client.sign_in(&origin, password(), keeping).await;
    again.unwrap_err();
    assert_eq!(world.server.count("POST", "/api/auth/login"), before + 1);
}
