//! Taking up a session that was there before the program: the environment's, or the one in the keychain.

use std::sync::Arc;

use wire::{Secret, User};

use super::{Sessions, at, cleaned};
use crate::backend::{Backend, BackendError, Server};
use crate::diagnosis::Step;
use crate::session::account::SignedIn;
use crate::session::keychain::{Account, Kept};
use crate::session::{LiveSession, claims};
use crate::{ClientError, ServerOrigin};

impl Sessions {
    /// Takes up the fixed session, or the one in the keychain. A server that cannot be reached ends no session.
    pub(crate) async fn restore(&self) -> Result<Option<User>, ClientError> {
        let _alone = self.changing.lock().await;
        if let Some(backend) = self.backend() {
            return Ok(Some(backend.user().clone()));
        }
        if let Some((origin, token)) = &self.fixed {
            return self.restore_fixed(origin, &cleaned(token)).await.map(Some);
        }
        let Some(account) = self.kept.account() else {
            return Ok(None);
        };
        let entry = match self.kept.keychain.read(&account).await {
            Ok(Some(entry)) => entry,
            Ok(None) => return Ok(None),
            Err(error) => {
                // Without a keychain nothing was kept in it either.
                tracing::warn!(%error, "no stored session could be read");
                return Ok(None);
            }
        };
        let server =
            Server::new(account.server.clone(), &self.program).map_err(at(Step::Restore))?;
        let stored = SignedIn {
            kept: entry.kept,
            access: None,
            user: entry.user.clone(),
        };
        self.replace_current().await;
        let session = LiveSession::new(
            Arc::new(server),
            account,
            stored,
            Some(self.kept.clone()),
            self.state.clone(),
        );
        let backend = Backend::new(Arc::clone(&session), entry.user.clone());
        let user = match backend.who().await {
            Ok(said) => said.unwrap_or(entry.user),
            Err(BackendError::SignedOut) => return Ok(None),
            Err(error) => {
                tracing::warn!(%error, "the stored session is taken up without having been confirmed");
                entry.user
            }
        };
        self.publish(session, user.clone());
        Ok(Some(user))
    }

    /// Like a stored session, it is taken up even where the server cannot be asked now: what is begun waits for the network.
    async fn restore_fixed(
        &self,
        origin: &ServerOrigin,
        token: &Secret,
    ) -> Result<User, ClientError> {
        let server = Server::new(origin.clone(), &self.program).map_err(at(Step::Connect))?;
        let server = Arc::new(server);
        let signed_in = match self.confirm_fixed(&server, token).await {
            Ok(signed_in) => signed_in,
            Err(error) if error.diagnosis().retryable => {
                tracing::warn!(%error, "the session of the environment is taken up without having been confirmed");
                let user = claims::of_token(token).ok_or(error)?;
                SignedIn {
                    kept: Kept::Token(token.clone()),
                    access: None,
                    user,
                }
            }
            Err(error) => return Err(error),
        };
        let user = signed_in.user.clone();
        let account = Account {
            server: origin.clone(),
            email: user.email.clone(),
        };
        self.replace_current().await;
        let session = LiveSession::new(server, account, signed_in, None, self.state.clone());
        self.publish(session, user.clone());
        Ok(user)
    }

    async fn confirm_fixed(
        &self,
        server: &Arc<Server>,
        token: &Secret,
    ) -> Result<SignedIn, ClientError> {
        server.capabilities().await.map_err(at(Step::Connect))?;
        self.take_token(server, token).await
    }
}
