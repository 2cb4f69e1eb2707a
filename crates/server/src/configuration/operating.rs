//! How the server is watched and kept standing: `METRICS_ADDRESS`, `TRUSTED_PROXIES` and the limits.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use super::reader::Reader;
use crate::operations::proxies::{ForwardedHeader, Networks, NotANetwork, TrustedProxies};

/// Connections at once when nothing is said: systems give a process 1,024 open files, and some are for other things.
const DEFAULT_MAX_CONNECTIONS: usize = 900;

/// Most connections that can be asked for.
const MAX_CONNECTIONS: usize = 1_000_000;

/// Requests a second of one user when nothing is said. The uploader itself makes a few for each part.
const DEFAULT_USER_REQUESTS: NonZeroU32 = NonZeroU32::MIN.saturating_add(199);

/// Requests a second of all users of one tenant when nothing is said: ten of them may be as busy as one can be.
const DEFAULT_TENANT_REQUESTS: NonZeroU32 = NonZeroU32::MIN.saturating_add(1999);

/// Requests a second from one address when nothing is said: a whole office can share one.
const DEFAULT_ADDRESS_REQUESTS: NonZeroU32 = NonZeroU32::MIN.saturating_add(999);

/// How long running requests have to end once the server is told to stop, when nothing is said.
const DEFAULT_DRAIN: Duration = Duration::from_secs(10);

/// Longest drain, and longest delay before it, in seconds.
const MAX_DRAIN_SECONDS: u64 = 3600;

/// How long the database and the store have to answer before the server is not ready.
const READY_TIME_LIMIT: Duration = Duration::from_secs(2);

/// How long a client may take to send a request's body: 4 MiB at the most.
const BODY_TIME_LIMIT: Duration = Duration::from_secs(30);

/// How the server is watched and kept standing.
#[derive(Debug, Clone)]
pub struct Operating {
    /// Where the figures are told, and nothing else but whether the server lives and is ready.
    pub metrics_address: Option<SocketAddr>,
    /// The proxies that are believed when they say who is calling.
    pub trusted_proxies: TrustedProxies,
    /// Requests a second of one user; none is no limit.
    pub user_requests_per_second: Option<NonZeroU32>,
    /// Requests a second of all users of one tenant; none is no limit.
    pub tenant_requests_per_second: Option<NonZeroU32>,
    /// Requests a second from one address; none is no limit.
    pub address_requests_per_second: Option<NonZeroU32>,
    /// Connections at once; further ones wait.
    pub max_connections: usize,
    /// How long running requests have to end once the server is told to stop.
    pub drain: Duration,
    /// How long before that the server says that it is not ready, and answers all the same.
    pub drain_delay: Duration,
    /// How long the database and the store have to answer before the server is not ready.
    pub ready_time_limit: Duration,
    /// How long a client may take to send a request's body.
    pub body_time_limit: Duration,
}

impl Default for Operating {
    fn default() -> Self {
        Self {
            metrics_address: None,
            trusted_proxies: TrustedProxies::default(),
            user_requests_per_second: Some(DEFAULT_USER_REQUESTS),
            tenant_requests_per_second: Some(DEFAULT_TENANT_REQUESTS),
            address_requests_per_second: Some(DEFAULT_ADDRESS_REQUESTS),
            max_connections: DEFAULT_MAX_CONNECTIONS,
            drain: DEFAULT_DRAIN,
            drain_delay: Duration::ZERO,
            ready_time_limit: READY_TIME_LIMIT,
            body_time_limit: BODY_TIME_LIMIT,
        }
    }
}

