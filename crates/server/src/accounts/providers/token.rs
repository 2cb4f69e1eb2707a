//! What an access token of a provider has to be (RFC 9068, RFC 8725), beside rightly signed.

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde_json::{Map, Value};

use super::super::access_token::BadToken;
use super::keys::Key;

/// Longest token that is looked at, in bytes: some providers write every group of a person into it.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Longest name of a person that is kept, in characters.
const MAX_NAME_CHARACTERS: usize = 200;

/// By how many seconds the provider's clock and ours may differ.
const LEEWAY_SECONDS: i64 = 30;

/// What only the tokens that are no access tokens carry: they tell a client who signed in (OpenID Connect Core 1.0,
/// sections 2 and 3.3.2.11; Back-Channel Logout 1.0, section 2.4), and say nothing about our API.
const ID_TOKEN_CLAIMS: [&str; 5] = ["nonce", "at_hash", "c_hash", "s_hash", "events"];

/// The words by which some providers name the kind of a token within it.
const KIND_CLAIMS: [&str; 2] = ["typ", "token_use"];

/// Who is meant, as a token has it before anything about it was proven.
pub(super) struct Presented<'a> {
    pub(super) text: &'a str,
    pub(super) issuer: String,
}

impl<'a> Presented<'a> {
    /// `None` for what is no JWT, or none that names an issuer.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        if text.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let claims: Map<String, Value> =
            jsonwebtoken::dangerous::insecure_decode_claims(text).ok()?;
        Some(Self {
            text,
            issuer: claims.get("iss")?.as_str()?.to_owned(),
        })
    }

    /// Key and algorithm that it names, where it is of a kind that can be an access token.
    pub(super) fn header(&self, pinned: &[Algorithm]) -> Result<(String, Algorithm), BadToken> {
        let header: Header =
            jsonwebtoken::decode_header(self.text).map_err(|_| BadToken::Invalid)?;
        let kind = header.typ.as_deref().unwrap_or("JWT");
        let kind = kind.strip_prefix("application/").unwrap_or(kind);
        let right_kind = ["at+jwt", "JWT"]
            .iter()
            .any(|right| kind.eq_ignore_ascii_case(right));
        // Nothing that would have to be understood is.
        if !right_kind || header.crit.is_some() || !pinned.contains(&header.alg) {
            return Err(BadToken::Invalid);
        }
        Ok((header.kid.ok_or(BadToken::Invalid)?, header.alg))
    }

    /// Its claims, once the key, the audience and the times were found to be right.
    pub(super) fn verify(
        &self,
        key: &Key,
        algorithm: Algorithm,
        audience: &str,
        now: Timestamp,
    ) -> Result<Map<String, Value>, BadToken> {
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The times are judged by the clock that is passed in.
        validation.validate_exp = false;
        let claims: Map<String, Value> =
            jsonwebtoken::decode(self.text, key.decoding(), &validation)
                .map_err(|_| BadToken::Invalid)?
                .claims;
        judge(&claims, now)?;
        Ok(claims)
    }
}

fn judge(claims: &Map<String, Value>, now: Timestamp) -> Result<(), BadToken> {
    let of_another_kind = ID_TOKEN_CLAIMS
        .iter()
        .any(|name| claims.contains_key(*name))
        || KIND_CLAIMS.iter().any(|name| {
            let kind = claims.get(*name).and_then(Value::as_str);
            kind.is_some_and(|kind| {
                ["id", "refresh", "logout"].contains(&kind.to_lowercase().as_str())
            })
        });
    if of_another_kind || subject(claims).is_none() {
        return Err(BadToken::Invalid);
    }
    for name in ["nbf", "iat"] {
        if let Some(from) = claims.get(name)
            && seconds(from)? > now.as_second() + LEEWAY_SECONDS
        {
            return Err(BadToken::Invalid);
        }
    }
    let expires = claims.get("exp").ok_or(BadToken::Invalid)?;
    if seconds(expires)? + LEEWAY_SECONDS <= now.as_second() {
        return Err(BadToken::Expired);
    }
    Ok(())
}

/// A time (RFC 7519, section 2: fractions are allowed).
fn seconds(value: &Value) -> Result<i64, BadToken> {
    // Beyond what a timestamp can be no time is meant.
    const LATEST: f64 = 253_402_300_799.0;
    if let Some(whole) = value.as_i64() {
        return Ok(whole.clamp(0, 253_402_300_799));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "within bounds, and whole seconds are enough"
    )]
    match value.as_f64() {
        Some(seconds) if (0.0..=LATEST).contains(&seconds) => Ok(seconds as i64),
        _ => Err(BadToken::Invalid),
    }
}

/// Whom the provider means, in its own words.
pub(super) fn subject(claims: &Map<String, Value>) -> Option<&str> {
    text(claims, "sub")
}

/// What people call them.
pub(super) fn name(claims: &Map<String, Value>) -> Option<String> {
    let name = text(claims, "name")?;
    Some(name.chars().take(MAX_NAME_CHARACTERS).collect())
}

/// Their e-mail address, where the token tells one.
pub(super) fn email(claims: &Map<String, Value>) -> Option<&str> {
    let is_one = |email: &&str| email.contains('@') && !email.contains(char::is_whitespace);
    text(claims, "email").filter(is_one)
}

/// Nothing that is empty, or longer than OpenID Connect lets a subject be (Core 1.0, section 2).
fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let text = claims.get(name)?.as_str()?;
    (!text.trim().is_empty() && text.len() <= 255).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_are_judged_by_kind_and_time() {
        let now = Timestamp::from_second(1_000).unwrap();
        let right = json!({"sub": "ada", "exp": 1_300, "iat": 990});
        let with = |name: &str, value: Value| {
            let mut claims = right.as_object().unwrap().clone();
            claims.insert(name.to_owned(), value);
            claims
        };
        let (invalid, expired) = (Err(BadToken::Invalid), Err(BadToken::Expired));
        for (name, value, expected) in [
            ("scope", json!("openid"), Ok(())),
            ("exp", json!(970), expired),
            ("exp", json!(971), Ok(())),
            ("exp", json!(971.5), Ok(())),
            ("exp", json!(-1), expired),
            ("exp", json!("1300"), invalid),
            ("exp", json!(1e300), invalid),
            ("nbf", json!(1_030), Ok(())),
            ("nbf", json!(1_031), invalid),
            ("iat", json!(1_031), invalid),
            ("nbf", json!(i64::MAX), invalid),
            ("nonce", json!("n"), invalid),
            ("at_hash", json!("h"), invalid),
            ("c_hash", json!("h"), invalid),
            ("events", json!({}), invalid),
            ("typ", json!("ID"), invalid),
            ("typ", json!("Refresh"), invalid),
            ("typ", json!("Bearer"), Ok(())),
            ("token_use", json!("id"), invalid),
            ("token_use", json!("access"), Ok(())),
            ("sub", json!(""), invalid),
            ("sub", json!(7), invalid),
            ("sub", json!("a".repeat(256)), invalid),
        ] {
            assert_eq!(
                judge(&with(name, value.clone()), now),
                expected,
                "{name} {value}"
            );
        }
    }
}
