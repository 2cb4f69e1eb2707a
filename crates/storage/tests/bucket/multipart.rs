//! Uploads in parts: what is asked, and what is made of S3's answers.

use std::time::{Duration, UNIX_EPOCH};

use storage::{
    CompleteError, CompleteMultipart, CompletedPart, CreateMultipart, Encryption, PartChecksum,
    StoreError, StoredPart,
};

use crate::canned::{Answer, Canned, error, success, xml};

const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const SHA256_BASE64: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

const CRC: &str = "ae8b14860a799888";
const CRC_BASE64: &str = "rosUhgp5mIg=";

const CREATE: CreateMultipart<'static> = CreateMultipart {
    key: "a/b.webm",
    content_type: "video/webm",
    tags: None,
};

#[tokio::test]
async fn an_upload_asks_for_checksums_of_its_parts_and_for_the_configured_encryption() {
    let begun =
        "<InitiateMultipartUploadResult><UploadId>u/1+</UploadId></InitiateMultipartUploadResult>";
    for (encryption, expected) in [
        (Encryption::Aes256, "AES256"),
        (Encryption::BucketDefault, ""),
    ] {
        let canned = Canned::start(vec![xml(begun)]).await;
        let bucket = canned.bucket_with(encryption).await;
        assert_eq!(bucket.create_multipart(CREATE).await.unwrap(), "u/1+");
        let asked = &canned.requests()[0];
        assert!(
            asked.head.starts_with("POST /recordings/a/b.webm?uploads"),
            "{}",
            asked.head
        );
        assert_eq!(asked.header("content-type"), "video/webm");
        assert_eq!(asked.header("x-amz-checksum-algorithm"), "SHA256");
        assert_eq!(asked.header("x-amz-checksum-type"), "COMPOSITE");
        assert_eq!(asked.header("x-amz-server-side-encryption"), expected);
    }
}

/// What costs least, from the beginning of an upload to its end.
#[tokio::test]
async fn parts_are_held_to_their_crc_where_the_store_knows_it() {
    let begun =
        "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
    let with_sum = format!("<ChecksumCRC64NVME>{CRC_BASE64}</ChecksumCRC64NVME>");
    let canned = Canned::start(vec![
        xml(begun),
        parts(&[(1, &with_sum)], None),
        xml("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>"),
        success(200, &["content-length: 9", "etag: \"e-1\""]),
    ])
    .await;
    let bucket = canned
        .bucket_of(Encryption::BucketDefault, PartChecksum::Crc64Nvme)
        .await;
    bucket.create_multipart(CREATE).await.unwrap();
    let listed = bucket.parts("k", "u", None).await.unwrap().parts;
    assert_eq!(listed[0].checksum_hex.as_deref(), Some(CRC));
    let complete = CompleteMultipart {
        key: "k",
        upload_id: "u",
        parts: vec![CompletedPart {
            part_number: 1,
            etag: listed[0].etag.clone(),
            checksum_hex: CRC.to_owned(),
        }],
        write_once: true,
    };
    bucket.complete_multipart(complete).await.unwrap();
    let asked = canned.requests();
    assert_eq!(asked[0].header("x-amz-checksum-algorithm"), "CRC64NVME");
    assert_eq!(asked[0].header("x-amz-checksum-type"), "FULL_OBJECT");
    assert!(asked[2].body.contains(&with_sum), "{}", asked[2].body);
}

#[tokio::test]
async fn an_upload_without_an_id_is_none() {
    for answer in [
        xml("<InitiateMultipartUploadResult></InitiateMultipartUploadResult>"),
        error(403, "AccessDenied"),
    ] {
        let canned = Canned::start(vec![answer]).await;
        let outcome = canned.bucket().await.create_multipart(CREATE).await;
        assert!(
            matches!(outcome, Err(StoreError::CreateMultipart { .. })),
            "{outcome:?}"
        );
    }
}

fn parts(listed: &[(i64, &str)], next: Option<&str>) -> Answer {
    let truncated = next.is_some();
    let next = next.map_or(String::new(), |next| {
        format!("<NextPartNumberMarker>{next}</NextPartNumberMarker>")
    });
    let listed = listed.iter().map(|(number, more)| {
        format!(
            "<Part><PartNumber>{number}</PartNumber><Size>9</Size><ETag>\"e\"</ETag>{more}</Part>"
        )
    });
    let listed = listed.collect::<Vec<_>>().concat();
    xml(&format!(
        "<ListPartsResult><IsTruncated>{truncated}</IsTruncated>{next}{listed}</ListPartsResult>"
    ))
}

