//! Heads of requests and responses: what the rules ask for, and where the body ends.

use std::io;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::Framing;

/// More than any client or server of ours sends.
const MAX_HEADERS: usize = 256;

/// A request's head.
#[derive(Debug)]
pub(crate) struct RequestHead {
    /// As it was sent, the empty line included.
    pub(crate) bytes: Bytes,
    pub(crate) method: String,
    /// Without the query, which may hold a signature.
    pub(crate) path: String,
    /// `partNumber` of the query.
    pub(crate) part: Option<u32>,
    pub(crate) framing: Framing,
    /// The client sends its body only once it is told to.
    pub(crate) expects_continue: bool,
}

/// A response's head.
#[derive(Debug)]
pub(crate) struct ResponseHead {
    /// As it was sent, the empty line included.
    pub(crate) bytes: Bytes,
    pub(crate) status: u16,
    pub(crate) framing: Framing,
}

impl RequestHead {
    pub(crate) fn parse(bytes: Bytes) -> io::Result<Self> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        request.parse(&bytes).map_err(malformed)?;
        let method = request.method.unwrap_or_default().to_owned();
        let target = request.path.unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let part = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("partNumber="))
            .and_then(|number| number.parse().ok());
        let framing = framing(request.headers).unwrap_or(Framing::Sized(0));
        let expects_continue = value(request.headers, "expect").is_some();
        Ok(Self {
            method,
            path: path.to_owned(),
            part,
            framing,
            expects_continue,
            bytes,
        })
    }
}

impl ResponseHead {
    /// `to_head`: whether it answers a HEAD.
    pub(crate) fn parse(bytes: Bytes, to_head: bool) -> io::Result<Self> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        response.parse(&bytes).map_err(malformed)?;
        let status = response.code.unwrap_or_default();
        let bodiless = to_head || matches!(status, 100..=199 | 204 | 304);
        let framing = if bodiless {
            Framing::Sized(0)
        } else {
            framing(response.headers).unwrap_or(Framing::UntilEnd)
        };
        Ok(Self {
            bytes,
            status,
            framing,
        })
    }

    /// 1xx: another head follows.
    pub(crate) fn is_interim(&self) -> bool {
        (100..=199).contains(&self.status)
    }
}

/// How S3 says that an object lies in an archive.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
const ARCHIVED: &[u8] = b"x-amz-storage-class: GLACIER\r\n";

/// What is changed in the head of a response.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Edits {
    pub(crate) without_etag: bool,
    /// It says that the object lies in an archive.
    pub(crate) archived: bool,
    /// `Date` is so many seconds ahead.
    pub(crate) clock_ahead_seconds: i64,
}

impl Edits {
    /// The head with the changes; every other line as it was.
    pub(crate) fn apply(self, head: &Bytes, now: SystemTime) -> Bytes {
        if !self.without_etag && !self.archived && self.clock_ahead_seconds == 0 {
            return head.clone();
        }
        let mut edited = Vec::with_capacity(head.len() + 64);
        let mut dated = false;
        for line in head.split_inclusive(|byte| *byte == b'\n') {
            if self.without_etag && is_header(line, b"etag") {
                continue;
            }
            if self.clock_ahead_seconds != 0 && is_header(line, b"date") {
                dated = true;
                edited.extend_from_slice(&self.date_line(date_of(line).unwrap_or(now)));
                continue;
            }
            if is_end(line) && self.clock_ahead_seconds != 0 && !dated {
                edited.extend_from_slice(&self.date_line(now));
            }
            if is_end(line) && self.archived {
                edited.extend_from_slice(ARCHIVED);
            }
            edited.extend_from_slice(line);
        }
        edited.into()
    }

    fn date_line(self, date: SystemTime) -> Vec<u8> {
        let shift = Duration::from_secs(self.clock_ahead_seconds.unsigned_abs());
        let shifted = if self.clock_ahead_seconds > 0 {
            date.checked_add(shift)
        } else {
            date.checked_sub(shift)
        };
        let written = httpdate::fmt_http_date(shifted.unwrap_or(date));
        format!("date: {written}\r\n").into_bytes()
    }
}

fn is_end(line: &[u8]) -> bool {
    matches!(line, b"\r\n" | b"\n")
}

