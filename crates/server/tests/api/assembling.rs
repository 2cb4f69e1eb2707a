//! From parts to a recording: what is put together, and what is not.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use storage::{CompleteMultipart, CompletedPart, CreateMultipart, PartTicket};

use crate::in_parts::{InParts, LEAST, SUM_OF_WEBM, put, sum};
use crate::world::{USER, World, path};

/// What is wrong with a claim, how it is refused, and how the right one is made wrong.
type Wrong = (&'static str, u16, &'static str, fn(&mut Value));

const WRONG: [Wrong; 8] = [
    ("a part too many", 409, "parts_mismatch", |claim| {
        let part = json!({"partNumber": 4, "etag": "\"x\"", "checksum": SUM_OF_WEBM});
        claim["parts"].as_array_mut().unwrap().push(part);
    }),
    ("a part too few", 409, "size_mismatch", |claim| {
        claim["parts"].as_array_mut().unwrap().pop();
    }),
    ("another tag", 409, "parts_mismatch", |claim| {
        claim["parts"][1]["etag"] = json!("\"00000000000000000000000000000000\"");
    }),
    ("another sum", 409, "parts_mismatch", |claim| {
        claim["parts"][1]["checksum"] = json!(SUM_OF_WEBM);
    }),
    ("another size", 409, "size_mismatch", |claim| {
        claim["fileSize"] = json!(10_485_769);
    }),
    ("a gap", 400, "invalid_request", |claim| {
        claim["parts"][1]["partNumber"] = json!(4);
    }),
    ("no sum", 400, "invalid_request", |claim| {
        claim["parts"][2]
            .as_object_mut()
            .unwrap()
            .remove("checksum");
    }),
    ("no parts", 400, "invalid_request", |claim| {
        claim["parts"] = json!([]);
    }),
];

#[tokio::test]
async fn the_store_decides_which_parts_there_are() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let upload = InParts::of_three(&world, &token).await;
    upload.put_all(&world, &token).await;
    let claim = upload.claim(&world, &token).await;
    for (why, status, code, change) in WRONG {
        let mut wrong = claim.clone();
        change(&mut wrong);
        let refused = upload.complete_with(&world, &token, &wrong).await;
        assert_eq!(
            (refused.status, refused.code()),
            (status, code),
            "{why}: {refused:?}"
        );
    }
    let pending = world.get(&token, &path(&upload.initiated, "")).await;
    assert_eq!(pending.expect(200).body["uploadStatus"], "PENDING");

    let at_once = tokio::join!(
        upload.complete_with(&world, &token, &claim),
        upload.complete_with(&world, &token, &claim),
    );
    let first = at_once.0.expect(200);
    assert_eq!(at_once.1.expect(200).body, first.body);
    let again = upload.complete_with(&world, &token, &claim).await;
    assert_eq!(again.expect(200).body, first.body);
    let mut other = claim.clone();
    other["parts"][1]["checksum"] = json!(SUM_OF_WEBM);
    let other = upload.complete_with(&world, &token, &other).await;
    other.refused(400, "already_complete");
    upload
        .sign(&world, &token, &[1])
        .await
        .refused(409, "not_pending");
    upload
        .list(&world, &token)
        .await
        .refused(409, "not_pending");
}

#[tokio::test]
async fn parts_of_unequal_size_are_not_put_together() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let body = json!({"taskId": "t", "filename": "a.webm", "multipart": true});
    for (parts, expected) in [
        (
            vec![vec![1; LEAST], vec![2; LEAST + 1]],
            "part 2 has 5242881",
        ),
        (
            vec![b"small".to_vec(), b"part".to_vec()],
            "part 1 has 5 bytes",
        ),
    ] {
        let upload = InParts::start_with(&world, &token, parts, &body).await;
        for number in [1, 2] {
            let signed = upload.sign(&world, &token, &[number]).await.expect(200);
            let bytes = upload.parts[number - 1].clone();
            let answer = put(&world, &signed.body["parts"][0], bytes).send().await;
            assert_eq!(answer.unwrap().status(), 200);
        }
        let refused = upload.complete(&world, &token).await;
        refused.refused(409, "parts_mismatch");
        assert!(refused.text("message").contains(expected), "{refused:?}");
    }
}

