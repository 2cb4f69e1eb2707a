//! What S3 refuses is refused, with S3's code, and leaves nothing.

use jiff::SignedDuration;

use crate::signer::{Signed, Unsigned};
use crate::world::{World, refusal, sha256_base64};

/// A good ticket, to be spoilt by the cases.
fn ticket(world: &World) -> Unsigned {
    world
        .unsigned("PUT", "k")
        .header("content-type", "video/webm")
}

fn replace(request: Signed, name: &str, value: Option<&str>) -> Signed {
    let mut headers: Vec<_> = request
        .headers
        .into_iter()
        .filter(|(header, _)| header != name)
        .collect();
    headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    Signed { headers, ..request }
}

async fn assert_refused(
    world: &World,
    case: &str,
    request: Signed,
    status: u16,
    code: &str,
) -> String {
    let refusal = refusal(world.send(&request, "some bytes").await).await;
    assert_eq!(
        (refusal.status, refusal.code.as_str()),
        (status, code),
        "{case}: {}",
        refusal.message
    );
    assert_eq!(world.stored(), 0, "{case}");
    world.settled().await;
    refusal.message
}

#[tokio::test]
async fn signatures_are_held_to() {
    let world = World::start().await;
    let good = || ticket(&world);
    let sum = sha256_base64(b"some bytes");
    let with_sum = || good().header("x-amz-checksum-sha256", &sum).presign();
    let other_key = Signed {
        url: good().presign().url.replace("/k?", "/l?"),
        ..good().presign()
    };
    let no_signature = Signed {
        url: format!("http://{}/recordings/k", world.host),
        ..good().presign()
    };
    let other_method = Signed {
        method: "GET",
        ..good().presign()
    };
    for (case, request, code) in [
        (
            "another secret",
            Unsigned {
                secret: "x".to_owned(),
                ..good()
            }
            .presign(),
            "SignatureDoesNotMatch",
        ),
        (
            "unknown id",
            Unsigned {
                access_key_id: "x".to_owned(),
                ..good()
            }
            .presign(),
            "InvalidAccessKeyId",
        ),
        ("another key", other_key, "SignatureDoesNotMatch"),
        ("another method", other_method, "SignatureDoesNotMatch"),
        (
            "another type",
            replace(good().presign(), "content-type", Some("text/html")),
            "SignatureDoesNotMatch",
        ),
        (
            "no type",
            replace(good().presign(), "content-type", None),
            "SignatureDoesNotMatch",
        ),
        (
            "no checksum",
            replace(with_sum(), "x-amz-checksum-sha256", None),
            "SignatureDoesNotMatch",
        ),
        (
            "another size",
            good().header("content-length", "11").presign(),
            "SignatureDoesNotMatch",
        ),
        (
            "unsigned acl",
            replace(good().presign(), "x-amz-acl", Some("public-read")),
            "AccessDenied",
        ),
        (
            "unsigned encryption",
            replace(
                good().presign(),
                "x-amz-server-side-encryption",
                Some("AES256"),
            ),
            "AccessDenied",
        ),
        ("no signature", no_signature, "AccessDenied"),
    ] {
        assert_refused(&world, case, request, 403, code).await;
    }
}

#[tokio::test]
async fn times_are_held_to() {
    let world = World::start().await;
    let at = |minutes, expires_seconds| Unsigned {
        age: SignedDuration::from_mins(minutes),
        expires_seconds,
        ..ticket(&world)
    };
    let expired = assert_refused(&world, "expired", at(2, 60).presign(), 403, "AccessDenied").await;
    assert_eq!(expired, "Request has expired");
    for (case, request, status, code) in [
        (
            "from the future",
            at(-20, 3600).presign(),
            403,
            "RequestTimeTooSkewed",
        ),
        (
            "header, 20 min slow",
            at(20, 0).authorize("UNSIGNED-PAYLOAD"),
            403,
            "RequestTimeTooSkewed",
        ),
        (
            "header, 20 min fast",
            at(-20, 0).authorize("UNSIGNED-PAYLOAD"),
            403,
            "RequestTimeTooSkewed",
        ),
        (
            "more than a week",
            at(0, 604_801).presign(),
            400,
            "AuthorizationQueryParametersError",
        ),
    ] {
        assert_refused(&world, case, request, status, code).await;
    }
    for (minutes, expires_seconds) in [(59, 3600), (-10, 3600), (0, 604_800)] {
        let request = at(minutes, expires_seconds).presign();
        assert_eq!(
            world.send(&request, "x").await.status(),
            200,
            "{minutes} {expires_seconds}"
        );
    }
}

