//! A provider's signing keys: fetched when they are needed, kept for a while, fetched again when an unknown one is named.
//!
//! Anybody can name an unknown key, so that is worth a fetch only from time to time. Many callers at once cause one fetch.
//! A provider that cannot be reached locks nobody out whose token is signed by a key that was seen a while ago.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

use super::fetching::{FetchError, Source};
use crate::logging;

/// After how long the keys are looked at again: one that the provider withdrew is trusted no longer than that.
const REFRESHED_AFTER: Duration = Duration::from_mins(10);

/// How long keys are trusted while their provider cannot be reached.
const TRUSTED_WITHOUT_NEWS: Duration = Duration::from_hours(24);

/// Pause between two fetches, whatever tokens name.
const PAUSE: Duration = Duration::from_secs(10);

/// Most keys of a provider that are looked at.
const MAX_KEYS: usize = 100;

/// Algorithms that can be pinned: those by which nobody who can verify can sign.
const RSA: [Algorithm; 6] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];

/// A key that signs tokens.
#[derive(Debug)]
pub(super) struct Key {
    id: String,
    algorithms: Vec<Algorithm>,
    decoding: DecodingKey,
}

impl Key {
    /// `None` for keys of another use, of a kind that is not known here, or without a name.
    fn read(value: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        if !matches!(
            jwk.common.public_key_use,
            None | Some(PublicKeyUse::Signature)
        ) {
            return None;
        }
        let fitting: &[Algorithm] = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => &RSA,
            AlgorithmParameters::EllipticCurve(parameters) => match parameters.curve {
                EllipticCurve::P256 => &[Algorithm::ES256],
                EllipticCurve::P384 => &[Algorithm::ES384],
                _ => return None,
            },
            AlgorithmParameters::OctetKeyPair(parameters) => match parameters.curve {
                EllipticCurve::Ed25519 => &[Algorithm::EdDSA],
                _ => return None,
            },
            // What is shared verifies and signs.
            _ => return None,
        };
        let named = match &jwk.common.key_algorithm {
            Some(named) => Some(Algorithm::try_from(*named).ok()?),
            None => None,
        };
        let algorithms = fitting.iter().copied();
        Some(Self {
            algorithms: algorithms
                .filter(|one| named.is_none_or(|named| named == *one))
                .collect(),
            decoding: DecodingKey::from_jwk(&jwk).ok()?,
            id: jwk.common.key_id?,
        })
    }

    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }
}

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoKey {
    /// The provider has none of that name for that algorithm.
    Unknown,
    /// The provider could not be asked.
    Unavailable,
}

/// What is known of a provider's keys.
#[derive(Debug, Clone, Default)]
struct Known {
    keys: Arc<[Arc<Key>]>,
    fetched_at: Option<Timestamp>,
    tried_at: Option<Timestamp>,
    /// When an unknown key was last worth a fetch.
    sought_at: Option<Timestamp>,
}

impl Known {
    fn find(&self, id: &str, algorithm: Algorithm, now: Timestamp) -> Option<Arc<Key>> {
        let fetched_at = self.fetched_at?;
        if is_past(fetched_at, TRUSTED_WITHOUT_NEWS, now) {
            return None;
        }
        let mut keys = self.keys.iter();
        keys.find(|key| key.id == id && key.algorithms.contains(&algorithm))
            .cloned()
    }

    /// Whether it is time to look again, without anybody's asking for it.
    fn is_due(&self, now: Timestamp) -> bool {
        let stale = self
            .fetched_at
            .is_none_or(|at| is_past(at, REFRESHED_AFTER, now));
        stale && self.tried_at.is_none_or(|at| is_past(at, PAUSE, now))
    }

    /// Whether an unknown key is worth a look.
    fn may_seek(&self, now: Timestamp) -> bool {
        self.sought_at.is_none_or(|at| is_past(at, PAUSE, now))
    }

    /// Whether the last try brought no keys.
    fn is_cut_off(&self) -> bool {
        self.fetched_at.is_none() || self.fetched_at < self.tried_at
    }
}

fn is_past(since: Timestamp, pause: Duration, now: Timestamp) -> bool {
    now >= since + pause
}

/// The keys of one provider.
#[derive(Debug)]
pub(super) struct Keys {
    source: Source,
    known: RwLock<Known>,
    /// Held while fetching.
    fetching: tokio::sync::Mutex<()>,
}

impl Keys {
    pub(super) fn of(source: Source) -> Self {
        Self {
            source,
            known: RwLock::default(),
            fetching: tokio::sync::Mutex::default(),
        }
    }

