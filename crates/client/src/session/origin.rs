//! Which server: an origin, and where its answers may lead.

use std::net::IpAddr;

use url::{Host, Url};

use super::reach;

/// The origin of a server: `https://host[:port]`, or plain http on this computer's loopback. No path, no user, no query.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServerOrigin {
    text: String,
    url: Url,
}

/// The text is no server's origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidServer {
    /// Not an address at all.
    #[error("`{0}` is no address of a server")]
    NotAnAddress(String),
    /// Plain http to another computer.
    #[error("plain http would show your password to the network; use https")]
    Insecure,
}

/// Why an address that a server gave out (an upload URL, a download link) must not be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsafeAddress {
    /// Not an address at all.
    #[error("it is no address")]
    NotAnAddress,
    /// Neither https nor http.
    #[error("it is neither https nor http")]
    OtherScheme,
    /// Plain http, given out by an https server, or to another computer.
    #[error("it is plain http, which others on the way could read")]
    Insecure,
    /// A private, link-local or loopback host, given out by a public server.
    #[error("it leads into a private network, and the server is public")]
    PrivateHost,
}

/// What people paste by accident is shown back to them, but not all of it.
const LONGEST_SHOWN_CHARACTERS: usize = 80;

impl ServerOrigin {
    /// Reads an origin as people type it (`recordings.example`, `https://recordings.example/api/`): https is meant where
    /// no scheme is given (http where the host is this computer's loopback), and path and query are dropped.
    pub fn parse(text: &str) -> Result<Self, InvalidServer> {
        let typed = text.trim();
        let refused = || InvalidServer::NotAnAddress(shown(typed));
        let url = if typed.contains("://") {
            Url::parse(typed)
        } else {
            Url::parse(&format!("https://{typed}"))
        }
        .map_err(|_| refused())?;
        let host = url.host().ok_or_else(refused)?;
        let loopback = is_loopback(&host);
        if host_is_empty(&host) || !url.username().is_empty() || url.password().is_some() {
            return Err(refused());
        }
        let scheme = match url.scheme() {
            "https" if !typed.contains("://") && loopback => "http",
            "https" => "https",
            "http" if loopback => "http",
            "http" => return Err(InvalidServer::Insecure),
            _ => return Err(refused()),
        };
        let text = match url.port() {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        };
        let url = Url::parse(&text).map_err(|_| refused())?;
        Ok(Self { text, url })
    }

    /// As text, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As an address, to join paths to.
    pub fn as_url(&self) -> &Url {
        &self.url
    }

    /// Whether its answers may lead a client to `address` (an upload URL or a download link): not to plain http from an
    /// https server or to another computer, and not into a private network from a public one.
    pub fn may_lead_to(&self, address: &str) -> Result<Url, UnsafeAddress> {
        let address = Url::parse(address).map_err(|_| UnsafeAddress::NotAnAddress)?;
        let host = address.host().ok_or(UnsafeAddress::NotAnAddress)?;
        match address.scheme() {
            "https" => {}
            // The server is on this computer, and so is its store.
            "http" if self.url.scheme() == "http" && is_loopback(&host) => {}
            "http" => return Err(UnsafeAddress::Insecure),
            _ => return Err(UnsafeAddress::OtherScheme),
        }
        if !self.is_private() && is_private(&host) {
            return Err(UnsafeAddress::PrivateHost);
        }
        Ok(address)
    }

    /// Whether its name alone tells that it is in a private network, or on this computer.
    pub(super) fn is_private(&self) -> bool {
        self.url.host().is_none_or(|host| is_private(&host))
    }
}

/// What was typed, without a user and password before `@`.
fn shown(typed: &str) -> String {
    let address = typed.rsplit('@').next().unwrap_or_default();
    address.chars().take(LONGEST_SHOWN_CHARACTERS).collect()
}

fn host_is_empty(host: &Host<&str>) -> bool {
    matches!(host, Host::Domain(name) if name.is_empty())
}

