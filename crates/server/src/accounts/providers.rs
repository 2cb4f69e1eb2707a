//! People who sign in at an OpenID Connect provider: their access tokens are checked here, and never their ID tokens.
//!
//! A provider is bound to one tenant: whoever its tokens name is a user of that tenant and of no other. Users are noted
//! when they first call, under an id that follows from issuer and subject; their role is what the provider says now.

mod fetching;
mod keys;
mod roles;
mod token;

use std::sync::Arc;

use jiff::Timestamp;
use jsonwebtoken::Algorithm;
use sha2::{Digest as _, Sha256};
use tokio_util::task::AbortOnDropHandle;
use wire::{Role, SignInProvider, TenantId, UserId};

use self::fetching::Source;
use self::keys::{Keys, NoKey};
use self::token::Presented;
use super::access_token::BadToken;
use super::{Caller, canonical_email};
use crate::app::App;
use crate::audit::{Action, Event, Origin};
use crate::clock::Clock;
use crate::db::{Admission, Arrival};
use crate::refusal::Refusal;

pub(crate) use fetching::is_safe;
pub use roles::RoleMapping;

/// Stands between a provider's id and what it calls somebody, in the name by which administrators find them. No e-mail
/// address of an account of our own has one.
pub(crate) const SEPARATOR: char = ':';

/// What has to be known of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderConfiguration {
    /// A short name of letters, digits and `-`, before the names of its users: `acme:ada@acme.example`.
    pub id: String,
    /// Whose users they are.
    pub tenant: TenantId,
    /// What `aud` of an access token has to be.
    pub audience: String,
    /// The algorithms by which its tokens may be signed.
    pub algorithms: Vec<Algorithm>,
    /// What its claims mean.
    pub roles: RoleMapping,
    /// What clients are told.
    pub public: SignInProvider,
}

/// Every provider that this server believes.
#[derive(Debug, Default)]
pub(crate) struct Providers {
    all: Vec<Arc<Provider>>,
}

/// A provider, and the keys by which it signs.
#[derive(Debug)]
struct Provider {
    configuration: ProviderConfiguration,
    keys: Keys,
}

impl Providers {
    pub(crate) fn new(configurations: Vec<ProviderConfiguration>) -> Result<Self, reqwest::Error> {
        let all = configurations.into_iter().map(|configuration| {
            let source = Source::of(&configuration.public.issuer)?;
            let keys = Keys::of(source);
            Ok(Arc::new(Provider {
                configuration,
                keys,
            }))
        });
        Ok(Self {
            all: all.collect::<Result<_, _>>()?,
        })
    }

    /// What clients are told.
    pub(crate) fn public(&self) -> Vec<SignInProvider> {
        let each = self.all.iter();
        each.map(|provider| provider.configuration.public.clone())
            .collect()
    }

    /// Fetches every provider's keys, in the background, so that nobody waits for one that does not answer.
    pub(crate) fn prepare(&self, clock: &Clock) -> Vec<AbortOnDropHandle<()>> {
        let each = self.all.iter().cloned();
        each.map(|provider| {
            let now = clock.now();
            AbortOnDropHandle::new(tokio::spawn(
                async move { provider.keys.prepare(now).await },
            ))
        })
        .collect()
    }

    fn by_issuer(&self, issuer: &str) -> Option<&Provider> {
        let mut each = self.all.iter();
        let found = each.find(|provider| provider.configuration.public.issuer == issuer);
        found.map(AsRef::as_ref)
    }
}

/// Whom the token names, if it is one of a provider of ours; `None` for any other token.
pub(crate) async fn admit(
    app: &App,
    token: &str,
    origin: &Origin,
) -> Option<Result<Caller, Refusal>> {
    let presented = Presented::read(token)?;
    let provider = app.providers.by_issuer(&presented.issuer)?;
    Some(provider.admit(app, &presented, origin).await)
}

