//! What a provider is asked, whichever way somebody signs in: what it can do, for tokens, and to forget them.

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthType, ClientId, DeviceAuthorizationUrl, DiscoveryError,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, ErrorResponse, ErrorResponseType, IssuerUrl,
    OAuth2TokenResponse as _, ProviderMetadata, RefreshToken, RequestTokenError,
    StandardErrorResponse,
};
use serde::{Deserialize, Serialize};
use url::Url;
use wire::{Secret, SignInProvider};

use super::http::Http;
use super::{Grant, ProviderError, Tokens};
use crate::ServerOrigin;

/// Longest word of a provider for a refusal that is repeated, in characters.
const LONGEST_CODE_CHARACTERS: usize = 40;

/// What the discovery document says beyond OpenID Connect's own (RFC 8414, RFC 8628, RFC 9207).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Further {
    pub(super) device_authorization_endpoint: Option<DeviceAuthorizationUrl>,
    pub(super) revocation_endpoint: Option<Url>,
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Further {}

type Metadata = ProviderMetadata<
    Further,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// The protocol's client, with the endpoints that every provider has.
pub(super) type Protocol = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A provider that was found.
pub(super) struct Asking {
    pub(super) http: Http,
    pub(super) issuer: String,
    pub(super) resource: Option<String>,
    pub(super) protocol: Protocol,
    pub(super) further: Further,
    client_id: String,
}

impl Asking {
    pub(super) async fn find(
        server: &ServerOrigin,
        issuer: &str,
        client_id: &str,
        resource: Option<&str>,
    ) -> Result<Self, ProviderError> {
        let http = Http::for_issuer(server, issuer)?;
        let address = IssuerUrl::new(issuer.to_owned());
        let address = address.map_err(|_| ProviderError::Garbled("its issuer is no address"))?;
        let metadata = Metadata::discover_async(address, &http)
            .await
            .map_err(undiscovered)?;
        let authorization = metadata.authorization_endpoint().as_str();
        server
            .may_lead_to(authorization)
            .map_err(ProviderError::Unsafe)?;
        let further = metadata.additional_metadata().clone();
        let id = ClientId::new(client_id.to_owned());
        // A public client: its id is in the body, and there is no secret.
        let protocol = CoreClient::from_provider_metadata(metadata, id, None)
            .set_auth_type(AuthType::RequestBody);
        Ok(Self {
            http,
            issuer: issuer.to_owned(),
            resource: resource.map(str::to_owned),
            protocol,
            further,
            client_id: client_id.to_owned(),
        })
    }

    pub(super) async fn find_provider(
        server: &ServerOrigin,
        provider: &SignInProvider,
    ) -> Result<Self, ProviderError> {
        let resource = provider.resource.as_deref();
        Self::find(server, &provider.issuer, &provider.client_id, resource).await
    }

    /// What of a token answer matters. A refresh token that is not replaced stays good.
    pub(super) fn tokens(&self, answer: &CoreTokenResponse, before: Option<&Secret>) -> Tokens {
        let next = answer
            .refresh_token()
            .map(|token| Secret::from(token.secret().as_str()));
        let refresh_token = next.or_else(|| before.cloned());
        Tokens {
            access: Secret::from(answer.access_token().secret().as_str()),
            grant: refresh_token.map(|refresh_token| Grant {
                issuer: self.issuer.clone(),
                client_id: self.client_id.clone(),
                resource: self.resource.clone(),
                refresh_token,
            }),
        }
    }

    /// The resource as a parameter of a request (RFC 8707, section 2).
    pub(super) fn resource_parameter(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.resource
            .clone()
            .map(|resource| ("resource", resource))
            .into_iter()
    }
}

/// Exchanges a refresh token for an access token, and for its successor.
pub(crate) async fn renew(server: &ServerOrigin, grant: &Grant) -> Result<Tokens, ProviderError> {
    let asking = Asking::find(
        server,
        &grant.issuer,
        &grant.client_id,
        grant.resource.as_deref(),
    )
    .await?;
    let token = RefreshToken::new(grant.refresh_token.expose().to_owned());
    let request = asking.protocol.exchange_refresh_token(&token);
    let mut request = request.map_err(|_| ProviderError::Garbled("it gives out no tokens"))?;
    for (name, value) in asking.resource_parameter() {
        request = request.add_extra_param(name, value);
    }
    let answer = request.request_async(&asking.http).await.map_err(refused)?;
    Ok(asking.tokens(&answer, Some(&grant.refresh_token)))
}

/// Has a refresh token forgotten, and with it what was given for it (RFC 7009), where the provider can.
pub(crate) async fn revoke(server: &ServerOrigin, grant: &Grant) -> Result<(), ProviderError> {
    use openidconnect::AsyncHttpClient as _;
    let asking = Asking::find(server, &grant.issuer, &grant.client_id, None).await?;
    let Some(address) = &asking.further.revocation_endpoint else {
        return Ok(());
    };
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("token", grant.refresh_token.expose())
        .append_pair("token_type_hint", "refresh_token")
        .append_pair("client_id", &grant.client_id)
        .finish();
    let request = ::http::Request::post(address.as_str())
        .header(
            ::http::header::CONTENT_TYPE,
            "application/x-www-form-urlencoded",
        )
        .body(form.into_bytes())
        .map_err(|_| ProviderError::Garbled("its address for forgetting is none"))?;
    let answer = asking.http.call(request).await?;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(ProviderError::Failed {
        status: answer.status().as_u16(),
    })
}

/// The library's errors keep answers, which may hold tokens: they are let go.
fn undiscovered(error: DiscoveryError<ProviderError>) -> ProviderError {
    match error {
        DiscoveryError::Request(source) => source,
        DiscoveryError::Response(status, ..) => ProviderError::Failed {
            status: status.as_u16(),
        },
        DiscoveryError::Validation(_) => {
            ProviderError::Forged("the discovery document is that of another issuer")
        }
        _ => ProviderError::Garbled("the discovery document has another form"),
    }
}

pub(super) fn refused<T>(
    error: RequestTokenError<ProviderError, StandardErrorResponse<T>>,
) -> ProviderError
where
    T: ErrorResponseType + std::fmt::Display + 'static,
    StandardErrorResponse<T>: ErrorResponse,
{
    match error {
        RequestTokenError::Request(source) => source,
        RequestTokenError::ServerResponse(answer) => refusal(&answer.error().to_string()),
        _ => ProviderError::Garbled("a token answer has another form"),
    }
}

/// A refusal by the protocol's word for it, of which no more is repeated than such words have.
pub(super) fn refusal(code: &str) -> ProviderError {
    let plain = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '_';
    let code: String = code
        .chars()
        .filter(plain)
        .take(LONGEST_CODE_CHARACTERS)
        .collect();
    match code.as_str() {
        "expired_token" => ProviderError::TooLate,
        "temporarily_unavailable" | "server_error" => ProviderError::Failed { status: 503 },
        _ => ProviderError::Refused { code },
    }
}