#[tokio::test]
async fn parts_come_in_pages_with_what_the_store_knows_of_them() {
    let with_sum = format!("<ChecksumSHA256>{SHA256_BASE64}</ChecksumSHA256>");
    let canned = Canned::start(vec![
        parts(&[(3, &with_sum)], Some("3")),
        parts(&[(7, "")], None),
    ])
    .await;
    let bucket = canned.bucket().await;
    let first = bucket.parts("k", "u", Some(2)).await.unwrap();
    let stored = |part_number, checksum_hex| StoredPart {
        part_number,
        size_bytes: 9,
        etag: "\"e\"".to_owned(),
        checksum_hex,
    };
    assert_eq!(first.parts, [stored(3, Some(SHA256.to_owned()))]);
    let second = bucket.parts("k", "u", first.next).await.unwrap();
    assert_eq!(second.parts, [stored(7, None)]);
    assert_eq!(second.next, None);
    let asked = canned.asked();
    for (request, marker) in asked
        .iter()
        .zip(["part-number-marker=2", "part-number-marker=3"])
    {
        assert!(
            request.contains(marker) && request.contains("uploadId=u"),
            "{request}"
        );
    }
}

#[tokio::test]
async fn a_list_that_goes_nowhere_is_an_error() {
    for (case, answer) in [
        ("the same page again", parts(&[], Some("5"))),
        ("back to the beginning", parts(&[(6, "")], Some("1"))),
        ("no marker", parts(&[(6, "")], Some("x"))),
        ("parts that were asked for not", parts(&[(5, "")], None)),
        ("a part twice", parts(&[(6, ""), (6, "")], None)),
        ("backwards", parts(&[(8, ""), (7, "")], None)),
        ("a negative number", parts(&[(-8, "")], None)),
    ] {
        let canned = Canned::start(vec![answer]).await;
        let outcome = canned.bucket().await.parts("k", "u", Some(5)).await;
        assert!(
            matches!(outcome, Err(StoreError::ListParts { .. })),
            "{case}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn an_upload_that_is_gone_is_told_from_other_troubles() {
    let canned = Canned::start(vec![error(404, "NoSuchUpload"), error(404, "NoSuchBucket")]).await;
    let bucket = canned.bucket().await;
    let gone = bucket.parts("k", "u", None).await;
    assert!(
        matches!(gone, Err(StoreError::NoSuchUpload { .. })),
        "{gone:?}"
    );
    let trouble = bucket.parts("k", "u", None).await;
    assert!(
        matches!(trouble, Err(StoreError::ListParts { .. })),
        "{trouble:?}"
    );
}

#[tokio::test]
async fn giving_up_what_is_gone_is_no_error() {
    for (answer, expected) in [
        (success(204, &[]), true),
        (error(404, "NoSuchUpload"), true),
        (error(404, "NoSuchBucket"), false),
        (error(403, "AccessDenied"), false),
    ] {
        let canned = Canned::start(vec![answer]).await;
        let outcome = canned.bucket().await.abort_multipart("k", "u").await;
        assert_eq!(outcome.is_ok(), expected, "{outcome:?}");
    }
}

fn completion(write_once: bool) -> CompleteMultipart<'static> {
    let part = |part_number| CompletedPart {
        part_number,
        etag: format!("\"e{part_number}\""),
        checksum_hex: SHA256.to_owned(),
    };
    CompleteMultipart {
        key: "k",
        upload_id: "u",
        parts: vec![part(1), part(2)],
        write_once,
    }
}

const DONE: &str = "<?xml version=\"1.0\"?>\n<CompleteMultipartUploadResult><ETag>\"e-2\"</ETag></CompleteMultipartUploadResult>";

#[tokio::test]
async fn a_completion_names_every_part_and_returns_what_is_there_then() {
    for (write_once, condition) in [(true, "*"), (false, "")] {
        let canned = Canned::start(vec![
            xml(DONE),
            success(200, &["content-length: 12", "etag: \"e-2\""]),
        ])
        .await;
        let outcome = canned
            .bucket()
            .await
            .complete_multipart(completion(write_once))
            .await;
        let facts = outcome.unwrap();
        assert_eq!((facts.size_bytes, facts.etag.as_str()), (12, "\"e-2\""));
        let asked = &canned.requests()[0];
        assert_eq!(asked.header("if-none-match"), condition);
        assert_eq!(asked.body.matches("<Part>").count(), 2);
        let sum = format!("<ChecksumSHA256>{SHA256_BASE64}</ChecksumSHA256>");
        assert_eq!(asked.body.matches(&sum).count(), 2, "{}", asked.body);
        assert!(
            asked.body.contains("<PartNumber>2</PartNumber>"),
            "{}",
            asked.body
        );
    }
}

fn name(error: &CompleteError) -> &'static str {
    match error {
        CompleteError::NoSuchUpload { .. } => "no such upload",
        CompleteError::AlreadyExists { .. } => "exists",
        CompleteError::Conflict { .. } => "conflict",
        CompleteError::InvalidPart { .. } => "invalid part",
        CompleteError::EntityTooSmall { .. } => "too small",
        CompleteError::Unfinished { .. } => "unfinished",
        CompleteError::Store { .. } => "store",
        CompleteError::Look { .. } => "look",
        _ => "other",
    }
}

