//! Presigned addresses with something wrong in them that is signed all the same, as some backends' signers make them.
//!
//! Signature Version 4 as its specification describes it, of which the product's own code knows nothing: it signs through
//! the AWS SDK, which makes no such mistakes.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use jiff::{SignedDuration, Timestamp};
use url::Url;

const SIGNED_HEADERS: &str = "X-Amz-SignedHeaders";

/// A presigned PUT that is being changed.
pub struct Resigned {
    url: Url,
    secret: String,
    /// Names and values as they are in the address: encoded.
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
}

impl Resigned {
    pub(crate) fn from(url: Url, secret: &str) -> Self {
        let pairs = url.query().unwrap_or_default().split('&');
        let pairs = pairs.filter_map(|pair| pair.split_once('='));
        Self {
            query: pairs
                .filter(|(name, _)| *name != "X-Amz-Signature")
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            headers: BTreeMap::new(),
            secret: secret.to_owned(),
            url,
        }
    }

    /// With another value in its query, encoded as it is to stand there.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Signing this header, of those that are sent. Without any, none but the host is signed.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Made so many seconds ago.
    #[must_use]
    pub fn aged(self, seconds: i64) -> Self {
        let at = Timestamp::now() - SignedDuration::from_secs(seconds);
        self.query("X-Amz-Date", &at.strftime("%Y%m%dT%H%M%SZ").to_string())
    }

    /// The address.
    pub fn url(mut self) -> String {
        let authority = self.url.authority().to_owned();
        self.headers.insert("host".to_owned(), authority);
        let names: Vec<_> = self.headers.keys().map(String::as_str).collect();
        let (encoded, plain) = (names.join("%3B"), names.join(";"));
        self.query.insert(SIGNED_HEADERS.to_owned(), encoded);
        let pairs = self.query.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let query = pairs.join("&");
        let signature = self.signature(&query, &plain);
        let mut url = self.url;
        url.set_query(Some(&format!("{query}&X-Amz-Signature={signature}")));
        url.into()
    }

    fn signature(&self, query: &str, signed_headers: &str) -> String {
        let mut headers = String::new();
        for (name, value) in &self.headers {
            let _ = writeln!(headers, "{name}:{value}");
        }
        let path = self.url.path();
        let canonical =
            format!("PUT\n{path}\n{query}\n{headers}\n{signed_headers}\nUNSIGNED-PAYLOAD");
        let hashed = hexadecimal(digest(&SHA256, canonical.as_bytes()).as_ref());
        // The key's id, and then the day, region, service and end that the key is bent to.
        let credential = self.query["X-Amz-Credential"].replace("%2F", "/");
        let (_id, scope) = credential.split_once('/').expect("a scope");
        let date = &self.query["X-Amz-Date"];
        let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashed}");
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in scope.split('/') {
            key = mac(&key, part);
        }
        hexadecimal(&mac(&key, &to_sign))
    }
}

fn mac(key: &[u8], message: &str) -> Vec<u8> {
    let key = Key::new(HMAC_SHA256, key);
    sign(&key, message.as_bytes()).as_ref().to_vec()
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
