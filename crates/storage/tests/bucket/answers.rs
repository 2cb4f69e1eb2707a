//! What the store answers, and what is made of it.

use storage::{ObjectFacts, StoreError};

use crate::canned::{Answer, Canned, error, success};

#[tokio::test]
async fn an_objects_facts_are_read() {
    let canned = Canned::start(vec![success(
        200,
        &[
            "content-length: 1024",
            "content-type: video/webm",
            "etag: \"abc\"",
            "x-amz-version-id: v1",
            "x-amz-checksum-sha256: 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "x-amz-checksum-type: FULL_OBJECT",
        ],
    )])
    .await;
    let facts = canned.bucket().await.object("a/b.webm").await.unwrap();
    let sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let expected = ObjectFacts {
        size_bytes: 1024,
        etag: "\"abc\"".to_owned(),
        version_id: Some("v1".to_owned()),
        sha256_hex: Some(sha256.to_owned()),
        composite_sha256: None,
        content_type: Some("video/webm".to_owned()),
        ..ObjectFacts::default()
    };
    assert_eq!(facts, Some(expected));
    assert_eq!(canned.asked(), ["HEAD /recordings/a/b.webm"]);
}

#[tokio::test]
async fn enabling_versioning_gives_an_old_object_no_version() {
    let canned = Canned::start(vec![success(
        200,
        &["content-length: 4", "x-amz-version-id: null"],
    )])
    .await;
    let facts = canned.bucket().await.object("k").await.unwrap().unwrap();
    assert_eq!(facts.version_id, None);
}

#[tokio::test]
async fn a_checksum_of_parts_is_no_checksum_of_the_object() {
    let canned = Canned::start(vec![success(
        200,
        &[
            "content-length: 1024",
            "x-amz-checksum-sha256: 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=-2",
            "x-amz-checksum-type: COMPOSITE",
        ],
    )])
    .await;
    let facts = canned.bucket().await.object("k").await.unwrap().unwrap();
    assert_eq!(facts.sha256_hex, None);
    assert_eq!(
        facts.composite_sha256.as_deref(),
        Some("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=-2")
    );
}

#[tokio::test]
async fn missing_and_forbidden_objects_are_none_and_other_answers_errors() {
    for (status, missing) in [(404, true), (403, true), (400, false), (301, false)] {
        let canned = Canned::start(vec![success(status, &[])]).await;
        let outcome = canned.bucket().await.object("k").await;
        match outcome {
            Ok(facts) => assert!(missing && facts.is_none(), "{status}"),
            Err(StoreError::Look { source, .. }) => {
                assert!(!missing);
                assert_eq!(source.status(), Some(status));
            }
            Err(other) => panic!("{status}: {other}"),
        }
    }
}

#[tokio::test]
async fn a_store_that_is_not_there_is_an_error() {
    let canned = Canned::start(vec![]).await;
    let outcome = canned.bucket().await.object("k").await.unwrap_err();
    let StoreError::Look { source, .. } = outcome else {
        panic!("{outcome}");
    };
    assert_eq!(source.status(), None);
}

#[tokio::test]
async fn whether_the_bucket_is_there_is_told() {
    for (status, expected) in [
        (200, "there"),
        (404, "there is no bucket `recordings`"),
        (403, "could not reach the bucket `recordings`"),
    ] {
        let canned = Canned::start(vec![success(status, &[])]).await;
        let outcome = canned.bucket().await.reachable().await;
        let said = outcome.map_or_else(|error| error.to_string(), |()| "there".to_owned());
        assert_eq!(said, expected);
    }
}

#[tokio::test]
async fn a_bucket_is_made_only_when_it_is_missing() {
    let make = "PUT /recordings/";
    let ask = "HEAD /recordings/";
    let cases: [(Vec<Answer>, &[&str], bool); 4] = [
        (vec![success(200, &[])], &[ask], true),
        (
            vec![success(404, &[]), success(200, &[])],
            &[ask, make],
            true,
        ),
        (
            vec![success(404, &[]), error(409, "BucketAlreadyOwnedByYou")],
            &[ask, make],
            true,
        ),
        (
            vec![success(404, &[]), error(403, "AccessDenied")],
            &[ask, make],
            false,
        ),
    ];
    for (answers, asked, made) in cases {
        let canned = Canned::start(answers).await;
        let outcome = canned.bucket().await.create_if_missing().await;
        assert_eq!(outcome.is_ok(), made, "{outcome:?}");
        assert_eq!(canned.asked(), asked);
    }
}

