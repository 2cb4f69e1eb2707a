//! Asking a provider for its keys, within limits of time and size: by its discovery document (OpenID Connect Discovery
//! 1.0, section 4), which has to name the very issuer that was asked for.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};

/// Longest wait for one answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// Longest answer that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// No answer, or an unusable one on the way.
    #[error("{what} could not be fetched")]
    Network {
        what: &'static str,
        #[source]
        source: reqwest::Error,
    },
    /// Another status than 200.
    #[error("{what} is answered with status {status}")]
    Status { what: &'static str, status: u16 },
    /// More than is read.
    #[error("{what} has more than {MAX_ANSWER_BYTES} bytes")]
    TooLong { what: &'static str },
    /// Not the JSON that it has to be.
    #[error("{what} has another form")]
    Garbled {
        what: &'static str,
        #[source]
        source: serde_json::Error,
    },
    /// A document of somebody else.
    #[error("the discovery document is that of another issuer")]
    OtherIssuer,
    /// Keys that anybody on the way could replace.
    #[error("the discovery document names keys at an address that is not https")]
    InsecureKeys,
}

const DISCOVERY: &str = "the discovery document";
const KEYS: &str = "the list of keys";

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: Url,
}

#[derive(Deserialize)]
struct KeyList {
    keys: Vec<Value>,
}

/// Where a provider's keys are asked for.
#[derive(Debug)]
pub(super) struct Source {
    issuer: String,
    http: reqwest::Client,
}

impl Source {
    pub(super) fn of(issuer: &str) -> Result<Self, reqwest::Error> {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("revui-server/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER_LIMIT);
        // A proxy that the environment names has no way to this computer's own loopback.
        let builder = if Url::parse(issuer).is_ok_and(|url| is_loopback(&url)) {
            builder.no_proxy()
        } else {
            builder.https_only(true)
        };
        Ok(Self {
            issuer: issuer.to_owned(),
            http: builder.build()?,
        })
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Every key that the provider names, unread.
    pub(super) async fn keys(&self) -> Result<Vec<Value>, FetchError> {
        let folder = self.issuer.trim_end_matches('/');
        let address = format!("{folder}/.well-known/openid-configuration");
        let discovery: Discovery = self.fetch(DISCOVERY, &address).await?;
        if discovery.issuer != self.issuer {
            return Err(FetchError::OtherIssuer);
        }
        if !is_safe(&discovery.jwks_uri) {
            return Err(FetchError::InsecureKeys);
        }
        let list: KeyList = self.fetch(KEYS, discovery.jwks_uri.as_str()).await?;
        Ok(list.keys)
    }

    async fn fetch<T: serde::de::DeserializeOwned>(
        &self,
        what: &'static str,
        address: &str,
    ) -> Result<T, FetchError> {
        let network = |source: reqwest::Error| FetchError::Network { what, source };
        let mut answer = self.http.get(address).send().await.map_err(network)?;
        if answer.status() != reqwest::StatusCode::OK {
            let status = answer.status().as_u16();
            return Err(FetchError::Status { what, status });
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(network)? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(FetchError::TooLong { what });
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).map_err(|source| FetchError::Garbled { what, source })
    }
}

/// Whether nobody on the way to it can read or change what is asked for there.
pub(crate) fn is_safe(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
