//! Links that are proven before they are shown, and recordings brought back.

use client::{ClientError, Code};
use serde_json::json;
use tempfile::TempDir;

use super::World;
use super::recordings::{BASE, OURS};
use super::stand_in::{Answer, Asked, StandIn, html};

const BYTES: &[u8] = b"hello";
const SUM: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const SIGNED: &str = "X-Amz-Date=20261124T100000Z&X-Amz-Expires=3600&X-Amz-Signature=canary";

/// A store with one object, answering ranges.
async fn store() -> StandIn {
    StandIn::start(|asked| {
        let range = asked.header("range") == Some("bytes=0-0");
        let (status, body) = if range {
            (206, &BYTES[..1])
        } else {
            (200, BYTES)
        };
        Answer::Raw(
            status,
            vec![("content-type", "video/webm".to_owned())],
            body.to_vec(),
        )
    })
    .await
}

/// A world whose one recording lies in `store`.
async fn world_over(store: &StandIn) -> World {
    let world = World::start(OURS).await;
    *world.recordings.download_url.lock().unwrap() = format!("{}/o?{SIGNED}", store.origin());
    world
}

#[tokio::test]
async fn a_link_is_opened_as_anybody_would_and_says_when_it_ends() {
    let store = store().await;
    let world = world_over(&store).await;
    let link = world.signed_in().await.link(&"r1".into()).await.unwrap();
    assert_eq!(
        link.expires_at,
        Some("2026-11-24T11:00:00Z".parse().unwrap())
    );
    let asked = store.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].header("range"), Some("bytes=0-0"));
    assert_eq!(asked[0].header("authorization"), None);
}

#[tokio::test]
async fn a_link_that_does_not_open_is_not_shown() {
    for (answer, code) in [
        (
            (|| Answer::Raw(403, Vec::new(), Vec::new())) as fn() -> Answer,
            Code::LinkBroken,
        ),
        (
            || Answer::Raw(404, Vec::new(), Vec::new()),
            Code::LinkBroken,
        ),
        (
            || Answer::Raw(302, vec![("location", "ftp://x/".to_owned())], Vec::new()),
            Code::LinkBroken,
        ),
        (html, Code::CaptivePortal),
        (|| Answer::HangUp, Code::ConnectionLost),
    ] {
        let store = StandIn::start(move |_| answer()).await;
        let world = world_over(&store).await;
        let error = world
            .signed_in()
            .await
            .link(&"r1".into())
            .await
            .unwrap_err();
        assert_eq!(error.diagnosis().code, code, "{error:?}");
    }
}

#[tokio::test]
async fn a_recording_that_is_not_complete_has_no_link() {
    let pending = |asked: &Asked| {
        asked.is("GET", "/api/recordings/r1").then(|| {
            let pending = json!({
                "id": "r1", "taskId": "task", "userId": "u1", "s3Key": "k", "uploadStatus": "PENDING",
                "createdAt": "2026-11-24T10:00:00Z",
            });
            Answer::Json(200, pending)
        })
    };
    let world = World::start_with(BASE, pending).await;
    let error = world
        .signed_in()
        .await
        .link(&"r1".into())
        .await
        .unwrap_err();
    assert!(matches!(error, ClientError::NotComplete(_)), "{error:?}");
    assert_eq!(error.diagnosis().code, Code::NotComplete);
}

#[tokio::test]
async fn a_download_arrives_whole_under_its_own_name() {
    let store = store().await;
    let world = world_over(&store).await;
    let client = world.signed_in().await;
    let folder = TempDir::new().unwrap();
    let mut steps = Vec::new();
    let mut progress = |bytes, total| steps.push((bytes, total));
    let done = client
        .download(&"r1".into(), folder.path(), &mut progress)
        .await
        .unwrap();
    assert_eq!(done.path, folder.path().join("demo.webm"));
    assert_eq!(std::fs::read(&done.path).unwrap(), BYTES);
    assert_eq!(
        (done.sha256, done.size_bytes, done.agrees),
        (SUM.to_owned(), 5, None)
    );
    assert_eq!(
        (steps.first(), steps.last()),
        (Some(&(0, 5)), Some(&(5, 5)))
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no .part is left"
    );

    let again = client
        .download(&"r1".into(), folder.path(), &mut |_, _| {})
        .await;
    let diagnosis = again.unwrap_err().diagnosis();
    assert_eq!(
        (diagnosis.code, diagnosis.retryable),
        (Code::DiskUnwritable, false)
    );
}

#[tokio::test]
async fn a_download_that_is_not_what_was_uploaded_is_said() {
    let store = store().await;
    let at = format!("{}/o?{SIGNED}", store.origin());
    let with_sum = move |asked: &Asked| {
        asked.is("GET", "/api/recordings/r1").then(|| {
            let recording = json!({
                "id": "r1", "taskId": "task", "userId": "u1", "s3Key": "k", "uploadStatus": "COMPLETE",
                "createdAt": "2026-11-24T10:00:00Z", "fileSize": 5, "sha256": "0".repeat(64), "downloadUrl": at,
            });
            Answer::Json(200, recording)
        })
    };
    let world = World::start_with(OURS, with_sum).await;
    let client = world.signed_in().await;
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("back.webm");
    let done = client
        .download(&"r1".into(), &place, &mut |_, _| {})
        .await
        .unwrap();
    assert_eq!(done.agrees, Some(false));
}

#[tokio::test]
async fn a_download_of_another_size_leaves_nothing_behind() {
    for bytes in [&b"hell"[..], b"hello!"] {
        let store = StandIn::start(move |_| Answer::Raw(200, Vec::new(), bytes.to_vec())).await;
        let world = world_over(&store).await;
        let client = world.signed_in().await;
        let folder = TempDir::new().unwrap();
        let error = client
            .download(&"r1".into(), folder.path(), &mut |_, _| {})
            .await
            .unwrap_err();
        assert_eq!(error.diagnosis().code, Code::Integrity, "{error:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_said() {
    let store = store().await;
    let world = world_over(&store).await;
    let client = world.signed_in().await;
    let nowhere = world.home.path().join("no/such/folder/demo.webm");
    let error = client
        .download(&"r1".into(), &nowhere, &mut |_, _| {})
        .await
        .unwrap_err();
    assert_eq!(error.diagnosis().code, Code::DiskUnwritable);
}
