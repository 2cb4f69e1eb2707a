//! Who is really calling, where proxies stand in between: the proxies that are listed are believed, and nobody else.
//!
//! A proxy appends the address that it was called from. The list is walked from the right, from the proxy that called us
//! towards the client, for as long as the hop is one of the listed proxies; what stands left of the first other one was
//! written by a stranger.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The header that the proxies write. The other one would be passed through as the client sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For` and `X-Forwarded-Proto`.
    #[default]
    XForwardedFor,
    /// `Forwarded`, as RFC 7239 has it.
    Forwarded,
}

/// The proxies that are believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies {
    /// Where they are.
    pub networks: Networks,
    /// What they write.
    pub header: ForwardedHeader,
}

/// A list of networks in CIDR notation, such as `10.0.0.0/8,2001:db8::/32`; an address is a network of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// An entry that is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no network such as 10.0.0.0/8")]
pub struct NotANetwork(String);

impl FromStr for Networks {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let entries = text.split(',').map(str::trim);
        let read = |entry: &str| {
            entry
                .parse()
                .or_else(|_| entry.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| NotANetwork(entry.to_owned()))
        };
        entries
            .filter(|entry| !entry.is_empty())
            .map(read)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// The other end, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) address: IpAddr,
    /// Whether it speaks HTTPS to the outermost proxy.
    pub(crate) https: bool,
}

impl TrustedProxies {
    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.networks.0.is_empty()
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.0.iter().any(|net| net.contains(&address))
    }

    /// Who is behind a request that came from `peer` with these headers.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Client {
        let mut client = Client {
            address: peer.to_canonical(),
            https: false,
        };
        if !self.trusts(peer) {
            return client;
        }
        let hops = match self.header {
            ForwardedHeader::XForwardedFor => plain(headers),
            ForwardedHeader::Forwarded => standard(headers),
        };
        for hop in hops.iter().rev() {
            if !self.trusts(client.address) {
                break;
            }
            // A proxy that does not say who called it is the last that is known.
            let Some(address) = hop.address else { break };
            client.address = address.to_canonical();
            client.https = hop.https;
        }
        client
    }
}

/// What one proxy has appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hop {
    address: Option<IpAddr>,
    https: bool,
}

/// The list elements of a header that may be given several times, in order (RFC 9110, section 5.3).
fn elements(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let lines = headers.get_all(name).into_iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| split(line, ','))
        .map(|element| element.trim().to_owned())
        .collect()
}

/// Splits at a character that stands in no quoted string (RFC 9110, section 5.6.4).
fn split(text: &str, at: char) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |character| {
        if escaped {
            escaped = false;
            return false;
        }
        match character {
            '"' => quoted = !quoted,
            '\\' => escaped = quoted,
            _ => {}
        }
        !quoted && character == at
    })
    .collect()
}

/// Proxies append addresses; schemes are appended by some and replaced by others, so the list may be shorter.
fn plain(headers: &HeaderMap) -> Vec<Hop> {
    let addresses = elements(headers, &X_FORWARDED_FOR);
    let schemes = elements(headers, &X_FORWARDED_PROTO);
    let skipped = addresses.len().saturating_sub(schemes.len());
    let scheme = |index: usize| match schemes.as_slice() {
        [only] => Some(only),
        all => index.checked_sub(skipped).and_then(|index| all.get(index)),
    };
    let hops = addresses.iter().enumerate();
    hops.map(|(index, address)| Hop {
        address: node(address),
        https: scheme(index).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")),
    })
    .collect()
}

/// RFC 7239: `for=192.0.2.60;proto=https;by=203.0.113.43`.
fn standard(headers: &HeaderMap) -> Vec<Hop> {
    let elements = elements(headers, &http::header::FORWARDED);
    let hops = elements.iter().map(|element| {
        let mut hop = Hop {
            address: None,
            https: false,
        };
        for pair in split(element, ';') {
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "for" => hop.address = node(value),
                "proto" => hop.https = value.eq_ignore_ascii_case("https"),
                _ => {}
            }
        }
        hop
    });
    hops.collect()
}

