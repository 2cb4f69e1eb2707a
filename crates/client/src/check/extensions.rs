//! What a backend promises beyond the base contract.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::blame::{self, Asked, Fault, Whose};
use super::run::{Found, Run, Unmet, answered, skipped};

impl Run {
    /// A place with the extension's fields; its number.
    async fn reserve_extended(&mut self) -> Result<usize, Unmet> {
        if self.uploads.is_none() {
            return skipped("not advertised: the backend keeps the base contract");
        }
        self.own()?;
        let fields: Value =
            json!({ "idempotencyKey": Uuid::new_v4().to_string(), "fileSize": self.content.len() });
        self.reserve(&fields).await
    }

    pub(super) async fn write_once(&mut self) -> Found {
        let at = self.reserve_extended().await?;
        let place = &self.places[at];
        self.put_is_taken(place).await?;
        let mut other = self.content.clone();
        other.reverse();
        let put = self
            .courier()?
            .knock(Method::PUT, &place.upload_url, &place.headers, Some(other))
            .await;
        let second = put.map_err(|why| blame::of_silence(Asked::Store, "a refusal", why))?;
        match second.status.as_u16() {
            status @ (403 | 409 | 412) => Ok(status.to_string()),
            status if second.status.is_success() => {
                let is_asked = place
                    .headers
                    .iter()
                    .any(|(name, _)| name == "if-none-match");
                let (whose, mend) = if is_asked {
                    (
                        Whose::Store,
                        "This store takes no notice of If-None-Match: a URL that leaks can replace a recording. Use one that does.",
                    )
                } else {
                    (
                        Whose::Backend,
                        "Sign `If-None-Match: *` with extension tickets.",
                    )
                };
                Err(Fault::new(
                    whose,
                    "412",
                    format!("status {status}: it was replaced"),
                    mend,
                )
                .into())
            }
            _ => Err(blame::of_reply(Asked::Store, "412", &second).into()),
        }
    }

    pub(super) async fn wrong_size(&mut self) -> Found {
        let at = self.reserve_extended().await?;
        let place = &self.places[at];
        self.put_is_refused(&place.upload_url, &place.headers, &[400, 403])
            .await
    }

    pub(super) async fn give_up(&mut self) -> Found {
        let at = self.reserve_extended().await?;
        let path = format!("/recordings/{}/upload", self.places[at].id);
        let reply = self
            .ask(Method::DELETE, &path, Some(&self.own()?.proof), None)
            .await?;
        answered(&reply, &[204])?;
        self.places[at].is_gone = true;
        Ok("204".to_owned())
    }
}
