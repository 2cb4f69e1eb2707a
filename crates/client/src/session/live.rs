//! A session in use: the token of the moment, and renewing it.
//!
//! However many calls of a process find the access token stale, it is renewed once. Processes share the refresh token and
//! nothing else, so each renews for itself: one at a time, each with the newest refresh token.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use wire::{Secret, User};

use super::kept::KeptSession;
use super::keychain::{Account, Entry, Kept};
use super::provider::{self, ProviderError};
use super::{SessionState, account, lock};
use crate::backend::{Authorization, BackendError, NotOurs, Server};

/// A session of one user at one server.
pub(crate) struct LiveSession {
    server: Arc<Server>,
    account: Account,
    user: User,
    /// Where it is kept beyond this process; `None` for a session that is not.
    keeping: Option<KeptSession>,
    proof: Mutex<Proof>,
    /// Held while renewing: the others wait and take what came of it.
    renewing: tokio::sync::Mutex<()>,
    /// Whether it is over: signed out, ended by the server, or replaced by another.
    over: AtomicBool,
    state: watch::Sender<SessionState>,
}

/// What proves to the server who calls.
struct Proof {
    kept: Kept,
    /// The access token, where the kept secret is not one itself.
    access: Option<Secret>,
    /// Counts renewals, so that a call knows whether the token that failed it is still the newest.
    generation: u64,
    /// Whether the keychain holds `kept`. It does not after it refused to be written.
    in_keychain: bool,
}

/// What a call carries.
pub(crate) struct Pass {
    pub(crate) authorization: Authorization,
    pub(crate) generation: u64,
}

impl Proof {
    fn pass(&self) -> Option<Pass> {
        let authorization = match &self.kept {
            Kept::Refresh(_) | Kept::Provider(_) => Authorization::Bearer(self.access.clone()?),
            Kept::Token(token) => Authorization::Bearer(token.clone()),
            Kept::Cookie(pairs) => Authorization::Cookie(pairs.clone()),
        };
        Some(Pass {
            authorization,
            generation: self.generation,
        })
    }
}

/// A provider that cannot be reached ends no session: what is begun waits for it as for the server.
fn not_renewed(error: ProviderError) -> BackendError {
    if error.ends_a_session() {
        tracing::info!(%error, "the provider did not renew the session");
        return BackendError::SignedOut;
    }
    tracing::warn!(%error, "the session could not be renewed at its provider");
    match error {
        ProviderError::Unreachable { kind, source } => BackendError::Unreachable { kind, source },
        ProviderError::Failed { status } => BackendError::Refused {
            status,
            body: None,
            retry_after: None,
            request_id: None,
        },
        _ => BackendError::NotOurs {
            what: NotOurs::Garbled,
        },
    }
}

impl LiveSession {
    pub(super) fn new(
        server: Arc<Server>,
        account: Account,
        signed_in: account::SignedIn,
        keeping: Option<KeptSession>,
        state: watch::Sender<SessionState>,
    ) -> Arc<Self> {
        Arc::new(Self {
            server,
            account,
            user: signed_in.user,
            proof: Mutex::new(Proof {
                kept: signed_in.kept,
                access: signed_in.access,
                generation: 0,
                in_keychain: keeping.is_some(),
            }),
            keeping,
            renewing: tokio::sync::Mutex::new(()),
            over: AtomicBool::new(false),
            state,
        })
    }

    pub(crate) fn server(&self) -> &Arc<Server> {
        &self.server
    }

    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    pub(super) fn kept_in_keychain(&self) -> bool {
        self.proof().in_keychain
    }

    /// What the next call carries; renews first where there is no access token yet.
    pub(crate) async fn pass(self: &Arc<Self>) -> Result<Pass, BackendError> {
        if self.is_over() {
            return Err(BackendError::SignedOut);
        }
        let (pass, generation) = {
            let proof = self.proof();
            (proof.pass(), proof.generation)
        };
        match pass {
            Some(pass) => Ok(pass),
            None => self.renew(generation).await,
        }
    }

    /// A pass newer than that of `stale`, which the server refused. Runs to its end even if the caller goes away: a
    /// refresh token that was used up must not be lost with its successor.
    pub(crate) async fn renew(self: &Arc<Self>, stale: u64) -> Result<Pass, BackendError> {
        let session = Arc::clone(self);
        let running = tokio::spawn(async move { session.renew_to_the_end(stale).await });
        running.await.unwrap_or(Err(BackendError::SignedOut))
    }