impl Reader<'_> {
    pub(super) fn operating(&mut self) -> Operating {
        let default = Operating::default();
        let seconds = 0..=MAX_DRAIN_SECONDS;
        Operating {
            metrics_address: self.metrics_address(),
            trusted_proxies: self.trusted_proxies(),
            user_requests_per_second: self.rate("USER_REQUESTS_PER_SECOND", DEFAULT_USER_REQUESTS),
            tenant_requests_per_second: self
                .rate("TENANT_REQUESTS_PER_SECOND", DEFAULT_TENANT_REQUESTS),
            address_requests_per_second: self
                .rate("ADDRESS_REQUESTS_PER_SECOND", DEFAULT_ADDRESS_REQUESTS),
            max_connections: self.number(
                "MAX_CONNECTIONS",
                1..=MAX_CONNECTIONS,
                DEFAULT_MAX_CONNECTIONS,
            ),
            drain: Duration::from_secs(self.number(
                "DRAIN_SECONDS",
                seconds.clone(),
                DEFAULT_DRAIN.as_secs(),
            )),
            drain_delay: Duration::from_secs(self.number("DRAIN_DELAY_SECONDS", seconds, 0)),
            ..default
        }
    }

    fn metrics_address(&mut self) -> Option<SocketAddr> {
        let text = self.get("METRICS_ADDRESS")?;
        let address = text.trim().parse().ok();
        if address.is_none() {
            self.problem(
                "METRICS_ADDRESS",
                "it must be an IP address and a port, such as 127.0.0.1:9464",
            );
        }
        address
    }

    fn trusted_proxies(&mut self) -> TrustedProxies {
        let text = self.get("TRUSTED_PROXIES").unwrap_or_default();
        let networks = text.parse().unwrap_or_else(|error: NotANetwork| {
            self.problem("TRUSTED_PROXIES", error.to_string());
            Networks::default()
        });
        let header = match self.get("FORWARDED_HEADER").as_deref().map(str::trim) {
            None => ForwardedHeader::default(),
            Some(name) if name.eq_ignore_ascii_case("x-forwarded-for") => {
                ForwardedHeader::XForwardedFor
            }
            Some(name) if name.eq_ignore_ascii_case("forwarded") => ForwardedHeader::Forwarded,
            Some(_) => {
                self.problem(
                    "FORWARDED_HEADER",
                    "it must be X-Forwarded-For or Forwarded",
                );
                ForwardedHeader::default()
            }
        };
        TrustedProxies { networks, header }
    }

    /// Nought is no limit.
    fn rate(&mut self, name: &'static str, default: NonZeroU32) -> Option<NonZeroU32> {
        NonZeroU32::new(self.number(name, 0..=u32::MAX, default.get()))
    }

    fn number<N: FromStr + PartialOrd + std::fmt::Display>(
        &mut self,
        name: &'static str,
        range: std::ops::RangeInclusive<N>,
        default: N,
    ) -> N {
        let Some(text) = self.get(name) else {
            return default;
        };
        let number = text.trim().parse().ok();
        if let Some(number) = number.filter(|number| range.contains(number)) {
            return number;
        }
        let message = format!(
            "it must be a number from {} to {}",
            range.start(),
            range.end()
        );
        self.problem(name, message);
        default
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Configuration, ServeOptions};
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Operating, Vec<&'static str>> {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let options = ServeOptions {
            embedded: true,
            data: Some("data".into()),
            ..ServeOptions::default()
        };
        Configuration::read(lookup, options)
            .map(|configuration| configuration.operating)
            .map_err(|problems| problems.iter().map(|problem| problem.name).collect())
    }

    #[test]
    fn limits_are_read_and_nought_is_none() {
        let operating = read(&[]).unwrap();
        assert_eq!(operating.user_requests_per_second.unwrap().get(), 200);
        assert_eq!(operating.tenant_requests_per_second.unwrap().get(), 2000);
        assert_eq!(operating.address_requests_per_second.unwrap().get(), 1000);
        assert_eq!(operating.drain, DEFAULT_DRAIN);
        let operating = read(&[
            ("METRICS_ADDRESS", "127.0.0.1:9464"),
            ("TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
            ("FORWARDED_HEADER", "forwarded"),
            ("USER_REQUESTS_PER_SECOND", "0"),
            ("TENANT_REQUESTS_PER_SECOND", "9"),
            ("ADDRESS_REQUESTS_PER_SECOND", "7"),
            ("MAX_CONNECTIONS", "2"),
            ("DRAIN_SECONDS", "0"),
            ("DRAIN_DELAY_SECONDS", "5"),
        ])
        .unwrap();
        assert_eq!(operating.metrics_address.unwrap().port(), 9464);
        assert!(!operating.trusted_proxies.is_empty());
        assert_eq!(operating.trusted_proxies.header, ForwardedHeader::Forwarded);
        assert_eq!(operating.user_requests_per_second, None);
        assert_eq!(operating.tenant_requests_per_second.unwrap().get(), 9);
        assert_eq!(operating.address_requests_per_second.unwrap().get(), 7);
        assert_eq!(operating.max_connections, 2);
        assert_eq!(operating.drain, Duration::ZERO);
        assert_eq!(operating.drain_delay, Duration::from_secs(5));
    }

    #[test]
    fn each_that_is_wrong_is_named() {
        let wrong = [
            ("METRICS_ADDRESS", "9464"),
            ("TRUSTED_PROXIES", "everyone"),
            ("FORWARDED_HEADER", "Via"),
            ("USER_REQUESTS_PER_SECOND", "-1"),
            ("TENANT_REQUESTS_PER_SECOND", "4294967296"),
            ("ADDRESS_REQUESTS_PER_SECOND", "many"),
            ("MAX_CONNECTIONS", "0"),
            ("DRAIN_SECONDS", "3601"),
            ("DRAIN_DELAY_SECONDS", "1.5"),
        ];
        let names: Vec<_> = wrong.iter().map(|(name, _)| *name).collect();
        assert_eq!(read(&wrong).unwrap_err(), names);
    }
}
