//! Access tokens: JWTs of one algorithm (HS256), one issuer and one audience, good for fifteen minutes and for as long
//! as the sign-in that they come from.

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use wire::{Role, Secret, TenantId, User, UserId};

/// Life of an access token, in seconds.
pub(crate) const ACCESS_TOKEN_SECONDS: u32 = 15 * 60;

/// Fewest bytes of a signing secret: as many as the hash has (RFC 7518, section 3.2).
pub(crate) const MIN_SECRET_BYTES: usize = 32;

/// Longest token that is looked at, in bytes; ours have under 500.
const MAX_TOKEN_BYTES: usize = 4096;

const ISSUER: &str = "revui-server";
const AUDIENCE: &str = "revui-api";

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Claims {
    sub: UserId,
    tenant_id: TenantId,
    /// For whoever reads it on the way; the server asks its database.
    role: Role,
    /// The sign-in (<https://openid.net/specs/openid-connect-frontchannel-1_0.html>, section 3).
    sid: String,
    iat: i64,
    exp: i64,
    iss: String,
    aud: String,
}

/// What a token proves: that this user signed in once. Whether they still may is the database's to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignedIn {
    pub(crate) user: UserId,
    pub(crate) tenant: TenantId,
    /// The family of the sign-in.
    pub(crate) family_id: String,
}

/// Why a token proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadToken {
    /// It was good once.
    Expired,
    /// It never was.
    Invalid,
}

/// Signs and reads access tokens.
pub(crate) struct AccessTokens {
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

impl AccessTokens {
    /// With the secret that signs them.
    pub(crate) fn new(secret: &Secret) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Expiry is judged by the clock that is passed in.
        validation.validate_exp = false;
        Self {
            signing: EncodingKey::from_secret(secret.expose().as_bytes()),
            verifying: DecodingKey::from_secret(secret.expose().as_bytes()),
            validation,
        }
    }

    /// A token for this user, of this sign-in.
    pub(crate) fn issue(
        &self,
        user: &User,
        family_id: &str,
        now: Timestamp,
    ) -> Result<Secret, jsonwebtoken::errors::Error> {
        let claims = Claims {
            sub: user.id.clone(),
            tenant_id: user.tenant_id.clone(),
            role: user.role,
            sid: family_id.to_owned(),
            iat: now.as_second(),
            exp: now.as_second() + i64::from(ACCESS_TOKEN_SECONDS),
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing)
            .map(Secret::from)
    }

    /// Who holds this token.
    pub(crate) fn read(&self, token: &str, now: Timestamp) -> Result<SignedIn, BadToken> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(BadToken::Invalid);
        }
        let claims = jsonwebtoken::decode::<Claims>(token, &self.verifying, &self.validation)
            .map_err(|_| BadToken::Invalid)?
            .claims;
        if claims.exp <= now.as_second() {
            return Err(BadToken::Expired);
        }
        Ok(SignedIn {
            user: claims.sub,
            tenant: claims.tenant_id,
            family_id: claims.sid,
        })
    }
}

impl std::fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessTokens([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn user() -> User {
        User {
            id: "u1".into(),
            email: "u@example.com".to_owned(),
            name: "U".to_owned(),
            role: Role::Reviewer,
            tenant_id: "t1".into(),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_token_says_who_until_it_expires() {
        let tokens = AccessTokens::new(&Secret::from(SECRET));
        let token = tokens.issue(&user(), "f1", at(1_000)).unwrap();
        let proven = tokens.read(token.expose(), at(1_899)).unwrap();
        let expected = SignedIn {
            user: "u1".into(),
            tenant: "t1".into(),
            family_id: "f1".to_owned(),
        };
        assert_eq!(proven, expected);
        assert_eq!(
            tokens.read(token.expose(), at(1_900)),
            Err(BadToken::Expired)
        );
    }

    fn forge(header: &str, change: impl Fn(&mut serde_json::Value), secret: &str) -> String {
        let mut claims = serde_json::json!({
            "sub": "u1", "tenantId": "t1", "role": "USER", "sid": "f1", "iat": 0, "exp": 9_999,
            "iss": ISSUER, "aud": AUDIENCE,
        });
        change(&mut claims);
        if header.contains("none") {
            let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
            return format!("{}.{}.", encode(header), encode(&claims.to_string()));
        }
        let header: Header = serde_json::from_str(header).unwrap();
        let key = EncodingKey::from_secret(secret.as_bytes());
        jsonwebtoken::encode(&header, &claims, &key).unwrap()
    }

    #[test]
    fn only_our_own_are_believed() {
        let tokens = AccessTokens::new(&Secret::from(SECRET));
        let ours = r#"{"alg":"HS256","typ":"JWT"}"#;
        assert!(tokens.read(&forge(ours, |_| {}, SECRET), at(0)).is_ok());

        let huge = "a".repeat(MAX_TOKEN_BYTES + 1);
        let mut altered = forge(ours, |_| {}, SECRET);
        altered.replace_range(40..41, if &altered[40..41] == "A" { "B" } else { "A" });
        let bad = [
            (
                "another secret",
                forge(ours, |_| {}, "another secret of thirty-two bytes"),
            ),
            ("no algorithm", forge(r#"{"alg":"none"}"#, |_| {}, SECRET)),
            ("HS512", forge(r#"{"alg":"HS512"}"#, |_| {}, SECRET)),
            ("issuer", forge(ours, |c| c["iss"] = "x".into(), SECRET)),
            ("audience", forge(ours, |c| c["aud"] = "x".into(), SECRET)),
            ("role", forge(ours, |c| c["role"] = "ROOT".into(), SECRET)),
            (
                "no subject",
                forge(ours, |c| c["sub"] = serde_json::Value::Null, SECRET),
            ),
            (
                "no sign-in",
                forge(ours, |c| c["sid"] = serde_json::Value::Null, SECRET),
            ),
            (
                "no expiry",
                forge(
                    ours,
                    |c| drop(c.as_object_mut().unwrap().remove("exp")),
                    SECRET,
                ),
            ),
            ("altered", altered),
            ("huge", huge),
            ("empty", String::new()),
            ("noise", "a.b.c".to_owned()),
        ];
        for (why, token) in bad {
            assert_eq!(tokens.read(&token, at(0)), Err(BadToken::Invalid), "{why}");
        }
    }
}
