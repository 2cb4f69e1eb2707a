//! What of an exchange may be shown.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;

/// What stands in the place of what is hidden.
const HIDDEN: &str = "…";

/// Longest text of a body that is no JSON, in characters.
const LONGEST_TEXT_CHARACTERS: usize = 500;

/// Most entries of a list that are shown.
const MOST_ENTRIES: usize = 5;

/// Names of fields whose values open doors. An address is shown without its query instead.
const SECRETS: [&str; 4] = ["password", "token", "secret", "cookie"];

/// An address with the names of its parameters, and without their values and without a user in it.
pub(super) fn address(address: &str) -> String {
    let (before, query) = match address.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (address, None),
    };
    let before = match before.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => before.to_owned(),
    };
    let Some(query) = query else { return before };
    let names: Vec<String> = query
        .split('&')
        .map(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            format!("{name}={HIDDEN}")
        })
        .collect();
    format!("{before}?{}", names.join("&"))
}

/// A body, without what opens doors.
pub(super) fn json(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), field(name, value)))
                .collect(),
        ),
        Value::Array(entries) => {
            let mut shown: Vec<Value> = entries.iter().take(MOST_ENTRIES).map(json).collect();
            if entries.len() > MOST_ENTRIES {
                shown.push(Value::from(format!("… {} in all", entries.len())));
            }
            Value::Array(shown)
        }
        Value::String(text) if text.contains("://") => Value::from(address(text)),
        other => other.clone(),
    }
}

fn field(name: &str, value: &Value) -> Value {
    let name = name.to_ascii_lowercase();
    if SECRETS.iter().any(|secret| name.contains(secret)) {
        return Value::from(HIDDEN);
    }
    json(value)
}

/// What of an answer's body is shown: JSON, or the beginning of a text; of a recording nothing.
pub(super) fn body(headers: &HeaderMap, body: &[u8]) -> Option<Value> {
    if body.is_empty() {
        return None;
    }
    if let Ok(value) = serde_json::from_slice(body) {
        return Some(json(&value));
    }
    let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let is_text = ["text/", "xml", "json"]
        .iter()
        .any(|word| content_type.contains(word));
    if !is_text {
        return Some(Value::from(format!("{} bytes", body.len())));
    }
    let text = String::from_utf8_lossy(body);
    // S3 repeats what it computed a signature over, the address among it.
    let text: String = text
        .split("<StringToSign>")
        .next()
        .unwrap_or_default()
        .to_owned();
    let text = [
        "<AWSAccessKeyId>",
        "<SignatureProvided>",
        "<CanonicalRequest>",
    ]
    .iter()
    .fold(text, |text, name| {
        text.split(name).next().unwrap_or_default().to_owned()
    });
    Some(Value::from(
        text.chars()
            .take(LONGEST_TEXT_CHARACTERS)
            .collect::<String>(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json as value;

    #[test]
    fn an_address_keeps_its_place_and_loses_its_keys() {
        for (written, shown) in [
            (
                "https://b.example/k?X-Amz-Signature=canary&x=canary",
                "https://b.example/k?X-Amz-Signature=…&x=…",
            ),
            ("https://canary:canary@b.example/k", "https://b.example/k"),
            ("https://b.example?canary", "https://b.example?canary=…"),
            ("/api/recordings", "/api/recordings"),
        ] {
            assert_eq!(address(written), shown);
        }
    }

    #[test]
    fn what_opens_doors_is_not_shown() {
        let body = value!({
            "accessToken": "canary", "refresh_token": "canary", "Password": "canary",
            "nested": [{"uploadUrl": "https://s.example/k?sig=canary", "s3Key": "t/k"}],
        });
        let shown = json(&body);
        assert!(!shown.to_string().contains("canary"), "{shown}");
        assert_eq!(shown["nested"][0]["s3Key"], "t/k");
        let long = json(&value!([1, 2, 3, 4, 5, 6, 7]));
        assert_eq!(long, value!([1, 2, 3, 4, 5, "… 7 in all"]));
    }

    #[test]
    fn a_stores_refusal_is_shown_without_what_it_computed() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "application/xml".parse().unwrap());
        let xml =
            "<Error><Code>SignatureDoesNotMatch</Code><StringToSign>canary</StringToSign></Error>";
        let shown = body(&headers, xml.as_bytes()).unwrap();
        assert!(shown.as_str().unwrap().contains("SignatureDoesNotMatch"));
        assert!(!shown.to_string().contains("canary"), "{shown}");
        headers.insert(CONTENT_TYPE, "video/webm".parse().unwrap());
        assert_eq!(body(&headers, &[0x1a, 0x45]), Some(value!("2 bytes")));
        assert_eq!(body(&headers, b""), None);
    }
}
