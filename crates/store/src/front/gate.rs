//! What S3 refuses before it looks at a signature, and `s3s` does not.

use std::borrow::Cow;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

/// Longest life of a ticket, in seconds.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
const MAX_EXPIRES_SECONDS: u64 = 604_800;

/// The parameters of the query that say how it is signed.
#[derive(Default)]
struct SignedQuery<'a> {
    signature: bool,
    old_signature: bool,
    signed_headers: Option<Cow<'a, str>>,
    expires: Option<Cow<'a, str>>,
}

/// Whether the request may go on to have its signature checked.
pub(super) fn check(parts: &Parts) -> S3Result<()> {
    let query = SignedQuery::read(parts.uri.query().unwrap_or_default());
    let authorization = match parts.headers.get(AUTHORIZATION) {
        Some(value) => Some(value.to_str().map_err(|_| unreadable_authorization())?),
        None => None,
    };
    if query.old_signature || authorization.is_some_and(|value| value.starts_with("AWS ")) {
        return Err(s3_error!(
            InvalidRequest,
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
        ));
    }
    if query.signature && authorization.is_some() {
        return Err(s3_error!(
            InvalidArgument,
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified"
        ));
    }
    refuse_forms(parts)?;
    if query.signature {
        check_expires(query.expires.as_deref())?;
        return check_signed(
            &parts.headers,
            query.signed_headers.as_deref().unwrap_or_default(),
        );
    }
    match authorization {
        Some(authorization) => check_signed(&parts.headers, signed_headers(authorization)),
        // Unsigned: refused by `s3s`.
        None => Ok(()),
    }
}

impl<'a> SignedQuery<'a> {
    fn read(query: &'a str) -> Self {
        let mut read = Self::default();
        for parameter in query.split('&') {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let decoded = || percent_decode_str(value).decode_utf8_lossy();
            match &*percent_decode_str(name).decode_utf8_lossy() {
                "X-Amz-Signature" => read.signature = true,
                "X-Amz-SignedHeaders" => read.signed_headers = Some(decoded()),
                "X-Amz-Expires" => read.expires = Some(decoded()),
                "AWSAccessKeyId" | "Signature" => read.old_signature = true,
                _ => {}
            }
        }
        read
    }
}

/// `SignedHeaders=a;b` of `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
fn signed_headers(authorization: &str) -> &str {
    authorization
        .split([',', ' '])
        .find_map(|part| part.trim().strip_prefix("SignedHeaders="))
        .unwrap_or_default()
}

/// An `x-amz-*` header changes what a request means: one that its signer did not know of is refused.
fn check_signed(headers: &HeaderMap, signed: &str) -> S3Result<()> {
    let is_signed = |name: &str| {
        signed
            .split(';')
            .any(|signed| signed.eq_ignore_ascii_case(name))
    };
    let unsigned: Vec<_> = headers
        .keys()
        .map(http::HeaderName::as_str)
        .filter(|name| name.starts_with("x-amz-") && !is_signed(name))
        .collect();
    if unsigned.is_empty() {
        return Ok(());
    }
    let unsigned = unsigned.join(", ");
    Err(s3_error!(
        AccessDenied,
        "There were headers present in the request which were not signed: {unsigned}"
    ))
}

fn check_expires(expires: Option<&str>) -> S3Result<()> {
    let Some(expires) = expires else {
        // Missing parameters are refused by `s3s`.
        return Ok(());
    };
    let message = match expires.parse::<i128>() {
        Ok(seconds) if seconds < 0 => "X-Amz-Expires must be non-negative",
        Ok(seconds) if seconds > i128::from(MAX_EXPIRES_SECONDS) => {
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
        }
        Ok(_) => return Ok(()),
        Err(_) => "X-Amz-Expires should be a number",
    };
    let mut error = S3Error::with_message(
        S3ErrorCode::Custom("AuthorizationQueryParametersError".into()),
        message,
    );
    error.set_status_code(http::StatusCode::BAD_REQUEST);
    Err(error)
}

/// Uploads by HTML form are not taken; `s3s` would read one into memory.
fn refuse_forms(parts: &Parts) -> S3Result<()> {
    let is_form = parts.headers.get(CONTENT_TYPE).is_some_and(|value| {
        value
            .as_bytes()
            .to_ascii_lowercase()
            .starts_with(b"multipart/form-data")
    });
    if parts.method == Method::POST && is_form {
        return Err(s3_error!(
            NotImplemented,
            "Uploads by form are not implemented"
        ));
    }
    Ok(())
}

fn unreadable_authorization() -> S3Error {
    s3_error!(InvalidArgument, "The Authorization header is invalid")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn code(method: &str, uri: &str, headers: &[(&str, &str)]) -> Option<String> {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        check(&parts)
            .err()
            .map(|error| error.code().as_str().to_owned())
    }

    const SIGNED: &str = "/b/k?X-Amz-Expires=60&X-Amz-SignedHeaders=content-type%3Bhost%3Bx-amz-checksum-sha256&X-Amz-Signature=0";

    #[test]
    fn every_amz_header_is_signed_or_refused() {
        for (headers, expected) in [
            (vec![], None),
            (vec![("content-type", "video/webm")], None),
            (vec![("x-amz-checksum-sha256", "…")], None),
            (vec![("X-Amz-Acl", "public-read")], Some("AccessDenied")),
            (
                vec![("x-amz-server-side-encryption", "AES256")],
                Some("AccessDenied"),
            ),
            (vec![("x-amz-meta-note", "")], Some("AccessDenied")),
            (vec![("x-other", "1")], None),
        ] {
            assert_eq!(
                code("PUT", SIGNED, &headers).as_deref(),
                expected,
                "{headers:?}"
            );
        }
        let authorization = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, \
                             SignedHeaders=host;x-amz-date, Signature=0";
        for (header, expected) in [("x-amz-date", None), ("x-amz-acl", Some("AccessDenied"))] {
            let headers = [("authorization", authorization), (header, "x")];
            assert_eq!(
                code("PUT", "/b/k", &headers).as_deref(),
                expected,
                "{header}"
            );
        }
    }

    #[test]
    fn other_mechanisms_are_refused() {
        for (uri, headers, expected) in [
            (
                "/b/k",
                vec![("authorization", "AWS id:signature")],
                "InvalidRequest",
            ),
            (
                "/b/k?AWSAccessKeyId=a&Signature=b&Expires=1",
                vec![],
                "InvalidRequest",
            ),
            (
                SIGNED,
                vec![("authorization", "AWS4-HMAC-SHA256 …")],
                "InvalidArgument",
            ),
        ] {
            assert_eq!(
                code("PUT", uri, &headers).as_deref(),
                Some(expected),
                "{uri}"
            );
        }
        let form = [("content-type", "Multipart/Form-Data; boundary=x")];
        assert_eq!(code("POST", "/b", &form).as_deref(), Some("NotImplemented"));
    }

    #[test]
    fn a_ticket_lives_a_week_at_most() {
        for (expires, refused) in [
            ("1", false),
            ("604800", false),
            ("604801", true),
            ("-1", true),
            ("x", true),
        ] {
            let uri =
                format!("/b/k?X-Amz-Expires={expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=0");
            let expected = refused.then_some("AuthorizationQueryParametersError");
            assert_eq!(code("GET", &uri, &[]).as_deref(), expected, "{expires}");
        }
    }
}
