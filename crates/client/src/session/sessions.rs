//! Signing in and signing out.

mod restoring;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use wire::{Secret, SignInProvider, SignInProviders, User};

use super::account::{self, SignedIn};
use super::kept::KeptSession;
use super::keychain::{Account, Kept};
use super::provider::{self, SignInStep, SignInWay};
use super::{Credentials, Keeping, Keychain, LiveSession, SessionState, claims};
use crate::backend::{Backend, BackendError, Call, NotOurs, Server};
use crate::diagnosis::Step;
use crate::{ClientError, Home, ServerOrigin, Settings};

/// The one session that a client has at a time.
pub(crate) struct Sessions {
    program: String,
    kept: KeptSession,
    /// A fixed session in place of the stored one.
    fixed: Option<(ServerOrigin, Secret)>,
    state: watch::Sender<SessionState>,
    current: Mutex<Option<Backend>>,
    /// Held while signing in or out: one at a time.
    changing: tokio::sync::Mutex<()>,
}

impl Sessions {
    /// Nobody is signed in yet, and nothing is asked.
    pub(crate) fn new(
        home: Home,
        program: String,
        keychain: Keychain,
        fixed: Option<(ServerOrigin, Secret)>,
        last: Settings,
    ) -> Self {
        let (state, _) = watch::channel(SessionState::SignedOut {
            server: last.server,
            email: last.email,
        });
        Self {
            program,
            kept: KeptSession { keychain, home },
            fixed,
            state,
            current: Mutex::new(None),
            changing: tokio::sync::Mutex::new(()),
        }
    }

    pub(crate) fn watch(&self) -> watch::Receiver<SessionState> {
        self.state.subscribe()
    }

    /// The backend of the session, while there is one.
    pub(crate) fn backend(&self) -> Option<Backend> {
        let backend = self.current().clone()?;
        (!backend.session().is_over()).then_some(backend)
    }

    /// Signs in, and keeps the session as `keeping` allows.
    pub(crate) async fn sign_in(
        &self,
        origin: &ServerOrigin,
        credentials: Credentials,
        keeping: Keeping,
    ) -> Result<User, ClientError> {
        let _alone = self.changing.lock().await;
        let server = self.reach(origin).await?;
        let signed_in = match credentials {
            Credentials::Password { email, password } => {
                account::log_in(&server, email.trim(), password, &self.program)
                    .await
                    .map_err(at(Step::SignIn))?
            }
            Credentials::Token(token) => self.take_token(&server, &cleaned(&token)).await?,
        };
        self.take_up(server, signed_in, keeping).await
    }

    /// The providers by which the server lets people sign in.
    pub(crate) async fn providers(
        &self,
        origin: &ServerOrigin,
    ) -> Result<Vec<SignInProvider>, ClientError> {
        let server = self.reach(origin).await?;
        let extended = server.capabilities().await.map_err(at(Step::Connect))?;
        if extended.is_none() {
            return Ok(Vec::new());
        }
        let answer = server.send(&Call::get(["auth", "providers"]), None).await;
        let none = |error: &BackendError| {
            let unknown = NotOurs::NoRecordingsApi;
            error.status() == Some(404)
                || matches!(error, BackendError::NotOurs { what } if *what == unknown)
        };
        let told = match answer {
            Ok(answer) => answer.json::<SignInProviders>(),
            Err(error) if none(&error) => Ok(SignInProviders::default()),
            Err(error) => Err(error),
        };
        Ok(told.map_err(at(Step::Connect))?.providers)
    }

    /// Signs in at a provider, and keeps the session as `keeping` allows. Nothing is held up while somebody types their
    /// password in a browser.
    pub(crate) async fn sign_in_by(
        &self,
        origin: &ServerOrigin,
        provider: &SignInProvider,
        way: SignInWay,
        keeping: Keeping,
        tell: &mut (dyn FnMut(SignInStep) + Send),
    ) -> Result<User, ClientError> {
        let server = self.reach(origin).await?;
        let tokens = provider::sign_in(origin, provider, way, tell).await?;
        let _alone = self.changing.lock().await;
        let confirmed = self.take_token(&server, &tokens.access).await?;
        let signed_in = match tokens.grant {
            Some(grant) => SignedIn {
                kept: Kept::Provider(grant),
                access: Some(tokens.access),
                ..confirmed
            },
            None => confirmed,
        };
        self.take_up(server, signed_in, keeping).await
    }

    /// Makes a fresh session the current one.
    async fn take_up(
        &self,
        server: Arc<Server>,
        signed_in: SignedIn,
        keeping: Keeping,
    ) -> Result<User, ClientError> {
        let user = signed_in.user.clone();
        let account = Account {
            server: server.origin().clone(),
            email: user.email.clone(),
        };
        let before = self.kept.account();
        let is_kept = match self.kept.keep(&account, &signed_in, keeping).await {
            Ok(is_kept) => is_kept,
            Err(error) => {
                account::log_out(&server, &signed_in.kept).await;
                return Err(error);
            }
        };
        self.replace_current().await;
        if let Some(before) = before.filter(|before| *before != account) {
            self.kept.forget(&before).await;
        }
        let keeping = is_kept.then(|| self.kept.clone());
        let session = LiveSession::new(server, account, signed_in, keeping, self.state.clone());
        self.publish(session, user.clone());
        Ok(user)
    }

