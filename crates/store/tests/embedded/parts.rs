//! An upload in parts, as a client drives it.

use reqwest::{Client, Response, StatusCode};

use crate::world::{World, body, element, send, sha256_base64, unsigned};

/// Least size of a part that isn't the last.
pub(crate) const MIN_PART_BYTES: usize = 5 * 1024 * 1024;

/// An upload that was begun.
#[derive(Clone)]
pub(crate) struct Upload {
    pub(crate) host: String,
    pub(crate) key: String,
    pub(crate) id: String,
    pub(crate) client: Client,
}

/// A part as a completion names it.
#[derive(Clone)]
pub(crate) struct Named {
    pub(crate) number: u32,
    pub(crate) etag: String,
    pub(crate) sha256: Option<String>,
}

/// Three parts, of which the last is small, and the object that they make.
pub(crate) fn three() -> ([Vec<u8>; 3], Vec<u8>) {
    let whole = body(2 * MIN_PART_BYTES + 70_000);
    let (first, rest) = whole.split_at(MIN_PART_BYTES);
    let (second, third) = rest.split_at(MIN_PART_BYTES);
    ([first.into(), second.into(), third.into()], whole)
}

pub(crate) async fn begin(world: &World, key: &str) -> Upload {
    Upload::begin(&world.client, &world.host, key).await
}

impl Upload {
    /// Asks for SHA-256 of every part.
    pub(crate) async fn begin(client: &Client, host: &str, key: &str) -> Self {
        let request = unsigned(host, "POST", key)
            .query("uploads", "")
            .header("content-type", "video/webm")
            .header("x-amz-checksum-algorithm", "SHA256")
            .header("x-amz-checksum-type", "COMPOSITE");
        let answer = send(client, &request.presign(), "").await;
        assert_eq!(answer.status(), 200);
        let id = element(&answer.text().await.unwrap(), "UploadId");
        assert!(!id.is_empty());
        Self {
            host: host.to_owned(),
            key: key.to_owned(),
            id,
            client: client.clone(),
        }
    }

    /// Sends a part whose length and checksum are signed.
    pub(crate) async fn put(&self, number: u32, bytes: &[u8]) -> Response {
        self.put_claiming(number, bytes, &sha256_base64(bytes))
            .await
    }

    pub(crate) async fn put_claiming(&self, number: u32, bytes: &[u8], sha256: &str) -> Response {
        let request = unsigned(&self.host, "PUT", &self.key)
            .query("partNumber", &number.to_string())
            .query("uploadId", &self.id)
            .header("content-length", &bytes.len().to_string())
            .header("x-amz-checksum-sha256", sha256)
            .presign();
        send(&self.client, &request, bytes.to_vec()).await
    }

    /// Sends a part that is taken.
    pub(crate) async fn store(&self, number: u32, bytes: &[u8]) -> Named {
        let answer = self.put(number, bytes).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let sha256 = sha256_base64(bytes);
        assert_eq!(answer.headers()["x-amz-checksum-sha256"], sha256.as_str());
        Named {
            number,
            etag: answer.headers()["etag"].to_str().unwrap().to_owned(),
            sha256: Some(sha256),
        }
    }

    pub(crate) async fn complete(&self, parts: &[Named]) -> Response {
        self.complete_with(parts, &[]).await
    }

    pub(crate) async fn complete_with(
        &self,
        parts: &[Named],
        headers: &[(&str, &str)],
    ) -> Response {
        self.try_complete(parts, headers).await.unwrap()
    }

    /// An error when no answer comes.
    pub(crate) async fn try_complete(
        &self,
        parts: &[Named],
        headers: &[(&str, &str)],
    ) -> reqwest::Result<Response> {
        let parts: String = parts.iter().map(Named::xml).collect();
        let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        let mut request = unsigned(&self.host, "POST", &self.key).query("uploadId", &self.id);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.presign();
        let mut builder = self.client.post(&request.url).body(body);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        builder.send().await
    }

    pub(crate) async fn abort(&self) -> Response {
        let request = unsigned(&self.host, "DELETE", &self.key).query("uploadId", &self.id);
        send(&self.client, &request.presign(), "").await
    }

    pub(crate) async fn list(&self, query: &[(&str, &str)]) -> Response {
        let mut request = unsigned(&self.host, "GET", &self.key).query("uploadId", &self.id);
        for (name, value) in query {
            request = request.query(name, value);
        }
        send(&self.client, &request.presign(), "").await
    }
}

impl Named {
    fn xml(&self) -> String {
        let (number, etag) = (self.number, &self.etag);
        let sha256 = self.sha256.as_ref().map_or(String::new(), |sha256| {
            format!("<ChecksumSHA256>{sha256}</ChecksumSHA256>")
        });
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>{sha256}</Part>")
    }
}

/// The texts of all elements of that name.
pub(crate) fn elements(xml: &str, name: &str) -> Vec<String> {
    xml.split(&format!("<{name}>"))
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap().to_owned())
        .collect()
}
