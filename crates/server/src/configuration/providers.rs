//! The file of OpenID Connect providers: which, whose users they have, and what their claims mean.

use std::collections::BTreeMap;
use std::path::Path;

use jsonwebtoken::Algorithm;
use serde::Deserialize;
use url::Url;
use wire::{Role, SignInProvider, TenantId};

use crate::accounts::providers::{ProviderConfiguration, RoleMapping, is_safe};

/// Longest id of a provider, in characters.
const MAX_ID_CHARACTERS: usize = 32;

/// What is asked for when nothing is said: an access token, a name for its holder, and to stay signed in.
const SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    provider: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: String,
    issuer: String,
    tenant: String,
    audience: String,
    client_id: String,
    scopes: Option<Vec<String>>,
    algorithms: Option<Vec<String>>,
    /// What clients name as the resource; the audience when it is left out, and nothing when it is empty.
    resource: Option<String>,
    role_claim: Option<String>,
    #[serde(default)]
    roles: BTreeMap<String, String>,
    default_role: Option<String>,
}

/// Reads the file; what is wrong with it is said with its line, or with the provider's id.
pub(super) fn read(file: &Path) -> Result<Vec<ProviderConfiguration>, Vec<String>> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| vec![format!("it cannot be read: {error}")])?;
    parse(&text)
}

fn parse(text: &str) -> Result<Vec<ProviderConfiguration>, Vec<String>> {
    let file: File = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(1, |before| before.matches('\n').count() + 1);
        vec![format!("line {line}: {}", error.message())]
    })?;
    let mut problems = Vec::new();
    let mut providers: Vec<ProviderConfiguration> = Vec::new();
    for entry in file.provider {
        let id = entry.id.clone();
        match entry.check() {
            Ok(provider) => {
                let known = providers.iter();
                let taken = known.map(|other| (&other.id, &other.public.issuer));
                // One issuer is one tenant: that is what keeps tenants apart.
                if taken
                    .into_iter()
                    .any(|(id, issuer)| *id == provider.id || *issuer == provider.public.issuer)
                {
                    problems.push(format!(
                        "provider `{id}`: its id or its issuer is used twice"
                    ));
                }
                providers.push(provider);
            }
            Err(flaws) => problems.extend(
                flaws
                    .into_iter()
                    .map(|flaw| format!("provider `{id}`: {flaw}")),
            ),
        }
    }
    if problems.is_empty() {
        Ok(providers)
    } else {
        Err(problems)
    }
}

impl Entry {
    fn check(self) -> Result<ProviderConfiguration, Vec<String>> {
        let mut flaws = Vec::new();
        if !is_id(&self.id) {
            flaws.push(format!(
                "its id has 1 to {MAX_ID_CHARACTERS} letters a-z, digits or `-`"
            ));
        }
        if !is_issuer(&self.issuer) {
            flaws.push("its issuer must be an https address without a query".to_owned());
        }
        for (what, text) in [
            ("name", &self.name),
            ("tenant", &self.tenant),
            ("audience", &self.audience),
            ("client_id", &self.client_id),
        ] {
            if text.trim().is_empty() {
                flaws.push(format!("its {what} is empty"));
            }
        }
        if self.audience == self.client_id {
            flaws.push(
                "its audience is the client's: that is what ID tokens have, name the API's"
                    .to_owned(),
            );
        }
        let algorithms = self.algorithms(&mut flaws);
        let roles = self.role_mapping(&mut flaws);
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let resource = self.resource.unwrap_or_else(|| self.audience.clone());
        let scopes = self
            .scopes
            .unwrap_or_else(|| SCOPES.map(str::to_owned).into());
        Ok(ProviderConfiguration {
            id: self.id,
            tenant: TenantId::from(self.tenant),
            audience: self.audience,
            algorithms,
            roles,
            public: SignInProvider {
                issuer: self.issuer,
                name: self.name,
                client_id: self.client_id,
                scopes,
                resource: Some(resource).filter(|resource| !resource.is_empty()),
            },
        })
    }