fn versions(entries: &str, next: Option<&str>) -> Answer {
    let truncated = next.is_some();
    let next = next.map_or(String::new(), |key| {
        format!("<NextKeyMarker>{key}</NextKeyMarker><NextVersionIdMarker>m</NextVersionIdMarker>")
    });
    let body = format!(
        "<ListVersionsResult><IsTruncated>{truncated}</IsTruncated>{next}{entries}</ListVersionsResult>"
    );
    (200, &["content-type: application/xml"], body)
}

fn version(key: &str, id: &str) -> String {
    format!("<Version><Key>{key}</Key><VersionId>{id}</VersionId></Version>")
}

fn marker(key: &str, id: &str) -> String {
    format!("<DeleteMarker><Key>{key}</Key><VersionId>{id}</VersionId></DeleteMarker>")
}

#[tokio::test]
async fn every_version_and_marker_of_exactly_the_key_is_deleted() {
    let first = version("k", "1") + &version("k2", "9") + &marker("k", "2");
    let canned = Canned::start(vec![
        versions(&first, Some("k")),
        success(204, &[]),
        success(404, &[]),
        versions(&version("k", "3"), Some("k2")),
        success(204, &[]),
    ])
    .await;
    canned
        .bucket()
        .await
        .delete_all_versions("k")
        .await
        .unwrap();
    let asked = canned.asked();
    let deleted: Vec<_> = asked
        .iter()
        .filter(|request| request.starts_with("DELETE"))
        .collect();
    assert_eq!(deleted.len(), 3);
    for (request, id) in deleted.iter().zip(["1", "2", "3"]) {
        assert!(request.starts_with("DELETE /recordings/k?"), "{request}");
        assert!(request.contains(&format!("versionId={id}")), "{request}");
    }
    assert!(asked[3].contains("version-id-marker=m"), "{}", asked[3]);
}

#[tokio::test]
async fn where_versions_cannot_be_listed_the_object_is_deleted_and_kept_versions_are_said() {
    for (refused, deleted, expected) in [
        (error(501, "NotImplemented"), success(204, &[]), "deleted"),
        (error(403, "AccessDenied"), success(204, &[]), "deleted"),
        (
            error(403, "AccessDenied"),
            success(204, &["x-amz-delete-marker: true"]),
            "versions kept",
        ),
        (
            error(403, "AccessDenied"),
            error(403, "AccessDenied"),
            "refused",
        ),
    ] {
        let canned = Canned::start(vec![refused, deleted]).await;
        let outcome = match canned.bucket().await.delete_all_versions("k").await {
            Ok(()) => "deleted",
            Err(StoreError::VersionsKept { .. }) => "versions kept",
            Err(StoreError::Delete { source, .. }) => {
                assert_eq!(source.code(), Some("AccessDenied"));
                assert!(source.to_string().contains("request R1"), "{source}");
                "refused"
            }
            Err(other) => panic!("{other}"),
        };
        assert_eq!(outcome, expected);
    }
}

#[tokio::test]
async fn mfa_delete_is_told_from_a_right_that_is_missing() {
    let said = "Mfa Authentication must be used for this request";
    let body = format!("<Error><Code>AccessDenied</Code><Message>{said}</Message></Error>");
    let answers = vec![
        versions(&version("k", "1"), None),
        (403, &["content-type: application/xml"], body),
    ];
    let canned = Canned::start(answers).await;
    let deleted = canned.bucket().await.delete_all_versions("k").await;
    let told = deleted.unwrap_err();
    assert!(matches!(told, StoreError::MfaDelete { .. }), "{told}");
    assert!(told.to_string().contains("root user"), "{told}");
}
