//! The front door.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;
use wire::{Recording, RecordingId, RecordingPage, Secret, SignInProvider, Task, TaskId, User};

use crate::backend::{Backend, BackendError};
use crate::diagnosis::Step;
use crate::engine::{Clocks, Contract};
use crate::session::{Sessions, SignInStep, SignInWay};
use crate::uploads::Uploads;
use crate::{
    ClientError, Credentials, Downloaded, Home, Keeping, Keychain, Link, Pace, ServerOrigin,
    SessionState, Settings, download,
};

/// How to open a [`Client`].
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Where journal and settings live.
    pub home: Home,
    /// A fixed session (`REVUI_SERVER` and `REVUI_TOKEN`) in place of the stored one. With it neither keychain nor
    /// settings are touched by [`Client::restore`] and [`Client::sign_out`].
    pub environment_session: Option<(ServerOrigin, Secret)>,
    /// Named in the backend's list of sessions and in `User-Agent`: `revui/0.1.0`.
    pub program: String,
    /// Where sessions are kept.
    pub keychain: Keychain,
    /// How long the upload engine waits for what.
    pub pace: Pace,
    /// By which it sees that the computer slept.
    pub clocks: Clocks,
}

impl ClientOptions {
    /// The stored session, over this home, in the operating system's keychain.
    pub fn new(home: Home) -> Self {
        Self {
            home,
            environment_session: None,
            program: concat!("revui/", env!("CARGO_PKG_VERSION")).to_owned(),
            keychain: Keychain::system(),
            pace: Pace::default(),
            clocks: Clocks::system(),
        }
    }
}

/// One user's uploads over one home folder. Cheap to clone; clones share everything.
///
/// Calls of a backend need a tokio runtime with time and I/O enabled.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

/// What the clones of a client share.
pub(crate) struct Inner {
    /// The session, its keychain and the backend that it opens.
    pub(crate) sessions: Sessions,
    /// The journal and the uploads that are running.
    pub(crate) uploads: Uploads,
}

impl Client {
    /// Opens the home folder (making it if it isn't there). Sends nothing, and signs nobody in: that is for
    /// [`Client::restore`] or [`Client::sign_in`].
    pub fn open(options: ClientOptions) -> Result<Self, ClientError> {
        let ClientOptions {
            home,
            environment_session,
            program,
            keychain,
            pace,
            clocks,
        } = options;
        home.make()?;
        let last = Settings::load(&home)?;
        let uploads = Uploads::new(&home, pace, clocks);
        let sessions = Sessions::new(home, program, keychain, environment_session, last);
        Ok(Self {
            inner: Arc::new(Inner { sessions, uploads }),
        })
    }

    /// The session, now and as it changes (signed in, signed out, ended by the server).
    pub fn session(&self) -> watch::Receiver<SessionState> {
        self.inner.sessions.watch()
    }

    /// The backend as the session stands now; [`ClientError::SignedOut`] without one. An upload that waited for sign-in
    /// asks again after [`Client::session`] changed, and compares server and user with those of its job.
    pub fn backend(&self) -> Result<Backend, ClientError> {
        self.inner.sessions.backend().ok_or(ClientError::SignedOut)
    }

    /// Signs in, and keeps the session as `keeping` allows. Waiting jobs of that account go on. A session before it is
    /// replaced; if signing in fails, it stays.
    pub async fn sign_in(
        &self,
        server: &ServerOrigin,
        credentials: Credentials,
        keeping: Keeping,
    ) -> Result<User, ClientError> {
        self.inner
            .sessions
            .sign_in(server, credentials, keeping)
            .await
    }

    /// The providers by which this server lets people sign in, beside or in place of a password; none where it has none.
    pub async fn sign_in_providers(
        &self,
        server: &ServerOrigin,
    ) -> Result<Vec<SignInProvider>, ClientError> {
        self.inner.sessions.providers(server).await
    }

