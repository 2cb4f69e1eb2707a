//! Ports that stay their owner's while nobody listens there: for servers that are killed and started again, for programs that
//! have to be told where to listen, and for addresses where nobody is to answer.

use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

/// Below the ports that systems take one of for each connection that is made (RFC 6335, section 6; Linux begins at 32768).
const FIRST: u16 = 12_000;
const COUNT: u16 = 20_000;

/// Neighbouring TCP ports of the loopback address, until this is dropped.
#[derive(Debug)]
pub struct Ports {
    first: u16,
    /// The UDP ports of the same numbers, which the servers leave alone: whoever has them has the TCP ports, among all tests
    /// of all processes.
    _claims: Vec<UdpSocket>,
}

impl Ports {
    /// So many of them.
    pub fn claim(count: u16) -> Self {
        let begin = uuid::Uuid::new_v4().as_u128();
        (0..COUNT)
            .map(|step| {
                FIRST + u16::try_from((begin + u128::from(step)) % u128::from(COUNT)).unwrap_or(0)
            })
            .find_map(|first| Self::claim_from(first, count).ok())
            .expect("free ports")
    }

    fn claim_from(first: u16, count: u16) -> io::Result<Self> {
        let claims = (first..first + count).map(|port| {
            let claim = UdpSocket::bind((Ipv4Addr::LOCALHOST, port))?;
            TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
            Ok(claim)
        });
        Ok(Self {
            first,
            _claims: claims.collect::<io::Result<_>>()?,
        })
    }

    /// The lowest of them.
    pub fn first(&self) -> u16 {
        self.first
    }
}