impl Provider {
    async fn admit(
        &self,
        app: &App,
        presented: &Presented<'_>,
        origin: &Origin,
    ) -> Result<Caller, Refusal> {
        let now = app.clock.now();
        let (arrival, tenant) = self.recognise(presented, now).await?;
        let caller = Caller {
            user: arrival.user.clone(),
            tenant: tenant.clone(),
            role: arrival.role,
            origin: origin.clone(),
            is_server: false,
        };
        let sign_in = Event::done(caller.actor(), Action::SignIn, now)
            .with("provider", self.configuration.id.as_str());
        let scope = app.database.scope(tenant, &caller.user);
        let nobodys = app.passwords.nobodys_hash();
        match scope.admit(&arrival, nobodys, &sign_in).await? {
            Admission::Welcome => Ok(caller),
            Admission::Disabled => Err(Refusal::Unauthorized),
            Admission::NoTenant => {
                tracing::error!(%tenant, "a provider's tenant is missing: add it with `revui-server tenant add`");
                Err(Refusal::Unauthorized)
            }
        }
    }

    /// Who holds the token, once it was proven to be the provider's and meant for us.
    async fn recognise(
        &self,
        presented: &Presented<'_>,
        now: Timestamp,
    ) -> Result<(Arrival, &TenantId), Refusal> {
        let configuration = &self.configuration;
        let refused = |bad| match bad {
            BadToken::Expired => Refusal::TokenExpired,
            BadToken::Invalid => Refusal::Unauthorized,
        };
        let (key_id, algorithm) = presented
            .header(&configuration.algorithms)
            .map_err(refused)?;
        let key = self
            .keys
            .find(&key_id, algorithm, now)
            .await
            .map_err(|none| match none {
                NoKey::Unknown => Refusal::Unauthorized,
                NoKey::Unavailable => Refusal::ProviderUnavailable,
            })?;
        let claims = presented
            .verify(&key, algorithm, &configuration.audience, now)
            .map_err(refused)?;
        let subject = token::subject(&claims).ok_or(Refusal::Unauthorized)?;
        let role: Role = configuration
            .roles
            .role_of(&claims)
            .ok_or(Refusal::Forbidden)?;
        let user = user_id(&configuration.public.issuer, subject);
        let email = token::email(&claims).map(canonical_email);
        let name_at = |text: &str| format!("{}{SEPARATOR}{text}", configuration.id);
        let sign_in_names = [email.as_deref(), Some(subject), Some(user.as_str())]
            .into_iter()
            .flatten()
            .map(name_at)
            .collect();
        let name = token::name(&claims).or(email);
        let name = name.unwrap_or_else(|| subject.to_owned());
        let arrival = Arrival {
            user,
            sign_in_names,
            name,
            role,
        };
        Ok((arrival, &configuration.tenant))
    }
}

/// The same for the same person for ever, and nobody else's: a subject is unique within its issuer and never given to
/// another (OpenID Connect Core 1.0, section 2).
fn user_id(issuer: &str, subject: &str) -> UserId {
    let mut hash = Sha256::new();
    // A length before each, so that no two pairs are the same text.
    for text in [issuer, subject] {
        hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(text);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    // Version 8: made of what the application likes (RFC 9562, section 5.8).
    let id = uuid::Builder::from_custom_bytes(bytes).into_uuid();
    UserId::from(id.to_string())
}

/// An e-mail address as it is shown: without the provider's id before it.
pub(crate) fn shown(sign_in_name: &str) -> &str {
    match sign_in_name.split_once(SEPARATOR) {
        Some((_, name)) => name,
        None => sign_in_name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_follows_from_issuer_and_subject() {
        let id = user_id("https://login.acme.example", "ada");
        assert_eq!(id, user_id("https://login.acme.example", "ada"));
        assert_eq!(id.as_str().len(), 36);
        for (issuer, subject) in [
            ("https://login.acme.example", "bob"),
            ("https://login.other.example", "ada"),
            ("https://login.acme.examplea", "da"),
        ] {
            assert_ne!(id, user_id(issuer, subject), "{issuer} {subject}");
        }
    }
}
