//! Uploads in parts.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::StatusCode;

use crate::parts::{MIN_PART_BYTES, Named, Upload, begin, elements, three};
use crate::world::{World, body, element, refusal, sha256_base64};

async fn store_all(upload: &Upload, parts: &[Vec<u8>]) -> Vec<Named> {
    let mut named = Vec::new();
    for (number, bytes) in (1..).zip(parts) {
        named.push(upload.store(number, bytes).await);
    }
    named
}

fn composite(parts: &[Vec<u8>]) -> String {
    let digests: Vec<u8> = parts
        .iter()
        .flat_map(|part| digest(&SHA256, part).as_ref().to_vec())
        .collect();
    let value = BASE64_STANDARD.encode(digest(&SHA256, &digests));
    format!("{value}-{}", parts.len())
}

#[tokio::test]
async fn parts_become_one_object_that_reads_back_in_any_range() {
    let world = World::start().await;
    let upload = begin(&world, "a/b.webm").await;
    let (parts, whole) = three();
    let named = store_all(&upload, &parts).await;
    assert_eq!(world.get("a/b.webm").await.status(), StatusCode::NOT_FOUND);

    let answer = upload.complete(&named).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let said = answer.text().await.unwrap();
    assert_eq!(element(&said, "ChecksumSHA256"), composite(&parts));
    let etag = element(&said, "ETag").replace("&quot;", "\"");
    let hex = etag.trim_matches('"').strip_suffix("-3").unwrap();
    assert_eq!(hex.len(), 32);
    assert!(hex.bytes().all(|digit| digit.is_ascii_hexdigit()));

    let request = world
        .unsigned("HEAD", "a/b.webm")
        .header("x-amz-checksum-mode", "ENABLED");
    let head = world.send(&request.presign(), "").await;
    let header = |name| head.headers()[name].to_str().unwrap();
    assert_eq!(header("x-amz-checksum-sha256"), composite(&parts));
    assert_eq!(header("x-amz-checksum-type"), "COMPOSITE");
    assert_eq!(header("content-length"), whole.len().to_string());
    assert_eq!(header("content-type"), "video/webm");
    assert_eq!(header("x-amz-server-side-encryption"), "AES256");
    assert_eq!(header("etag"), etag);

    assert_eq!(world.get("a/b.webm").await.bytes().await.unwrap(), whole);
    let edge = MIN_PART_BYTES;
    for range in [
        0..1,
        edge - 1..edge + 1,
        7..2 * edge + 5,
        2 * edge..whole.len(),
    ] {
        let read = world
            .unsigned("GET", "a/b.webm")
            .header("range", &format!("bytes={}-{}", range.start, range.end - 1));
        let read = world.send(&read.presign(), "").await;
        assert_eq!(read.status(), StatusCode::PARTIAL_CONTENT);
        assert!(
            read.bytes().await.unwrap() == whole[range.clone()],
            "{range:?}"
        );
    }
    assert_eq!((world.stored(), world.staged()), (1, 0));
}

#[tokio::test]
async fn a_part_that_is_not_what_its_checksum_says_leaves_nothing() {
    let world = World::start().await;
    let upload = begin(&world, "k").await;
    let sent = body(300_000);
    let refused = refusal(
        upload
            .put_claiming(1, &sent, &sha256_base64(b"other"))
            .await,
    )
    .await;
    assert_eq!((refused.status, refused.code.as_str()), (400, "BadDigest"));
    let listed = upload.list(&[]).await.text().await.unwrap();
    assert!(elements(&listed, "PartNumber").is_empty(), "{listed}");
    assert_eq!((world.stored(), world.staged()), (0, 0));

    // The same number may be sent again, and then another body that is wrong doesn't hurt it.
    let named = upload.store(1, &sent).await;
    upload
        .put_claiming(1, &sent, &sha256_base64(b"other"))
        .await;
    assert_eq!(upload.complete(&[named]).await.status(), StatusCode::OK);
    assert_eq!(world.get("k").await.bytes().await.unwrap(), sent);
}

