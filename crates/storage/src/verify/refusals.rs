//! What a store must refuse: tickets that have ended or were changed, and requests that are not what was signed.

use std::time::Duration;

use reqwest::Method;

use super::answer::Answer;
use super::probes::PROBE;
use super::tickets::{base, verdict};
use super::{Trouble, Verdict, Verification};
use crate::{PutTicket, SecretText, SignedRequest};

impl Verification {
    pub(super) async fn expired(&self) -> Verdict {
        verdict(self.try_expired().await)
    }

    async fn try_expired(&self) -> Result<String, Trouble> {
        let long_ago = self.now() - Duration::from_hours(2);
        let ticket = self
            .put_ticket(base(&self.key("expired")), long_ago)
            .await?;
        let answer = self.use_ticket(Method::PUT, &ticket, PROBE).await?;
        must_refuse(&answer, "a ticket that ended almost two hours ago")
    }

    pub(super) async fn tampered(&self) -> Verdict {
        verdict(self.try_tampered().await)
    }

    /// For another key, and for a longer life.
    async fn try_tampered(&self) -> Result<String, Trouble> {
        let (asked, other) = (self.key("asked"), self.key("other"));
        let ticket = self.put_ticket(base(&asked), self.now()).await?;
        self.note(&other);
        let url = ticket.url.expose();
        for (changed, what) in [
            (
                url.replacen("asked.webm", "other.webm", 1),
                "a ticket for another key",
            ),
            (
                url.replacen("X-Amz-Expires=600", "X-Amz-Expires=604800", 1),
                "a ticket whose life was changed",
            ),
        ] {
            if changed == url {
                return Err(Trouble::new(
                    "the URL could not be changed",
                    "it was made here",
                    "report it",
                ));
            }
            let changed = SignedRequest {
                url: SecretText::from(changed),
                ..ticket.clone()
            };
            let answer = self.use_ticket(Method::PUT, &changed, PROBE).await?;
            must_refuse(&answer, what)?;
        }
        Ok("for another key, and for a longer life".to_owned())
    }

    pub(super) async fn content_type(&self) -> Verdict {
        verdict(self.try_content_type().await)
    }

    async fn try_content_type(&self) -> Result<String, Trouble> {
        let mut ticket = self.put_ticket(base(&self.key("type")), self.now()).await?;
        let headers = &mut ticket.headers;
        headers.insert("content-type".to_owned(), "text/html".to_owned());
        let answer = self.use_ticket(Method::PUT, &ticket, PROBE).await?;
        must_refuse(&answer, "text/html in place of video/webm")
    }

    pub(super) async fn size(&self) -> Verdict {
        verdict(self.try_size().await)
    }

    async fn try_size(&self) -> Result<String, Trouble> {
        let key = self.key("size");
        let ticket = PutTicket {
            content_length: Some(PROBE.len() as u64),
            ..base(&key)
        };
        let ticket = self.put_ticket(ticket, self.now()).await?;
        let longer = [PROBE, b"."].concat();
        let answer = self.use_ticket(Method::PUT, &ticket, &longer).await?;
        must_refuse(&answer, "one byte more than was signed")
    }

    pub(super) async fn write_once(&self) -> Verdict {
        verdict(self.try_write_once().await)
    }

    async fn try_write_once(&self) -> Result<String, Trouble> {
        let key = self.key("once");
        let ticket = PutTicket {
            write_once: true,
            ..base(&key)
        };
        let ticket = self.put_ticket(ticket, self.now()).await?;
        let first = self.use_ticket(Method::PUT, &ticket, PROBE).await?;
        super::bucket::taken(&first, super::causes::Tried::Put)?;
        let second = self
            .use_ticket(Method::PUT, &ticket, b"another recording")
            .await?;
        if second.is(412) {
            return Ok("the second is answered 412, and the first stays".to_owned());
        }
        let kept = self
            .use_ticket(Method::GET, &self.get_ticket_of(&key).await?, &[])
            .await?;
        if kept.body == PROBE {
            return Ok(format!("{second}, and the first stays"));
        }
        Err(Trouble::new(
            format!("{second}, and the first recording is gone"),
            "whoever holds an upload URL can replace the finished recording while it lives",
            "turn on versioning, and keep `urlExpiresIn` short: this store does not know If-None-Match",
        ))
    }
}

/// A store that takes what nobody has signed checks no signatures.
fn must_refuse(answer: &Answer, what: &str) -> Result<String, Trouble> {
    if answer.is_refusal() {
        let code = answer.code.as_deref().unwrap_or("no code");
        return Ok(format!("{} {code}", answer.status.as_u16()));
    }
    if answer.status.is_success() {
        return Err(Trouble::new(
            format!("the store took {what} ({})", answer.status.as_u16()),
            "a ticket must open what was signed, for as long as was signed, and nothing else: this store does not check it",
            "do not keep recordings in this store; if it is one of S3's kind, look for a setting that turns signatures off",
        ));
    }
    Err(super::causes::answered(answer, super::causes::Tried::Put))
}
