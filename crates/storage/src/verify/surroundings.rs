//! The way to the store: its name, its connection, and the time that it has.

use std::time::{Duration, SystemTime};

use reqwest::Method;
use url::{Host, Url};

use super::{TIME_LIMIT, Trouble, Verdict, Verification};

/// From here on S3 refuses. Source:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList> (`RequestTimeTooSkewed`)
const MOST_SKEW: Duration = Duration::from_mins(15);

/// A clock that is kept is never this far off.
const LITTLE_SKEW: Duration = Duration::from_mins(1);

impl Verification {
    pub(super) async fn dns(&self) -> Verdict {
        let url = match self.origin().await {
            Ok(url) => url,
            Err(trouble) => return Verdict::Failed(trouble),
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        let port = url.port_or_known_default().unwrap_or(443);
        let asked = (host.trim_matches(['[', ']']).to_owned(), port);
        let found = tokio::time::timeout(TIME_LIMIT, tokio::net::lookup_host(asked)).await;
        match found {
            Ok(Ok(mut addresses)) => match addresses.next() {
                Some(address) => Verdict::Passed(format!("{host} is {}", address.ip())),
                None => failed_dns(&host, "no address came"),
            },
            Ok(Err(error)) => failed_dns(&host, &error.to_string()),
            Err(_elapsed) => failed_dns(&host, "the name server did not answer"),
        }
    }

    pub(super) async fn tls(&self) -> Verdict {
        let url = match self.origin().await {
            Ok(url) => url,
            Err(trouble) => return Verdict::Failed(trouble),
        };
        let bare = url.origin().ascii_serialization();
        if let Err(trouble) = self.unsigned(Method::GET, &bare, &[]).await {
            return Verdict::Failed(trouble);
        }
        way(&url)
    }

    pub(super) async fn skew(&self) -> Verdict {
        let url = match self.origin().await {
            Ok(url) => url.origin().ascii_serialization(),
            Err(trouble) => return Verdict::Failed(trouble),
        };
        let answer = match self.unsigned(Method::GET, &url, &[]).await {
            Ok(answer) => answer,
            Err(trouble) => return Verdict::Failed(trouble),
        };
        let Some(date) = answer.header("date").and_then(date) else {
            return Verdict::Skipped("the store does not say what time it is".to_owned());
        };
        judge(date, self.now())
    }
}

/// Where somebody has answered.
fn way(url: &Url) -> Verdict {
    let bare = url.origin().ascii_serialization();
    if url.scheme() == "https" {
        return Verdict::Passed(format!("{bare} has a certificate that is trusted here"));
    }
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if loopback {
        return Verdict::Skipped(format!("{bare} is on this machine"));
    }
    Verdict::Failed(Trouble::new(
        format!("{bare} is not encrypted"),
        "recordings and tickets can be read on their way",
        "give the store a certificate, and set AWS_ENDPOINT_URL_S3 to its https address",
    ))
}

/// `Date` of RFC 9110, section 5.6.7.
fn date(text: &str) -> Option<SystemTime> {
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    SystemTime::try_from(zoned.timestamp()).ok()
}

fn judge(theirs: SystemTime, ours: SystemTime) -> Verdict {
    let (off, direction) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let seconds = off.as_secs();
    if off < LITTLE_SKEW {
        return Verdict::Passed(format!("{seconds} s off the store's"));
    }
    let trouble = Trouble::new(
        format!("this machine's clock is {seconds} s {direction} the store's"),
        "S3 refuses what was signed more than 15 minutes off, and tickets live shorter or longer than they say",
        "let the machine keep its time by NTP (`timedatectl set-ntp true`)",
    );
    if off < MOST_SKEW {
        return Verdict::Warned(trouble);
    }
    Verdict::Failed(trouble)
}

fn failed_dns(host: &str, why: &str) -> Verdict {
    Verdict::Failed(Trouble::new(
        format!("{host}: {why}"),
        "without an address there is nobody to ask",
        "check AWS_REGION and AWS_ENDPOINT_URL_S3 for a slip, and this machine's name server",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Passed(_) => "passed",
            Verdict::Warned(_) => "warned",
            Verdict::Failed(_) => "failed",
            Verdict::Skipped(_) => "skipped",
        }
    }

    #[test]
    fn only_this_machine_may_be_reached_without_encryption() {
        for (url, expected) in [
            ("https://s3.eu-west-1.amazonaws.com/", "passed"),
            ("https://127.0.0.1:9000/", "passed"),
            ("http://localhost:9000/", "skipped"),
            ("http://127.8.0.1:9000/", "skipped"),
            ("http://[::1]:9000/", "skipped"),
            ("http://localhost.example:9000/", "failed"),
            ("http://10.0.0.1:9000/", "failed"),
            ("http://[2001:db8::1]:9000/", "failed"),
        ] {
            let verdict = way(&url.parse().unwrap());
            assert_eq!(word(&verdict), expected, "{url}");
        }
    }

    #[test]
    fn a_clock_is_judged_by_how_far_it_is_off() {
        let theirs = date("Sat, 28 Nov 2026 12:00:00 GMT").unwrap();
        for (off, expected) in [
            (0, "passed"),
            (59, "passed"),
            (60, "warned"),
            (899, "warned"),
            (900, "failed"),
        ] {
            let off = Duration::from_secs(off);
            for ours in [theirs + off, theirs - off] {
                assert_eq!(word(&judge(theirs, ours)), expected, "{off:?}");
            }
        }
    }
}
