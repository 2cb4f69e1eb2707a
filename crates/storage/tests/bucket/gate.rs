//! A gate before moto: it lets requests through, counts them, and answers some of them itself, as AWS would.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::moto;

/// The gate ends with the test's runtime.
pub(crate) struct Gate {
    pub(crate) origin: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// What came through.
    seen: Vec<Seen>,
    /// What is answered here.
    answers: Vec<Answer>,
    /// What moto does not know and is kept here instead: what the request contains, and the last body.
    kept: Vec<(&'static str, Option<String>)>,
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// `PUT /bucket?cors`
    pub(crate) line: String,
    pub(crate) body: String,
}

impl Seen {
    /// Whether it changes something. IAM and STS take orders by POST, and name them in the body.
    fn is_write(&self) -> bool {
        let asks = ["Action=Get", "Action=List", "Action=AssumeRole"];
        match self.line.split(' ').next() {
            Some("GET" | "HEAD") => false,
            Some("POST") => !asks.iter().any(|asks| self.body.contains(asks)),
            _ => true,
        }
    }
}

/// What is answered to requests whose line or body contains a text, and how often.
struct Answer {
    to: &'static str,
    times: usize,
    status: u16,
    code: &'static str,
    message: &'static str,
}

impl Gate {
    pub(crate) async fn start() -> Self {
        let moto = tokio::task::spawn_blocking(moto::origin).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    // A client that has gone is no concern of the gate's.
                    let _ = pass(stream, moto, &state).await;
                });
            }
        });
        Self { origin, state }
    }

    /// From now on, requests that contain `to` are answered with this error, so often.
    pub(crate) fn answer(
        &self,
        to: &'static str,
        times: usize,
        (status, code, message): (u16, &'static str, &'static str),
    ) {
        self.state.lock().unwrap().answers.push(Answer {
            to,
            times,
            status,
            code,
            message,
        });
    }

    /// From now on, what is put to `what` is kept here and given back: moto does not know it, and passes over it.
    pub(crate) fn keep(&self, what: &'static str) {
        self.state.lock().unwrap().kept.push((what, None));
    }

    /// Forgets what it saw.
    pub(crate) fn forget(&self) {
        self.state.lock().unwrap().seen.clear();
    }

    /// Requests that change something, since the last time it forgot.
    pub(crate) fn writes(&self) -> Vec<Seen> {
        let state = self.state.lock().unwrap();
        state
            .seen
            .iter()
            .filter(|seen| seen.is_write())
            .cloned()
            .collect()
    }
}

async fn pass(mut client: TcpStream, moto: &str, state: &Mutex<State>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    client.read_exact(&mut body).await?;
    let seen = Seen {
        line: head
            .lines()
            .next()
            .unwrap_or_default()
            .trim_end_matches(" HTTP/1.1")
            .to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    if let Some(answer) = answer_of(state, seen) {
        return client.write_all(answer.as_bytes()).await;
    }
    let mut server = TcpStream::connect(moto.trim_start_matches("http://")).await?;
    let closing = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    server.write_all(closing.as_bytes()).await?;
    server.write_all(&body).await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    client.write_all(&answer).await?;
    client.shutdown().await
}

/// Notes the request; an error where one was asked for.
fn answer_of(state: &Mutex<State>, seen: Seen) -> Option<String> {
    let mut state = state.lock().unwrap();
    let is_head = seen.line.starts_with("HEAD");
    let is_query = seen.body.contains("Action=");
    let found = state.answers.iter_mut().find(|answer| {
        answer.times > 0 && (seen.line.contains(answer.to) || seen.body.contains(answer.to))
    });
    let answer = found.map(|answer| {
        answer.times -= 1;
        let (status, code, message) = (answer.status, answer.code, answer.message);
        let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        let body = if is_head {
            String::new()
        } else if is_query {
            format!("<ErrorResponse>{error}</ErrorResponse>")
        } else {
            error
        };
        format!(
            "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: application/xml\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    });
    let answer = answer.or_else(|| keep(&mut state, &seen));
    state.seen.push(seen);
    answer
}

/// The configuration that was put is the answer to GET, as S3 has it.
fn keep(state: &mut State, seen: &Seen) -> Option<String> {
    let mut kept = state.kept.iter_mut();
    let (_, body) = kept.find(|(what, _)| seen.line.contains(what))?;
    let (status, text) = if seen.line.starts_with("PUT") {
        *body = Some(seen.body.clone());
        (200, String::new())
    } else {
        match body {
            Some(body) => (200, body.clone()),
            None => (
                404,
                "<Error><Code>NoSuchConfiguration</Code></Error>".to_owned(),
            ),
        }
    };
    let length = text.len();
    Some(format!(
        "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: application/xml\r\ncontent-length: {length}\r\n\r\n{text}"
    ))
}
