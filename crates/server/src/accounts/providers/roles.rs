//! What a provider says of somebody, in our roles.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use wire::Role;

/// Which claim speaks of roles, and what its values mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleMapping {
    /// The claim's name; where no claim has that name, dots lead into objects (`realm_access.roles`).
    pub claim: String,
    /// Our role for each value that means one.
    pub roles: BTreeMap<String, Role>,
    /// The role of whoever has no such value; without one they are not let in.
    pub default: Option<Role>,
}

impl RoleMapping {
    /// The highest role that the claims give.
    pub(crate) fn role_of(&self, claims: &Map<String, Value>) -> Option<Role> {
        let said = self.claim(claims).into_iter().flat_map(texts);
        said.filter_map(|text| self.roles.get(text).copied())
            .max_by_key(|role| rank(*role))
            .or(self.default)
    }

    fn claim<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a Value> {
        // A name that is an address has dots of its own.
        if let Some(value) = claims.get(&self.claim) {
            return Some(value);
        }
        let mut steps = self.claim.split('.');
        let first = claims.get(steps.next()?)?;
        steps.try_fold(first, |value, step| value.get(step))
    }
}

/// A text, texts in a list, or texts between blanks (as `scope` has them; RFC 6749, section 3.3).
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => std::iter::once(text.as_str())
            .chain(text.split_ascii_whitespace())
            .collect(),
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn rank(role: Role) -> Option<usize> {
    Role::ALL.iter().position(|known| *known == role)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_highest_role_that_a_claim_gives_counts() {
        let mapping = |claim: &str, default| RoleMapping {
            claim: claim.to_owned(),
            roles: [
                ("staff", Role::User),
                ("review", Role::Reviewer),
                ("admins", Role::Admin),
            ]
            .map(|(value, role)| (value.to_owned(), role))
            .into(),
            default,
        };
        for (claim, claims, default, expected) in [
            (
                "groups",
                json!({"groups": ["staff", "admins"]}),
                None,
                Some(Role::Admin),
            ),
            (
                "groups",
                json!({"groups": ["admins", "review"]}),
                None,
                Some(Role::Admin),
            ),
            (
                "groups",
                json!({"groups": "review"}),
                None,
                Some(Role::Reviewer),
            ),
            (
                "scope",
                json!({"scope": "openid review"}),
                None,
                Some(Role::Reviewer),
            ),
            ("groups", json!({"groups": ["guests"]}), None, None),
            (
                "groups",
                json!({"groups": ["guests"]}),
                Some(Role::User),
                Some(Role::User),
            ),
            ("groups", json!({}), Some(Role::User), Some(Role::User)),
            (
                "groups",
                json!({"groups": [7, null, {"admins": 1}]}),
                None,
                None,
            ),
            ("groups", json!({"groups": {"admins": true}}), None, None),
            // Our own names mean nothing of themselves.
            (
                "groups",
                json!({"groups": ["ADMIN", "SUPER_ADMIN"]}),
                None,
                None,
            ),
            (
                "realm_access.roles",
                json!({"realm_access": {"roles": ["admins"]}}),
                None,
                Some(Role::Admin),
            ),
            (
                "realm_access.roles",
                json!({"realm_access": ["admins"]}),
                None,
                None,
            ),
            (
                "https://acme.example/roles",
                json!({"https://acme.example/roles": ["staff"]}),
                None,
                Some(Role::User),
            ),
        ] {
            let claims = claims.as_object().unwrap();
            assert_eq!(
                mapping(claim, default).role_of(claims),
                expected,
                "{claim} {claims:?}"
            );
        }
    }
}