    fn algorithms(&self, flaws: &mut Vec<String>) -> Vec<Algorithm> {
        let Some(names) = &self.algorithms else {
            return vec![Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
        };
        let mut algorithms = Vec::new();
        for name in names {
            match name.parse() {
                // Of those, whoever can verify can sign.
                Ok(Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) | Err(_) => {
                    flaws.push(format!(
                        "`{name}` is no algorithm such as RS256, ES256 or EdDSA"
                    ));
                }
                Ok(algorithm) => algorithms.push(algorithm),
            }
        }
        if names.is_empty() {
            flaws.push("it has no algorithm".to_owned());
        }
        algorithms
    }

    fn role_mapping(&self, flaws: &mut Vec<String>) -> RoleMapping {
        let mut read = |text: &str| -> Option<Role> {
            let role = text.parse().ok();
            if role.is_none() {
                flaws.push(format!(
                    "`{text}` is none of USER, REVIEWER, ADMIN, SUPER_ADMIN"
                ));
            }
            role
        };
        let roles = self.roles.iter();
        let roles: BTreeMap<_, _> = roles
            .filter_map(|(value, role)| Some((value.clone(), read(role)?)))
            .collect();
        let default = self.default_role.as_deref().and_then(read);
        if roles.is_empty() && default.is_none() && flaws.is_empty() {
            flaws.push("nobody has a role: name some in `roles`, or a `default_role`".to_owned());
        }
        RoleMapping {
            claim: self
                .role_claim
                .clone()
                .unwrap_or_else(|| "roles".to_owned()),
            roles,
            default,
        }
    }
}

fn is_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=MAX_ID_CHARACTERS).contains(&text.len()) && text.bytes().all(fits)
}

/// OpenID Connect Discovery 1.0, section 2: https, without query and fragment. Plain http is for this computer alone.
fn is_issuer(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        is_safe(&url)
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &str = r#"
        [[provider]]
        id = "acme"
        name = "Acme"
        issuer = "https://login.acme.example"
        tenant = "acme"
        audience = "https://recordings.example/api"
        client_id = "revui"
        role_claim = "groups"
        roles = { "recordings-admins" = "ADMIN", staff = "USER" }
    "#;

    #[test]
    fn what_is_left_out_has_its_default() {
        let providers = parse(RIGHT).unwrap();
        let [provider] = providers.as_slice() else {
            panic!("{providers:?}");
        };
        assert_eq!(
            provider.algorithms,
            [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA]
        );
        assert_eq!(
            provider.public.resource.as_deref(),
            Some("https://recordings.example/api")
        );
        assert_eq!(provider.public.scopes, SCOPES);
        assert_eq!(provider.roles.roles["recordings-admins"], Role::Admin);
        assert_eq!(provider.roles.default, None);
        let none = RIGHT.replace("tenant =", "resource = \"\"\n tenant =");
        assert_eq!(parse(&none).unwrap()[0].public.resource, None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            ("name = \"Acme\"", "", "missing field `name`"),
            ("name = \"Acme\"", "name = 7", "line 4"),
            ("name = \"Acme\"", "name = \" \"", "name is empty"),
            ("client_id", "clientid", "unknown field `clientid`"),
            ("id = \"acme\"", "id = \"Acme:\"", "its id has 1 to 32"),
            ("https://login", "http://login", "must be an https address"),
            (
                "acme.example\"",
                "acme.example/?a=b\"",
                "must be an https address",
            ),
            (
                "\"revui\"",
                "\"https://recordings.example/api\"",
                "ID tokens",
            ),
            ("\"ADMIN\"", "\"ROOT\"", "`ROOT` is none of"),
            (
                "role_claim",
                "algorithms = [\"HS256\"]\nrole_claim",
                "`HS256` is no algorithm",
            ),
            (
                "role_claim",
                "algorithms = [\"none\"]\nrole_claim",
                "`none` is no algorithm",
            ),
            (
                "role_claim",
                "algorithms = []\nrole_claim",
                "it has no algorithm",
            ),
            ("roles = {", "# ", "nobody has a role"),
        ];
        for (from, to, expected) in cases {
            let text = RIGHT.replacen(from, to, 1);
            let problems = parse(&text).unwrap_err().join("\n");
            assert!(problems.contains(expected), "{expected}: {problems}");
        }
        let twice = parse(&RIGHT.repeat(2)).unwrap_err();
        assert_eq!(
            twice,
            ["provider `acme`: its id or its issuer is used twice"]
        );
    }
}