/// `localhost` and the loopback networks (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3).
fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name.eq_ignore_ascii_case("localhost")
                || name.to_ascii_lowercase().ends_with(".localhost")
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Loopback, private and link-local addresses, by number or by a name that never is public (RFC 1918, 3927, 4193, 6598,
/// 6761, 6762, 8375). What a public name resolves to is for [`Reach`](super::Reach) to judge, at each connection.
fn is_private(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            is_loopback(host)
                || !name.contains('.')
                || [".local", ".internal", ".home.arpa", ".lan"]
                    .iter()
                    .any(|suffix| name.ends_with(suffix))
        }
        Host::Ipv4(address) => reach::is_private(IpAddr::V4(*address)),
        Host::Ipv6(address) => reach::is_private(IpAddr::V6(*address)),
    }
}

impl TryFrom<String> for ServerOrigin {
    type Error = InvalidServer;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<ServerOrigin> for String {
    fn from(origin: ServerOrigin) -> Self {
        origin.text
    }
}

impl std::fmt::Display for ServerOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_as_people_type_it() {
        for (typed, origin) in [
            ("recordings.example", "https://recordings.example"),
            (
                " https://recordings.example/api/ ",
                "https://recordings.example",
            ),
            (
                "https://Recordings.Example:443/?a=b#c",
                "https://recordings.example",
            ),
            (
                "recordings.example:8443/api/v1",
                "https://recordings.example:8443",
            ),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("localhost:3000", "http://localhost:3000"),
            ("http://[::1]:3000/", "http://[::1]:3000"),
            ("https://localhost:3000", "https://localhost:3000"),
            ("bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(
                ServerOrigin::parse(typed).unwrap().as_str(),
                origin,
                "{typed}"
            );
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for typed in [
            "",
            "   ",
            "https://",
            "ftp://recordings.example",
            "file:///etc/passwd",
            "https://anna:secret@recordings.example",
            "not a server",
            "javascript:alert(1)",
        ] {
            assert!(
                matches!(
                    ServerOrigin::parse(typed),
                    Err(InvalidServer::NotAnAddress(_))
                ),
                "{typed}"
            );
        }
        for typed in [
            "http://recordings.example",
            "http://192.168.1.7:3000",
            "http://127.0.0.1.example",
        ] {
            assert_eq!(
                ServerOrigin::parse(typed),
                Err(InvalidServer::Insecure),
                "{typed}"
            );
        }
    }

    #[test]
    fn a_servers_answers_lead_to_no_less_safe_place() {
        use UnsafeAddress::{Insecure, NotAnAddress, OtherScheme, PrivateHost};
        let public = ServerOrigin::parse("https://recordings.example").unwrap();
        let here = ServerOrigin::parse("http://127.0.0.1:3000").unwrap();
        let office = ServerOrigin::parse("https://10.1.2.3").unwrap();
        for (server, address, expected) in [
            (&public, "https://bucket.s3.amazonaws.com/key", None),
            (
                &public,
                "http://bucket.s3.amazonaws.com/key",
                Some(Insecure),
            ),
            (&public, "https://169.254.169.254/latest", Some(PrivateHost)),
            (&public, "https://[::ffff:10.0.0.1]/key", Some(PrivateHost)),
            (&public, "https://printer.local/key", Some(PrivateHost)),
            (&public, "https://localhost/key", Some(PrivateHost)),
            (&public, "https://[fd00::1]/key", Some(PrivateHost)),
            (&public, "file:///etc/passwd", Some(NotAnAddress)),
            (&public, "ftp://bucket.example/key", Some(OtherScheme)),
            (&office, "https://10.1.2.4/key", None),
            (&office, "http://10.1.2.4/key", Some(Insecure)),
            (&here, "http://127.0.0.1:3001/key", None),
            (&here, "http://[::1]:3001/key", None),
            (&here, "http://store.localhost:3001/key", None),
            // Beside this computer, others are on the way.
            (&here, "http://192.168.1.7:9000/key", Some(Insecure)),
            (&here, "http://store:9000/key", Some(Insecure)),
            (&here, "https://192.168.1.7:9000/key", None),
            (&here, "http://192.0.2.1/key", Some(Insecure)),
            (&here, "http://bucket.s3.amazonaws.com/key", Some(Insecure)),
            (&here, "https://bucket.s3.amazonaws.com/key", None),
        ] {
            assert_eq!(
                server.may_lead_to(address).err(),
                expected,
                "{server} -> {address}"
            );
        }
    }
}
