//! An OpenID Connect provider as far as a server sees it: a discovery document, keys, and tokens, among them those that
//! no honest provider would sign.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use server::configuration::{ProviderConfiguration, RoleMapping};
use tokio_util::task::AbortOnDropHandle;
use wire::{Role, SignInProvider, TenantId};

/// What its tokens are for.
pub(crate) const AUDIENCE: &str = "https://recordings.example/api";

/// Its client, whose id ID tokens have as their audience.
pub(crate) const CLIENT: &str = "revui";

/// A key that signs.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) id: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) key: EncodingKey,
}

impl Signer {
    pub(crate) fn new(id: &str, algorithm: Algorithm) -> Self {
        let random = SystemRandom::new();
        let key = match algorithm {
            Algorithm::ES256 => {
                let document =
                    EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
                EncodingKey::from_ec_der(document.unwrap().as_ref())
            }
            Algorithm::EdDSA => {
                let document = Ed25519KeyPair::generate_pkcs8v1(&random);
                EncodingKey::from_ed_der(document.unwrap().as_ref())
            }
            other => panic!("no key for {other:?}"),
        };
        Self {
            id: id.to_owned(),
            algorithm,
            key,
        }
    }

    /// The half that is published.
    pub(crate) fn public(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.id.clone());
        serde_json::to_value(jwk).unwrap()
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as("at+jwt", claims)
    }

    pub(crate) fn sign_as(&self, kind: &str, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.id.clone());
        header.typ = Some(kind.to_owned());
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }
}

/// A token that nobody signed, with this header.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", encode(header), encode(claims))
}

#[derive(Default)]
struct Published {
    origin: String,
    keys: Mutex<Vec<Value>>,
    is_down: AtomicBool,
    fetched: AtomicUsize,
}

/// The provider.
pub(crate) struct Issuer {
    pub(crate) origin: String,
    published: Arc<Published>,
    _serving: AbortOnDropHandle<()>,
}

impl Issuer {
    pub(crate) async fn start(keys: &[&Signer]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let published = Arc::new(Published {
            origin: origin.clone(),
            ..Published::default()
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(keys_of))
            .with_state(Arc::clone(&published));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let issuer = Self {
            origin,
            published,
            _serving: AbortOnDropHandle::new(serving),
        };
        issuer.publish(keys);
        issuer
    }

    /// These keys, and no others.
    pub(crate) fn publish(&self, keys: &[&Signer]) {
        let keys = keys.iter().map(|signer| signer.public());
        *self.published.keys.lock().unwrap() = keys.collect();
    }

    pub(crate) fn go_down(&self, is_down: bool) {
        self.published.is_down.store(is_down, Ordering::SeqCst);
    }

    /// How often its keys were asked for.
    pub(crate) fn fetched(&self) -> usize {
        self.published.fetched.load(Ordering::SeqCst)
    }

    /// An access token's claims, as they have to be at this time.
    pub(crate) fn claims(&self, subject: &str, group: &str, now: Timestamp) -> Value {
        json!({
            "iss": self.origin, "sub": subject, "aud": AUDIENCE, "client_id": CLIENT, "jti": "j",
            "iat": now.as_second(), "exp": now.as_second() + 300,
            "groups": [group], "name": "Grace", "email": "Grace@Acme.Example",
        })
    }

    /// What a server has to know of it.
    pub(crate) fn configuration(&self, id: &str, tenant: &str) -> ProviderConfiguration {
        let roles = [("staff", Role::User), ("admins", Role::Admin)];
        ProviderConfiguration {
            id: id.to_owned(),
            tenant: TenantId::from(tenant),
            audience: AUDIENCE.to_owned(),
            algorithms: vec![Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA],
            roles: RoleMapping {
                claim: "groups".to_owned(),
                roles: roles.map(|(group, role)| (group.to_owned(), role)).into(),
                default: None,
            },
            public: SignInProvider {
                issuer: self.origin.clone(),
                name: format!("The {id} sign-in"),
                client_id: CLIENT.to_owned(),
                scopes: vec!["openid".to_owned()],
                resource: Some(AUDIENCE.to_owned()),
            },
        }
    }
}

async fn discovery(State(published): State<Arc<Published>>) -> Result<Json<Value>, StatusCode> {
    if published.is_down.load(Ordering::SeqCst) {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    let origin = &published.origin;
    Ok(Json(
        json!({"issuer": origin, "jwks_uri": format!("{origin}/jwks")}),
    ))
}

async fn keys_of(State(published): State<Arc<Published>>) -> Json<Value> {
    published.fetched.fetch_add(1, Ordering::SeqCst);
    Json(json!({"keys": *published.keys.lock().unwrap()}))
}
