//! Recordings that come in parts: begun, signed, listed, given up.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use storage::PartTicket;
use tokio::task::JoinSet;

use crate::in_parts::{InParts, LEAST, SUM_OF_WEBM, put, sum};
use crate::world::{USER, World, path};

#[tokio::test]
async fn a_recording_comes_in_parts_and_leaves_whole() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let upload = InParts::of_three(&world, &token).await;
    let initiated = &upload.initiated.body;
    assert_eq!(initiated["multipart"]["partSize"], LEAST);
    for absent in ["uploadUrl", "uploadHeaders", "expiresAt"] {
        assert!(initiated[absent].is_null(), "{absent}");
    }
    let empty = upload.list(&world, &token).await.expect(200);
    assert_eq!(empty.body, json!({"parts": []}));

    let signed = upload.sign(&world, &token, &[3, 1, 2]).await.expect(200);
    assert!(signed.body["expiresAt"].is_string());
    let first = &signed.body["parts"][1];
    assert_eq!(first["partNumber"], 1);
    let url = first["url"].as_str().unwrap();
    assert!(
        url.contains("X-Amz-SignedHeaders=content-length%3Bhost%3Bx-amz-checksum-sha256&"),
        "{url}"
    );
    // The store holds the ticket to its bytes: as many others, and more of the same.
    let other = put(&world, first, vec![9; LEAST]).send().await.unwrap();
    assert_eq!(other.status(), 400);
    let more = put(&world, first, vec![1; LEAST + 1]).send().await.unwrap();
    assert_eq!(more.status(), 403);
    assert_eq!(upload.list(&world, &token).await.body["parts"], json!([]));

    upload.put_all(&world, &token).await;
    let listed = upload.list(&world, &token).await.expect(200);
    let sizes: Vec<u64> = listed.body["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["size"].as_u64().unwrap())
        .collect();
    assert_eq!(sizes, [5_242_880, 5_242_880, 8]);
    assert_eq!(listed.body["parts"][2]["checksum"], sum(b"the rest"));

    let completed = upload.complete(&world, &token).await.expect(200);
    assert_eq!(completed.body["uploadStatus"], "COMPLETE");
    assert_eq!(completed.body["fileSize"], upload.size().to_string());
    let got = world.get(&token, &path(&upload.initiated, "")).await;
    let link = world.http.get(got.expect(200).text("downloadUrl"));
    let bytes = link.send().await.unwrap().bytes().await.unwrap();
    assert!(bytes == upload.parts.concat());
}

#[tokio::test]
async fn a_list_has_pages() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let body = json!({"taskId": "t", "filename": "a.webm", "multipart": true});
    let upload = InParts::start_with(&world, &token, Vec::new(), &body).await;
    // The store lets the smallest parts in until they are to be put together.
    let bucket = world.bucket().await;
    let mut putting = JoinSet::new();
    for part_number in 1..=1003 {
        let ticket = PartTicket {
            key: &upload.initiated.text("s3Key"),
            upload_id: upload.upload_id(),
            part_number,
            content_length: 4,
            checksum_hex: SUM_OF_WEBM,
            expires_in: Duration::from_hours(1),
        };
        let ticket = bucket.part_ticket(ticket, SystemTime::now()).await.unwrap();
        let mut request = world.http.put(ticket.url.expose()).body("webm");
        for (name, value) in &ticket.headers {
            request = request.header(name, value);
        }
        putting.spawn(async move { request.send().await.unwrap().status() });
        if putting.len() == 16 {
            assert_eq!(putting.join_next().await.unwrap().unwrap(), 200);
        }
    }
    while let Some(status) = putting.join_next().await {
        assert_eq!(status.unwrap(), 200);
    }
    let numbers = async |query: &str| {
        let address = path(&upload.initiated, &format!("/parts{query}"));
        let page = world.get(&token, &address).await.expect(200);
        let numbers = page.body["parts"].as_array().unwrap().iter();
        let numbers: Vec<u64> = numbers
            .map(|part| part["partNumber"].as_u64().unwrap())
            .collect();
        (numbers, page.body["next"].as_u64())
    };
    let (first, next) = numbers("").await;
    assert_eq!((first, next), ((1..=1000).collect(), Some(1000)));
    assert_eq!(numbers("?after=0").await.1, Some(1000));
    let last = (vec![1001, 1002, 1003], None);
    assert_eq!(numbers("?after=1000").await, last);
    assert_eq!(numbers("?after=1003").await, (vec![], None));
    for bad in ["x", "-1", "10001", "1.5"] {
        let address = path(&upload.initiated, &format!("/parts?after={bad}"));
        let refused = world.get(&token, &address).await;
        refused.refused(400, "invalid_request");
    }
}

