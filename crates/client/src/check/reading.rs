//! What is shown of a finished recording, and what its link gives.

use reqwest::Method;
use reqwest::header::CONTENT_RANGE;
use uuid::Uuid;

use super::blame::{self, Asked, Fault, Whose};
use super::exchange::Reply;
use super::run::{Found, Run, Unmet, answered, refused, skipped};
use super::tampering::tampered;

impl Run {
    pub(super) async fn get(&mut self) -> Found {
        let path = format!("/recordings/{}", self.completed()?.id);
        let reply = self
            .ask(Method::GET, &path, Some(&self.own()?.proof), None)
            .await?;
        answered(&reply, &[200])?;
        let answer = reply.json().unwrap_or_default();
        self.judge_recording(&answer)?;
        self.link = answer["downloadUrl"].as_str().map(str::to_owned);
        if self.link.is_none() {
            let mend = "Give a COMPLETE recording a `downloadUrl`.";
            return Err(Fault::new(Whose::Backend, "a download link", "none", mend).into());
        }
        let mime_type = answer["mimeType"].as_str().unwrap_or("no type");
        Ok(format!("COMPLETE, {mime_type}, with a link"))
    }

    fn link(&self) -> Result<&str, Unmet> {
        match &self.link {
            Some(link) if !self.is_deleted => Ok(link),
            _ => skipped("there is no link"),
        }
    }

    pub(super) async fn open(&self, address: &str, range: Option<&str>) -> Result<Reply, Unmet> {
        let headers: Vec<(String, String)> = range
            .map(|range| ("range".to_owned(), range.to_owned()))
            .into_iter()
            .collect();
        let reply = self
            .courier()?
            .knock(Method::GET, address, &headers, None)
            .await;
        reply.map_err(|why| blame::of_silence(Asked::Store, "the link to open", why).into())
    }

    pub(super) async fn range(&mut self) -> Found {
        let reply = self.open(self.link()?, Some("bytes=0-0")).await?;
        let stated = reply
            .header(CONTENT_RANGE.as_str())
            .unwrap_or_default()
            .to_owned();
        let wanted = format!("bytes 0-0/{}", self.content.len());
        match reply.status.as_u16() {
            206 if stated.eq_ignore_ascii_case(&wanted)
                && reply.body.first() == self.content.first() =>
            {
                Ok(wanted)
            }
            206 => {
                let mend = "Another object lies there, or something on the way changes answers.";
                Err(Fault::new(
                    Whose::Store,
                    wanted,
                    format!("{stated}, {} bytes", reply.body.len()),
                    mend,
                )
                .into())
            }
            200 => {
                let mend =
                    "A store or proxy that knows no ranges lets nobody jump within a recording.";
                Err(Fault::new(
                    Whose::Store,
                    "status 206",
                    "status 200: the whole file",
                    mend,
                )
                .into())
            }
            _ => Err(blame::of_reply(Asked::Store, "status 206", &reply).into()),
        }
    }

    pub(super) async fn download(&mut self) -> Found {
        let reply = self.open(self.link()?, None).await?;
        if reply.status.as_u16() != 200 {
            return Err(blame::of_reply(Asked::Store, "status 200", &reply).into());
        }
        if reply.body == self.content {
            return Ok(format!("{} bytes, the same", self.content.len()));
        }
        let same = reply
            .body
            .iter()
            .zip(&self.content)
            .take_while(|(one, other)| one == other)
            .count();
        let found = format!("{} bytes, other ones from byte {same} on", reply.body.len());
        let mend = "Bytes were changed on their way there or back, or in the store: have uploads carry a checksum, and go by https.";
        Err(Fault::new(
            Whose::Store,
            format!("the {} bytes that were sent", self.content.len()),
            found,
            mend,
        )
        .into())
    }

    pub(super) async fn tampered_link(&mut self) -> Found {
        let reply = self.open(&tampered(self.link()?), None).await?;
        Self::link_is_refused(&reply, &[400, 403])
    }

    pub(super) async fn public_object(&mut self) -> Found {
        let bare = self
            .link()?
            .split('?')
            .next()
            .unwrap_or_default()
            .to_owned();
        let reply = self.open(&bare, None).await?;
        // Who may not list a bucket is not told what is there.
        Self::link_is_refused(&reply, &[400, 401, 403, 404])
    }

    fn link_is_refused(reply: &Reply, statuses: &[u16]) -> Found {
        let status = reply.status.as_u16();
        if statuses.contains(&status) {
            let code = blame::store_code(reply).unwrap_or_default();
            return Ok(format!("{status} {code}").trim().to_owned());
        }
        if reply.status.is_success() {
            let mend = "Block public access to the bucket, and use a store that checks signatures.";
            return Err(Fault::new(
                Whose::Store,
                "a refusal",
                format!("status {status}: it was given out"),
                mend,
            )
            .into());
        }
        Err(blame::of_reply(Asked::Store, "a refusal (403)", reply).into())
    }

    pub(super) async fn list(&mut self) -> Found {
        let id = self.completed()?.id.clone();
        let path = format!("/recordings/task/{}", self.task);
        let reply = self
            .ask(Method::GET, &path, Some(&self.own()?.proof), None)
            .await?;
        answered(&reply, &[200])?;
        let list = reply.json().unwrap_or_default();
        let entry = list
            .as_array()
            .and_then(|list| list.iter().find(|entry| entry["id"] == id.as_str()));
        let Some(entry) = entry else {
            let mend = "List the COMPLETE recordings of the task, newest first.";
            return Err(Fault::new(
                Whose::Backend,
                "the recording in its task's list",
                "it is not in it",
                mend,
            )
            .into());
        };
        if entry.get("downloadUrl").is_some_and(|link| !link.is_null()) {
            let mend = "Lists carry no links: each would be one more that can leak.";
            return Err(Fault::new(
                Whose::Backend,
                "a list without links",
                "a downloadUrl in it",
                mend,
            )
            .into());
        }
        Ok("listed, without a link".to_owned())
    }

    pub(super) async fn unknown_id(&mut self) -> Found {
        let path = format!("/recordings/{}", Uuid::new_v4());
        let reply = self
            .ask(Method::GET, &path, Some(&self.own()?.proof), None)
            .await?;
        let status = refused(&reply, &[404], "Answer 404 to an id that is not there.")?;
        Ok(status.to_string())
    }
}
