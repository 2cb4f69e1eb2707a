//! Whose something is to mend.

use std::fmt;

use serde::Serialize;

use super::exchange::{NoReply, Reply};
use crate::backend::Unreachable;

/// Who has to mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// Of whoever runs the check: their account, their clock, what they typed.
    Yours,
    /// Of whoever runs the network between here and there.
    Network,
    /// Of whoever runs the backend.
    Backend,
    /// Of whoever runs the store.
    Store,
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yours => "yours",
            Self::Network => "the network's",
            Self::Backend => "the backend's",
            Self::Store => "the store's",
        })
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What should have been.
    pub wanted: String,
    /// What was instead.
    pub found: String,
    /// Who has to mend it.
    pub whose: Whose,
    /// How.
    pub mend: String,
}

impl Fault {
    pub(super) fn new(
        whose: Whose,
        wanted: impl Into<String>,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            wanted: wanted.into(),
            found: found.into(),
            whose,
            mend: mend.into(),
        }
    }
}

/// Who was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Backend,
    Store,
}

/// No answer came.
pub(super) fn of_silence(asked: Asked, wanted: &str, why: NoReply) -> Fault {
    let who = match asked {
        Asked::Backend => "backend",
        Asked::Store => "store",
    };
    let kind = match why {
        NoReply::Unreachable(kind) => kind,
        NoReply::Unsafe => {
            return Fault::new(
                Whose::Backend,
                wanted,
                "its address leads where the server may not lead: to plain http, or into a private network",
                "Let the backend sign addresses of a store that clients reach by https (AWS_ENDPOINT_URL_S3).",
            );
        }
        NoReply::TooLong => {
            let whose = if asked == Asked::Backend {
                Whose::Backend
            } else {
                Whose::Store
            };
            return Fault::new(
                whose,
                wanted,
                "an answer without end",
                "Look at what answers there.",
            );
        }
    };
    let (whose, mend) = match (kind, asked) {
        (Unreachable::Dns, Asked::Backend) => {
            (Whose::Yours, "Check the server's name for typing mistakes, then this computer's DNS.".to_owned())
        }
        (Unreachable::Dns, Asked::Store) => (
            Whose::Backend,
            "The backend signs for a store whose name nobody knows: correct its endpoint, region or bucket name.".to_owned(),
        ),
        (Unreachable::Refused, Asked::Backend) => {
            (Whose::Backend, "Start it, or correct the port: nothing listens there.".to_owned())
        }
        (Unreachable::Refused, Asked::Store) => {
            (Whose::Store, "Start it: nothing listens where the backend signs for.".to_owned())
        }
        (Unreachable::BadCertificate, _) => {
            let whose = if asked == Asked::Backend { Whose::Backend } else { Whose::Store };
            (whose, "Renew its certificate, for the name by which it is reached; or have this computer trust the company's authority.".to_owned())
        }
        _ => (
            Whose::Network,
            format!("Ask whoever runs the network or its firewall to let outbound HTTPS (443) through to the {who}."),
        ),
    };
    Fault::new(
        whose,
        wanted,
        format!("the {who} could not be reached: {kind}"),
        mend,
    )
}

/// Another answer than was wanted.
pub(super) fn of_reply(asked: Asked, wanted: &str, reply: &Reply) -> Fault {
    let status = reply.status.as_u16();
    if looks_like_a_portal(reply) {
        return Fault::new(
            Whose::Network,
            wanted,
            format!(
                "a web page (status {status}): the network wants its own sign-in, or a proxy answers"
            ),
            "Open a web page in a browser, sign in to the network, and try again.",
        );
    }
    match asked {
        Asked::Backend => of_backend(wanted, reply, status),
        Asked::Store => of_store(wanted, reply, status),
    }
}

fn looks_like_a_portal(reply: &Reply) -> bool {
    matches!(reply.status.as_u16(), 407 | 511)
        || reply
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"))
        || reply.body.trim_ascii_start().starts_with(b"<!")
}

fn of_backend(wanted: &str, reply: &Reply, status: u16) -> Fault {
    let said = reply.json().and_then(|body| {
        let message = body.get("message")?;
        Some(
            message
                .as_str()
                .map_or_else(|| message.to_string(), str::to_owned),
        )
    });
    let found = match said {
        Some(said) => format!(
            "status {status}: {}",
            said.chars().take(200).collect::<String>()
        ),
        None => format!("status {status}"),
    };
    let mend = match status {
        502..=504 => "Look whether the backend runs, and at the log of the proxy before it.",
        500.. => "Look into the backend's log at this time; the request's id stands in its answer.",
        429 => "Try again later, or raise the backend's limit.",
        404 => "Compare the backend's routes with the contract.",
        _ => "Compare the backend's rules with the contract.",
    };
    Fault::new(Whose::Backend, wanted, found, mend)
}

