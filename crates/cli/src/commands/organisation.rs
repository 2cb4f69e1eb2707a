//! `login --sso`: signing in at an organisation, in a browser.

use client::{Client, Keeping, ServerOrigin, SignInStep, SignInWay};
use wire::{SignInProvider, User};

use crate::failure::Failure;
use crate::output;
use crate::silence::awaited;

/// Signs in at the provider of this name, or at the only one.
pub(super) async fn sign_in(
    client: &Client,
    server: &ServerOrigin,
    name: &str,
    way: SignInWay,
) -> Result<User, Failure> {
    let providers = awaited(client.sign_in_providers(server)).await?;
    let provider = choose(&providers, name)?;
    let keeping = Keeping::KeychainOnly;
    let user = client
        .sign_in_by(server, provider, way, keeping, &mut tell)
        .await?;
    Ok(user)
}

fn choose<'a>(providers: &'a [SignInProvider], name: &str) -> Result<&'a SignInProvider, Failure> {
    let mut named = providers
        .iter()
        .filter(|provider| name.is_empty() || provider.name.eq_ignore_ascii_case(name));
    match (named.next(), named.next()) {
        (Some(only), None) => Ok(only),
        (None, _) if providers.is_empty() => Err(Failure::usage(
            "No organisation signs people in at this server.",
            "Sign in with `--email E`, or ask whoever runs the server.",
        )),
        _ => {
            let names: Vec<String> = providers
                .iter()
                .map(|provider| output::harmless(&provider.name))
                .collect();
            Err(Failure::usage(
                format!(
                    "This server knows these organisations: {}.",
                    names.join(", ")
                ),
                "Name yours: `--sso=NAME`.",
            ))
        }
    }
}

/// The address is shown because a browser may not open where this program runs. It is good for this sign-in only, and
/// only to whoever signs in.
fn tell(step: SignInStep) {
    match step {
        SignInStep::OpenBrowser { address } => {
            output::explain(&format!(
                "Opening your browser to sign in. If none opens, go to:\n  {}",
                output::harmless(&address)
            ));
            if let Err(error) = open::that_detached(&address) {
                tracing::info!(%error, "no browser was opened");
            }
        }
        SignInStep::EnterCode {
            address,
            complete_address,
            code,
            lasts,
        } => {
            let shortcut = complete_address
                .map(|complete| format!(" Or open:\n  {}", output::harmless(&complete)))
                .unwrap_or_default();
            let minutes = lasts.as_secs().div_ceil(60);
            output::explain(&format!(
                "Open {} in a browser and type the code {}.{shortcut}\nThe code holds for {minutes} min.",
                output::harmless(&address),
                output::harmless(&code)
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(name: &str) -> SignInProvider {
        SignInProvider {
            issuer: format!("https://{name}.example"),
            name: name.to_owned(),
            client_id: "revui".to_owned(),
            scopes: Vec::new(),
            resource: None,
        }
    }

    #[test]
    fn an_organisation_is_named_where_there_are_several() {
        let both = [provider("Acme"), provider("Umbrella")];
        assert_eq!(choose(&both[..1], ""), Ok(&both[0]));
        assert_eq!(choose(&both, "umbrella"), Ok(&both[1]));
        for (known, name, said) in [
            (&both[..], "", "Acme, Umbrella"),
            (&both, "Initech", "Acme, Umbrella"),
            (&both[..0], "", "No organisation"),
        ] {
            let failure = choose(known, name).unwrap_err().to_string();
            assert!(failure.contains(said), "{failure}");
        }
    }
}
