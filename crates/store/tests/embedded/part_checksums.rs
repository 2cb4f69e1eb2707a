//! Uploads in parts that are held to CRC-64/NVME.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::StatusCode;

use crate::parts::three;
use crate::world::{World, element, refusal};

#[tokio::test]
async fn other_checksums_are_kept_with_a_part() {
    let world = World::start().await;
    let request = world
        .unsigned("POST", "k")
        .query("uploads", "")
        .header("x-amz-checksum-algorithm", "CRC64NVME");
    let begun = world.send(&request.presign(), "").await;
    assert_eq!(begun.headers()["x-amz-checksum-type"], "FULL_OBJECT");
    let id = element(&begun.text().await.unwrap(), "UploadId");
    let put = |crc: &str| {
        world
            .unsigned("PUT", "k")
            .query("partNumber", "1")
            .query("uploadId", &id)
            .header("x-amz-checksum-crc64nvme", crc)
            .presign()
    };
    // The check value of `123456789`.
    let right = BASE64_STANDARD.encode(0xAE8B_1486_0A79_9888_u64.to_be_bytes());
    let wrong = refusal(world.send(&put("AAAAAAAAAAA="), "123456789").await).await;
    assert_eq!(wrong.code, "BadDigest");
    let stored = world.send(&put(&right), "123456789").await;
    assert_eq!(stored.headers()["x-amz-checksum-crc64nvme"], right.as_str());
    let etag = stored.headers()["etag"].to_str().unwrap().replace('"', "");
    let complete = world.unsigned("POST", "k").query("uploadId", &id);
    let body = format!(
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><ETag>{etag}</ETag>\
         <PartNumber>1</PartNumber><ChecksumCRC64NVME>{right}</ChecksumCRC64NVME></Part></CompleteMultipartUpload>"
    );
    let done = world.send(&complete.presign(), body).await;
    assert_eq!(done.status(), StatusCode::OK, "{:?}", done.text().await);
    assert_eq!(world.get("k").await.text().await.unwrap(), "123456789");
}

fn crc64nvme(bytes: &[u8]) -> String {
    let sum = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, bytes);
    BASE64_STANDARD.encode(sum.to_be_bytes())
}

#[tokio::test]
async fn the_checksums_of_the_parts_become_that_of_the_whole() {
    let world = World::start().await;
    let (parts, whole) = three();
    let request = world
        .unsigned("POST", "k")
        .query("uploads", "")
        .header("x-amz-checksum-algorithm", "CRC64NVME");
    let begun = world.send(&request.presign(), "").await;
    let id = element(&begun.text().await.unwrap(), "UploadId");
    let mut named = Vec::new();
    for (number, bytes) in (1..).zip(&parts) {
        let crc = crc64nvme(bytes);
        let put = world
            .unsigned("PUT", "k")
            .query("partNumber", &number.to_string())
            .query("uploadId", &id)
            .header("x-amz-checksum-crc64nvme", &crc);
        let stored = world.send(&put.presign(), bytes.clone()).await;
        let etag = stored.headers()["etag"].to_str().unwrap();
        named.push(format!(
            "<Part><ETag>{}</ETag><PartNumber>{number}</PartNumber><ChecksumCRC64NVME>{crc}</ChecksumCRC64NVME></Part>",
            etag.replace('"', "")
        ));
    }
    let complete = world.unsigned("POST", "k").query("uploadId", &id);
    let body = format!(
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{}</CompleteMultipartUpload>",
        named.concat()
    );
    let done = world.send(&complete.presign(), body).await;
    assert_eq!(done.status(), StatusCode::OK);
    let said = done.text().await.unwrap();
    assert_eq!(element(&said, "ChecksumCRC64NVME"), crc64nvme(&whole));
    assert_eq!(element(&said, "ChecksumType"), "FULL_OBJECT");

    let request = world
        .unsigned("HEAD", "k")
        .header("x-amz-checksum-mode", "ENABLED");
    let head = world.send(&request.presign(), "").await;
    let headers = head.headers();
    assert_eq!(
        headers["x-amz-checksum-crc64nvme"],
        crc64nvme(&whole).as_str()
    );
    assert_eq!(headers["x-amz-checksum-type"], "FULL_OBJECT");
    assert!(
        !headers.contains_key("x-amz-checksum-sha256"),
        "it has one checksum"
    );
}
