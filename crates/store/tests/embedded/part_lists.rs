//! Lists of parts, and of uploads that are pending.

use reqwest::StatusCode;

use crate::parts::{begin, elements};
use crate::world::{World, element, sha256_base64};

#[tokio::test]
async fn parts_are_listed_page_by_page() {
    let world = World::start().await;
    let upload = begin(&world, "k").await;
    for number in [9, 2, 10_000, 4, 7] {
        upload
            .store(number, format!("part {number}").as_bytes())
            .await;
    }
    let mut numbers = Vec::new();
    let mut marker = String::from("0");
    loop {
        let page = upload
            .list(&[("max-parts", "2"), ("part-number-marker", &marker)])
            .await;
        let page = page.text().await.unwrap();
        assert_eq!(element(&page, "ChecksumAlgorithm"), "SHA256");
        let on_page = elements(&page, "PartNumber");
        assert!(on_page.len() <= 2);
        numbers.extend(on_page);
        marker = element(&page, "NextPartNumberMarker");
        if element(&page, "IsTruncated") == "false" {
            break;
        }
    }
    assert_eq!(numbers, ["2", "4", "7", "9", "10000"]);
    let page = upload
        .list(&[("part-number-marker", "7")])
        .await
        .text()
        .await
        .unwrap();
    assert_eq!(elements(&page, "Size"), ["6", "10"]);
    assert_eq!(
        elements(&page, "ChecksumSHA256")[0],
        sha256_base64(b"part 9")
    );
    let refused = upload.list(&[("max-parts", "-1")]).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn pending_uploads_are_listed_page_by_page() {
    let world = World::start().await;
    let mut begun = Vec::new();
    for key in ["t/a", "t/b", "t/b", "t/b", "u/c"] {
        begun.push(begin(&world, key).await);
    }
    let done = begin(&world, "t/a").await;
    done.complete(&[done.store(1, b"x").await]).await;

    let mut listed = Vec::new();
    let mut markers = (String::new(), String::new());
    loop {
        let request = world
            .unsigned("GET", "")
            .query("uploads", "")
            .query("prefix", "t/")
            .query("max-uploads", "2")
            .query("key-marker", &markers.0)
            .query("upload-id-marker", &markers.1);
        let page = world
            .send(&request.presign(), "")
            .await
            .text()
            .await
            .unwrap();
        listed.extend(elements(&page, "UploadId"));
        markers = (
            element(&page, "NextKeyMarker"),
            element(&page, "NextUploadIdMarker"),
        );
        if element(&page, "IsTruncated") == "false" {
            break;
        }
    }
    let mut expected: Vec<_> = begun[..4].iter().map(|upload| upload.id.clone()).collect();
    assert_eq!(listed[0], expected[0]);
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
}
