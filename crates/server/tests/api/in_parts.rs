//! An upload in parts, made by hand.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;

use crate::world::{Answer, World, path};

/// SHA-256 of `webm`, by `printf webm | sha256sum`.
pub(crate) const SUM_OF_WEBM: &str =
    "ed55d4a2399b114cff437979c536b15ce6a641448b3ceb33a68377451692dac2";

/// Smallest part but the last.
pub(crate) const LEAST: usize = 5 * 1024 * 1024;

pub(crate) fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        })
}

/// An upload in parts, seen from its client.
pub(crate) struct InParts {
    pub(crate) initiated: Answer,
    pub(crate) parts: Vec<Vec<u8>>,
}

impl InParts {
    pub(crate) fn body(size: usize) -> Value {
        json!({
            "taskId": "task-1", "filename": "a.webm", "contentType": "video/webm", "fileSize": size,
            "multipart": true,
        })
    }

    pub(crate) async fn start(world: &World, token: &str, parts: Vec<Vec<u8>>) -> Self {
        let body = Self::body(parts.iter().map(Vec::len).sum());
        Self::start_with(world, token, parts, &body).await
    }

    pub(crate) async fn start_with(
        world: &World,
        token: &str,
        parts: Vec<Vec<u8>>,
        body: &Value,
    ) -> Self {
        let initiated = world.post(token, "/recordings/initiate", body).await;
        Self {
            initiated: initiated.expect(201),
            parts,
        }
    }

    /// Two whole parts and a rest.
    pub(crate) async fn of_three(world: &World, token: &str) -> Self {
        let parts = vec![vec![1; LEAST], vec![2; LEAST], b"the rest".to_vec()];
        Self::start(world, token, parts).await
    }

    pub(crate) fn upload_id(&self) -> &str {
        self.initiated.body["multipart"]["uploadId"]
            .as_str()
            .unwrap()
    }

    pub(crate) fn size(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }

    pub(crate) async fn sign(&self, world: &World, token: &str, numbers: &[usize]) -> Answer {
        let part = |number: &usize| {
            let bytes = &self.parts[number - 1];
            json!({"partNumber": number, "size": bytes.len(), "sha256": sum(bytes)})
        };
        let body = json!({"parts": numbers.iter().map(part).collect::<Vec<_>>()});
        world
            .post(token, &path(&self.initiated, "/parts"), &body)
            .await
    }

    /// Puts every part with a ticket of its own.
    pub(crate) async fn put_all(&self, world: &World, token: &str) {
        let numbers: Vec<usize> = (1..=self.parts.len()).collect();
        for numbers in numbers.chunks(100) {
            let signed = self.sign(world, token, numbers).await.expect(200);
            let mut putting = JoinSet::new();
            for ticket in signed.body["parts"].as_array().unwrap() {
                let number = usize::try_from(ticket["partNumber"].as_u64().unwrap()).unwrap();
                let request = put(world, ticket, self.parts[number - 1].clone());
                putting.spawn(async move { request.send().await.unwrap().status() });
            }
            while let Some(status) = putting.join_next().await {
                assert_eq!(status.unwrap(), 200);
            }
        }
    }

    pub(crate) async fn list(&self, world: &World, token: &str) -> Answer {
        world.get(token, &path(&self.initiated, "/parts")).await
    }

    /// The claim that every part is there, with the tags that the store lists.
    pub(crate) async fn claim(&self, world: &World, token: &str) -> Value {
        let listed = self.list(world, token).await.expect(200);
        let part = |stored: &Value| {
            let number = usize::try_from(stored["partNumber"].as_u64().unwrap()).unwrap();
            json!({
                "partNumber": number, "etag": stored["etag"], "checksum": sum(&self.parts[number - 1]),
            })
        };
        let parts: Vec<Value> = listed.body["parts"]
            .as_array()
            .unwrap()
            .iter()
            .map(part)
            .collect();
        json!({
            "s3Key": self.initiated.text("s3Key"), "fileSize": self.size(), "duration": 7, "parts": parts,
        })
    }

    pub(crate) async fn complete(&self, world: &World, token: &str) -> Answer {
        let claim = self.claim(world, token).await;
        self.complete_with(world, token, &claim).await
    }

    pub(crate) async fn complete_with(&self, world: &World, token: &str, claim: &Value) -> Answer {
        world
            .post(token, &path(&self.initiated, "/complete"), claim)
            .await
    }
}

/// A PUT with all the headers that its ticket names.
pub(crate) fn put(world: &World, ticket: &Value, bytes: Vec<u8>) -> reqwest::RequestBuilder {
    let mut request = world.http.put(ticket["url"].as_str().unwrap()).body(bytes);
    for (name, value) in ticket["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    request
}