#[tokio::test]
async fn a_part_without_the_checksum_that_was_asked_for_is_refused() {
    let world = World::start().await;
    let upload = begin(&world, "k").await;
    let request = world
        .unsigned("PUT", "k")
        .query("partNumber", "1")
        .query("uploadId", &upload.id);
    let refused = refusal(world.send(&request.presign(), "bytes").await).await;
    assert_eq!(refused.code, "InvalidRequest");
    let named = upload.store(1, b"bytes").await;
    let without = Named {
        sha256: None,
        ..named
    };
    let refused = refusal(upload.complete(&[without]).await).await;
    assert_eq!(refused.code, "InvalidRequest");
    assert!(refused.message.contains("part 1"), "{}", refused.message);
}

#[tokio::test]
async fn a_part_sent_again_replaces_the_first_and_late_ones_are_refused() {
    let world = World::start().await;
    let upload = begin(&world, "k").await;
    let first = upload.store(1, b"first").await;
    let second = upload.store(1, b"second, and longer").await;
    assert_ne!(first.etag, second.etag);
    let stale = refusal(upload.complete(std::slice::from_ref(&first)).await).await;
    assert_eq!(stale.code, "InvalidPart");
    let done = upload.complete(std::slice::from_ref(&second)).await;
    assert_eq!(done.status(), StatusCode::OK);

    // What was delayed on its way arrives now, under a ticket that is still alive.
    for number in [1, 2] {
        let late = refusal(upload.put(number, b"first").await).await;
        assert_eq!((late.status, late.code.as_str()), (404, "NoSuchUpload"));
    }
    let read = world.get("k").await.text().await.unwrap();
    assert_eq!(read, "second, and longer");
    assert_eq!(world.staged(), 0);
}

#[tokio::test]
async fn a_completion_asked_for_again_answers_the_same() {
    let world = World::start().await;
    let upload = begin(&world, "k").await;
    let named = [upload.store(1, b"bytes").await];
    let once = [("if-none-match", "*")];
    let first = upload.complete_with(&named, &once).await.text().await;
    let again = upload.complete_with(&named, &once).await;
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.text().await.unwrap(), first.unwrap());

    let other = Named {
        etag: "\"0000\"".to_owned(),
        ..named[0].clone()
    };
    let refused = refusal(upload.complete(&[other]).await).await;
    assert_eq!(refused.code, "NoSuchUpload");
    let listed = refusal(upload.list(&[]).await).await;
    assert_eq!(listed.code, "NoSuchUpload");
    assert_eq!(refusal(upload.abort().await).await.code, "NoSuchUpload");
    assert_eq!(world.get("k").await.text().await.unwrap(), "bytes");
}

#[tokio::test]
async fn parts_that_do_not_fit_are_refused_and_stay() {
    let world = World::start().await;
    let upload = begin(&world, "k").await;
    let small = upload.store(1, b"small").await;
    let last = upload.store(3, b"last").await;
    let missing = Named {
        number: 2,
        ..small.clone()
    };
    let unclaimed = Named {
        sha256: Some(sha256_base64(b"other")),
        ..small.clone()
    };
    for (parts, code) in [
        (vec![small.clone(), last.clone()], "EntityTooSmall"),
        (vec![last.clone(), small.clone()], "InvalidPartOrder"),
        (vec![missing], "InvalidPart"),
        (vec![unclaimed], "InvalidPart"),
        (vec![], "MalformedXML"),
    ] {
        let refused = refusal(upload.complete(&parts).await).await;
        assert_eq!((refused.status, refused.code.as_str()), (400, code));
    }
    let size = [("x-amz-mp-object-size", "6")];
    let refused = refusal(
        upload
            .complete_with(std::slice::from_ref(&small), &size)
            .await,
    )
    .await;
    assert_eq!(refused.code, "InvalidRequest");
    let listed = upload.list(&[]).await.text().await.unwrap();
    assert_eq!(elements(&listed, "PartNumber"), ["1", "3"]);

    // A part that isn't named is no part of the object.
    assert_eq!(upload.complete(&[small]).await.status(), StatusCode::OK);
    assert_eq!(world.get("k").await.text().await.unwrap(), "small");
}

