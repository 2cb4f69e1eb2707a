//! HTTP/1.1 by hand, so that the tests' servers can break its rules at any byte.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A request whose head has been read.
pub(super) struct Exchange {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: BTreeMap<String, String>,
    stream: BufReader<TcpStream>,
    left_bytes: usize,
}

impl Exchange {
    async fn read(stream: TcpStream) -> Option<Self> {
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let (method, rest) = line.split_once(' ')?;
        let (target, _version) = rest.split_once(' ')?;
        let (method, target) = (method.to_owned(), target.to_owned());
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await.ok()?;
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        let left_bytes = headers
            .get("content-length")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        Some(Self {
            method,
            target,
            headers,
            stream,
            left_bytes,
        })
    }

    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    pub(super) fn query(&self, wanted: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find_map(|(name, value)| (name == wanted).then_some(value))
    }

    /// So many bytes of the body, or fewer where it ends before.
    pub(super) async fn read_body(&mut self, most_bytes: usize) -> Option<Vec<u8>> {
        let mut body = vec![0; most_bytes.min(self.left_bytes)];
        self.stream.read_exact(&mut body).await.ok()?;
        self.left_bytes -= body.len();
        Some(body)
    }

    pub(super) async fn json(&mut self) -> Value {
        let body = self.read_body(usize::MAX).await.unwrap_or_default();
        serde_json::from_slice(&body).unwrap_or(Value::Null)
    }

    /// Answers and closes. What was not read of the body makes the kernel reset the connection after the answer.
    pub(super) async fn answer(mut self, status: u16, headers: &[(&str, &str)], body: &[u8]) {
        let mut text = format!(
            "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n",
            body.len()
        );
        for (name, value) in headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        text += "\r\n";
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(body);
        let _ = self.stream.write_all(&bytes).await;
        let _ = self.stream.flush().await;
    }

    pub(super) async fn answer_json(self, status: u16, body: &Value) {
        let headers = [("content-type", "application/json")];
        self.answer(status, &headers, body.to_string().as_bytes())
            .await;
    }

    /// Breaks the connection.
    pub(super) fn reset(self) {
        let socket = socket2::SockRef::from(self.stream.get_ref());
        socket.set_linger(Some(Duration::ZERO)).unwrap();
    }

    /// Holds the connection until the other side closes it.
    pub(super) async fn hold(mut self) {
        let mut rest = [0];
        let _ = self.stream.read(&mut rest).await;
        std::future::pending::<()>().await;
    }

    /// Reads nothing more, and answers nothing.
    pub(super) async fn stall(self) {
        std::future::pending::<()>().await;
    }
}

/// A server on a port of its own. Dropping it closes every connection.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    _connections: JoinSet<()>,
}

impl Server {
    pub(super) async fn start<F>(handle: impl Fn(Exchange) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let handle = Arc::new(handle);
        let mut connections = JoinSet::new();
        connections.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let handle = handle.clone();
                open.spawn(async move {
                    if let Some(exchange) = Exchange::read(stream).await {
                        handle(exchange).await;
                    }
                });
            }
        });
        Self {
            address,
            _connections: connections,
        }
    }
}
