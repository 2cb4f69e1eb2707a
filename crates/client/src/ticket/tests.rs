use super::*;
use proptest::prelude::*;

const BASE: &str = "https://bucket.s3.amazonaws.com/t/o/u/1_demo.webm?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261124T100000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=";

fn now() -> Timestamp {
    "2026-11-24T10:00:00Z".parse().unwrap()
}

fn read(url: &str, headers: Option<&[(&str, &str)]>) -> Result<SignedRequest, TicketError> {
    read_with(url, headers, None, None)
}

fn read_with(
    url: &str,
    headers: Option<&[(&str, &str)]>,
    expires_in: Option<u64>,
    clock_offset: Option<SignedDuration>,
) -> Result<SignedRequest, TicketError> {
    let named: Option<BTreeMap<String, String>> = headers.map(|headers| {
        headers
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    });
    SignedRequest::read(&Offer {
        url: &url.into(),
        headers: named.as_ref(),
        content_type: Some("video/webm"),
        expires_in: expires_in.map(Duration::from_secs),
        expires_at: None,
        clock_offset,
        server: &ServerOrigin::parse("https://recordings.example").unwrap(),
        received_at: now(),
    })
}

fn sent(ticket: &SignedRequest) -> Vec<(&str, &str)> {
    let mut headers: Vec<_> = ticket
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    headers.sort_unstable();
    headers
}

#[test]
fn exactly_the_signed_headers_are_sent() {
    let encrypted = ("x-amz-server-side-encryption", "AES256");
    let webm = ("content-type", "video/webm");
    for (signed, named, expected) in [
        ("host%3Bcontent-type", None, vec![webm]),
        ("content-type;host", None, vec![webm]),
        ("host", None, vec![webm]),
        (
            "host%3Bx-amz-server-side-encryption",
            None,
            vec![webm, encrypted],
        ),
        ("content-length%3Bcontent-type%3Bhost", None, vec![webm]),
        (
            "content-type%3Bhost%3Bif-none-match",
            Some(
                &[
                    ("Content-Type", "audio/webm"),
                    ("If-None-Match", "*"),
                    ("Host", "h"),
                    ("Content-Length", "3"),
                ][..],
            ),
            vec![("content-type", "audio/webm"), ("if-none-match", "*")],
        ),
    ] {
        let ticket = read(&format!("{BASE}{signed}"), named).unwrap();
        assert_eq!(sent(&ticket), expected, "{signed}");
    }
}

#[test]
fn a_header_that_nobody_named_is_found_before_a_byte_is_sent() {
    let error = read(&format!("{BASE}host%3Bx-amz-acl"), None).unwrap_err();
    assert_eq!(error, TicketError::UnknownHeader("x-amz-acl".to_owned()));
    let error = read(
        &format!("{BASE}host"),
        Some(&[("Transfer-Encoding", "chunked")]),
    )
    .unwrap_err();
    assert_eq!(
        error,
        TicketError::BadHeader("Transfer-Encoding".to_owned())
    );
    let error = read(&format!("{BASE}host"), Some(&[("x-a", "1\r\nx-b: 2")])).unwrap_err();
    assert_eq!(error, TicketError::BadHeader("x-a".to_owned()));
}

#[test]
fn the_address_goes_out_as_it_came() {
    let odd = "https://bucket.s3.amazonaws.com/a//b/../c%2f%7E~'(x)?X-Amz-SignedHeaders=host&X-Amz-Signature=a%2Bb/c==&x=%20+";
    assert_eq!(read(odd, None).unwrap().uri().to_string(), odd);
}

#[test]
fn an_unsafe_or_malformed_address_is_refused() {
    for (url, expected) in [
        (
            "http://bucket.s3.amazonaws.com/k",
            TicketError::Unsafe(UnsafeAddress::Insecure),
        ),
        (
            "https://169.254.169.254/latest",
            TicketError::Unsafe(UnsafeAddress::PrivateHost),
        ),
        (
            "https://127.0.0.1/k",
            TicketError::Unsafe(UnsafeAddress::PrivateHost),
        ),
        (
            "https://a:b@bucket.s3.amazonaws.com/k",
            TicketError::Malformed,
        ),
        (
            "https://bucket.s3.amazonaws.com/a b",
            TicketError::Malformed,
        ),
        ("", TicketError::Unsafe(UnsafeAddress::NotAnAddress)),
    ] {
        assert_eq!(read(url, None).unwrap_err(), expected, "{url}");
    }
}

#[test]
fn the_checksum_of_an_empty_body_is_noticed() {
    for (query, expected) in [
        (
            "host&x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32",
            true,
        ),
        ("host&x-amz-checksum-crc32=AAAAAA==", true),
        ("host&x-amz-checksum-crc32=Q1LmwQ==", false),
        ("host", false),
    ] {
        let ticket = read(&format!("{BASE}{query}"), None).unwrap();
        assert_eq!(ticket.is_for_empty_body(), expected, "{query}");
    }
}

#[test]
fn the_shortest_stated_life_counts() {
    let url = |seconds: u32| {
        format!("https://b.example/k?X-Amz-Date=20261124T095000Z&X-Amz-Expires={seconds}")
    };
    // Twenty minutes behind: the server's clock says 10:20, so half an hour of the hour is gone.
    let behind = Some(SignedDuration::from_mins(20));
    for (seconds, expires_in, offset, life) in [
        (3600, None, None, 3600),
        (3600, Some(600), None, 600),
        (60, Some(3600), None, 60),
        (3600, Some(3600), behind, 1800),
        (3600, Some(3600), Some(SignedDuration::ZERO), 3000),
        (60, Some(3600), behind, 0),
    ] {
        let ticket = read_with(&url(seconds), None, expires_in, offset).unwrap();
        assert_eq!(
            ticket.lifetime,
            Duration::from_secs(life),
            "{seconds} {expires_in:?}"
        );
    }
    let silent = read_with("https://b.example/k", None, None, None).unwrap();
    assert_eq!(silent.lifetime, Duration::from_hours(1));
}

#[test]
fn a_request_begins_with_a_minute_or_half_a_life_left() {
    let ticket = |seconds| read_with("https://b.example/k", None, Some(seconds), None).unwrap();
    let after = |seconds| now() + SignedDuration::from_secs(seconds);
    for (life, seconds, expected) in [
        (3600, 0, true),
        (3600, 3540, true),
        (3600, 3541, false),
        (60, 30, true),
        (60, 31, false),
        (0, 0, true),
        (0, 1, false),
    ] {
        assert_eq!(
            ticket(life).may_begin(after(seconds)),
            expected,
            "{life} {seconds}"
        );
    }
}

#[test]
fn nothing_of_the_signature_is_shown() {
    let ticket = read(
        &format!("{BASE}host&X-Amz-Signature=deadbeef"),
        Some(&[("x-amz-k", "deadbeef")]),
    )
    .unwrap();
    assert!(!format!("{ticket:?}").contains("deadbeef"));
}

proptest! {
    #[test]
    fn no_text_brings_it_down(text in "\\PC*", query in "[ -~]*") {
        let _ = read(&text, None);
        let _ = read(&format!("https://b.example/k?{query}"), None);
    }
}