#[tokio::test]
async fn written_once_is_written_once() {
    let world = World::start().await;
    let once = [("if-none-match", "*")];
    let upload = begin(&world, "k").await;
    let named = [upload.store(1, b"late").await];
    world.put("k", "there first").await;
    let refused = refusal(upload.complete_with(&named, &once).await).await;
    assert_eq!(
        (refused.status, refused.code.as_str()),
        (412, "PreconditionFailed")
    );
    assert_eq!(world.get("k").await.text().await.unwrap(), "there first");
    assert_eq!(upload.complete(&named).await.status(), StatusCode::OK);
    assert_eq!(world.get("k").await.text().await.unwrap(), "late");
}

#[tokio::test]
async fn of_many_completions_one_wins() {
    let world = World::start().await;
    let mut running = Vec::new();
    for number in 0..4 {
        let upload = begin(&world, "k").await;
        let bytes = format!("upload {number}");
        let named = upload.store(1, bytes.as_bytes()).await;
        running.push(tokio::spawn(async move {
            let once = [("if-none-match", "*")];
            let answer = upload.complete_with(&[named], &once).await;
            (answer.status() == StatusCode::OK).then_some(bytes)
        }));
    }
    let mut winners = Vec::new();
    for outcome in running {
        winners.extend(outcome.await.unwrap());
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(world.get("k").await.text().await.unwrap(), winners[0]);
}

#[tokio::test]
async fn what_is_given_up_is_gone() {
    let world = World::start().await;
    let upload = begin(&world, "k").await;
    let named = upload.store(1, &body(400_000)).await;
    assert_eq!(world.uploads(), 1);
    assert_eq!(upload.abort().await.status(), StatusCode::NO_CONTENT);
    assert_eq!((world.uploads(), world.staged()), (0, 0));
    let codes = [
        refusal(upload.abort().await).await.code,
        refusal(upload.put(2, b"late").await).await.code,
        refusal(upload.complete(&[named]).await).await.code,
    ];
    assert_eq!(codes, ["NoSuchUpload"; 3]);
    let other_key = Upload {
        key: "other".to_owned(),
        ..begin(&world, "k").await
    };
    let refused = refusal(other_key.put(1, b"bytes").await).await;
    assert_eq!(refused.code, "NoSuchUpload");
    for strange in ["../../objects", "x", ""] {
        let upload = Upload {
            id: strange.to_owned(),
            ..other_key.clone()
        };
        assert!(upload.put(1, b"bytes").await.status().is_client_error());
    }
}

#[tokio::test]
async fn an_object_goes_with_its_parts_but_not_under_a_reader() {
    let world = World::start().await;
    let (parts, whole) = three();
    let upload = begin(&world, "k").await;
    let named = store_all(&upload, &parts).await;
    upload.complete(&named).await;
    let mut reading = world.get("k").await;
    let mut read = reading.chunk().await.unwrap().unwrap().to_vec();
    world.put("k", "another").await;
    assert_eq!(world.uploads(), 1, "somebody reads");
    while let Some(bytes) = reading.chunk().await.unwrap() {
        read.extend_from_slice(&bytes);
    }
    assert!(read == whole);
    world
        .until(|world| world.uploads() == 0 && world.staged() == 0)
        .await;

    let upload = begin(&world, "k").await;
    let named = store_all(&upload, &parts).await;
    upload.complete(&named).await;
    let delete = world.unsigned("DELETE", "k").presign();
    assert_eq!(
        world.send(&delete, "").await.status(),
        StatusCode::NO_CONTENT
    );
    world
        .until(|world| world.uploads() == 0 && world.staged() == 0)
        .await;
    assert_eq!(world.stored(), 0);
}
