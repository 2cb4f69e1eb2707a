//! Whether this computer's way to the rest of the world has changed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use super::super::{Event, Stage};
use super::Drive;
use crate::WaitCause;

/// Addresses that nobody has (RFC 5737 section 3, RFC 3849): it is only asked how one would get there.
const FAR_AWAY: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
];

/// The port that discards what it gets (RFC 863). It gets nothing.
const DISCARD: u16 = 9;

/// The addresses of this computer's own by which what it sends would leave, with IPv4 and with IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WaysOut([Option<IpAddr>; 2]);

impl WaysOut {
    /// As this computer has them now.
    fn now() -> Self {
        Self(FAR_AWAY.map(|address| way_to(SocketAddr::new(address, DISCARD))))
    }

    /// Whether there is a way that was not there before: what could not be reached may be by now.
    fn has_one_that_is_not_in(self, before: Self) -> bool {
        let mut both = self.0.iter().zip(&before.0);
        both.any(|(now, before)| now.is_some() && now != before)
    }
}

/// The address that would be sent from. Naming a peer sends nothing where the protocol is UDP.
fn way_to(address: SocketAddr) -> Option<IpAddr> {
    let any = match address {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(address).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

impl Drive {
    /// Looks, while the upload waits for the network, whether there is another by now.
    pub(super) fn look_for_network(&mut self) -> Option<Event> {
        let waits =
            matches!(&self.state.stage, Stage::Waiting(wait) if wait.cause == WaitCause::Network);
        if !waits {
            self.ways_out = None;
            return None;
        }
        let now = WaysOut::now();
        let before = self.ways_out.replace(now)?;
        now.has_one_that_is_not_in(before)
            .then_some(Event::NetworkChanged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_that_was_not_there_before_is_seen() {
        let home = Some(IpAddr::from([192, 168, 1, 7]));
        let office = Some(IpAddr::from([10, 0, 0, 7]));
        let new = Some(IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 7]));
        for (before, now, expected) in [
            ([None, None], [None, None], false),
            ([None, None], [home, None], true),
            ([home, None], [home, None], false),
            ([home, None], [office, None], true),
            ([home, None], [home, new], true),
            // One that went away helps nobody.
            ([home, new], [home, None], false),
            ([home, None], [None, None], false),
        ] {
            let seen = WaysOut(now).has_one_that_is_not_in(WaysOut(before));
            assert_eq!(seen, expected, "{before:?} {now:?}");
        }
    }

    #[test]
    fn to_itself_a_computer_has_a_way_always() {
        let own = IpAddr::V4(Ipv4Addr::LOCALHOST);
        assert_eq!(way_to(SocketAddr::new(own, DISCARD)), Some(own));
    }
}
