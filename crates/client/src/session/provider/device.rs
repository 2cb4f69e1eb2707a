//! Signing in by a browser on another device (RFC 8628): for terminals without one.

use openidconnect::Scope;
use openidconnect::core::CoreDeviceAuthorizationResponse;
use wire::SignInProvider;

use super::asking::{Asking, refused};
use super::{ProviderError, SignInStep, Tokens};
use crate::ServerOrigin;

pub(super) async fn sign_in(
    server: &ServerOrigin,
    provider: &SignInProvider,
    tell: &mut (dyn FnMut(SignInStep) + Send),
) -> Result<Tokens, ProviderError> {
    let asking = Asking::find_provider(server, provider).await?;
    let address = asking.further.device_authorization_endpoint.clone();
    let address = address.ok_or(ProviderError::NoDevices)?;
    let protocol = asking
        .protocol
        .clone()
        .set_device_authorization_url(address);
    let mut request = protocol.exchange_device_code();
    for scope in provider.scopes.iter().filter(|scope| *scope != "openid") {
        request = request.add_scope(Scope::new(scope.clone()));
    }
    for (name, value) in asking.resource_parameter() {
        request = request.add_extra_param(name, value);
    }
    let opened = request.request_async(&asking.http).await.map_err(refused)?;
    let opened: CoreDeviceAuthorizationResponse = opened;
    let complete = opened.verification_uri_complete();
    tell(SignInStep::EnterCode {
        address: opened.verification_uri().to_string(),
        complete_address: complete.map(|address| address.secret().clone()),
        code: opened.user_code().secret().clone(),
        lasts: opened.expires_in(),
    });
    let request = protocol.exchange_device_access_token(&opened);
    let mut request = request.map_err(|_| ProviderError::Garbled("it gives out no tokens"))?;
    for (name, value) in asking.resource_parameter() {
        request = request.add_extra_param(name, value);
    }
    let answer = request.request_async(&asking.http, tokio::time::sleep, None);
    Ok(asking.tokens(&answer.await.map_err(refused)?, None))
}
