//! From a place to a recording that the backend calls complete.

use std::time::Instant;

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Map, Value, json};
use uuid::Uuid;
use wire::Secret;

use super::blame::{self, Asked, Fault, Whose};
use super::exchange::Reply;
use super::run::{Found, Place, Run, Unmet, answered, refused, skipped};
use crate::presigned::Query;
use crate::ticket::{Offer, SignedRequest};

const FILE_NAME: &str = "revui-check.webm";
const CONTENT_TYPE: &str = "video/webm";

const MEND_RULES: &str = "Have the backend refuse it with 400.";

impl Run {
    pub(super) async fn initiate(&mut self) -> Found {
        let at = self.reserve(&json!({})).await?;
        let place = &self.places[at];
        let query = Query::of(&place.upload_url);
        let signed = query.value("X-Amz-SignedHeaders").unwrap_or_default();
        self.judge_key(&place.key)?;
        let seconds = query.lifetime().map_or(0, |life| life.as_secs());
        Ok(format!(
            "{}; the URL lives {seconds} s and signs {signed}",
            place.key
        ))
    }

    /// `{tenantId}/{taskId}/{userId}/{timestamp}_{filename}`, and the tenant and user are the caller's.
    fn judge_key(&self, key: &str) -> Result<(), Unmet> {
        let wrong = |found: String| {
            let wanted =
                "a key {tenantId}/{taskId}/{userId}/{timestamp}_{filename} of the caller's own";
            let mend = "Make keys as the guide has it: they are what isolates tenants.";
            Err(Fault::new(Whose::Backend, wanted, found, mend).into())
        };
        let segments: Vec<&str> = key.split('/').collect();
        let [tenant, task, user, name] = segments.as_slice() else {
            return wrong(key.to_owned());
        };
        let is_named = name.split_once('_').is_some_and(|(time, rest)| {
            rest == FILE_NAME && !time.is_empty() && time.bytes().all(|b| b.is_ascii_digit())
        });
        if *task != self.task || !is_named {
            return wrong(key.to_owned());
        }
        match self.own()?.user.as_ref() {
            Some(own)
                if !own.tenant_id.as_str().is_empty() && own.tenant_id.as_str() != *tenant =>
            {
                wrong(format!(
                    "{key}, of another tenant than {}",
                    own.tenant_id.as_str()
                ))
            }
            Some(own) if own.id.as_str() != own.email && own.id.as_str() != *user => {
                wrong(format!("{key}, of another user than {}", own.id.as_str()))
            }
            _ => Ok(()),
        }
    }

