//! Whose session a command uses: that of `REVUI_SERVER` and `REVUI_TOKEN`, else the one that `revui login` kept.

use client::{Client, ClientOptions, Code, Diagnosis, Home, ServerOrigin};
use wire::{Secret, User};

use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::output;
use crate::silence::awaited;

/// The client over the session of the environment, else over the stored one.
pub(crate) fn open() -> Result<Client, Failure> {
    let mut options = ClientOptions::new(Home::from_environment()?);
    options.environment_session =
        of_environment(variable("REVUI_SERVER"), variable("REVUI_TOKEN"))?;
    Ok(Client::open(options)?)
}

/// The client over the stored session alone: `login` and `logout` are about no other.
pub(crate) fn open_stored() -> Result<Client, Failure> {
    let options = ClientOptions::new(Home::from_environment()?);
    Ok(Client::open(options)?)
}

/// The client and its user. Fails where nobody is signed in.
pub(crate) async fn open_signed_in() -> Result<(Client, User), Failure> {
    let client = open()?;
    match awaited(client.restore()).await? {
        Some(user) => Ok((client, user)),
        None => Err(Failure::from(Diagnosis::of(Code::SignedOut))),
    }
}

/// The client for uploading. An unreachable server or a session that is worth nothing is the job's business, which is kept
/// and says so itself; what cannot be mended by waiting or signing in fails here.
pub(crate) async fn open_for_upload() -> Result<Client, Failure> {
    let client = open()?;
    prove_for_upload(&client).await?;
    Ok(client)
}

/// The same, unless its user said stop meanwhile; `true` then. A job that is begun without a proven session is kept.
pub(crate) async fn open_for_upload_until(
    interruption: &mut Interruption,
) -> Result<(Client, bool), Failure> {
    let client = open()?;
    let interrupted = tokio::select! {
        biased;
        () = interruption.next() => true,
        proven = prove_for_upload(&client) => {
            proven?;
            false
        }
    };
    Ok((client, interrupted))
}

async fn prove_for_upload(client: &Client) -> Result<(), Failure> {
    let Err(error) = awaited(client.restore()).await else {
        return Ok(());
    };
    let diagnosis = error.diagnosis();
    match diagnosis.code {
        Code::WrongCredentials => output::explain(&diagnosis.message),
        code if code == Code::SignedOut || diagnosis.retryable => {}
        _ => return Err(Failure::from(error)),
    }
    tracing::debug!(code = %diagnosis.code, "going on without a proven session");
    Ok(())
}

/// The same for a recording that is being made: nothing of it stops the recording, and the upload waits for what it needs.
pub(crate) async fn prove_while_recording(client: &Client) {
    if let Err(error) = client.restore().await {
        let diagnosis = error.diagnosis();
        if !diagnosis.retryable && diagnosis.code != Code::SignedOut {
            output::explain(&diagnosis.to_string());
        }
        tracing::debug!(code = %diagnosis.code, "going on without a proven session");
    }
}

/// Whether the environment brings a session of its own.
pub(crate) fn environment_has_token() -> bool {
    variable("REVUI_TOKEN").is_some()
}

pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name)
        .ok()
        .filter(|value| !value.trim().is_empty())
}

fn of_environment(
    server: Option<String>,
    token: Option<String>,
) -> Result<Option<(ServerOrigin, Secret)>, Failure> {
    let Some(token) = token else { return Ok(None) };
    let server = server.ok_or_else(|| {
        Failure::usage(
            "REVUI_TOKEN is set, but REVUI_SERVER is not.",
            "Set REVUI_SERVER to the origin of the server that the token is for, like https://recordings.example.com.",
        )
    })?;
    let server = ServerOrigin::parse(&server).map_err(|invalid| {
        Failure::usage(
            format!("REVUI_SERVER cannot be used: {invalid}."),
            "Set it to an origin like https://recordings.example.com.",
        )
    })?;
    Ok(Some((server, Secret::from(token.trim()))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn the_environment_brings_a_session_only_as_a_pair() {
        assert_eq!(
            of_environment(Some("https://a.example".to_owned()), None),
            Ok(None)
        );
        assert_eq!(of_environment(None, None), Ok(None));
        let (server, token) = of_environment(
            Some("https://a.example".to_owned()),
            Some(" t \n".to_owned()),
        )
        .unwrap()
        .unwrap();
        assert_eq!(
            (server.as_str(), token.expose()),
            ("https://a.example", "t")
        );
    }

    #[test]
    fn half_a_pair_or_a_wrong_server_is_a_usage_error() {
        for (server, named) in [
            (None, "REVUI_SERVER is not"),
            (Some("http://a.example".to_owned()), "plain http"),
        ] {
            let failure = of_environment(server, Some("canary-token".to_owned())).unwrap_err();
            assert_eq!(failure.exit(), Exit::Usage);
            assert!(failure.to_string().contains(named), "{failure}");
            assert!(!failure.to_string().contains("canary-token"));
        }
    }
}
