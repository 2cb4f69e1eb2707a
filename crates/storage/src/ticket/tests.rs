use super::*;
use crate::{BucketConfig, Credentials};
use aws_credential_types::provider::SharedCredentialsProvider;
use url::Url;

const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const HOUR: Duration = Duration::from_hours(1);

/// 2026-01-01T00:00:00.5Z.
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_767_225_600_500)
}

fn config(endpoint: Option<&str>) -> BucketConfig {
    BucketConfig {
        region: "eu-central-1".to_owned(),
        bucket: "recordings".to_owned(),
        endpoint_url: endpoint.map(|url| url.parse().unwrap()),
        credentials: Credentials::Static {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "secret".into(),
            session_token: None,
        },
        encryption: Encryption::Aes256,
        part_checksum: PartChecksum::Sha256,
        tagging: true,
        signing_role: None,
    }
}

async fn bucket() -> Bucket {
    Bucket::connect(config(Some("http://127.0.0.1:3001/")))
        .await
        .unwrap()
}

fn base_ticket(key: &str) -> PutTicket<'_> {
    PutTicket {
        key,
        content_type: "video/webm",
        content_length: None,
        sha256_hex: None,
        write_once: false,
        sign_encryption: false,
        tags: None,
        expires_in: HOUR,
    }
}

fn query(request: &SignedRequest) -> BTreeMap<String, String> {
    let url = Url::parse(request.url.expose()).unwrap();
    url.query_pairs().into_owned().collect()
}

fn header_names(request: &SignedRequest) -> Vec<&str> {
    request.headers.keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_base_ticket_signs_host_and_type_only() {
    let request = bucket()
        .await
        .put_ticket(base_ticket("a/b.webm"), now())
        .await
        .unwrap();
    let query = query(&request);
    assert_eq!(query["X-Amz-SignedHeaders"], "content-type;host");
    assert_eq!(query["X-Amz-Date"], "20260101T000000Z");
    assert_eq!(query["X-Amz-Expires"], "3600");
    assert_eq!(header_names(&request), ["content-type"]);
    assert_eq!(request.expires_at, whole_second(now()) + HOUR);
    // Nothing beside the signature and the SDK's own name of the operation: no empty body's checksum above all.
    let stray: Vec<_> = query
        .keys()
        .filter(|name| !name.starts_with("X-Amz-") && *name != "x-id")
        .collect();
    assert!(stray.is_empty(), "{stray:?}");
}

#[tokio::test]
async fn everything_asked_for_is_signed_and_handed_on() {
    let ticket = PutTicket {
        content_length: Some(0),
        sha256_hex: Some(SHA256),
        write_once: true,
        sign_encryption: true,
        tags: None,
        ..base_ticket("a/b.webm")
    };
    let request = bucket().await.put_ticket(ticket, now()).await.unwrap();
    let signed = query(&request)["X-Amz-SignedHeaders"].clone();
    let mut expected = request.headers.keys().cloned().collect::<Vec<_>>();
    expected.extend(["host".to_owned(), "content-length".to_owned()]);
    expected.sort();
    assert_eq!(signed, expected.join(";"));
    for (name, value) in [
        ("content-type", "video/webm"),
        ("if-none-match", "*"),
        (
            "x-amz-checksum-sha256",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        ),
        ("x-amz-server-side-encryption", "AES256"),
    ] {
        assert_eq!(request.headers[name], value);
    }
}

#[tokio::test]
async fn an_encryption_left_to_the_bucket_is_not_signed() {
    let mut config = config(None);
    config.encryption = Encryption::BucketDefault;
    let bucket = Bucket::connect(config).await.unwrap();
    let ticket = PutTicket {
        sign_encryption: true,
        tags: None,
        ..base_ticket("k")
    };
    let request = bucket.put_ticket(ticket, now()).await.unwrap();
    assert_eq!(header_names(&request), ["content-type"]);
}

#[tokio::test]
async fn another_store_is_addressed_by_path_and_aws_by_host() {
    let custom = bucket()
        .await
        .put_ticket(base_ticket("a/b c.webm"), now())
        .await
        .unwrap();
    assert!(
        custom
            .url
            .expose()
            .starts_with("http://127.0.0.1:3001/recordings/a/b%20c.webm?")
    );
    let aws = Bucket::connect(config(None)).await.unwrap();
    let request = aws
        .put_ticket(base_ticket("a/b.webm"), now())
        .await
        .unwrap();
    let url = request.url.expose();
    assert!(
        url.starts_with("https://recordings.s3.eu-central-1.amazonaws.com/a/b.webm?"),
        "{url}"
    );
}

#[tokio::test]
async fn a_download_carries_its_name_and_type() {
    let ticket = GetTicket {
        key: "a/b.webm",
        version_id: Some("v1"),
        filename: "Prüfung.webm",
        content_type: "video/webm",
        expires_in: HOUR,
    };
    let request = bucket().await.get_ticket(ticket, now()).await.unwrap();
    let query = query(&request);
    assert_eq!(query["X-Amz-SignedHeaders"], "host");
    assert_eq!(query["versionId"], "v1");
    assert_eq!(query["response-content-type"], "video/webm");
    assert_eq!(
        query["response-content-disposition"],
        "attachment; filename=\"Pr_fung.webm\"; filename*=UTF-8''Pr%C3%BCfung.webm"
    );
    assert!(request.headers.is_empty());
}

#[tokio::test]
async fn temporary_credentials_end_the_ticket_and_it_says_so() {
    let mut bucket = bucket().await;
    let end = whole_second(now()) + Duration::from_mins(20);
    let keys = Keys::new(
        "ASIDEXAMPLE",
        "secret",
        Some("session".to_owned()),
        Some(end),
        "test",
    );
    bucket.identity = crate::identity::Identity::resolve(SharedCredentialsProvider::new(keys))
        .await
        .unwrap();

    let request = bucket.put_ticket(base_ticket("k"), now()).await.unwrap();
    assert_eq!(query(&request)["X-Amz-Expires"], "1200");
    assert_eq!(query(&request)["X-Amz-Security-Token"], "session");
    assert_eq!(request.expires_at, end);

    let after = bucket.put_ticket(base_ticket("k"), end).await.unwrap_err();
    assert!(matches!(after, TicketError::Credentials { .. }), "{after}");
}

#[tokio::test]
async fn what_cannot_be_signed_is_refused() {
    let bucket = bucket().await;
    for seconds in [0, 604_801] {
        let ticket = PutTicket {
            expires_in: Duration::from_secs(seconds),
            ..base_ticket("k")
        };
        let error = bucket.put_ticket(ticket, now()).await.unwrap_err();
        assert!(matches!(error, TicketError::Life { .. }), "{error}");
    }
    for bad in ["", "abc", &SHA256[1..], &SHA256.replace('e', "g")] {
        let ticket = PutTicket {
            sha256_hex: Some(bad),
            ..base_ticket("k")
        };
        let error = bucket.put_ticket(ticket, now()).await.unwrap_err();
        assert!(matches!(error, TicketError::Sha256), "{error}");
    }
}

#[tokio::test]
async fn a_ticket_shows_nothing_of_its_url() {
    let request = bucket()
        .await
        .put_ticket(base_ticket("k"), now())
        .await
        .unwrap();
    let printed = format!("{request:?}");
    assert!(
        !printed.contains("X-Amz") && !printed.contains("127.0.0.1"),
        "{printed}"
    );
}

fn part_ticket(part_number: u32) -> PartTicket<'static> {
    PartTicket {
        key: "a/b.webm",
        upload_id: "u",
        part_number,
        content_length: 5_242_880,
        checksum_hex: SHA256,
        expires_in: HOUR,
    }
}

