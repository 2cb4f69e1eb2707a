//! From this computer to a backend that answers.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Method;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use wire::Health;

use super::blame::{self, Asked, Fault, Whose};
use super::exchange::NoReply;
use super::run::{Found, NO_API, Run, Unmet, skipped};
use crate::backend::Unreachable;

/// Where APIs begin: as the guide has it, and as the deployed service has it.
const PREFIXES: [&str; 2] = ["/api", "/api/v1"];

/// Longest wait for a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// S3 refuses what was signed 15 minutes ago or ahead; well below that nothing goes wrong yet.
const TOLERATED_CLOCK_SECONDS: u64 = 5 * 60;

impl Run {
    fn host_and_port(&self) -> (String, u16) {
        let url = self.check.server.as_url();
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        (host.to_owned(), url.port_or_known_default().unwrap_or(443))
    }

    async fn addresses(&self) -> std::io::Result<Vec<SocketAddr>> {
        let (host, port) = self.host_and_port();
        Ok(lookup_host((host.as_str(), port)).await?.collect())
    }

    pub(super) async fn resolve(&mut self) -> Found {
        let (host, _) = self.host_and_port();
        match self.addresses().await {
            Ok(found) if !found.is_empty() => {
                let mut addresses: Vec<String> =
                    found.iter().map(|found| found.ip().to_string()).collect();
                addresses.dedup();
                Ok(addresses.join(", "))
            }
            _ => {
                let why = NoReply::Unreachable(Unreachable::Dns);
                Err(blame::of_silence(Asked::Backend, &format!("an address of {host}"), why).into())
            }
        }
    }

    pub(super) async fn connect(&mut self) -> Found {
        let Ok(addresses) = self.addresses().await else {
            return skipped("its name has no address");
        };
        let mut last = Unreachable::NoRoute;
        for address in addresses {
            match timeout(CONNECT_LIMIT, TcpStream::connect(address)).await {
                Ok(Ok(_)) => return Ok(address.to_string()),
                Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                    last = Unreachable::Refused;
                }
                Ok(Err(_)) => last = Unreachable::NoRoute,
                Err(_) => last = Unreachable::Timeout,
            }
        }
        let why = NoReply::Unreachable(last);
        Err(blame::of_silence(Asked::Backend, "a connection", why).into())
    }

    pub(super) async fn tls(&mut self) -> Found {
        if self.check.server.as_url().scheme() == "http" {
            return skipped("the server is on this computer, without TLS");
        }
        let asked = self.courier()?.call(Method::GET, "/", None, None).await;
        match asked {
            Err(NoReply::Unreachable(Unreachable::Dns)) => skipped("its name has no address"),
            Err(why @ NoReply::Unreachable(_)) => Err(blame::of_silence(
                Asked::Backend,
                "a certificate for this name that this computer trusts",
                why,
            )
            .into()),
            _ => Ok("trusted".to_owned()),
        }
    }

    pub(super) async fn health(&mut self) -> Found {
        let mut last: Option<Unmet> = None;
        for prefix in PREFIXES {
            let path = format!("{prefix}/recordings/health");
            let asked = self.courier()?.call(Method::GET, &path, None, None).await;
            let reply = match asked {
                Ok(reply) => reply,
                Err(why) => {
                    return Err(blame::of_silence(Asked::Backend, "a health answer", why).into());
                }
            };
            let Ok(health) = Health::from_json(&reply.body) else {
                let wanted =
                    "JSON with `configured` at /api/recordings/health or /api/v1/recordings/health";
                let fault = blame::of_reply(Asked::Backend, wanted, &reply);
                // A failing route says more than one that is not there.
                if last.is_none() || reply.status.is_server_error() {
                    last = Some(fault.into());
                }
                continue;
            };
            self.prefix = Some(prefix.to_owned());
            self.uploads = health.uploads;
            if !health.configured {
                let said = health.message.unwrap_or_else(|| "nothing more".to_owned());
                let mend = "Set AWS_REGION, AWS_S3_BUCKET_NAME and the backend's credentials, and start it again.";
                return Err(Fault::new(
                    Whose::Backend,
                    "configured: true",
                    format!("configured: false; it says: {said}"),
                    mend,
                )
                .into());
            }
            let extensions = if self.uploads.is_some() {
                "with extensions"
            } else {
                "base contract"
            };
            return Ok(format!("{prefix}, {extensions}"));
        }
        Err(last.unwrap_or_else(|| Unmet::Skipped(NO_API.to_owned())))
    }

    pub(super) fn clock(&mut self) -> Found {
        let Some(offset) = self.courier()?.clock_offset() else {
            return skipped("no answer had a date");
        };
        let seconds = offset.as_secs();
        if seconds.unsigned_abs() <= TOLERATED_CLOCK_SECONDS {
            return Ok(format!("{} s apart", seconds.unsigned_abs()));
        }
        let minutes = seconds.unsigned_abs() / 60;
        let direction = if seconds > 0 { "ahead of" } else { "behind" };
        Err(Fault::new(
            Whose::Yours,
            "clocks that are less than 5 minutes apart",
            format!("the server's clock is {minutes} minutes {direction} this computer's"),
            "Set this computer's clock by the network (NTP). If it is right, the server's is to be set: S3 refuses what is signed 15 minutes ahead or behind.",
        )
        .into())
    }
}
