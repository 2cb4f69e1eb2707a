//! How far a server's answers may lead: a public server's into no private network, whatever a name resolves to.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{ServerOrigin, UnsafeAddress};

/// Which addresses a connection may be made to on a server's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Any: the server is in a private network itself, or on this computer.
    Anywhere,
    /// Public ones: the server is public.
    PublicOnly,
}

impl Reach {
    /// Whether a connection may be made to this address.
    pub fn permits(self, address: IpAddr) -> bool {
        self == Self::Anywhere || !is_private(address)
    }

    /// Those of a name's addresses to which a connection may be made. Whoever connects to one of these, and does not
    /// resolve the name again, cannot be led astray by a name that has other addresses a moment later.
    pub(crate) fn among(
        self,
        addresses: Vec<SocketAddr>,
    ) -> Result<Vec<SocketAddr>, UnsafeAddress> {
        let found_any = !addresses.is_empty();
        let permitted: Vec<_> = addresses
            .into_iter()
            .filter(|address| self.permits(address.ip()))
            .collect();
        if found_any && permitted.is_empty() {
            return Err(UnsafeAddress::PrivateHost);
        }
        Ok(permitted)
    }
}

/// Where a server is, as its name tells and as its answers show: behind a company's own name servers a public-looking
/// name leads inside, and its store is inside as well. Clones share what was learnt.
#[derive(Debug, Clone)]
pub(crate) struct Whereabouts {
    is_private_by_name: bool,
    answered_from_inside: Arc<AtomicBool>,
}

impl Whereabouts {
    /// Of this server, of which nothing but its name is known.
    pub(crate) fn of(origin: &ServerOrigin) -> Self {
        Self {
            is_private_by_name: origin.is_private(),
            answered_from_inside: Arc::default(),
        }
    }

    /// An answer came from this address. A proxy's address stands for the network that the proxy serves.
    pub(crate) fn answered_from(&self, address: IpAddr) {
        self.answered_from_inside
            .store(is_private(address), Ordering::Relaxed);
    }

    /// How far the server's answers may lead.
    pub(crate) fn reach(&self) -> Reach {
        if self.is_private_by_name || self.answered_from_inside.load(Ordering::Relaxed) {
            Reach::Anywhere
        } else {
            Reach::PublicOnly
        }
    }
}

/// Loopback, private, link-local and shared addresses (RFC 1122, 1918, 3927, 4193, 4291, 6598), also where an IPv6
/// address carries one (RFC 4291 section 2.5.5, RFC 6052).
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_broadcast()
                || first == 0
                || (first == 100 && (64..128).contains(&second))
        }
        IpAddr::V6(v6) => match carried_by(v6) {
            Some(v4) => is_private(IpAddr::V4(v4)),
            None => {
                v6.is_loopback()
                    || v6.is_unspecified()
                    || v6.is_unique_local()
                    || v6.is_unicast_link_local()
            }
        },
    }
}

/// The IPv4 address to which packets for this one go.
fn carried_by(address: std::net::Ipv6Addr) -> Option<std::net::Ipv4Addr> {
    let [prefix @ .., high, low] = address.segments();
    let is_translated = prefix == [0x64, 0xff9b, 0, 0, 0, 0];
    address.to_ipv4_mapped().or_else(|| {
        is_translated.then(|| {
            let bits = (u32::from(high) << 16) | u32::from(low);
            std::net::Ipv4Addr::from_bits(bits)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_public_or_not() {
        for (address, expected) in [
            ("52.216.1.1", false),
            ("100.63.255.255", false),
            ("172.32.0.1", false),
            ("2600:1fa0:8000::1", false),
            ("64:ff9b::34d8:101", false),
            ("127.0.0.1", true),
            ("10.1.2.3", true),
            ("172.16.0.1", true),
            ("192.168.1.7", true),
            ("169.254.169.254", true),
            ("100.64.0.1", true),
            ("0.0.0.0", true),
            ("0.1.2.3", true),
            ("255.255.255.255", true),
            ("::1", true),
            ("::", true),
            ("fe80::1", true),
            ("fd00:ec2::254", true),
            ("::ffff:10.0.0.1", true),
            ("64:ff9b::a9fe:a9fe", true),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(is_private(address), expected, "{address}");
            assert!(Reach::Anywhere.permits(address));
            assert_eq!(Reach::PublicOnly.permits(address), !expected, "{address}");
        }
    }

    #[test]
    fn of_a_names_addresses_the_public_ones_are_taken() {
        let addresses = |all: &[&str]| -> Vec<SocketAddr> {
            all.iter().map(|one| one.parse().unwrap()).collect()
        };
        for (found, expected) in [
            (&["52.216.1.1:443"][..], Ok(&["52.216.1.1:443"][..])),
            (
                &["10.0.0.1:443", "52.216.1.1:443", "[::1]:443"],
                Ok(&["52.216.1.1:443"]),
            ),
            (&["169.254.169.254:80"], Err(UnsafeAddress::PrivateHost)),
            (
                &["127.0.0.1:443", "[fd00::1]:443"],
                Err(UnsafeAddress::PrivateHost),
            ),
            (&[], Ok(&[])),
        ] {
            let found = addresses(found);
            assert_eq!(
                Reach::PublicOnly.among(found.clone()),
                expected.map(addresses),
                "{found:?}"
            );
            assert_eq!(Reach::Anywhere.among(found.clone()), Ok(found));
        }
    }

    #[test]
    fn a_server_is_where_its_name_or_its_answers_say() {
        for (server, answered_from, expected) in [
            ("https://recordings.example", None, Reach::PublicOnly),
            (
                "https://recordings.example",
                Some("52.216.1.1"),
                Reach::PublicOnly,
            ),
            // A company's own name servers, or a VPN's.
            (
                "https://recordings.example",
                Some("10.1.2.3"),
                Reach::Anywhere,
            ),
            ("https://10.1.2.3", None, Reach::Anywhere),
            ("https://recordings.internal", None, Reach::Anywhere),
            ("http://localhost:3000", Some("127.0.0.1"), Reach::Anywhere),
        ] {
            let whereabouts = Whereabouts::of(&ServerOrigin::parse(server).unwrap());
            if let Some(address) = answered_from {
                whereabouts.answered_from(address.parse().unwrap());
            }
            assert_eq!(whereabouts.reach(), expected, "{server} {answered_from:?}");
        }
    }

    #[test]
    fn the_last_answer_counts() {
        let server = ServerOrigin::parse("https://recordings.example").unwrap();
        let whereabouts = Whereabouts::of(&server);
        whereabouts.answered_from("10.1.2.3".parse().unwrap());
        assert_eq!(whereabouts.clone().reach(), Reach::Anywhere);
        whereabouts.answered_from("52.216.1.1".parse().unwrap());
        assert_eq!(whereabouts.reach(), Reach::PublicOnly);
    }
}
