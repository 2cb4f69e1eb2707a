//! As much of HTTP/1.1 (RFC 9112) as clients of S3 use.

use std::io::{self, BufRead, Write};
use std::sync::atomic::{AtomicU64, Ordering};

/// Longest head of a request, in bytes.
const MOST_HEAD_BYTES: usize = 64 * 1024;

/// Longest body that is looked at: a list of 10,000 parts with their checksums.
const MOST_KEPT_BYTES: usize = 4 * 1024 * 1024;

/// A request without its body.
pub(super) struct Request {
    pub(super) method: String,
    /// As it was sent, still encoded.
    pub(super) path: String,
    query: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
}

/// What came of a body.
pub(super) struct Body {
    /// How many bytes the object has: fewer than were sent where chunks are signed one by one.
    pub(super) size_bytes: u64,
    /// The bytes of a body that is an order rather than an object.
    pub(super) kept: Vec<u8>,
}

/// An answer; its body, if any, is XML or text.
pub(super) struct Answer {
    pub(super) status: &'static str,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Of an object that is described rather than sent (`HEAD`).
    pub(super) described_bytes: Option<u64>,
}

impl Request {
    pub(super) fn read(stream: &mut impl BufRead) -> io::Result<Self> {
        let mut head_bytes = 0;
        let mut next_line = || {
            let line = read_line(stream)?;
            head_bytes += line.len();
            if head_bytes > MOST_HEAD_BYTES {
                return Err(invalid("a head without an end"));
            }
            Ok(line)
        };
        let first = next_line()?;
        let mut words = first.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(invalid("no request line"));
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: Vec::new(),
        };
        loop {
            let line = next_line()?;
            if line.is_empty() {
                return Ok(request);
            }
            let (name, value) = line.split_once(':').ok_or_else(|| invalid("no header"))?;
            let name = name.to_ascii_lowercase();
            request.headers.push((name, value.trim().to_owned()));
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find_map(|(there, value)| (there == name).then_some(value.as_str()))
    }

    /// Every header whose name begins like this.
    pub(super) fn headers_from(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.headers.iter();
        pairs
            .filter(move |(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A parameter of the query, as it was sent; empty where it has no value.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|pair| {
            let (there, value) = pair.split_once('=').unwrap_or((pair, ""));
            (there == name).then_some(value)
        })
    }

    pub(super) fn expects_continue(&self) -> bool {
        self.header("expect")
            .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
    }

    fn has_chunks(&self) -> bool {
        self.header("transfer-encoding")
            .is_some_and(|value| value.eq_ignore_ascii_case("chunked"))
    }

    fn number(&self, header: &str) -> Option<u64> {
        self.header(header)?.parse().ok()
    }
}

/// Reads a body to its end, adding to the count as it comes.
pub(super) fn take_body(
    request: &Request,
    stream: &mut impl BufRead,
    received: &AtomicU64,
) -> io::Result<Body> {
    // Only `PUT` carries an object.
    let mut sink = Sink {
        received,
        kept: (request.method != "PUT").then(Vec::new),
    };
    let sent_bytes = if request.has_chunks() {
        take_chunks(stream, &mut sink)?
    } else {
        let length = request.number("content-length").unwrap_or(0);
        sink.take(stream, length)?;
        length
    };
    Ok(Body {
        size_bytes: request
            .number("x-amz-decoded-content-length")
            .unwrap_or(sent_bytes),
        kept: sink.kept.unwrap_or_default(),
    })
}

/// Chunked transfer (RFC 9112, section 7.1), trailers included.
fn take_chunks(stream: &mut impl BufRead, sink: &mut Sink<'_>) -> io::Result<u64> {
    let mut sent_bytes = 0;
    loop {
        let line = read_line(stream)?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let length = u64::from_str_radix(digits, 16).map_err(|_| invalid("no chunk's length"))?;
        if length == 0 {
            while !read_line(stream)?.is_empty() {}
            return Ok(sent_bytes);
        }
        sink.take(stream, length)?;
        sent_bytes += length;
        read_line(stream)?;
    }
}

/// Where a body goes.
struct Sink<'a> {
    received: &'a AtomicU64,
    kept: Option<Vec<u8>>,
}

impl Sink<'_> {
    fn take(&mut self, stream: &mut impl BufRead, mut left: u64) -> io::Result<()> {
        while left > 0 {
            let there = stream.fill_buf()?;
            if there.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let taken = there.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if let Some(kept) = &mut self.kept {
                if kept.len() + taken > MOST_KEPT_BYTES {
                    return Err(invalid("an order without an end"));
                }
                kept.extend_from_slice(&there[..taken]);
            }
            stream.consume(taken);
            left -= taken as u64;
            self.received.fetch_add(taken as u64, Ordering::Relaxed);
        }
        Ok(())
    }
}

fn read_line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    io::Read::take(stream, MOST_HEAD_BYTES as u64).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    String::from_utf8(line).map_err(|_| invalid("a head that is no text"))
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl Answer {
    pub(super) fn empty(status: &'static str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            described_bytes: None,
        }
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn write(&self, request: &Request, to: &mut impl Write) -> io::Result<()> {
        write!(to, "HTTP/1.1 {}\r\n", self.status)?;
        for (name, value) in &self.headers {
            write!(to, "{name}: {value}\r\n")?;
        }
        let length = self.described_bytes.unwrap_or(self.body.len() as u64);
        write!(to, "content-length: {length}\r\n\r\n")?;
        if request.method != "HEAD" {
            to.write_all(&self.body)?;
        }
        to.flush()
    }
}