#[tokio::test]
async fn the_same_idempotency_key_is_the_same_upload() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let mut body = InParts::body(4);
    body["idempotencyKey"] = json!("job-1");
    let initiate = || world.post(&token, "/recordings/initiate", &body);
    let (first, at_once) = tokio::join!(initiate(), initiate());
    let first = first.expect(201);
    assert_eq!(
        at_once.expect(201).body["multipart"],
        first.body["multipart"]
    );
    let again = initiate().await.expect(201);
    for field in ["recordingId", "s3Key", "multipart"] {
        assert_eq!(again.body[field], first.body[field], "{field}");
    }
    let mut whole = body.clone();
    whole.as_object_mut().unwrap().remove("multipart");
    let other = world.post(&token, "/recordings/initiate", &whole).await;
    other.refused(409, "idempotency_conflict");

    let upload = InParts {
        initiated: again,
        parts: vec![b"webm".to_vec()],
    };
    upload.put_all(&world, &token).await;
    let completed = upload.complete(&world, &token).await.expect(200);
    let finished = initiate().await.expect(200);
    assert_eq!(finished.body["uploadStatus"], "COMPLETE");
    assert!(finished.body["multipart"].is_null());
    assert_eq!(finished.body["completedAt"], completed.body["completedAt"]);
}

#[tokio::test]
async fn what_comes_whole_and_what_comes_in_parts_are_not_mixed_up() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let upload = InParts::start(&world, &token, vec![b"webm".to_vec()]).await;
    let whole = world.uploaded(&token, b"webm").await;
    let renewed = world
        .post(&token, &path(&upload.initiated, "/renew"), &json!({}))
        .await;
    renewed.refused(409, "wrong_upload_kind");
    upload.put_all(&world, &token).await;
    let without = world.complete(&token, &upload.initiated, 4).await;
    without.refused(409, "wrong_upload_kind");

    let part = json!({"parts": [{"partNumber": 1, "size": 4, "sha256": SUM_OF_WEBM}]});
    let signed = world.post(&token, &path(&whole, "/parts"), &part).await;
    signed.refused(409, "wrong_upload_kind");
    let listed = world.get(&token, &path(&whole, "/parts")).await;
    listed.refused(409, "wrong_upload_kind");
    let mut claim = upload.claim(&world, &token).await;
    claim["s3Key"] = json!(whole.text("s3Key"));
    let completed = world.post(&token, &path(&whole, "/complete"), &claim).await;
    completed.refused(409, "wrong_upload_kind");
    world.complete(&token, &whole, 4).await.expect(200);
    upload.complete(&world, &token).await.expect(200);
}

