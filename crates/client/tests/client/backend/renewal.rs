//! A session that runs out is renewed once, whoever finds it stale, and ends only when the server says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use client::{Code, Keeping, SessionState};
use serde_json::json;
use tokio::sync::Notify;

use super::recordings::{EMAIL, OURS};
use super::stand_in::{Answer, Asked, refusal};
use super::{World, is_signed_in, password};

#[tokio::test]
async fn a_stale_token_is_renewed_once_however_many_calls_find_it_stale() {
    let world = World::start(OURS).await;
    let client = world.signed_in().await;
    world.recordings.expire();
    let calls = (0..8).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.recording(&"r1".into()).await.map(drop) })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(world.server.count("POST", "/api/auth/refresh"), 1);
    assert!(world.keychain.only_entry().contains("canary-refresh-1"));
}

/// Two programs over one home: each has a lock handle of its own, as two processes have.
#[tokio::test]
async fn two_programs_never_use_the_same_refresh_token() {
    let world = World::start(OURS).await;
    let window = world.signed_in().await;
    let command_line = world.client();
    command_line.restore().await.unwrap().unwrap();
    for _ in 0..4 {
        world.recordings.expire();
        let id = "r1".into();
        let (one, two) = tokio::join!(window.recording(&id), command_line.recording(&id));
        one.unwrap();
        two.unwrap();
    }
    let refreshes = world.server.asked();
    let mut used: Vec<String> = refreshes
        .iter()
        .filter(|asked| asked.path == "/api/auth/refresh")
        .map(|asked| asked.json()["refreshToken"].to_string())
        .collect();
    let renewals = used.len();
    used.sort_unstable();
    used.dedup();
    assert_eq!(used.len(), renewals, "{used:?}");
    assert!(renewals >= 8, "each program renews for itself: {renewals}");
    assert!(is_signed_in(&window) && is_signed_in(&command_line));
}

#[tokio::test]
async fn a_lost_answer_to_a_renewal_is_asked_for_again() {
    let lost = AtomicBool::new(false);
    let world = World::start_with(OURS, move |asked| {
        let first = asked.path == "/api/auth/refresh" && !lost.swap(true, Ordering::Relaxed);
        first.then_some(Answer::HangUp)
    })
    .await;
    let client = world.signed_in().await;
    world.recordings.expire();
    client.recording(&"r1".into()).await.unwrap();
    let asked = world.server.asked();
    let used: Vec<_> = asked
        .iter()
        .filter(|asked| asked.path == "/api/auth/refresh")
        .map(Asked::json)
        .collect();
    assert_eq!(
        used,
        [
            json!({"refreshToken": "canary-refresh-0"}),
            json!({"refreshToken": "canary-refresh-0"})
        ]
    );
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_lose_the_new_token() {
    let asked_for = Arc::new(Notify::new());
    let notify = Arc::clone(&asked_for);
    let world = World::start_with(OURS, move |asked| {
        if asked.path == "/api/auth/refresh" {
            notify.notify_one();
        }
        None
    })
    .await;
    let client = world.signed_in().await;
    world.recordings.expire();
    let id = "r1".into();
    {
        let call = client.recording(&id);
        tokio::pin!(call);
        tokio::select! {
            _ = &mut call => panic!("the renewal was not waited for"),
            () = asked_for.notified() => {}
        }
    }
    client.recording(&id).await.unwrap();
    assert_eq!(world.server.count("POST", "/api/auth/refresh"), 1);
}

#[tokio::test]
async fn a_session_that_cannot_be_renewed_ends_here_and_in_the_keychain() {
    let world = World::start(OURS).await;
    let client = world.signed_in().await;
    let mut session = client.session();
    session.mark_unchanged();
    world.recordings.end_sessions();
    let error = client.recording(&"r1".into()).await.unwrap_err();
    assert_eq!(error.diagnosis().code, Code::SignedOut);
    session.changed().await.unwrap();
    let SessionState::SignedOut { server, email } = session.borrow().clone() else {
        panic!("still signed in");
    };
    assert_eq!(
        (server, email.as_deref()),
        (Some(world.server.origin()), Some(EMAIL))
    );
    assert!(world.keychain.accounts().is_empty());
    assert!(client.backend().is_err());

    // The waiting upload's way back: sign in again, and take the new backend.
    client
        .sign_in(&world.server.origin(), password(), Keeping::KeychainOnly)
        .await
        .unwrap();
    client
        .backend()
        .unwrap()
        .recording(&"r1".into())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_server_that_fails_while_renewing_ends_no_session() {
    let failing = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&failing);
    let world = World::start_with(OURS, move |asked| {
        let fails = asked.path == "/api/auth/refresh" && switch.load(Ordering::Relaxed);
        fails.then(|| refusal(503, "starting"))
    })
    .await;
    let client = world.signed_in().await;
    world.recordings.expire();
    let error = client.recording(&"r1".into()).await.unwrap_err();
    assert_eq!(error.diagnosis().code, Code::ServerFailed);
    assert!(is_signed_in(&client));
    failing.store(false, Ordering::Relaxed);
    client.recording(&"r1".into()).await.unwrap();
}

#[tokio::test]
async fn a_keychain_that_locks_meanwhile_does_not_end_the_session() {
    let world = World::start(OURS).await;
    let client = world.signed_in().await;
    world.keychain.refuse();
    for _ in 0..2 {
        world.recordings.expire();
        client.recording(&"r1".into()).await.unwrap();
    }
    let SessionState::SignedIn {
        kept_in_keychain, ..
    } = client.session().borrow().clone()
    else {
        panic!("signed out");
    };
    assert!(!kept_in_keychain);
}