#[tokio::test]
async fn bodies_are_held_to() {
    let world = World::start().await;
    let other = sha256_base64(b"other bytes");
    let other_hash =
        crate::signer::hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"x").as_ref());
    let put = |name: &str, value: &str| ticket(&world).header(name, value).presign();
    for (case, request, code) in [
        ("SHA-256", put("x-amz-checksum-sha256", &other), "BadDigest"),
        (
            "CRC-32",
            put("x-amz-checksum-crc32", "AAAAAA=="),
            "BadDigest",
        ),
        (
            "CRC-64",
            put("x-amz-checksum-crc64nvme", "AAAAAAAAAAA="),
            "BadDigest",
        ),
        (
            "MD5",
            put("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
            "BadDigest",
        ),
        ("no MD5", put("content-md5", "x"), "InvalidDigest"),
        (
            "no SHA-256",
            put("x-amz-checksum-sha256", "x"),
            "InvalidRequest",
        ),
        (
            "payload hash",
            ticket(&world).authorize(&other_hash),
            "XAmzContentSHA256Mismatch",
        ),
        (
            "ACL",
            put("x-amz-acl", "public-read"),
            "AccessControlListNotSupported",
        ),
    ] {
        assert_refused(&world, case, request, 400, code).await;
    }
}

#[tokio::test]
async fn what_is_not_done_is_said() {
    let world = World::start().await;
    let put = |name: &str, value: &str| ticket(&world).header(name, value).presign();
    let of = |method, query: &str| world.unsigned(method, "k").query(query, "").presign();
    let copied_part = ticket(&world)
        .query("partNumber", "1")
        .query("uploadId", "x")
        .header("x-amz-copy-source", "/recordings/x")
        .presign();
    let begin = Unsigned {
        method: "POST",
        ..ticket(&world)
    }
    .query("uploads", "");
    let begin = |name: &str, value: &str| begin.clone().header(name, value).presign();
    for (case, request) in [
        ("KMS", put("x-amz-server-side-encryption", "aws:kms")),
        (
            "customer's key",
            put("x-amz-server-side-encryption-customer-algorithm", "AES256"),
        ),
        ("storage class", put("x-amz-storage-class", "GLACIER")),
        ("copy", put("x-amz-copy-source", "/recordings/x")),
        ("if-match", put("if-match", "\"x\"")),
        ("a part by copy", copied_part),
        (
            "parts by KMS",
            begin("x-amz-server-side-encryption", "aws:kms"),
        ),
        ("tags", of("DELETE", "tagging")),
        ("ACL", of("GET", "acl")),
        ("legal hold", of("GET", "legal-hold")),
    ] {
        assert_refused(&world, case, request, 501, "NotImplemented").await;
    }
    let elsewhere = Unsigned {
        path: "/elsewhere/k".to_owned(),
        ..ticket(&world)
    }
    .presign();
    assert_refused(&world, "no such bucket", elsewhere, 404, "NoSuchBucket").await;
    let long = Unsigned {
        path: format!("/recordings/{}", "k".repeat(1025)),
        ..ticket(&world)
    }
    .presign();
    assert_refused(&world, "a key too long", long, 400, "KeyTooLongError").await;
}