#[tokio::test]
async fn only_parts_that_could_make_a_recording_are_signed() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let upload = InParts::of_three(&world, &token).await;
    let sign = async |parts: Value| {
        let address = path(&upload.initiated, "/parts");
        world.post(&token, &address, &json!({"parts": parts})).await
    };
    let part =
        |number: u64, size: u64| json!({"partNumber": number, "size": size, "sha256": SUM_OF_WEBM});
    let many: Vec<Value> = (1..=101).map(|number| part(number, 1)).collect();
    let no_sum = json!({"partNumber": 1, "size": 4});
    let another_sum = json!({"partNumber": 1, "size": 4, "crc64nvme": "0011223344556677"});
    for bad in [
        json!([]),
        json!([1]),
        Value::Null,
        json!(many),
        json!([part(0, 4)]),
        json!([part(10_001, 4)]),
        json!([part(1, 0)]),
        json!([part(1, 5_368_709_121)]),
        json!([part(1, 4), part(1, 4)]),
        json!([part(1, 4), part(2, 4)]),
        json!([part(1, 5_242_880), part(2, 5_242_881)]),
        // More than was stated at the start.
        json!([part(1, 10_485_769)]),
        json!([no_sum]),
        json!([another_sum]),
    ] {
        let refused = sign(bad.clone()).await;
        assert_eq!(refused.status, 400, "{bad}");
        refused.refused(400, "invalid_request");
    }
    let told = sign(json!([part(1, 4), no_sum])).await;
    assert_eq!(
        told.body["message"],
        json!(["parts[1].sha256 or crc64nvme must be there, and not both"])
    );
    sign(json!([part(7, 4)])).await.expect(200);
    let too_large = InParts::body(5_497_558_138_881);
    let refused = world.post(&token, "/recordings/initiate", &too_large).await;
    refused.refused(413, "file_too_large");
    let largest = InParts::body(5_497_558_138_880);
    let initiated = world.post(&token, "/recordings/initiate", &largest).await;
    assert_eq!(
        initiated.expect(201).body["multipart"]["partSize"],
        550_502_400
    );
}

#[tokio::test]
async fn giving_up_ends_the_upload_at_the_store() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let upload = InParts::start(&world, &token, vec![b"webm".to_vec()]).await;
    upload.put_all(&world, &token).await;
    let claim = upload.claim(&world, &token).await;
    let signed = upload.sign(&world, &token, &[1]).await.expect(200);
    let address = path(&upload.initiated, "/upload");
    for _ in 0..2 {
        world.delete(&token, &address).await.expect(204);
    }
    let late = put(&world, &signed.body["parts"][0], b"webm".to_vec());
    assert_eq!(late.send().await.unwrap().status(), 404);
    upload
        .sign(&world, &token, &[1])
        .await
        .refused(410, "given_up");
    upload.list(&world, &token).await.refused(410, "given_up");
    let completed = upload.complete_with(&world, &token, &claim).await;
    completed.refused(410, "given_up");
    let uploads = world.bucket().await.multipart_uploads("", None).await;
    assert_eq!(uploads.unwrap().uploads, []);
}

#[tokio::test]
async fn an_upload_that_the_store_has_ended_is_begun_anew() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let mut body = InParts::body(4);
    body["idempotencyKey"] = json!("job-1");
    let parts = || vec![b"webm".to_vec()];
    let first = InParts::start_with(&world, &token, parts(), &body).await;
    first.put_all(&world, &token).await;
    let claim = first.claim(&world, &token).await;
    let key = first.initiated.text("s3Key");
    let bucket = world.bucket().await;
    let end = async |upload: &InParts| {
        bucket
            .abort_multipart(&key, upload.upload_id())
            .await
            .unwrap();
    };

    // Whoever asks first notices: the one who completes.
    end(&first).await;
    let refused = first.complete_with(&world, &token, &claim).await;
    refused.refused(409, "upload_aborted");
    let signed = first.sign(&world, &token, &[1]).await;
    signed.refused(409, "upload_aborted");

    let second = InParts::start_with(&world, &token, parts(), &body).await;
    assert_ne!(second.upload_id(), first.upload_id());
    assert_eq!(second.initiated.text("s3Key"), key);
    // The one who lists.
    end(&second).await;
    let listed = second.list(&world, &token).await;
    listed.refused(409, "upload_aborted");

    let third = InParts::start_with(&world, &token, parts(), &body).await;
    third.put_all(&world, &token).await;
    third.complete(&world, &token).await.expect(200);
}

