//! Every variant of the contract, and no field or call that was not advertised.

use std::time::{Duration, SystemTime};

use jiff::SignedDuration;
use serde_json::json;
use wire::{Complete, IdempotencyKey, Initiate, TaskId, UploadStatus};

use super::World;
use super::recordings::{BASE, DEPLOYED, KEY, OURS, UPLOAD_URL, Variant};
use super::stand_in::{Answer, Asked};

/// An initiate with every field that there is.
pub(super) fn initiate() -> Initiate {
    Initiate {
        task_id: "task".to_owned(),
        filename: "demo.webm".to_owned(),
        content_type: Some("video/webm".to_owned()),
        url_expires_in: Some(3600),
        idempotency_key: Some(IdempotencyKey::from("job-1")),
        file_size: Some(5),
        sha256: Some("0".repeat(64)),
        multipart: Some(true),
    }
}

pub(super) fn complete() -> Complete {
    Complete {
        s3_key: KEY.to_owned(),
        file_size: 5,
        duration: Some(1),
        sha256: Some("0".repeat(64)),
        parts: None,
    }
}

#[tokio::test]
async fn every_variant_is_spoken_to_in_its_own_way() {
    let wrapped = Variant {
        envelope: true,
        ..BASE
    };
    let wrapped_ours = Variant {
        envelope: true,
        ..OURS
    };
    for variant in [BASE, wrapped, DEPLOYED, OURS, wrapped_ours] {
        let world = World::start(variant).await;
        let client = world.signed_in().await;
        let backend = client.backend().unwrap();
        assert_eq!(backend.user().email, "anna@example.com", "{variant:?}");
        assert_eq!(
            backend.capabilities().await.unwrap().is_some(),
            variant.extensions
        );

        let place = backend.initiate(&initiate()).await.unwrap();
        assert_eq!(place.upload_url.unwrap().expose(), UPLOAD_URL);
        let id = place.recording_id;
        let done = backend.complete(&id, &complete()).await.unwrap();
        assert_eq!(
            (done.upload_status, done.file_size.0),
            (UploadStatus::Complete, 5)
        );
        assert_eq!(
            backend.recording(&id).await.unwrap().file_size.unwrap().0,
            5
        );
        let task: TaskId = "task".parse().unwrap();
        let page = client.recordings(Some(&task), None).await.unwrap();
        assert_eq!(page.recordings.len(), 1, "{variant:?}");
        backend.give_up(&id).await.unwrap();
        client.delete(&id).await.unwrap();

        for asked in world.server.asked() {
            assert!(
                asked.path.starts_with(variant.prefix),
                "{variant:?}: {asked:?}"
            );
        }
    }
}

#[tokio::test]
async fn extensions_are_used_where_they_are_advertised_and_only_there() {
    let base = World::start(BASE).await;
    let client = base.signed_in().await;
    let backend = client.backend().unwrap();
    backend.initiate(&initiate()).await.unwrap();
    backend.give_up(&"r1".into()).await.unwrap();
    assert_eq!(client.tasks().await.unwrap(), None);
    assert_eq!(
        client.max_file_bytes().await.unwrap(),
        wire::MAX_SINGLE_PUT_BYTES
    );
    assert_eq!(
        client
            .recordings(None, None)
            .await
            .unwrap_err()
            .diagnosis()
            .code,
        client::Code::InvalidTask
    );
    assert_eq!(base.server.count("DELETE", "/api/recordings/r1/upload"), 0);
    assert_eq!(base.server.count("GET", "/api/tasks"), 0);

    let ours = World::start(OURS).await;
    let client = ours.signed_in().await;
    let backend = client.backend().unwrap();
    backend.initiate(&initiate()).await.unwrap();
    backend.complete(&"r1".into(), &complete()).await.unwrap();
    backend.give_up(&"r1".into()).await.unwrap();
    assert_eq!(client.tasks().await.unwrap().unwrap()[0].name, "A task");
    assert_eq!(client.max_file_bytes().await.unwrap(), 1_000_000);
    let page = client.recordings(None, Some("c 1&x")).await.unwrap();
    assert_eq!(page.next.as_deref(), Some("c2"));

    let asked = ours.server.asked();
    let sent = |path: &str| asked.iter().find(|asked| asked.path == path).unwrap();
    let initiated = sent("/api/recordings/initiate").json();
    assert_eq!(initiated["idempotencyKey"], "job-1");
    assert_eq!(initiated["fileSize"], 5);
    assert!(
        initiated.get("multipart").is_none(),
        "not advertised: {initiated}"
    );
    assert_eq!(
        sent("/api/recordings/r1/complete").json()["sha256"],
        "0".repeat(64)
    );
    assert!(sent("/api/auth/login").json()["deviceName"].is_string());
    assert_eq!(sent("/api/recordings").query, "cursor=c+1%26x");
    assert_eq!(ours.server.count("DELETE", "/api/recordings/r1/upload"), 1);
}

#[tokio::test]
async fn health_is_asked_once_however_many_call() {
    let world = World::start(BASE).await;
    let client = world.signed_in().await;
    let backend = client.backend().unwrap();
    let id = "r1".into();
    let (one, two, three) = tokio::join!(
        backend.recording(&id),
        backend.recording(&id),
        backend.capabilities()
    );
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    assert_eq!(world.server.count("GET", "/api/recordings/health"), 1);
}

#[tokio::test]
async fn an_id_that_would_name_another_resource_is_not_asked_for() {
    let world = World::start(OURS).await;
    let client = world.signed_in().await;
    for id in ["", ".", ".."] {
        let error = client.delete(&id.into()).await.unwrap_err();
        assert_eq!(error.diagnosis().code, client::Code::NotFound, "{id}");
    }
    client.delete(&"a/b?c#d".into()).await.unwrap_err();
    let asked = world.server.asked();
    let deletes: Vec<_> = asked
        .iter()
        .filter(|asked| asked.method == "DELETE")
        .collect();
    assert_eq!(deletes.len(), 1);
    assert_eq!(deletes[0].path, "/api/recordings/a%2Fb%3Fc%23d");
}

#[tokio::test]
async fn the_servers_clock_is_that_of_its_last_answer() {
    let behind = |asked: &Asked| {
        asked.is("GET", "/api/recordings/r1").then(|| {
            let date = httpdate::fmt_http_date(SystemTime::now() - Duration::from_mins(20));
            Answer::With(
                404,
                vec![("date", date)],
                json!({"statusCode": 404, "message": "none"}),
            )
        })
    };
    let world = World::start_with(BASE, behind).await;
    let client = world.signed_in().await;
    let backend = client.backend().unwrap();
    let offset = backend.clock_offset().unwrap();
    assert!(offset.abs() < SignedDuration::from_secs(3), "{offset}");
    backend.recording(&"r1".into()).await.unwrap_err();
    let behind = backend.clock_offset().unwrap() + SignedDuration::from_mins(20);
    assert!(behind.abs() < SignedDuration::from_secs(3), "{behind}");
}
