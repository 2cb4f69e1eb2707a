//! Who a token says its bearer is. Read without verifying anything, to show it to the bearer: the server alone decides
//! what the token is worth.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use wire::{Role, Secret, User};

/// The user whom a JWT names in its payload (RFC 7519 section 4); `None` if it is none, or names nobody.
pub(crate) fn of_token(token: &Secret) -> Option<User> {
    let mut parts = token.expose().split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    of_value(&serde_json::from_slice(&payload).ok()?)
}

/// The user that a JSON object describes in one of the usual ways: a token's claims, or a login answer's `user`.
pub(crate) fn of_value(value: &Value) -> Option<User> {
    let text = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| value.get(name)?.as_str())
            .filter(|text| !text.is_empty())
    };
    let id = text(&["sub", "id", "userId", "user_id"])?;
    let email = text(&["email"]).unwrap_or(id);
    Some(User {
        id: id.into(),
        email: email.to_owned(),
        name: text(&["name", "fullName", "displayName"])
            .unwrap_or(email)
            .to_owned(),
        // The least role where none is named: what is shown must not promise more than the server allows.
        role: text(&["role"])
            .and_then(|role| role.parse().ok())
            .unwrap_or(Role::User),
        tenant_id: text(&["tenantId", "tenant_id"]).unwrap_or_default().into(),
    })
}

/// A user of whom only the sign-in name is known.
pub(super) fn of_email(email: &str) -> User {
    User {
        id: email.into(),
        email: email.to_owned(),
        name: email.to_owned(),
        role: Role::User,
        tenant_id: "".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> Secret {
        Secret::from(format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload)))
    }

    #[test]
    fn a_token_names_its_bearer() {
        let user = of_token(&token(
            r#"{"sub":"u1","email":"anna@example.com","role":"REVIEWER","tenantId":"t1","exp":1}"#,
        ))
        .unwrap();
        assert_eq!(user.id.as_str(), "u1");
        assert_eq!(user.name, "anna@example.com");
        assert_eq!(user.role, Role::Reviewer);
        assert_eq!(user.tenant_id.as_str(), "t1");
    }

    #[test]
    fn a_sparse_token_is_enough_and_promises_little() {
        let user = of_token(&token(r#"{"sub":"u1","role":"EMPEROR"}"#)).unwrap();
        assert_eq!((user.email.as_str(), user.role), ("u1", Role::User));
    }

    #[test]
    fn what_is_no_token_names_nobody() {
        for text in ["", "abc", "a.b", "a.b.c.d", "a.!!.c", "a.e30.c"] {
            assert_eq!(of_token(&Secret::from(text)), None, "{text}");
        }
        assert_eq!(of_token(&token("[]")), None);
        assert_eq!(of_token(&token(r#"{"sub":7}"#)), None);
    }
}