/// What an upload was begun with holds, whatever is configured meanwhile.
#[tokio::test]
async fn an_upload_keeps_its_checksum_when_another_is_configured() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let of_a_sum = InParts::of_three(&world, &token).await;
    let signed = of_a_sum.sign(&world, &token, &[1]).await.expect(200);
    let first = put(&world, &signed.body["parts"][0], of_a_sum.parts[0].clone());
    assert_eq!(first.send().await.unwrap().status(), 200);

    let world = world.restart_holding_parts_to_a_crc().await;
    let token = world.token(USER).await;
    let part = json!({"partNumber": 2, "size": LEAST, "crc64nvme": CRC_OF_DIGITS});
    let address = path(&of_a_sum.initiated, "/parts");
    let other = world
        .post(&token, &address, &json!({"parts": [part]}))
        .await;
    other.refused(400, "invalid_request");
    let said = other.body["message"][0].as_str().unwrap();
    assert!(said.ends_with(": sha256"), "{said}");
    let listed = of_a_sum.list(&world, &token).await.expect(200);
    let sum_of_the_first = sum(&of_a_sum.parts[0]);
    assert_eq!(listed.body["parts"][0]["checksum"], sum_of_the_first);
    of_a_sum.put_all(&world, &token).await;
    of_a_sum.complete(&world, &token).await.expect(200);

    // And the other way round.
    let of_a_crc = InParts::start(&world, &token, vec![b"123456789".to_vec()]).await;
    let world = world.restart().await;
    let token = world.token(USER).await;
    let part = json!({"partNumber": 1, "size": 9, "crc64nvme": CRC_OF_DIGITS});
    let address = path(&of_a_crc.initiated, "/parts");
    let signed = world
        .post(&token, &address, &json!({"parts": [part]}))
        .await;
    let ticket = signed.expect(200).body["parts"][0].clone();
    let stored = put(&world, &ticket, b"123456789".to_vec()).send().await;
    assert_eq!(stored.unwrap().status(), 200);
    let listed = of_a_crc.list(&world, &token).await.expect(200);
    assert_eq!(listed.body["parts"][0]["checksum"], CRC_OF_DIGITS);
    let claim = json!({
        "s3Key": of_a_crc.initiated.text("s3Key"), "fileSize": 9,
        "parts": [{"partNumber": 1, "etag": listed.body["parts"][0]["etag"], "checksum": CRC_OF_DIGITS}],
    });
    let complete = of_a_crc.complete_with(&world, &token, &claim).await;
    complete.expect(200);
}

/// The check value of CRC-64/NVME: of the text `123456789`.
const CRC_OF_DIGITS: &str = "ae8b14860a799888";

#[tokio::test]
async fn parts_are_held_to_their_crc_as_it_is_shipped() {
    let world = World::holding_parts_to_a_crc().await;
    let token = world.token(USER).await;
    let health = world.get(&token, "/recordings/health").await.expect(200);
    assert_eq!(health.body["uploads"]["checksum"], "CRC64NVME");
    let upload = InParts::start(&world, &token, vec![b"123456789".to_vec()]).await;
    upload
        .sign(&world, &token, &[1])
        .await
        .refused(400, "invalid_request");

    let part = json!({"partNumber": 1, "size": 9, "crc64nvme": CRC_OF_DIGITS});
    let address = path(&upload.initiated, "/parts");
    let signed = world
        .post(&token, &address, &json!({"parts": [part]}))
        .await;
    let ticket = &signed.expect(200).body["parts"][0];
    let others = put(&world, ticket, b"987654321".to_vec()).send().await;
    assert_eq!(others.unwrap().status(), 400, "other bytes");
    let stored = put(&world, ticket, b"123456789".to_vec()).send().await;
    assert_eq!(stored.unwrap().status(), 200);

    let listed = upload.list(&world, &token).await.expect(200);
    assert_eq!(listed.body["parts"][0]["checksum"], CRC_OF_DIGITS);
    let mut claim = json!({
        "s3Key": upload.initiated.text("s3Key"), "fileSize": 9, "sha256": sum(b"123456789"),
        "parts": [{"partNumber": 1, "etag": listed.body["parts"][0]["etag"], "checksum": "0011223344556677"}],
    });
    let refused = upload.complete_with(&world, &token, &claim).await;
    refused.refused(409, "parts_mismatch");
    claim["parts"][0]["checksum"] = json!(CRC_OF_DIGITS);
    for _ in 0..2 {
        let complete = upload.complete_with(&world, &token, &claim).await;
        assert_eq!(complete.expect(200).body["uploadStatus"], "COMPLETE");
    }
}