    /// Reserves a place with these fields besides the base contract's, and keeps it for the clean-up; its number.
    pub(super) async fn reserve(&mut self, more: &Value) -> Result<usize, Unmet> {
        let mut body =
            json!({ "taskId": self.task, "filename": FILE_NAME, "contentType": CONTENT_TYPE });
        if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
            body.extend(more.clone());
        }
        let proof = Some(&self.own()?.proof);
        let reply = self
            .ask(Method::POST, "/recordings/initiate", proof, Some(&body))
            .await?;
        if reply.status.as_u16() == 500 && Uuid::try_parse(&self.task).is_err() {
            let mend = "Task ids are UUIDs at some backends: name one by --task.";
            return Err(Fault::new(
                Whose::Yours,
                "status 201",
                "status 500 for a task id that is no UUID",
                mend,
            )
            .into());
        }
        answered(&reply, &[201])?;
        let answer = reply.json().unwrap_or_default();
        let place = self.read_place(&answer)?;
        self.places.push(place);
        Ok(self.places.len() - 1)
    }

    fn read_place(&self, answer: &Value) -> Result<Place, Unmet> {
        let text = |name: &str| {
            answer[name].as_str().map(str::to_owned).ok_or_else(|| {
                let mend = "Answer as the contract has it.";
                Unmet::from(Fault::new(
                    Whose::Backend,
                    format!("`{name}` in the answer to initiate"),
                    "none",
                    mend,
                ))
            })
        };
        let (id, key, upload_url) = (text("recordingId")?, text("s3Key")?, text("uploadUrl")?);
        let url = Secret::from(upload_url.as_str());
        let named: Option<Map<String, Value>> = answer["uploadHeaders"].as_object().cloned();
        let named = named.map(|headers| {
            let pairs = headers.into_iter();
            pairs
                .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
                .collect()
        });
        let ticket = SignedRequest::read(&Offer {
            url: &url,
            headers: named.as_ref(),
            content_type: Some(CONTENT_TYPE),
            expires_in: None,
            expires_at: None,
            clock_offset: None,
            server: &self.check.server,
            received_at: Timestamp::now(),
        });
        let ticket = ticket.map_err(|error| {
            let mend = "Sign host and content-type, name every other header in `uploadHeaders`, and sign for an address that clients reach by https.";
            Fault::new(Whose::Backend, "an upload URL that a client can use", error.to_string(), mend)
        })?;
        let headers = ticket
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
        Ok(Place {
            id,
            key,
            upload_url,
            headers: headers.collect(),
            made: Instant::now(),
            is_gone: false,
        })
    }

    pub(super) async fn other_type(&mut self) -> Found {
        if self.uploads.is_none() {
            return skipped("the base contract does not say which types are taken");
        }
        let body = json!({ "taskId": self.task, "filename": "revui-check.exe", "contentType": "application/x-msdownload" });
        self.no_place_for(&body).await
    }

    pub(super) async fn bad_task(&mut self) -> Found {
        let body = json!({ "taskId": "../revui-check", "filename": FILE_NAME, "contentType": CONTENT_TYPE });
        self.no_place_for(&body).await
    }

    /// The deployed service answers a task id that is none with a plain 500: no place either.
    fn refusals(&self) -> &'static [u16] {
        if self.uploads.is_some() {
            &[400, 415, 422]
        } else {
            &[400, 415, 422, 500]
        }
    }

    async fn no_place_for(&mut self, body: &Value) -> Found {
        let proof = Some(&self.own()?.proof);
        let reply = self
            .ask(Method::POST, "/recordings/initiate", proof, Some(body))
            .await?;
        if reply.status.is_success()
            && let Some(Ok(place)) = reply.json().map(|answer| self.read_place(&answer))
        {
            self.places.push(place);
        }
        let status = refused(&reply, self.refusals(), MEND_RULES)?;
        Ok(format!("{status}"))
    }

    pub(super) async fn early_complete(&mut self) -> Found {
        if self.uploads.is_none() {
            return skipped("the base contract does not say that complete asks the store");
        }
        let reply = self.ask_to_complete(&self.place()?.key).await?;
        let mend = "Ask the store for the object and its size before saying COMPLETE.";
        let status = refused(&reply, &[409], mend)?;
        Ok(status.to_string())
    }

    pub(super) async fn upload(&mut self) -> Found {
        let reply = self.put_is_taken(self.place()?).await?;
        let etag = reply.header("etag").is_some();
        self.is_uploaded = true;
        if etag {
            return Ok(format!("{} bytes", self.content.len()));
        }
        let mend = "Have the proxy before the store leave the ETag header alone; for browsers, expose it by CORS.";
        Err(Fault::new(Whose::Network, "an ETag with the answer", "none", mend).into())
    }

    /// Puts the bytes there, which the store has to take.
    pub(super) async fn put_is_taken(&self, place: &Place) -> Result<Reply, Unmet> {
        let (url, headers) = (&place.upload_url, &place.headers);
        let put = self
            .courier()?
            .knock(Method::PUT, url, headers, Some(self.content.clone()));
        let reply = put
            .await
            .map_err(|why| blame::of_silence(Asked::Store, "the bytes to be taken", why))?;
        if reply.status.as_u16() != 200 {
            return Err(blame::of_reply(Asked::Store, "status 200", &reply).into());
        }
        Ok(reply)
    }

    async fn ask_to_complete(&self, key: &str) -> Result<Reply, Unmet> {
        let place = self.place()?;
        let body = json!({ "s3Key": key, "fileSize": self.content.len(), "duration": 1 });
        let path = format!("/recordings/{}/complete", place.id);
        self.ask(Method::POST, &path, Some(&self.own()?.proof), Some(&body))
            .await
    }

    pub(super) async fn foreign_key(&mut self) -> Found {
        if !self.is_uploaded {
            return skipped("nothing was uploaded");
        }
        let reply = self
            .ask_to_complete("another-tenant/t/u/1_revui-check.webm")
            .await?;
        let mend =
            "Compare the key with the recording's own, or a client completes what is another's.";
        let status = refused(&reply, &[400, 403, 404, 409], mend)?;
        Ok(status.to_string())
    }

    pub(super) async fn complete(&mut self) -> Found {
        if !self.is_uploaded {
            return skipped("nothing was uploaded");
        }
        let reply = self.ask_to_complete(&self.place()?.key).await?;
        answered(&reply, &[200])?;
        self.is_complete = true;
        let answer = reply.json().unwrap_or_default();
        self.judge_recording(&answer)?;
        Ok("COMPLETE".to_owned())
    }

    /// Status, size and key, wherever a recording is described.
    pub(super) fn judge_recording(&self, answer: &Value) -> Result<(), Unmet> {
        let size = &answer["fileSize"];
        let size = size.as_u64().or_else(|| size.as_str()?.parse().ok());
        let found = (
            answer["uploadStatus"].as_str(),
            size,
            answer["s3Key"].as_str(),
        );
        let place = self.place()?;
        if found
            == (
                Some("COMPLETE"),
                Some(self.content.len() as u64),
                Some(place.key.as_str()),
            )
        {
            return Ok(());
        }
        let wanted = format!("COMPLETE, {} bytes, {}", self.content.len(), place.key);
        let shown = |text: Option<&str>| text.unwrap_or("nothing").to_owned();
        let bytes = found
            .1
            .map_or_else(|| "no size".to_owned(), |bytes| format!("{bytes} bytes"));
        let found = format!("{}, {bytes}, {}", shown(found.0), shown(found.2));
        Err(Fault::new(
            Whose::Backend,
            wanted,
            found,
            "Answer with what the store says of the object.",
        )
        .into())
    }

    pub(super) async fn complete_again(&mut self) -> Found {
        let key = self.completed()?.key.clone();
        let reply = self.ask_to_complete(&key).await?;
        // The deployed service says 400 "already COMPLETE".
        answered(&reply, &[200, 400, 409])?;
        Ok(reply.status.as_u16().to_string())
    }
}