#[tokio::test]
async fn every_refusal_of_a_completion_has_its_name() {
    let hidden = |code: &str| {
        let blanks = "\n \n \n";
        xml(&format!(
            "{blanks}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>no</Message></Error>"
        ))
    };
    for (answers, expected, passing) in [
        (vec![error(404, "NoSuchUpload")], "no such upload", false),
        (vec![error(412, "PreconditionFailed")], "exists", false),
        (
            vec![error(409, "ConditionalRequestConflict")],
            "conflict",
            true,
        ),
        (vec![error(400, "InvalidPart")], "invalid part", false),
        (vec![error(400, "InvalidPartOrder")], "invalid part", false),
        (vec![error(400, "EntityTooSmall")], "too small", false),
        (vec![error(403, "AccessDenied")], "store", false),
        (vec![hidden("InternalError")], "unfinished", true),
        (vec![hidden("NoSuchUpload")], "no such upload", false),
        (vec![hidden("PreconditionFailed")], "exists", false),
        (vec![xml("<html>Sign in</html>")], "store", true),
        (vec![xml("")], "store", true),
        (vec![xml(DONE), success(404, &[])], "look", true),
        (vec![xml(DONE), success(400, &[])], "look", true),
        (vec![], "store", true),
    ] {
        let canned = Canned::start(answers).await;
        let outcome = canned
            .bucket()
            .await
            .complete_multipart(completion(true))
            .await;
        let error = outcome.unwrap_err();
        assert_eq!(
            (name(&error), error.is_passing()),
            (expected, passing),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_completion_with_no_checksum_asks_nothing() {
    let canned = Canned::start(vec![]).await;
    let mut completion = completion(true);
    completion.parts[1].checksum_hex = "e3b0".to_owned();
    let error = canned
        .bucket()
        .await
        .complete_multipart(completion)
        .await
        .unwrap_err();
    assert!(
        matches!(error, CompleteError::Checksum { part_number: 2, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn begun_uploads_come_in_pages() {
    let page = |uploads: &str, next: &str| {
        let truncated = !next.is_empty();
        xml(&format!(
            "<ListMultipartUploadsResult><IsTruncated>{truncated}</IsTruncated>{next}{uploads}</ListMultipartUploadsResult>"
        ))
    };
    let upload = |id: &str| {
        format!(
            "<Upload><Key>t/k</Key><UploadId>{id}</UploadId><Initiated>1970-01-01T00:00:09.000Z</Initiated></Upload>"
        )
    };
    let next = "<NextKeyMarker>t/k</NextKeyMarker><NextUploadIdMarker>u1</NextUploadIdMarker>";
    let canned = Canned::start(vec![
        page(&upload("u1"), next),
        page(&upload("u2"), ""),
        page("", next),
    ])
    .await;
    let bucket = canned.bucket().await;
    let first = bucket.multipart_uploads("t/", None).await.unwrap();
    assert_eq!(first.uploads[0].upload_id, "u1");
    assert_eq!(
        first.uploads[0].begun_at,
        Some(UNIX_EPOCH + Duration::from_secs(9))
    );
    let second = bucket
        .multipart_uploads("t/", first.next.as_ref())
        .await
        .unwrap();
    assert_eq!(
        (second.uploads[0].upload_id.as_str(), second.next),
        ("u2", None)
    );
    let asked = canned.asked();
    assert!(asked[0].contains("prefix=t%2F"), "{}", asked[0]);
    assert!(asked[1].contains("upload-id-marker=u1"), "{}", asked[1]);

    let stuck = bucket.multipart_uploads("t/", first.next.as_ref()).await;
    assert!(
        matches!(stuck, Err(StoreError::ListMultiparts { .. })),
        "{stuck:?}"
    );
}