/// The code in S3's XML, where there is one.
pub(super) fn store_code(reply: &Reply) -> Option<String> {
    let text = String::from_utf8_lossy(&reply.body);
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let is_plain = code.len() < 64 && code.chars().all(|letter| letter.is_ascii_alphanumeric());
    is_plain.then(|| code.to_owned())
}

fn of_store(wanted: &str, reply: &Reply, status: u16) -> Fault {
    let code = store_code(reply);
    let found = match &code {
        Some(code) => format!("status {status}, {code}"),
        None => format!("status {status}"),
    };
    let (whose, mend) = match code.as_deref() {
        Some("SignatureDoesNotMatch") => (
            Whose::Backend,
            "The backend signs with a wrong secret key, for another region, or a header that clients do not send.",
        ),
        Some("InvalidAccessKeyId") => (
            Whose::Backend,
            "The backend's access key is not known to the store: create it anew.",
        ),
        Some("AccessDenied") => (
            Whose::Backend,
            "The backend's credentials lack s3:PutObject or s3:GetObject on this bucket, or its bucket policy denies it.",
        ),
        Some("RequestTimeTooSkewed") => (
            Whose::Backend,
            "The backend's clock is off by more than 15 minutes: have it follow NTP.",
        ),
        Some("NoSuchBucket") => (
            Whose::Backend,
            "The backend signs for a bucket that is not there: create it, or correct its name.",
        ),
        Some("PermanentRedirect" | "AuthorizationHeaderMalformed") => (
            Whose::Backend,
            "The bucket is in another region than the backend signs for: correct AWS_REGION.",
        ),
        Some("NoSuchKey") => (
            Whose::Store,
            "The object is gone: look at the bucket's lifecycle rules.",
        ),
        Some("InvalidObjectState") => (Whose::Store, "The object is archived: restore it."),
        _ if status >= 500 || status == 429 => (
            Whose::Store,
            "Try again later; the store is failing or busy.",
        ),
        _ => (
            Whose::Store,
            "Compare the store's answer with what S3 says in this case.",
        ),
    };
    Fault::new(whose, wanted, found, mend)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::StatusCode;
    use reqwest::header::HeaderMap;

    fn reply(status: u16, body: &str) -> Reply {
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    fn xml(code: &str) -> String {
        format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>")
    }

    #[test]
    fn what_a_store_refuses_is_whose() {
        for (status, code, expected) in [
            (403, "SignatureDoesNotMatch", Whose::Backend),
            (403, "AccessDenied", Whose::Backend),
            (403, "RequestTimeTooSkewed", Whose::Backend),
            (404, "NoSuchBucket", Whose::Backend),
            (404, "NoSuchKey", Whose::Store),
            (403, "InvalidObjectState", Whose::Store),
            (503, "SlowDown", Whose::Store),
            (400, "<script>", Whose::Store),
        ] {
            let fault = of_reply(Asked::Store, "200", &reply(status, &xml(code)));
            assert_eq!(fault.whose, expected, "{status} {code}");
            assert!(!fault.found.contains('<'), "{}", fault.found);
        }
    }

    #[test]
    fn silence_is_whose() {
        use Unreachable::{BadCertificate, Dns, NoRoute, Refused, Timeout};
        for (kind, backend, store) in [
            (Dns, Whose::Yours, Whose::Backend),
            (Refused, Whose::Backend, Whose::Store),
            (BadCertificate, Whose::Backend, Whose::Store),
            (Timeout, Whose::Network, Whose::Network),
            (NoRoute, Whose::Network, Whose::Network),
        ] {
            let why = NoReply::Unreachable(kind);
            assert_eq!(
                of_silence(Asked::Backend, "200", why).whose,
                backend,
                "{kind}"
            );
            assert_eq!(of_silence(Asked::Store, "200", why).whose, store, "{kind}");
        }
        assert_eq!(
            of_silence(Asked::Store, "200", NoReply::Unsafe).whose,
            Whose::Backend
        );
    }

    #[test]
    fn a_web_page_is_the_networks() {
        let page = reply(200, "<!doctype html><title>Sign in</title>");
        assert_eq!(of_reply(Asked::Backend, "200", &page).whose, Whose::Network);
        assert_eq!(
            of_reply(Asked::Backend, "200", &reply(500, "{}")).whose,
            Whose::Backend
        );
    }
}
