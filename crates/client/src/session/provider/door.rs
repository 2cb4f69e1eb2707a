//! Where the browser's answer comes back: a port of this computer's loopback that is open for one sign-in (RFC 8252,
//! section 7.3).

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use url::Url;

/// The path that the provider sends the browser to.
const PATH: &str = "/callback";

/// Longest wait for a request's head: browsers open connections that they may never use.
const HEAD_LIMIT: Duration = Duration::from_secs(10);

/// Longest head that is read, in bytes.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// Most connections that are listened to at a time.
const MAX_CONNECTIONS: usize = 32;

/// What the browser brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Brought {
    pub(super) code: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) error: Option<String>,
}

/// An open port. Dropping it closes it.
#[derive(Debug)]
pub(super) struct Door {
    listener: TcpListener,
    port: u16,
}

impl Door {
    pub(super) async fn open() -> io::Result<Self> {
        // By number: what `localhost` resolves to is for others to say (RFC 8252, section 8.3).
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    /// What the provider is told to send the browser to.
    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    /// Waits for the answer to the sign-in of this `state`. Whatever else comes is told that there is nothing.
    pub(super) async fn answer(self, state: &str) -> io::Result<Brought> {
        let mut heads = FuturesUnordered::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if heads.len() < MAX_CONNECTIONS => {
                    heads.push(read_head(accepted?.0));
                }
                Some((mut stream, target)) = heads.next(), if !heads.is_empty() => {
                    let brought = target.and_then(|target| brought(&target, state));
                    let page = page_for(brought.as_ref());
                    // The browser may be gone; what it brought counts.
                    let _ = timeout(HEAD_LIMIT, reply(&mut stream, page)).await;
                    if let Some(brought) = brought {
                        return Ok(brought);
                    }
                }
            }
        }
    }
}

/// The connection with the address that is asked for, if it is asked for by GET.
async fn read_head(mut stream: TcpStream) -> (TcpStream, Option<String>) {
    let mut head = Vec::new();
    let reading = async {
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            if head.len() > MAX_HEAD_BYTES || stream.read_buf(&mut head).await? == 0 {
                return Err(io::Error::from(io::ErrorKind::InvalidData));
            }
        }
        Ok(())
    };
    let whole = matches!(timeout(HEAD_LIMIT, reading).await, Ok(Ok(())));
    let text = String::from_utf8(head).ok().filter(|_| whole);
    let target = text.and_then(|text| {
        let mut words = text.lines().next()?.split(' ');
        let is_get = words.next() == Some("GET");
        words.next().filter(|_| is_get).map(str::to_owned)
    });
    (stream, target)
}

/// What is brought by a request for this address; `None` where it is another one's, or none.
fn brought(target: &str, state: &str) -> Option<Brought> {
    let address = Url::parse("http://127.0.0.1/").ok()?.join(target).ok()?;
    if address.path() != PATH {
        return None;
    }
    let mut brought = Brought::default();
    let mut is_ours = false;
    for (name, value) in address.query_pairs() {
        let value = value.into_owned();
        match &*name {
            "state" => is_ours = value == state,
            "code" => brought.code = Some(value),
            "iss" => brought.issuer = Some(value),
            "error" => brought.error = Some(value),
            _ => {}
        }
    }
    (is_ours && (brought.code.is_some() || brought.error.is_some())).then_some(brought)
}

struct Page {
    status: &'static str,
    title: &'static str,
    text: &'static str,
}

fn page_for(brought: Option<&Brought>) -> Page {
    match brought {
        None => Page {
            status: "404 Not Found",
            title: "Nothing here",
            text: "This address is for one sign-in, and this is not its answer.",
        },
        Some(Brought { error: Some(_), .. }) => Page {
            status: "200 OK",
            title: "You are not signed in",
            text: "You can close this window. Revui Uploader says what happened.",
        },
        Some(_) => Page {
            status: "200 OK",
            title: "Almost there",
            text: "You can close this window and go back to Revui Uploader.",
        },
    }
}

/// A page that loads nothing, is kept nowhere, and passes its own address on to nobody.
async fn reply(stream: &mut TcpStream, page: Page) -> io::Result<()> {
    let Page {
        status,
        title,
        text,
    } = page;
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title}</title><body style=\"font: 1rem system-ui; margin: 4rem auto; max-width: 30rem\">\
         <h1>{title}</h1><p>{text}</p>"
    );
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         content-security-policy: default-src 'none'; style-src 'unsafe-inline'\r\nreferrer-policy: no-referrer\r\n\
         cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_answer_to_this_sign_in_is_taken() {
        let with_code = |issuer: Option<&str>| Brought {
            code: Some("c d".to_owned()),
            issuer: issuer.map(str::to_owned),
            error: None,
        };
        let denied = Brought {
            error: Some("access_denied".to_owned()),
            ..Brought::default()
        };
        for (target, expected) in [
            ("/callback?code=c%20d&state=s", Some(with_code(None))),
            (
                "/callback?iss=https%3A%2F%2Fa.example&state=s&code=c+d",
                Some(with_code(Some("https://a.example"))),
            ),
            ("/callback?error=access_denied&state=s", Some(denied)),
            ("/callback?code=c&state=another", None),
            ("/callback?code=c", None),
            ("/callback?state=s", None),
            ("/favicon.ico?code=c&state=s", None),
            ("//evil.example/?code=c&state=s", None),
            ("", None),
        ] {
            assert_eq!(brought(target, "s"), expected, "{target}");
        }
    }

    async fn ask(port: u16, text: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn idle_and_foreign_connections_keep_nobody_out() {
        let door = Door::open().await.unwrap();
        let port = door.port;
        assert_eq!(door.address(), format!("http://127.0.0.1:{port}/callback"));
        let waiting = tokio::spawn(door.answer("s"));
        let _idle = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        for foreign in [
            "GET /callback?code=c&state=x HTTP/1.1\r\n\r\n",
            "POST /callback?code=c&state=s HTTP/1.1\r\n\r\n",
            "noise\r\n\r\n",
        ] {
            let answer = ask(port, foreign).await;
            assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
        }
        let answer = ask(
            port,
            "GET /callback?code=c&state=s HTTP/1.1\r\nhost: x\r\n\r\n",
        )
        .await;
        assert!(answer.contains("close this window"), "{answer}");
        let brought = waiting.await.unwrap().unwrap();
        assert_eq!(brought.code.as_deref(), Some("c"));
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
    }
}