    /// The key of this name, for this algorithm.
    pub(super) async fn find(
        &self,
        id: &str,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> Result<Arc<Key>, NoKey> {
        let known = self.known();
        if let Some(key) = known.find(id, algorithm, now) {
            if !known.is_due(now) {
                return Ok(key);
            }
            // Whoever is first looks again; the others go on with what is known.
            let Ok(_fetching) = self.fetching.try_lock() else {
                return Ok(key);
            };
            self.fetch(now, false).await;
        } else {
            let _fetching = self.fetching.lock().await;
            let known = self.known();
            if known.find(id, algorithm, now).is_none()
                && (known.may_seek(now) || known.is_due(now))
            {
                self.fetch(now, true).await;
            }
        }
        let known = self.known();
        known.find(id, algorithm, now).ok_or(if known.is_cut_off() {
            NoKey::Unavailable
        } else {
            NoKey::Unknown
        })
    }

    /// Fetches what is not there yet, so that the first caller need not wait, and the operator learns what is wrong.
    pub(super) async fn prepare(&self, now: Timestamp) {
        let _fetching = self.fetching.lock().await;
        if self.known().is_due(now) {
            self.fetch(now, false).await;
        }
    }

    /// The try is noted before it is made: a caller who hangs up must not make room for the next.
    async fn fetch(&self, now: Timestamp, sought: bool) {
        self.change(|known| {
            known.tried_at = Some(now);
            if sought {
                known.sought_at = Some(now);
            }
        });
        match self.source.keys().await {
            Ok(values) => {
                let keys: Vec<_> = values
                    .into_iter()
                    .take(MAX_KEYS)
                    .filter_map(Key::read)
                    .map(Arc::new)
                    .collect();
                tracing::debug!(
                    issuer = self.source.issuer(),
                    keys = keys.len(),
                    "the provider's keys"
                );
                self.change(|known| {
                    known.keys = keys.into();
                    known.fetched_at = Some(now);
                });
            }
            Err(error) => self.complain(&error),
        }
    }

    fn complain(&self, error: &FetchError) {
        let cause = logging::chain(error);
        tracing::warn!(
            issuer = self.source.issuer(),
            cause,
            "the provider's keys could not be fetched"
        );
    }

    fn known(&self) -> Known {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_keys_that_sign_are_taken_and_each_for_its_own_algorithms() {
        let point = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
        let edwards = json!({"kty": "OKP", "crv": "Ed25519", "kid": "e", "x": point});
        let curve = json!({"kty": "EC", "crv": "P-256", "kid": "c", "x": point, "y": point});
        let rsa = json!({"kty": "RSA", "kid": "r", "n": point, "e": "AQAB"});
        let with = |key: &Value, name: &str, value: &str| {
            let mut key = key.clone();
            key[name] = value.into();
            key
        };
        for (key, expected) in [
            (edwards.clone(), &[Algorithm::EdDSA][..]),
            (curve.clone(), &[Algorithm::ES256]),
            (rsa.clone(), &RSA),
            (with(&rsa, "alg", "RS256"), &[Algorithm::RS256]),
            (with(&rsa, "use", "sig"), &RSA),
            (with(&rsa, "alg", "HS256"), &[]),
            (with(&curve, "alg", "RS256"), &[]),
        ] {
            let read = Key::read(key.clone()).unwrap();
            assert_eq!(read.algorithms, expected, "{key}");
        }
        let mut nameless = rsa.clone();
        nameless.as_object_mut().unwrap().remove("kid");
        for key in [
            with(&rsa, "use", "enc"),
            with(&rsa, "alg", "RSA-OAEP"),
            json!({"kty": "oct", "kid": "o", "k": "c2VjcmV0"}),
            json!({"kty": "EC", "crv": "secp256k1", "kid": "k", "x": point, "y": point}),
            nameless,
            json!("key"),
        ] {
            assert!(Key::read(key.clone()).is_none(), "{key}");
        }
    }

    #[test]
    fn when_keys_are_looked_at_again() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let known = |fetched: Option<i64>, tried: i64| Known {
            fetched_at: fetched.map(at),
            tried_at: Some(at(tried)),
            ..Known::default()
        };
        assert!(Known::default().is_due(at(0)));
        for (known, now, due) in [
            (known(None, 100), 109, false),
            (known(None, 100), 110, true),
            (known(Some(100), 100), 699, false),
            (known(Some(100), 100), 700, true),
            (known(Some(100), 700), 709, false),
            (known(Some(100), 700), 710, true),
            // A clock that was set back is no reason to ask at every call.
            (known(Some(100), 100), 50, false),
        ] {
            assert_eq!(known.is_due(at(now)), due, "{known:?} at {now}");
        }
    }
}
