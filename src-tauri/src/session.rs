//! Signing in and out, and bringing back the session of the last start.

use std::sync::Arc;
use std::time::Duration;

use client::session::InvalidServer;
use client::{Credentials, Keeping, ServerOrigin, SessionState, SignInStep, SignInWay};
use tokio::sync::oneshot;
use wire::Secret;

use crate::ipc::{self, Failure};
use crate::shell::{Shell, lock};
use crate::{damaged, uploads};

/// Between two tries at a server that cannot be reached.
const RESTORE_EVERY: Duration = Duration::from_secs(10);

/// Before a job that another program holds is looked at again.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// How far the stored session has been brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Restoration {
    /// The server is being asked.
    Trying,
    /// There is a session, or none was stored.
    Settled,
    /// It could not be used.
    Failed(Failure),
}

/// Reads a server's address as its user typed it.
fn parse_server(text: &str) -> Result<ServerOrigin, Failure> {
    ServerOrigin::parse(text.trim()).map_err(|error| Failure {
        code: "invalid_server".to_owned(),
        message: match error {
            InvalidServer::NotAnAddress(_) => "This is no address of a server.".to_owned(),
            InvalidServer::Insecure => {
                "Plain http would show your password to the network.".to_owned()
            }
        },
        hint: match error {
            InvalidServer::NotAnAddress(_) => {
                "Write it like https://recordings.example; ask whoever invited you.".to_owned()
            }
            InvalidServer::Insecure => "Write https:// in place of http://.".to_owned(),
        },
        retryable: false,
    })
}

/// Signs in; the session goes to the keychain, or into this program's memory where there is none.
pub(crate) async fn sign_in(
    shell: &Shell,
    server: &str,
    credentials: Credentials,
) -> Result<(), Failure> {
    let server = parse_server(server)?;
    shell
        .client
        .sign_in(&server, credentials, Keeping::KeychainOrMemory)
        .await?;
    arrive(shell);
    Ok(())
}

/// Somebody has signed in.
fn arrive(shell: &Shell) {
    *lock(&shell.restoration) = Restoration::Settled;
    // The server has just been reached: what waits for a way to it need not wait any longer.
    shell.uploads.retry_all();
    shell.touch();
}

/// The organisations that the server lets people sign in at.
pub(crate) async fn providers(
    shell: &Shell,
    server: &str,
) -> Result<Vec<ipc::SignInProvider>, Failure> {
    let server = parse_server(server)?;
    let providers = shell.client.sign_in_providers(&server).await?;
    let shown = |provider: wire::SignInProvider| ipc::SignInProvider {
        issuer: provider.issuer,
        name: provider.name,
    };
    Ok(providers.into_iter().map(shown).collect())
}

/// Signs in at an organisation, in the browser that `open` opens; until its user gives it up.
pub(crate) async fn sign_in_by(
    shell: &Shell,
    server: &str,
    issuer: &str,
    open: impl Fn(&str) -> Result<(), Failure> + Send + Sync,
) -> Result<(), Failure> {
    let given_up = shell.sign_in_given_up.notified();
    let server = parse_server(server)?;
    let known = shell.client.sign_in_providers(&server).await?;
    let Some(provider) = known.iter().find(|known| known.issuer == issuer) else {
        return Err(Failure::of_the_shell(
            "unknown_provider",
            "This server does not know that organisation any more.",
            "Choose the server again, or sign in another way.",
        ));
    };
    let (unopened, not_opened) = oneshot::channel();
    let mut unopened = Some(unopened);
    let mut tell = |step| {
        if let SignInStep::OpenBrowser { address } = step
            && let Err(failure) = open(&address)
            && let Some(unopened) = unopened.take()
        {
            // Whoever waits for it hears of it below.
            let _ = unopened.send(failure);
        }
    };
    let (way, keeping) = (SignInWay::Browser, Keeping::KeychainOrMemory);
    tokio::select! {
        signed_in = shell.client.sign_in_by(&server, provider, way, keeping, &mut tell) => {
            signed_in?;
            arrive(shell);
            Ok(())
        }
        Ok(failure) = not_opened => Err(failure),
        () = given_up => Ok(()),
    }
}

/// A password as the webview sends it, wiped after use.
pub(crate) fn password(email: &str, password: String) -> Credentials {
    Credentials::Password {
        email: email.trim().to_owned(),
        password: Secret::from(password),
    }
}

/// A pasted token, wiped after use.
pub(crate) fn token(token: String) -> Credentials {
    let token = Secret::from(token);
    Credentials::Token(Secret::from(token.expose().trim()))
}

/// Ends the session; unfinished uploads stay and wait, links and finished ones are gone from the screen.
pub(crate) async fn sign_out(shell: &Shell) -> Result<(), Failure> {
    shell.links.clear();
    shell.review.leave();
    uploads::forget_done(shell);
    let signed_out = shell.client.sign_out().await;
    shell.touch();
    Ok(signed_out?)
}

/// Brings back the stored session; while the server cannot be reached, tries again and again.
pub(crate) async fn restore(shell: Arc<Shell>) {
    loop {
        if is_signed_in(&shell) {
            *lock(&shell.restoration) = Restoration::Settled;
            return;
        }
        let restored = shell.client.restore().await;
        let (restoration, again) = match restored {
            Ok(_) => (Restoration::Settled, false),
            Err(error) => {
                let failure = Failure::from(error);
                let again = failure.retryable;
                (Restoration::Failed(failure), again)
            }
        };
        *lock(&shell.restoration) = restoration;
        shell.touch();
        if !again {
            return;
        }
        // Either the time is over or the user asks for it now; both mean: again.
        let _ = tokio::time::timeout(RESTORE_EVERY, shell.restore_now.notified()).await;
    }
}

fn is_signed_in(shell: &Shell) -> bool {
    matches!(
        *shell.client.session().borrow(),
        SessionState::SignedIn { .. }
    )
}

/// Shows each change of the session; whenever somebody signs in, the journal's unfinished uploads go on. Those that
/// another program holds are looked at again: it may end and leave them, perhaps damaged.
pub(crate) async fn watch(shell: Arc<Shell>) {
    let mut session = shell.client.session();
    let mut held = None;
    loop {
        session.mark_unchanged();
        shell.touch();
        let held_now = uploads::bring_in_stored(&shell, is_signed_in(&shell)).await;
        // Reads the journal once more: not while nothing has become of what others hold.
        if held.as_ref() != Some(&held_now) {
            damaged::look(&shell).await;
        }
        let changed = session.changed();
        let outcome = if held_now.is_empty() {
            changed.await
        } else {
            tokio::time::timeout(LOOK_AGAIN_AFTER, changed)
                .await
                .unwrap_or(Ok(()))
        };
        if outcome.is_err() {
            return;
        }
        held = Some(held_now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_insecure_address_says_what_to_write() {
        let failure = parse_server("http://recordings.example").unwrap_err();
        assert_eq!(failure.code, "invalid_server");
        assert!(failure.hint.contains("https://"));
    }
}