    async fn renew_to_the_end(&self, stale: u64) -> Result<Pass, BackendError> {
        let _alone = self.renewing.lock().await;
        if self.is_over() {
            return Err(BackendError::SignedOut);
        }
        if let Some(pass) = self.newer_than(stale) {
            return Ok(pass);
        }
        let _lock = match &self.keeping {
            Some(kept_in) => lock::take(&kept_in.home).await,
            None => None,
        };
        if !self.catch_up().await {
            // Another process signed out.
            self.close();
            return Err(BackendError::SignedOut);
        }
        if let Some(pass) = self.newer_than(stale) {
            return Ok(pass);
        }
        let (kept, access) = match self.exchange().await {
            Ok(exchanged) => exchanged,
            Err(BackendError::SignedOut) => {
                self.forget().await;
                return Err(BackendError::SignedOut);
            }
            Err(error) => return Err(error),
        };
        self.adopt(kept, Some(access));
        self.keep().await;
        self.newer_than(stale).ok_or(BackendError::SignedOut)
    }

    /// The successor of what is kept, and an access token; [`BackendError::SignedOut`] where nothing can be had for it.
    async fn exchange(&self) -> Result<(Kept, Secret), BackendError> {
        match self.kept() {
            Kept::Refresh(token) => match account::exchange(&self.server, &token).await {
                Ok(pair) => Ok((Kept::Refresh(pair.refresh_token), pair.access_token)),
                Err(error) if matches!(error.status(), Some(400 | 401 | 403)) => {
                    tracing::info!(%error, "the session was not renewed");
                    Err(BackendError::SignedOut)
                }
                Err(error) => Err(error),
            },
            Kept::Provider(grant) => match provider::renew(self.server.origin(), &grant).await {
                Ok(tokens) => {
                    let grant = tokens.grant.unwrap_or(grant);
                    Ok((Kept::Provider(grant), tokens.access))
                }
                Err(error) => Err(not_renewed(error)),
            },
            Kept::Token(_) | Kept::Cookie(_) => Err(BackendError::SignedOut),
        }
    }

    /// The server no longer takes the session. Ends it here, and in the keychain.
    pub(crate) async fn end(&self) {
        let _alone = self.renewing.lock().await;
        self.forget().await;
    }

    /// Ends it without a word to anybody: its user signed out, or signed in anew. Waits for a renewal under way, so that
    /// nothing is written to the keychain afterwards. Returns what the server may be told to forget.
    pub(super) async fn retire(&self) -> Kept {
        self.over.store(true, Ordering::Release);
        let _alone = self.renewing.lock().await;
        self.kept()
    }

    /// Reads what another process may have written since. `false` if the entry is gone.
    async fn catch_up(&self) -> bool {
        let Some(kept_in) = self.keeping.as_ref().filter(|_| self.kept_in_keychain()) else {
            return true;
        };
        match kept_in.keychain.read(&self.account).await {
            Ok(Some(entry)) if entry.kept == self.kept() => true,
            Ok(Some(entry)) => {
                self.adopt(entry.kept, None);
                true
            }
            Ok(None) => false,
            Err(error) => {
                tracing::warn!(%error, "the session is renewed without a look into the keychain");
                true
            }
        }
    }

    /// Writes the successor to the keychain. If that fails the session goes on, in memory.
    async fn keep(&self) {
        let Some(kept_in) = self.keeping.as_ref().filter(|_| self.kept_in_keychain()) else {
            return;
        };
        let entry = Entry {
            kept: self.kept(),
            user: self.user.clone(),
        };
        if let Err(error) = kept_in.keychain.write(&self.account, &entry).await {
            tracing::warn!(%error, "the session is no longer kept in the keychain");
            self.proof().in_keychain = false;
            self.state.send_if_modified(|state| match state {
                SessionState::SignedIn {
                    kept_in_keychain, ..
                } => std::mem::replace(kept_in_keychain, false),
                SessionState::SignedOut { .. } => false,
            });
        }
    }

    /// Forgets a session that is good for nothing any more, and says that nobody is signed in.
    async fn forget(&self) {
        if self.is_over() {
            return;
        }
        if let Some(kept_in) = self.keeping.as_ref().filter(|_| self.kept_in_keychain())
            && let Err(error) = kept_in.keychain.erase(&self.account).await
        {
            tracing::warn!(%error, "an ended session stays in the keychain");
        }
        self.close();
    }

    fn close(&self) {
        if !self.over.swap(true, Ordering::AcqRel) {
            self.state.send_replace(SessionState::SignedOut {
                server: Some(self.account.server.clone()),
                email: Some(self.account.email.clone()),
            });
        }
    }

    fn adopt(&self, kept: Kept, access: Option<Secret>) {
        let mut proof = self.proof();
        proof.kept = kept;
        proof.access = access;
        proof.generation += 1;
    }

    fn newer_than(&self, stale: u64) -> Option<Pass> {
        self.proof().pass().filter(|pass| pass.generation > stale)
    }

    fn kept(&self) -> Kept {
        self.proof().kept.clone()
    }

    fn proof(&self) -> MutexGuard<'_, Proof> {
        self.proof.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
