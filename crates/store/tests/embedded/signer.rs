//! Signature Version 4, as its specification describes it and written for these tests alone, so that the store is not
//! checked against the code that it is made of.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html>

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A request that is about to be signed. Change what the case is about, leave the rest.
#[derive(Clone)]
pub(crate) struct Unsigned {
    pub(crate) method: &'static str,
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) access_key_id: String,
    pub(crate) secret: String,
    pub(crate) age: SignedDuration,
    pub(crate) expires_seconds: i64,
}

/// A request ready to send: every header that was signed but `host`.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Unsigned {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Signs by the query: a presigned URL.
    pub(crate) fn presign(mut self) -> Signed {
        let (date, scope) = self.date_and_scope();
        for (name, value) in [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256".to_owned()),
            (
                "X-Amz-Credential",
                format!("{}/{scope}", self.access_key_id),
            ),
            ("X-Amz-Date", date.clone()),
            ("X-Amz-Expires", self.expires_seconds.to_string()),
            ("X-Amz-SignedHeaders", self.signed_headers()),
        ] {
            self = self.query(name, &value);
        }
        let signature = self.signature(&date, &scope, "UNSIGNED-PAYLOAD");
        let url = format!("{}&X-Amz-Signature={signature}", self.url());
        Signed {
            method: self.method,
            url,
            headers: self.headers,
        }
    }

    /// Signs by the `Authorization` header; `payload` is the value of `x-amz-content-sha256`.
    pub(crate) fn authorize(self, payload: &str) -> Signed {
        let (date, scope) = self.date_and_scope();
        let mut request = self
            .header("x-amz-date", &date)
            .header("x-amz-content-sha256", payload);
        let signature = request.signature(&date, &scope, payload);
        let (key, signed) = (&request.access_key_id, request.signed_headers());
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={signed}, Signature={signature}"
        );
        request
            .headers
            .push(("authorization".to_owned(), authorization));
        Signed {
            method: request.method,
            url: request.url(),
            headers: request.headers,
        }
    }

    fn date_and_scope(&self) -> (String, String) {
        let at = Timestamp::now() - self.age;
        let scope = format!("{}/us-east-1/s3/aws4_request", at.strftime("%Y%m%d"));
        (at.strftime("%Y%m%dT%H%M%SZ").to_string(), scope)
    }

    fn encoded_path(&self) -> String {
        let encode = |segment| utf8_percent_encode(segment, UNRESERVED).to_string();
        self.path
            .split('/')
            .map(encode)
            .collect::<Vec<_>>()
            .join("/")
    }

    fn encoded_query(&self) -> String {
        let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
        let mut pairs: Vec<_> = self
            .query
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        pairs.sort();
        pairs.join("&")
    }

    fn url(&self) -> String {
        format!(
            "http://{}{}?{}",
            self.host,
            self.encoded_path(),
            self.encoded_query()
        )
    }

    fn canonical_headers(&self) -> Vec<(String, String)> {
        let mut headers = self.headers.clone();
        headers.push(("host".to_owned(), self.host.clone()));
        headers.sort();
        headers
    }

    fn signed_headers(&self) -> String {
        let names = self.canonical_headers().into_iter().map(|(name, _)| name);
        names.collect::<Vec<_>>().join(";")
    }

    fn signature(&self, date: &str, scope: &str, payload: &str) -> String {
        let headers = self.canonical_headers();
        let headers = headers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"));
        let headers = headers.collect::<Vec<_>>().concat();
        let canonical = format!(
            "{}\n{}\n{}\n{headers}\n{}\n{payload}",
            self.method,
            self.encoded_path(),
            self.encoded_query(),
            self.signed_headers(),
        );
        let hashed = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
        let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashed}");
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in scope.split('/') {
            key = mac(&key, part);
        }
        hex(&mac(&key, &to_sign))
    }
}

fn mac(key: &[u8], message: &str) -> Vec<u8> {
    sign(&Key::new(HMAC_SHA256, key), message.as_bytes())
        .as_ref()
        .to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap();
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
