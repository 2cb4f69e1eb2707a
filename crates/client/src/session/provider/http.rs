//! Calls of a provider: none leads where the server's answers may not, none follows a redirect, none waits for ever.

use std::pin::Pin;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use url::{Host, Url};

use super::ProviderError;
use crate::ServerOrigin;
use crate::backend::unreachable;

/// Longest wait for an answer, from the request's beginning to the answer's end.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// Longest answer that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// An HTTP client for one provider.
pub(super) struct Http {
    server: ServerOrigin,
    client: reqwest::Client,
}

impl Http {
    pub(super) fn for_issuer(server: &ServerOrigin, issuer: &str) -> Result<Self, ProviderError> {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("revui/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .timeout(ANSWER_LIMIT);
        let address = server.may_lead_to(issuer).map_err(ProviderError::Unsafe)?;
        // A proxy that the environment names has no way to this computer's own loopback.
        let builder = if is_this_computer(&address) {
            builder.no_proxy()
        } else {
            builder
        };
        Ok(Self {
            server: server.clone(),
            client: builder.build().map_err(lost)?,
        })
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ProviderError> {
        let address = request.uri().to_string();
        self.server
            .may_lead_to(&address)
            .map_err(ProviderError::Unsafe)?;
        let request = reqwest::Request::try_from(request).map_err(lost)?;
        let mut answer = self.client.execute(request).await.map_err(lost)?;
        let status = answer.status();
        if status.is_server_error() || status == reqwest::StatusCode::TOO_MANY_REQUESTS {
            let status = status.as_u16();
            return Err(ProviderError::Failed { status });
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(ProviderError::Garbled("it is too long"));
            }
            body.extend_from_slice(&chunk);
        }
        let mut whole = HttpResponse::new(body);
        *whole.status_mut() = status;
        *whole.headers_mut() = answer.headers().clone();
        Ok(whole)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = ProviderError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, ProviderError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.exchange(request))
    }
}

fn lost(error: reqwest::Error) -> ProviderError {
    let (kind, source) = unreachable(error);
    ProviderError::Unreachable {
        kind,
        source: Some(source),
    }
}

fn is_this_computer(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