    /// Ends the session here and in the keychain, then tells the server, for as long as it listens.
    pub(crate) async fn sign_out(&self) -> Result<(), ClientError> {
        let _alone = self.changing.lock().await;
        let backend = self.current().take();
        let mut over = match &backend {
            Some(backend) => Some((
                Arc::clone(backend.session().server()),
                backend.session().retire().await,
            )),
            None => None,
        };
        let account = match &backend {
            Some(backend) => Some(backend.session().account().clone()),
            None => self.kept.account(),
        };
        let mut erased = Ok(());
        if let Some(account) = account.filter(|_| self.fixed.is_none()) {
            let newest;
            (newest, erased) = self.kept.take_out(&account, backend.is_some()).await;
            over = self.to_tell(over, newest, &account);
            self.signed_out(Some(account));
        } else {
            self.signed_out(None);
        }
        if let Some((server, kept)) = over {
            account::log_out(&server, &kept).await;
        }
        erased.map_err(ClientError::from)
    }

    /// Finds the API, before a password is sent anywhere.
    async fn reach(&self, origin: &ServerOrigin) -> Result<Arc<Server>, ClientError> {
        let server = Server::new(origin.clone(), &self.program).map_err(at(Step::Connect))?;
        server.capabilities().await.map_err(at(Step::Connect))?;
        Ok(Arc::new(server))
    }

    /// Has a pasted token confirmed by the server.
    async fn take_token(
        &self,
        server: &Arc<Server>,
        token: &Secret,
    ) -> Result<SignedIn, ClientError> {
        let claimed = claims::of_token(token);
        // A session of its own, apart from the one that is shown: a token that is refused ends nothing else.
        let (trial, _) = watch::channel(SessionState::SignedOut {
            server: None,
            email: None,
        });
        let user = claimed.clone().unwrap_or_else(|| claims::of_email(""));
        let signed_in = SignedIn {
            kept: Kept::Token(token.clone()),
            access: None,
            user: user.clone(),
        };
        let account = Account {
            server: server.origin().clone(),
            email: String::new(),
        };
        let session = LiveSession::new(Arc::clone(server), account, signed_in, None, trial);
        let said = Backend::new(session, user)
            .who()
            .await
            .map_err(at(Step::SignInWithToken))?;
        let user = said.or(claimed).ok_or(ClientError::NotAToken)?;
        Ok(SignedIn {
            kept: Kept::Token(token.clone()),
            access: None,
            user,
        })
    }

    /// What the server is told to forget: the newest that was kept, else what this process held.
    fn to_tell(
        &self,
        held: Option<(Arc<Server>, Kept)>,
        newest: Option<Kept>,
        account: &Account,
    ) -> Option<(Arc<Server>, Kept)> {
        match (held, newest) {
            (Some((server, _)), Some(newest)) => Some((server, newest)),
            (None, Some(newest)) => {
                let server = Server::new(account.server.clone(), &self.program).ok()?;
                Some((Arc::new(server), newest))
            }
            (held, None) => held,
        }
    }

    /// Retires the session that another one takes the place of. Its server is told meanwhile, and not waited for.
    async fn replace_current(&self) {
        let Some(before) = self.current().take() else {
            return;
        };
        let session = Arc::clone(before.session());
        let ended_already = session.is_over();
        let kept = session.retire().await;
        if !ended_already && self.fixed.is_none() {
            tokio::spawn(async move { account::log_out(session.server(), &kept).await });
        }
    }

    fn publish(&self, session: Arc<LiveSession>, user: User) {
        let state = SessionState::SignedIn {
            server: session.server().origin().clone(),
            user: user.clone(),
            kept_in_keychain: session.kept_in_keychain(),
        };
        *self.current() = Some(Backend::new(session, user));
        self.state.send_replace(state);
    }

    fn signed_out(&self, account: Option<Account>) {
        let (server, email) = account
            .map(|account| (account.server, account.email))
            .unzip();
        self.state
            .send_replace(SessionState::SignedOut { server, email });
    }

    fn current(&self) -> MutexGuard<'_, Option<Backend>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn at(step: Step) -> impl FnOnce(BackendError) -> ClientError {
    move |source| ClientError::Backend { step, source }
}

/// A token as it is pasted: with blanks around it, in quotes, or with the word that goes before it in the header.
fn cleaned(token: &Secret) -> Secret {
    let text = token.expose().trim().trim_matches('"');
    let text = text.strip_prefix("Bearer ").unwrap_or(text);
    Secret::from(text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_token_is_cleaned() {
        for pasted in [
            "a.b.c",
            " a.b.c\n",
            "\"a.b.c\"",
            "Bearer a.b.c",
            "\tBearer  a.b.c ",
        ] {
            assert_eq!(
                cleaned(&Secret::from(pasted)).expose(),
                "a.b.c",
                "{pasted:?}"
            );
        }
    }
}
