//! GET, HEAD, lists and buckets.

use reqwest::Response;

use crate::signer::Unsigned;
use crate::world::{World, body, element, refusal, sha256_base64};

async fn ask(world: &World, request: Unsigned) -> Response {
    world.send(&request.presign(), "").await
}

async fn ask_with(world: &World, request: Unsigned, name: &str, value: &str) -> Response {
    let signed = request.presign();
    let sent = world
        .client
        .request(signed.method.parse().unwrap(), &signed.url);
    sent.header(name, value).send().await.unwrap()
}

#[tokio::test]
async fn ranges_are_what_was_asked_for() {
    let world = World::start().await;
    let sent = body(600_000);
    world.put("k", sent.clone()).await;
    for (range, expected) in [
        ("bytes=0-0", 0..1),
        ("bytes=65535-65536", 65_535..65_537),
        ("bytes=100-400000", 100..400_001),
        ("bytes=599999-", 599_999..600_000),
        ("bytes=-5", 599_995..600_000),
        ("bytes=500000-9999999", 500_000..600_000),
    ] {
        let answer = ask_with(&world, world.unsigned("GET", "k"), "range", range).await;
        assert_eq!(answer.status(), 206, "{range}");
        let place = format!("bytes {}-{}/600000", expected.start, expected.end - 1);
        assert_eq!(answer.headers()["content-range"], place.as_str());
        assert_eq!(
            answer.headers()["content-length"],
            expected.len().to_string().as_str()
        );
        assert_eq!(answer.bytes().await.unwrap(), &sent[expected], "{range}");
    }
    let beyond = ask_with(&world, world.unsigned("GET", "k"), "range", "bytes=600000-").await;
    assert_eq!(beyond.headers()["content-range"], "bytes */600000");
    assert_eq!(refusal(beyond).await.code, "InvalidRange");
}

#[tokio::test]
async fn a_link_names_the_file() {
    let world = World::start().await;
    world.put("k", "body").await;
    let disposition = "attachment; filename=\"a b.webm\"; filename*=UTF-8''%C3%BC.webm";
    let request = world
        .unsigned("GET", "k")
        .query("response-content-disposition", disposition)
        .query("response-content-type", "audio/webm");
    let answer = ask(&world, request).await;
    assert_eq!(answer.headers()["content-disposition"], disposition);
    assert_eq!(answer.headers()["content-type"], "audio/webm");
    assert_eq!(answer.headers()["accept-ranges"], "bytes");
}

#[tokio::test]
async fn head_says_what_get_would_and_the_checksum_when_asked() {
    let world = World::start().await;
    let sent = body(100_000);
    world.put("k", sent.clone()).await;
    let plain = ask(&world, world.unsigned("HEAD", "k")).await;
    assert_eq!(plain.headers()["content-length"], "100000");
    assert_eq!(plain.headers()["content-type"], "video/webm");
    assert!(plain.headers().contains_key("last-modified"));
    assert!(!plain.headers().contains_key("x-amz-checksum-sha256"));

    let asked = ask(
        &world,
        world
            .unsigned("HEAD", "k")
            .header("x-amz-checksum-mode", "ENABLED"),
    )
    .await;
    assert_eq!(
        asked.headers()["x-amz-checksum-sha256"],
        sha256_base64(&sent).as_str()
    );
    assert_eq!(asked.headers()["x-amz-checksum-type"], "FULL_OBJECT");

    for (method, status) in [("GET", 404), ("HEAD", 404)] {
        assert_eq!(
            ask(&world, world.unsigned(method, "other")).await.status(),
            status
        );
    }
    let version = world.unsigned("GET", "k").query("versionId", "3");
    assert_eq!(
        refusal(ask(&world, version).await).await.code,
        "NoSuchVersion"
    );
}

#[tokio::test]
async fn conditions_hold() {
    let world = World::start().await;
    let etag = world.put("k", "body").await.headers()["etag"]
        .to_str()
        .unwrap()
        .to_owned();
    for (name, value, status) in [
        ("if-none-match", etag.as_str(), 304),
        ("if-none-match", "\"other\"", 200),
        ("if-match", etag.as_str(), 200),
        ("if-match", "\"other\"", 412),
        ("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT", 304),
        ("if-unmodified-since", "Fri, 01 Jan 1999 00:00:00 GMT", 412),
    ] {
        let answer = ask_with(&world, world.unsigned("GET", "k"), name, value).await;
        assert_eq!(answer.status(), status, "{name}: {value}");
    }
}

#[tokio::test]
async fn lists_come_in_pages() {
    let world = World::start().await;
    for key in ["a/1", "a/2", "a/3&<é>", "b"] {
        assert_eq!(world.put(key, "x").await.status(), 200);
    }
    let list = |prefix: &str| {
        world
            .unsigned("GET", "")
            .query("list-type", "2")
            .query("prefix", prefix)
            .query("max-keys", "2")
    };
    let first = ask(&world, list("a/")).await.text().await.unwrap();
    assert_eq!(first.matches("<Contents>").count(), 2);
    assert_eq!(element(&first, "IsTruncated"), "true");
    let token = element(&first, "NextContinuationToken");
    let second = list("a/").query("continuation-token", &token);
    let second = ask(&world, second).await.text().await.unwrap();
    assert_eq!(element(&second, "IsTruncated"), "false");
    assert_eq!(second.matches("<Contents>").count(), 1);
    assert_eq!(element(&second, "Key"), "a/3&amp;&lt;é&gt;");

    let grouped = list("")
        .query("delimiter", "/")
        .query("encoding-type", "url");
    let grouped = ask(&world, grouped).await.text().await.unwrap();
    assert!(
        grouped.contains("<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>"),
        "{grouped}"
    );
    assert_eq!(element(&grouped, "Key"), "b");
}

#[tokio::test]
async fn an_object_has_one_version() {
    let world = World::start().await;
    world.put("k", "one").await;
    world.put("k", "two").await;
    let request = world
        .unsigned("GET", "")
        .query("versions", "")
        .query("prefix", "k");
    let listed = ask(&world, request).await.text().await.unwrap();
    assert_eq!(listed.matches("<Version>").count(), 1, "{listed}");
    assert_eq!(element(&listed, "VersionId"), "null");
    assert_eq!(element(&listed, "IsLatest"), "true");
    assert!(!listed.contains("<DeleteMarker>"));
}

#[tokio::test]
async fn buckets_are_made_and_found() {
    let world = World::start().await;
    let of = |method, path: &str| Unsigned {
        path: path.to_owned(),
        ..world.unsigned(method, "")
    };
    for (method, path, status) in [
        ("HEAD", "/recordings", 200),
        ("HEAD", "/elsewhere", 404),
        ("PUT", "/elsewhere", 200),
        ("HEAD", "/elsewhere", 200),
        ("PUT", "/elsewhere", 409),
        ("PUT", "/No_Bucket", 400),
    ] {
        assert_eq!(
            ask(&world, of(method, path)).await.status(),
            status,
            "{method} {path}"
        );
    }
    let listed = ask(&world, of("GET", "/")).await.text().await.unwrap();
    assert_eq!(listed.matches("<Bucket>").count(), 2, "{listed}");
    let location = ask(&world, of("GET", "/recordings").query("location", "")).await;
    assert_eq!(location.status(), 200);
}