#[tokio::test]
async fn the_whole_files_sum_may_follow() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let upload = InParts::start(&world, &token, vec![b"webm".to_vec()]).await;
    let claim_sum = async |body: Value| {
        let address = path(&upload.initiated, "/sha256");
        world.post(&token, &address, &body).await
    };
    let right = json!({"sha256": SUM_OF_WEBM});
    assert_eq!(claim_sum(right.clone()).await.status, 409);
    upload.put_all(&world, &token).await;
    let claim = upload.claim(&world, &token).await;
    let first = upload
        .complete_with(&world, &token, &claim)
        .await
        .expect(200);
    for bad in [
        json!({}),
        json!({"sha256": "x"}),
        json!({"sha256": SUM_OF_WEBM, "x": 1}),
    ] {
        claim_sum(bad).await.refused(400, "invalid_request");
    }
    claim_sum(right.clone()).await.expect(204);
    claim_sum(right).await.expect(204);
    let other = claim_sum(json!({"sha256": "0".repeat(64)})).await;
    other.refused(409, "checksum_mismatch");
    let got = world.get(&token, &path(&upload.initiated, "")).await;
    assert_eq!(got.expect(200).body["sha256"], SUM_OF_WEBM);
    // A repeated complete is still the same.
    let again = upload.complete_with(&world, &token, &claim).await;
    assert_eq!(again.expect(200).body, first.body);
}

#[tokio::test]
async fn an_object_that_is_there_already_is_not_replaced() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let upload = InParts::start(&world, &token, vec![b"webm".to_vec()]).await;
    upload.put_all(&world, &token).await;
    let key = upload.initiated.text("s3Key");
    // Somebody else completes an upload of their own under the same key first.
    let bucket = world.bucket().await;
    let create = CreateMultipart {
        key: &key,
        content_type: "video/webm",
        tags: None,
    };
    let upload_id = bucket.create_multipart(create).await.unwrap();
    let checksum_hex = sum(b"evil");
    let ticket = PartTicket {
        key: &key,
        upload_id: &upload_id,
        part_number: 1,
        content_length: 4,
        checksum_hex: &checksum_hex,
        expires_in: Duration::from_mins(1),
    };
    let ticket = bucket.part_ticket(ticket, SystemTime::now()).await.unwrap();
    let mut request = world.http.put(ticket.url.expose()).body("evil");
    for (name, value) in &ticket.headers {
        request = request.header(name, value);
    }
    let answer = request.send().await.unwrap();
    let part = CompletedPart {
        part_number: 1,
        etag: answer.headers()["etag"].to_str().unwrap().to_owned(),
        checksum_hex,
    };
    let complete = CompleteMultipart {
        key: &key,
        upload_id: &upload_id,
        parts: vec![part],
        write_once: true,
    };
    let theirs = bucket.complete_multipart(complete).await.unwrap();

    let refused = upload.complete(&world, &token).await;
    refused.refused(409, "checksum_mismatch");
    assert_eq!(bucket.object(&key).await.unwrap(), Some(theirs));
    let pending = world.get(&token, &path(&upload.initiated, "")).await;
    assert_eq!(pending.expect(200).body["uploadStatus"], "PENDING");
}

#[tokio::test]
async fn ten_thousand_parts_fit_into_a_claim() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let upload = InParts::start(&world, &token, vec![b"webm".to_vec()]).await;
    let part = |number: u32| json!({"partNumber": number, "etag": "\"0123456789abcdef0123456789abcdef\"", "checksum": SUM_OF_WEBM});
    let claim = |count: u32| {
        let parts: Vec<Value> = (1..=count).map(part).collect();
        json!({"s3Key": upload.initiated.text("s3Key"), "fileSize": 4, "parts": parts})
    };
    let most = upload.complete_with(&world, &token, &claim(10_000)).await;
    most.refused(409, "parts_mismatch");
    let more = upload.complete_with(&world, &token, &claim(10_001)).await;
    more.refused(400, "invalid_request");
}
