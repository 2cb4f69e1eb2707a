//! PUT and DELETE that succeed.

use crate::world::{World, body, refusal, sha256_base64};

#[tokio::test]
async fn a_ticket_with_everything_signed_is_taken_and_comes_back() {
    let world = World::start().await;
    let sent = body(3_000_000);
    let request = world
        .unsigned("PUT", "tenant/task/user/1_a b+é.webm")
        .header("content-type", "video/webm;codecs=vp9,opus")
        .header("content-length", &sent.len().to_string())
        .header("if-none-match", "*")
        .header("x-amz-checksum-sha256", &sha256_base64(&sent))
        .header("x-amz-server-side-encryption", "AES256")
        .header("x-amz-meta-note", "mine")
        .presign();
    let answer = world.send(&request, sent.clone()).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-amz-server-side-encryption"], "AES256");
    assert_eq!(
        answer.headers()["x-amz-checksum-sha256"],
        sha256_base64(&sent).as_str()
    );
    let etag = answer.headers()["etag"].clone();

    let read = world.get("tenant/task/user/1_a b+é.webm").await;
    assert_eq!(read.headers()["etag"], etag);
    assert_eq!(read.headers()["content-type"], "video/webm;codecs=vp9,opus");
    assert_eq!(read.headers()["x-amz-meta-note"], "mine");
    assert_eq!(read.bytes().await.unwrap(), sent);

    let again = refusal(world.send(&request, sent).await).await;
    assert_eq!(
        (again.status, again.code.as_str()),
        (412, "PreconditionFailed")
    );
}

#[tokio::test]
async fn the_entity_tag_tells_bodies_apart() {
    let world = World::start().await;
    let mut tags = Vec::new();
    for sent in ["one", "two", "one"] {
        let answer = world.put("k", sent).await;
        assert_eq!(answer.status(), 200);
        tags.push(answer.headers()["etag"].clone());
        assert_eq!(world.get("k").await.text().await.unwrap(), sent);
    }
    assert_eq!(tags[0], tags[2]);
    assert_ne!(tags[0], tags[1]);
}

#[tokio::test]
async fn of_two_that_write_once_at_the_same_time_one_loses() {
    let world = World::start().await;
    for round in 0..5 {
        let key = format!("k{round}");
        let request = world
            .unsigned("PUT", &key)
            .header("if-none-match", "*")
            .presign();
        let (one, other) = (vec![1; 2_000_000], vec![2; 2_000_000]);
        let (first, second) = tokio::join!(world.send(&request, one), world.send(&request, other));
        let mut statuses = [first.status().as_u16(), second.status().as_u16()];
        let winner = if first.status() == 200 { 1 } else { 2 };
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
        assert!(
            world
                .get(&key)
                .await
                .bytes()
                .await
                .unwrap()
                .iter()
                .all(|byte| *byte == winner)
        );
    }
    world.settled().await;
}

#[tokio::test]
async fn a_body_hashed_in_the_request_is_taken() {
    let world = World::start().await;
    let hash =
        crate::signer::hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"body").as_ref());
    for payload in [hash.as_str(), "UNSIGNED-PAYLOAD"] {
        let request = world.unsigned("PUT", "k").authorize(payload);
        assert_eq!(
            world.send(&request, "body").await.status(),
            200,
            "{payload}"
        );
    }
    assert_eq!(world.get("k").await.text().await.unwrap(), "body");
}

#[tokio::test]
async fn deleted_is_gone_and_deleting_again_is_no_error() {
    let world = World::start().await;
    world.put("k", "body").await;
    let request = world
        .unsigned("DELETE", "k")
        .query("versionId", "null")
        .presign();
    for _ in 0..2 {
        assert_eq!(world.send(&request, "").await.status(), 204);
    }
    assert_eq!(refusal(world.get("k").await).await.code, "NoSuchKey");
    assert_eq!(world.stored(), 0);
}

/// The JavaScript SDK's presigner puts it there.
#[tokio::test]
async fn a_checksum_in_a_presigned_address_is_held_to() {
    let world = World::start().await;
    for (crc32, status, code) in [("26gLsg==", 200, ""), ("AAAAAA==", 400, "BadDigest")] {
        let request = world
            .unsigned("PUT", &format!("k{status}"))
            .query("x-amz-checksum-crc32", crc32)
            .presign();
        let answer = refusal(world.send(&request, "body").await).await;
        assert_eq!((answer.status, answer.code.as_str()), (status, code));
    }
}

/// How the SDKs and the `aws` command stream: the checksum comes behind the body.
#[tokio::test]
async fn a_checksum_in_a_trailer_is_held_to() {
    let world = World::start().await;
    for (crc32, status, code) in [("26gLsg==", 200, ""), ("AAAAAA==", 400, "BadDigest")] {
        let request = world
            .unsigned("PUT", &format!("k{status}"))
            .header("content-encoding", "aws-chunked")
            .header("x-amz-decoded-content-length", "4")
            .header("x-amz-trailer", "x-amz-checksum-crc32")
            .authorize("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        let sent = format!("4\r\nbody\r\n0\r\nx-amz-checksum-crc32:{crc32}\r\n\r\n");
        let answer = refusal(world.send(&request, sent).await).await;
        assert_eq!(
            (answer.status, answer.code.as_str()),
            (status, code),
            "{}",
            answer.message
        );
    }
    let read = world.get("k200").await;
    assert!(!read.headers().contains_key("content-encoding"));
    assert_eq!(read.text().await.unwrap(), "body");
    assert_eq!(world.stored(), 1);
}
