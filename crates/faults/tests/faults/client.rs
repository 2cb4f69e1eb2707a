//! A client that sends what it is given and tells what came back.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One connection.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
}

/// A request of `length` bytes to `target`.
pub(crate) fn put(target: &str, length: usize) -> Vec<u8> {
    let head = format!("PUT {target} HTTP/1.1\r\nHost: store\r\nContent-Length: {length}\r\n\r\n");
    let block: Vec<u8> = (0..=255).collect();
    let mut request = head.into_bytes();
    let end = request.len() + length;
    request.extend(block.repeat(length / block.len() + 1));
    request.truncate(end);
    request
}

/// The body alone.
pub(crate) fn body(request: &[u8]) -> &[u8] {
    let head = request
        .windows(4)
        .position(|end| end == b"\r\n\r\n")
        .unwrap();
    &request[head + 4..]
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self { stream }
    }

    /// Sends `request` and returns the answer to it: head, and as much body as its length says.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> io::Result<String> {
        let (mut reader, mut writer) = self.stream.split();
        let sending = async {
            // What was answered early needn't be sent to its end.
            let _ = writer.write_all(request).await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            answer = answer(&mut reader) => answer,
            () = sending => unreachable!(),
        }
    }

    /// Waits for the connection's end.
    pub(crate) async fn end(&mut self) -> io::Result<usize> {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).await
    }
}

/// One request on a connection of its own.
pub(crate) async fn ask(address: SocketAddr, request: &[u8]) -> io::Result<String> {
    Client::connect(address).await.ask(request).await
}

/// Nothing but an end is an error of its own.
async fn answer(reader: &mut (impl tokio::io::AsyncRead + Unpin)) -> io::Result<String> {
    let mut read = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        if let Some(length) = length(&read)
            && read.len() >= length
        {
            return Ok(String::from_utf8(read).unwrap());
        }
        match reader.read(&mut piece).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => read.extend_from_slice(&piece[..length]),
        }
    }
}

fn length(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
    if text.starts_with("http/1.1 100") {
        return length(&answer[head..]).map(|rest| head + rest);
    }
    let body = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    Some(head + body.map_or(0, |length| length.parse::<usize>().unwrap()))
}