    /// Signs in at a provider of this server's, as [`Client::sign_in`] does with a password. `tell` is told once what the
    /// person has to do; the rest happens in a browser, and this waits for it: ten minutes, or as long as a code lasts.
    ///
    /// Dropping the future gives it up.
    pub async fn sign_in_by(
        &self,
        server: &ServerOrigin,
        provider: &SignInProvider,
        way: SignInWay,
        keeping: Keeping,
        tell: &mut (dyn FnMut(SignInStep) + Send),
    ) -> Result<User, ClientError> {
        self.inner
            .sessions
            .sign_in_by(server, provider, way, keeping, tell)
            .await
    }

    /// Ends the session here, in the keychain and at the backend (which is told for a few seconds and no longer). Jobs
    /// stay and wait for sign-in. An error means that the keychain may still hold the session; this process does not.
    pub async fn sign_out(&self) -> Result<(), ClientError> {
        self.inner.sessions.sign_out().await
    }

    /// Restores the stored session, if there is one, by asking the backend who it is. A backend that cannot be reached
    /// ends no session: its user is the one that was stored.
    pub async fn restore(&self) -> Result<Option<User>, ClientError> {
        self.inner.sessions.restore().await
    }

    /// Size in bytes of the largest recording that the backend takes.
    pub async fn max_file_bytes(&self) -> Result<u64, ClientError> {
        let uploads = self
            .backend()?
            .capabilities()
            .await
            .map_err(at(Step::Connect))?;
        let contract = uploads.map_or(Contract::Base, Contract::Extended);
        Ok(contract.most_bytes())
    }

    /// Tasks to choose from; `None` where the backend does not list them.
    pub async fn tasks(&self) -> Result<Option<Vec<Task>>, ClientError> {
        self.backend()?.tasks().await.map_err(at(Step::ListTasks))
    }

    /// Recordings that the user may see, newest first, a page at a time: the next one begins at `RecordingPage::next`.
    /// A base backend lists the complete recordings of one task, all at once.
    pub async fn recordings(
        &self,
        task: Option<&TaskId>,
        cursor: Option<&str>,
    ) -> Result<RecordingPage, ClientError> {
        let page = self.backend()?.recordings(task, cursor).await;
        page.map_err(at(Step::ListRecordings))?
            .ok_or(ClientError::ListNeedsTask)
    }

    /// One recording.
    pub async fn recording(&self, id: &RecordingId) -> Result<Recording, ClientError> {
        self.backend()?.recording(id).await.map_err(at(Step::Look))
    }

    /// A fresh link, proven to open.
    pub async fn link(&self, id: &RecordingId) -> Result<Link, ClientError> {
        let backend = self.backend()?;
        let recording = backend.recording(id).await.map_err(at(Step::Look))?;
        let url = download::link_of(&recording)?;
        let size_bytes = recording.file_size.map(|size| size.0);
        let proven = backend.prove(url, size_bytes).await;
        proven.map_err(ClientError::Link)?;
        Ok(Link::proven(url.clone()))
    }

    /// Deletes a recording at the backend.
    pub async fn delete(&self, id: &RecordingId) -> Result<(), ClientError> {
        self.backend()?.delete(id).await.map_err(at(Step::Delete))
    }

    /// Brings a recording back to the file `to`, or into the folder `to` under its own name, hashing it on the way. A
    /// file that is there already is never replaced. `progress` gets (bytes so far, bytes in all).
    ///
    /// Dropping the future stops; nothing is left of what had arrived.
    pub async fn download(
        &self,
        id: &RecordingId,
        to: &Path,
        progress: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<Downloaded, ClientError> {
        let backend = self.backend()?;
        let recording = backend.recording(id).await.map_err(at(Step::Look))?;
        download::fetch(&backend, &recording, to, progress).await
    }
}

fn at(step: Step) -> impl FnOnce(BackendError) -> ClientError {
    move |source| ClientError::Backend { step, source }
}
