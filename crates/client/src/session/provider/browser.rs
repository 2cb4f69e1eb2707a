//! The authorization code flow, in the system's browser (RFC 8252; RFC 7636; RFC 9700, section 2.1).

use std::time::Duration;

use openidconnect::core::{CoreAuthPrompt, CoreAuthenticationFlow, CoreJwsSigningAlgorithm};
use openidconnect::{
    AuthorizationCode, CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    TokenResponse as _,
};
use tokio::time::timeout;
use wire::SignInProvider;

use super::asking::{Asking, refusal, refused};
use super::door::{Brought, Door};
use super::{ProviderError, SignInStep, Tokens};
use crate::ServerOrigin;

/// How long somebody has to sign in: they may have to find a second factor first.
const PATIENCE: Duration = Duration::from_mins(10);

/// Every algorithm by which an ID token may be signed: those that need the provider's private key.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// The scope that the protocol adds by itself.
const OPENID: &str = "openid";

/// The scope of whoever stays signed in.
const OFFLINE: &str = "offline_access";

pub(super) async fn sign_in(
    server: &ServerOrigin,
    provider: &SignInProvider,
    tell: &mut (dyn FnMut(SignInStep) + Send),
) -> Result<Tokens, ProviderError> {
    let mut asking = Asking::find_provider(server, provider).await?;
    let door = Door::open().await.map_err(ProviderError::Door)?;
    let redirect = RedirectUrl::new(door.address());
    let redirect = redirect.map_err(|_| ProviderError::Garbled("its redirect is no address"))?;
    asking.protocol = asking.protocol.set_redirect_uri(redirect);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = CoreAuthenticationFlow::AuthorizationCode;
    let mut request = asking
        .protocol
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .set_pkce_challenge(challenge);
    for scope in provider.scopes.iter().filter(|scope| *scope != OPENID) {
        request = request.add_scope(Scope::new(scope.clone()));
    }
    if provider.scopes.iter().any(|scope| scope == OFFLINE) {
        // Without it a provider has to give no refresh token (OpenID Connect Core 1.0, section 11).
        request = request.add_prompt(CoreAuthPrompt::Consent);
    }
    for (name, value) in asking.resource_parameter() {
        request = request.add_extra_param(name, value);
    }
    let (address, state, nonce) = request.url();
    tell(SignInStep::OpenBrowser {
        address: address.into(),
    });
    let answered = timeout(PATIENCE, door.answer(state.secret())).await;
    let brought = answered.map_err(|_| ProviderError::TooLate)?;
    let code = code_of(&asking, brought.map_err(ProviderError::Door)?)?;
    exchange(&asking, code, verifier, &nonce).await
}

/// The code, if it is the right provider's (RFC 9207, section 2.4).
fn code_of(asking: &Asking, brought: Brought) -> Result<String, ProviderError> {
    match brought.issuer {
        Some(issuer) if issuer == asking.issuer => {}
        None if !asking
            .further
            .authorization_response_iss_parameter_supported => {}
        _ => return Err(ProviderError::Forged("another issuer answered")),
    }
    if let Some(error) = brought.error {
        return Err(refusal(&error));
    }
    brought.code.ok_or(ProviderError::Garbled("it has no code"))
}

async fn exchange(
    asking: &Asking,
    code: String,
    verifier: PkceCodeVerifier,
    nonce: &Nonce,
) -> Result<Tokens, ProviderError> {
    let request = asking.protocol.exchange_code(AuthorizationCode::new(code));
    let request = request.map_err(|_| ProviderError::Garbled("it gives out no tokens"))?;
    let mut request = request.set_pkce_verifier(verifier);
    for (name, value) in asking.resource_parameter() {
        request = request.add_extra_param(name, value);
    }
    let answer = request.request_async(&asking.http).await.map_err(refused)?;
    // It says that these tokens answer this very request; what they are worth is for the server to say.
    let id_token = answer
        .id_token()
        .ok_or(ProviderError::Garbled("it has no ID token"))?;
    let verifier = asking
        .protocol
        .id_token_verifier()
        .set_allowed_algs(ALGORITHMS);
    id_token
        .claims(&verifier, nonce)
        .map_err(|_| ProviderError::Forged("the ID token is not its"))?;
    Ok(asking.tokens(&answer, None))
}

#[cfg(test)]
mod tests;
