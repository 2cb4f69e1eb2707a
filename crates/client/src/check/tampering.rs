//! Upload URLs that are not used as they were signed.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::blame::{self, Asked, Fault, Whose};
use super::run::{Found, Run, Unmet, skipped};
use crate::presigned::Query;

impl Run {
    pub(super) async fn tampered_upload(&mut self) -> Found {
        let place = self.place()?;
        for address in [tampered(&place.upload_url), elsewhere(&place.upload_url)] {
            self.put_is_refused(&address, &place.headers, &[400, 403])
                .await?;
        }
        Ok("another signature and another key are refused".to_owned())
    }

    pub(super) async fn wrong_content_type(&mut self) -> Found {
        let place = self.place()?;
        let signed = Query::of(&place.upload_url)
            .value("X-Amz-SignedHeaders")
            .unwrap_or_default();
        if !signed
            .split(';')
            .any(|name| name.eq_ignore_ascii_case("content-type"))
        {
            let mend = "Sign content-type with the URL (in the JavaScript SDK: `signableHeaders` with content-type), or any file can be put there.";
            return Err(Fault::new(
                Whose::Backend,
                "a URL that signs content-type",
                format!("it signs {signed}"),
                mend,
            )
            .into());
        }
        let mut headers = place.headers.clone();
        for (name, value) in &mut headers {
            if name == "content-type" {
                "text/html".clone_into(value);
            }
        }
        self.put_is_refused(&place.upload_url, &headers, &[400, 403])
            .await
    }

    /// A PUT that the store must refuse.
    pub(super) async fn put_is_refused(
        &self,
        address: &str,
        headers: &[(String, String)],
        statuses: &[u16],
    ) -> Found {
        let body = b"this must not get in".to_vec();
        let reply = self
            .courier()?
            .knock(Method::PUT, address, headers, Some(body))
            .await;
        let reply = reply.map_err(|why| blame::of_silence(Asked::Store, "a refusal", why))?;
        let status = reply.status.as_u16();
        if statuses.contains(&status) {
            let code = blame::store_code(&reply).unwrap_or_default();
            return Ok(format!("{status} {code}").trim().to_owned());
        }
        if reply.status.is_success() {
            let mend = "This store does not check what is signed: use one that does.";
            return Err(Fault::new(
                Whose::Store,
                "a refusal",
                format!("status {status}: it was taken"),
                mend,
            )
            .into());
        }
        Err(blame::of_reply(Asked::Store, "a refusal (403)", &reply).into())
    }

    pub(super) async fn expired(&mut self) -> Found {
        let mut reserved = self.reserve(&json!({ "urlExpiresIn": 1 })).await;
        if matches!(&reserved, Err(Unmet::Fault(fault)) if fault.found.starts_with("status 4")) {
            reserved = self.reserve(&json!({ "urlExpiresIn": 60 })).await;
        }
        let place = &self.places[reserved?];
        let life =
            Query::of(&place.upload_url).lifetime().unwrap_or_default() + Duration::from_secs(1);
        if life > self.check.longest_wait {
            return skipped(format!(
                "its shortest URL lives {} s; --wait {0} waits for its end",
                life.as_secs()
            ));
        }
        tokio::time::sleep(life.saturating_sub(place.made.elapsed())).await;
        // A store whose clock is a little behind.
        let mut last = self
            .put_is_refused(&place.upload_url, &place.headers, &[400, 403])
            .await;
        if last.is_err() {
            tokio::time::sleep(Duration::from_secs(2)).await;
            last = self
                .put_is_refused(&place.upload_url, &place.headers, &[400, 403])
                .await;
        }
        last
    }
}

/// The same address with another signature.
pub(super) fn tampered(address: &str) -> String {
    const NAME: &str = "X-Amz-Signature=";
    let Some(begin) = address.find(NAME).map(|at| at + NAME.len()) else {
        return format!("{address}&tampered=1");
    };
    let digit = if address[begin..].starts_with('0') {
        '1'
    } else {
        '0'
    };
    let rest = address[begin..]
        .chars()
        .next()
        .map_or("", |first| &address[begin + first.len_utf8()..]);
    format!("{}{digit}{rest}", &address[..begin])
}

/// The same signature for another key.
fn elsewhere(address: &str) -> String {
    match address.split_once('?') {
        Some((path, query)) => format!("{path}.elsewhere?{query}"),
        None => format!("{address}.elsewhere"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tampered_address_is_another() {
        for address in [
            "https://s.example/k?X-Amz-Date=1&X-Amz-Signature=0abc",
            "https://s.example/k?X-Amz-Signature=9abc&x=y",
            "https://s.example/k?X-Amz-Signature=",
            "https://s.example/k?",
        ] {
            let other = tampered(address);
            assert_ne!(other, address);
            assert!(other.starts_with("https://s.example/k?"), "{other}");
        }
        assert_eq!(
            tampered("k?X-Amz-Signature=9abc&x=y"),
            "k?X-Amz-Signature=0abc&x=y"
        );
        assert_eq!(elsewhere("k?a=b"), "k.elsewhere?a=b");
    }
}