/// An address with or without a port; IPv6 with or without brackets. Not `unknown`, nor a made-up name.
fn node(text: &str) -> Option<IpAddr> {
    let bare = text.trim_matches(['[', ']']);
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
    bare.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(header: ForwardedHeader, peer: &str, lines: &[(&str, &str)]) -> (String, bool) {
        let proxies = TrustedProxies {
            networks: "10.0.0.0/8, 2001:db8:1::/48,192.0.2.7".parse().unwrap(),
            header,
        };
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, value.parse().unwrap());
        }
        let client = proxies.client(peer.parse().unwrap(), &headers);
        (client.address.to_string(), client.https)
    }

    #[test]
    fn the_list_is_walked_from_the_right_for_as_long_as_the_hop_is_listed() {
        let xff = "x-forwarded-for";
        let proto = "x-forwarded-proto";
        for (peer, lines, address, https) in [
            // A stranger is believed nothing.
            (
                "203.0.113.9",
                &[(xff, "198.51.100.1")][..],
                "203.0.113.9",
                false,
            ),
            ("203.0.113.9", &[(proto, "https")], "203.0.113.9", false),
            ("10.0.0.1", &[], "10.0.0.1", false),
            (
                "10.0.0.1",
                &[(xff, "198.51.100.1"), (proto, "https")],
                "198.51.100.1",
                true,
            ),
            (
                "::ffff:10.0.0.1",
                &[(xff, "198.51.100.1")],
                "198.51.100.1",
                false,
            ),
            ("192.0.2.7", &[(xff, "198.51.100.1")], "198.51.100.1", false),
            ("192.0.2.8", &[(xff, "198.51.100.1")], "192.0.2.8", false),
            // What the client wrote itself stands left of what the proxy appended.
            (
                "10.0.0.1",
                &[(xff, "127.0.0.1, 198.51.100.1")],
                "198.51.100.1",
                false,
            ),
            (
                "10.0.0.1",
                &[(xff, "6.6.6.6"), (xff, "198.51.100.1")],
                "198.51.100.1",
                false,
            ),
            // Two proxies.
            (
                "10.0.0.1",
                &[
                    (xff, "6.6.6.6, 198.51.100.1, 10.9.9.9"),
                    (proto, "https, http"),
                ],
                "198.51.100.1",
                true,
            ),
            (
                "10.0.0.1",
                &[(xff, "6.6.6.6, 198.51.100.1, 10.9.9.9"), (proto, "https")],
                "198.51.100.1",
                true,
            ),
            // Everybody is a proxy: the outermost is the client.
            (
                "10.0.0.1",
                &[(xff, "10.1.1.1, 10.2.2.2")],
                "10.1.1.1",
                false,
            ),
            (
                "10.0.0.1",
                &[(xff, "198.51.100.1:4711")],
                "198.51.100.1",
                false,
            ),
            (
                "10.0.0.1",
                &[(xff, "[2001:db8:2::1]:4711")],
                "2001:db8:2::1",
                false,
            ),
            (
                "2001:db8:1::5",
                &[(xff, "2001:db8:2::1")],
                "2001:db8:2::1",
                false,
            ),
            // Garbage ends the walk at the last that is known.
            (
                "10.0.0.1",
                &[(xff, "198.51.100.1, nonsense")],
                "10.0.0.1",
                false,
            ),
            ("10.0.0.1", &[(xff, "")], "10.0.0.1", false),
            // The other header is not theirs.
            (
                "10.0.0.1",
                &[("forwarded", "for=6.6.6.6;proto=https")],
                "10.0.0.1",
                false,
            ),
        ] {
            let seen = client(ForwardedHeader::XForwardedFor, peer, lines);
            assert_eq!(seen, (address.to_owned(), https), "{peer} {lines:?}");
        }
    }

    #[test]
    fn so_is_the_standard_header() {
        for (line, address, https) in [
            (
                "for=198.51.100.1;proto=https;by=10.0.0.1",
                "198.51.100.1",
                true,
            ),
            (
                "For=\"[2001:db8:2::1]:4711\"; Proto=HTTPS",
                "2001:db8:2::1",
                true,
            ),
            (
                "for=6.6.6.6, for=\"198.51.100.1:80\";proto=http",
                "198.51.100.1",
                false,
            ),
            (
                "for=\"a,b;for=6.6.6.6\", for=198.51.100.1, for=10.9.9.9",
                "198.51.100.1",
                false,
            ),
            ("for=198.51.100.1, for=unknown", "10.0.0.1", false),
            ("for=198.51.100.1, for=_hidden", "10.0.0.1", false),
            ("proto=https", "10.0.0.1", false),
        ] {
            let seen = client(
                ForwardedHeader::Forwarded,
                "10.0.0.1",
                &[("forwarded", line)],
            );
            assert_eq!(seen, (address.to_owned(), https), "{line}");
        }
    }

    #[test]
    fn networks_are_read_and_garbage_is_named() {
        assert_eq!("".parse::<Networks>().unwrap(), Networks::default());
        assert_eq!("10.0.0.0/8,::1".parse::<Networks>().unwrap().0.len(), 2);
        for bad in ["10.0.0.0/33", "everyone", "10.0.0", "10.0.0.0/8;::1"] {
            assert_eq!(bad.parse::<Networks>(), Err(NotANetwork(bad.to_owned())));
        }
    }
}