#[tokio::test]
async fn a_part_ticket_signs_length_and_checksum_and_no_encryption() {
    let request = bucket()
        .await
        .part_ticket(part_ticket(7), now())
        .await
        .unwrap();
    let query = query(&request);
    assert_eq!(
        query["X-Amz-SignedHeaders"],
        "content-length;host;x-amz-checksum-sha256"
    );
    assert_eq!(
        (query["partNumber"].as_str(), query["uploadId"].as_str()),
        ("7", "u")
    );
    assert_eq!(header_names(&request), ["x-amz-checksum-sha256"]);
    assert_eq!(
        request.headers["x-amz-checksum-sha256"],
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    );
    assert_eq!(request.expires_at, whole_second(now()) + HOUR);
}

#[tokio::test]
async fn a_part_ticket_signs_a_crc_where_parts_are_held_to_it() {
    let bucket = Bucket::connect(BucketConfig {
        part_checksum: PartChecksum::Crc64Nvme,
        ..config(Some("http://127.0.0.1:3001/"))
    })
    .await
    .unwrap();
    let ticket = PartTicket {
        checksum_hex: "ae8b14860a799888",
        ..part_ticket(7)
    };
    let request = bucket.part_ticket(ticket, now()).await.unwrap();
    assert_eq!(header_names(&request), ["x-amz-checksum-crc64nvme"]);
    assert_eq!(request.headers["x-amz-checksum-crc64nvme"], "rosUhgp5mIg=");
    let refused = bucket.part_ticket(part_ticket(7), now()).await;
    assert!(matches!(refused, Err(TicketError::PartChecksum { .. })));
}

#[tokio::test]
async fn a_part_ticket_for_no_part_is_refused() {
    let bucket = bucket().await;
    for number in [0, 10_001] {
        let error = bucket
            .part_ticket(part_ticket(number), now())
            .await
            .unwrap_err();
        assert!(matches!(error, TicketError::PartNumber { .. }), "{error}");
    }
    let without = PartTicket {
        checksum_hex: "x",
        ..part_ticket(1)
    };
    let error = bucket.part_ticket(without, now()).await.unwrap_err();
    assert!(matches!(error, TicketError::PartChecksum { .. }), "{error}");
}
