//! Answers that the proxy makes up.

use std::fmt::Write as _;
use std::time::Duration;

/// Longest piece of made-up bytes that is held at once.
const PIECE_BYTES: usize = 64 * 1024;

/// An answer that doesn't come from the upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names and values, beside the length and what [`Answer::close`] needs.
    pub headers: Vec<(String, String)>,
    /// Bytes of headers that say nothing, beside those.
    pub filler_header_bytes: u64,
    /// The body.
    pub body: Body,
    /// How much of the request's body is read before.
    pub reads: Reads,
    /// Whether the upstream gets the request; its own answer is thrown away.
    pub forwarded: bool,
    /// How the connection goes on.
    pub close: Close,
}

/// The body of a made-up answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A text.
    Text(String),
    /// So many spaces.
    Filler(u64),
}

/// How much of a request's body is read before it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Everything.
    All,
    /// So many bytes, or everything if there are fewer.
    Bytes(u64),
}

/// How a connection goes on after a made-up answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    /// It stays open, once the request has been read to its end.
    Never,
    /// It is closed at once. What the client has sent meanwhile and nobody read turns the end into a reset, which often
    /// takes the answer with it.
    AtOnce,
    /// What the client still sends is thrown away until it stops, so that the answer reaches it. Five seconds at most.
    Linger,
}

/// How long [`Close::Linger`] goes on reading.
pub(crate) const LINGER: Duration = Duration::from_secs(5);

impl Answer {
    /// A refusal as S3 writes one, before the body was read.
    pub fn refusal(status: u16, code: &str, message: &str) -> Self {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        );
        Self {
            status,
            headers: vec![header("content-type", "application/xml")],
            filler_header_bytes: 0,
            body: Body::Text(body),
            reads: Reads::Bytes(0),
            forwarded: false,
            close: Close::AtOnce,
        }
    }

    /// 503 `SlowDown`, with the seconds after which to come again.
    pub fn unavailable(retry_after_seconds: Option<u64>) -> Self {
        let mut answer = Self::refusal(503, "SlowDown", "Please reduce your request rate.");
        answer.reads = Reads::All;
        answer.close = Close::Never;
        answer
            .headers
            .extend(retry_after_seconds.map(|seconds| header("retry-after", &seconds.to_string())));
        answer
    }

    /// A success that isn't: 200 with an error in its body, as S3 answers a completion that fails late.
    pub fn error_in_success(code: &str) -> Self {
        Self {
            reads: Reads::All,
            close: Close::Never,
            ..Self::refusal(
                200,
                code,
                "We encountered an internal error. Please try again.",
            )
        }
    }

    /// The page of a network that wants a person to sign in first.
    pub fn captive_portal() -> Self {
        let body = "<!doctype html><html><head><title>Welcome</title></head><body>Sign in to use this network.</body></html>";
        Self {
            headers: vec![header("content-type", "text/html; charset=utf-8")],
            body: Body::Text(body.to_owned()),
            ..Self::error_in_success("")
        }
    }

    /// Somewhere else, please.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self {
            status,
            headers: vec![header("location", location)],
            body: Body::Text(String::new()),
            ..Self::captive_portal()
        }
    }

    /// A body of so many bytes.
    pub fn huge(body_bytes: u64) -> Self {
        Self {
            headers: vec![header("content-type", "application/octet-stream")],
            body: Body::Filler(body_bytes),
            ..Self::captive_portal()
        }
    }

    /// Headers of so many bytes.
    pub fn huge_headers(header_bytes: u64) -> Self {
        Self {
            filler_header_bytes: header_bytes,
            ..Self::captive_portal()
        }
    }

    /// The head; the body is [`Answer::pieces`].
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            // Writing to a String cannot fail.
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if self.close != Close::Never {
            head.push_str("connection: close\r\n");
        }
        let _ = write!(head, "content-length: {}\r\n", self.body_bytes());
        let mut head = head.into_bytes();
        let mut left = usize::try_from(self.filler_header_bytes).unwrap_or(usize::MAX);
        let mut number = 0_u32;
        while left > 0 {
            number += 1;
            let begin = head.len();
            head.extend_from_slice(format!("x-filler-{number}: ").as_bytes());
            // A line is at most 4 KiB, as many servers and clients allow.
            let value = left.saturating_sub(head.len() - begin + 2).clamp(1, 4000);
            head.resize(head.len() + value, b'x');
            head.extend_from_slice(b"\r\n");
            left = left.saturating_sub(head.len() - begin);
        }
        head.extend_from_slice(b"\r\n");
        head
    }

    /// The body in pieces of at most 64 KiB.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        static SPACES: [u8; PIECE_BYTES] = [b' '; PIECE_BYTES];
        let (text, mut filler) = match &self.body {
            Body::Text(text) => (text.as_bytes(), 0),
            Body::Filler(bytes) => (&[][..], *bytes),
        };
        let spaces = std::iter::from_fn(move || {
            let length = usize::try_from(filler)
                .unwrap_or(usize::MAX)
                .min(PIECE_BYTES);
            filler -= length as u64;
            (length > 0).then(|| &SPACES[..length])
        });
        text.chunks(PIECE_BYTES).chain(spaces)
    }

    fn body_bytes(&self) -> u64 {
        match &self.body {
            Body::Text(text) => text.len() as u64,
            Body::Filler(bytes) => *bytes,
        }
    }
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// For people who look at the wire; clients don't.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        307 => "Temporary Redirect",
        403 => "Forbidden",
        503 => "Service Unavailable",
        _ => "Made Up",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_up_has_the_size_that_was_asked_for() {
        let answer = Answer::huge(1_000_000);
        let body: usize = answer.pieces().map(<[u8]>::len).sum();
        assert_eq!(body, 1_000_000);
        assert!(answer.head().ends_with(b"content-length: 1000000\r\n\r\n"));

        let plain = Answer::captive_portal().head().len();
        let head = Answer::huge_headers(1_000_000).head().len() - plain;
        assert!((1_000_000..1_000_100).contains(&head), "{head}");
    }
}