fn is_header(line: &[u8], name: &[u8]) -> bool {
    let named = line.split(|byte| *byte == b':').next().unwrap_or_default();
    named.len() < line.len() && named.eq_ignore_ascii_case(name)
}

fn date_of(line: &[u8]) -> Option<SystemTime> {
    let (_, value) = str::from_utf8(line).ok()?.split_once(':')?;
    httpdate::parse_http_date(value.trim()).ok()
}

/// `None` when the headers don't say.
fn framing(headers: &[httparse::Header<'_>]) -> Option<Framing> {
    if let Some(coding) = value(headers, "transfer-encoding") {
        return coding
            .to_ascii_lowercase()
            .ends_with("chunked")
            .then_some(Framing::CHUNKED);
    }
    let length = value(headers, "content-length")?.parse().ok()?;
    Some(Framing::Sized(length))
}

fn value<'a>(headers: &[httparse::Header<'a>], name: &str) -> Option<&'a str> {
    let header = headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case(name))?;
    str::from_utf8(header.value).ok().map(str::trim)
}

fn malformed(error: httparse::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_without_its_query() {
        let head = "PUT /b/k%20x.webm?X-Amz-Signature=s&partNumber=12&uploadId=u HTTP/1.1\r\n\
                    Host: h\r\nContent-Length: 7\r\nExpect: 100-continue\r\n\r\n";
        let head = RequestHead::parse(head.into()).unwrap();
        assert_eq!(
            (head.method.as_str(), head.path.as_str()),
            ("PUT", "/b/k%20x.webm")
        );
        assert_eq!((head.part, head.framing), (Some(12), Framing::Sized(7)));
        assert!(head.expects_continue);
        assert!(RequestHead::parse("nonsense\r\n\r\n".into()).is_err());
    }

    #[test]
    fn a_responses_body_ends_by_its_status_and_headers() {
        let sized = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";
        for (head, to_head, expected) in [
            (sized, false, Framing::Sized(5)),
            (sized, true, Framing::Sized(0)),
            (
                "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n",
                false,
                Framing::Sized(0),
            ),
            ("HTTP/1.1 100 Continue\r\n\r\n", false, Framing::Sized(0)),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                false,
                Framing::CHUNKED,
            ),
            ("HTTP/1.1 200 OK\r\n\r\n", false, Framing::UntilEnd),
        ] {
            let parsed = ResponseHead::parse(head.into(), to_head).unwrap();
            assert_eq!(parsed.framing, expected, "{head}");
        }
    }

    #[test]
    fn edits_change_their_lines_and_no_other() {
        let head: Bytes = "HTTP/1.1 200 OK\r\nETag: \"x\"\r\nX-Etag: y\r\nDate: Thu, 01 Jan 1970 00:20:00 GMT\r\n\r\n".into();
        let now = SystemTime::UNIX_EPOCH;
        let edited =
            |edits: Edits, head: &Bytes| String::from_utf8(edits.apply(head, now).into()).unwrap();
        assert_eq!(edited(Edits::default(), &head).as_bytes(), head);
        let without_etag = Edits {
            without_etag: true,
            ..Edits::default()
        };
        assert_eq!(
            edited(without_etag, &head),
            "HTTP/1.1 200 OK\r\nX-Etag: y\r\nDate: Thu, 01 Jan 1970 00:20:00 GMT\r\n\r\n"
        );
        let archived = Edits {
            archived: true,
            ..Edits::default()
        };
        let said = edited(archived, &head);
        assert!(said.ends_with("GMT\r\nx-amz-storage-class: GLACIER\r\n\r\n"));
        let behind = Edits {
            clock_ahead_seconds: -600,
            ..Edits::default()
        };
        assert!(edited(behind, &head).contains("date: Thu, 01 Jan 1970 00:10:00 GMT\r\n\r\n"));
        let ahead = Edits {
            clock_ahead_seconds: 60,
            ..Edits::default()
        };
        assert_eq!(
            edited(ahead, &"HTTP/1.1 204 No Content\r\n\r\n".into()),
            "HTTP/1.1 204 No Content\r\ndate: Thu, 01 Jan 1970 00:01:00 GMT\r\n\r\n"
        );
    }
}
