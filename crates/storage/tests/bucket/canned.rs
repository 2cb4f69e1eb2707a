//! A server that gives the answers it was given, in order, and keeps what it was asked.

use std::sync::{Arc, Mutex};

use storage::{Bucket, BucketConfig, Credentials, Encryption, PartChecksum};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// One answer: the status, header lines without their ends, the body.
pub(crate) type Answer = (u16, &'static [&'static str], String);

/// The server ends with the test's runtime.
pub(crate) struct Canned {
    pub(crate) origin: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// One request.
#[derive(Clone)]
pub(crate) struct Asked {
    /// Request line and headers.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Asked {
    /// The value of a header; empty without it.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        value.unwrap_or_default()
    }
}

impl Canned {
    pub(crate) async fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        tokio::spawn(async move {
            for answer in answers {
                let (stream, _) = listener.accept().await.unwrap();
                let request = answer_one(stream, answer).await;
                heard.lock().unwrap().push(request);
            }
        });
        Self { origin, asked }
    }

    /// Method and target of every request so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        let asked = self.requests();
        let lines = asked.iter().map(|asked| asked.head.lines().next().unwrap());
        lines
            .map(|line| line.trim_end_matches(" HTTP/1.1").to_owned())
            .collect()
    }

    /// Every request so far.
    pub(crate) fn requests(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) async fn bucket(&self) -> Bucket {
        self.bucket_with(Encryption::BucketDefault).await
    }

    pub(crate) async fn bucket_with(&self, encryption: Encryption) -> Bucket {
        self.bucket_of(encryption, PartChecksum::Sha256).await
    }

    /// One that holds parts to this checksum.
    pub(crate) async fn bucket_of(
        &self,
        encryption: Encryption,
        part_checksum: PartChecksum,
    ) -> Bucket {
        let config = BucketConfig {
            region: "us-east-1".to_owned(),
            bucket: "recordings".to_owned(),
            endpoint_url: Some(self.origin.parse().unwrap()),
            credentials: Credentials::Static {
                access_key_id: "AKIDEXAMPLE".to_owned(),
                secret_access_key: "secret".into(),
                session_token: None,
            },
            encryption,
            part_checksum,
            tagging: true,
            signing_role: None,
        };
        Bucket::connect(config).await.unwrap()
    }
}

async fn answer_one(mut stream: TcpStream, (status, headers, body): Answer) -> Asked {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let mut asked = Asked {
        head: String::from_utf8(head).unwrap(),
        body: String::new(),
    };
    let length = asked.header("content-length").parse().unwrap_or(0);
    let mut sent = vec![0; length];
    stream.read_exact(&mut sent).await.unwrap();
    asked.body = String::from_utf8(sent).unwrap();

    let lines = headers.iter().map(|line| format!("{line}\r\n"));
    let lines = lines.collect::<Vec<_>>().concat();
    let length = if lines.contains("content-length") {
        String::new()
    } else {
        format!("content-length: {}\r\n", body.len())
    };
    let answer = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{lines}{length}\r\n{body}");
    stream.write_all(answer.as_bytes()).await.unwrap();
    asked
}

/// An error as S3 writes it.
pub(crate) fn error(status: u16, code: &str) -> Answer {
    let body = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
    let headers = &["content-type: application/xml", "x-amz-request-id: R1"];
    (status, headers, body)
}

/// A success without a body.
pub(crate) fn success(status: u16, headers: &'static [&'static str]) -> Answer {
    (status, headers, String::new())
}

/// A success with an XML body.
pub(crate) fn xml(body: &str) -> Answer {
    (200, &["content-type: application/xml"], body.to_owned())
}
