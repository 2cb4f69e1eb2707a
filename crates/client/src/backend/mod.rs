//! The calls of the recordings contract, made as one signed-in user of one server.
//!
//! It knows HTTP and the contract, and no policy: what to retry and when is the engine's to decide. It never logs or
//! returns a token or an address that carries a signature, and never sends a field or a call that the server's health
//! did not advertise.

mod answer;
mod call;
mod error;
pub(crate) mod link;
mod network;
mod server;

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use wire::{
    Complete, CompletedRecording, DownloadUrl, Initiate, Initiated, PartToSign, Recording,
    RecordingCheck, RecordingId, RecordingPage, RenewedTicket, SignParts, SignedParts, StoredParts,
    Task, TaskId, TaskList, UploadCapabilities, User, WholeSha256,
};

pub use error::{BackendError, Cause, NotOurs, ProveError, Unreachable};

pub(crate) use answer::Answer;
pub(crate) use call::{Authorization, Call};
pub(crate) use network::{api_client, link_client, unreachable};
pub(crate) use server::Server;

use crate::ServerOrigin;
use crate::session::{LiveSession, Reach};

/// Longest wait for the answer to `complete`: the server may have to read a large object first.
const COMPLETE_LIMIT: Duration = Duration::from_mins(10);

/// A task that no server knows: listing its recordings costs nothing and shows whether a session is taken.
const NOBODYS_TASK: &str = "00000000-0000-0000-0000-000000000000";

/// One server and one session. Cheap to clone; clones share everything.
///
/// Every call carries the session's token. One that is answered 401 is sent once more with a renewed token, where the
/// session can be renewed; otherwise the session has ended, everywhere in this process.
#[derive(Clone)]
pub struct Backend {
    session: Arc<LiveSession>,
    user: Arc<User>,
}

impl std::fmt::Debug for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backend")
            .field("server", &self.server().as_str())
            .field("user", &self.user.id)
            .finish_non_exhaustive()
    }
}

/// `{}`: what a call without parameters posts.
#[derive(serde::Serialize)]
struct Nothing {}

impl Backend {
    pub(crate) fn new(session: Arc<LiveSession>, user: User) -> Self {
        Self {
            session,
            user: Arc::new(user),
        }
    }

    pub(crate) fn session(&self) -> &Arc<LiveSession> {
        &self.session
    }

    /// The client for links into the store.
    pub(crate) fn links(&self) -> &reqwest::Client {
        self.session.server().links()
    }

    /// The server that it calls.
    pub fn server(&self) -> &ServerOrigin {
        self.session.server().origin()
    }

    /// How far its answers may lead: not into a private network, if it is public.
    pub fn reach(&self) -> Reach {
        self.session.server().reach()
    }

    /// In whose name it calls.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// The server's clock minus ours, as far as an answer has told.
    pub fn clock_offset(&self) -> Option<SignedDuration> {
        self.session.server().clock_offset()
    }

    /// The extensions that the server's health advertises; `None` from a base backend. Asked once and kept for a while.
    pub async fn capabilities(&self) -> Result<Option<UploadCapabilities>, BackendError> {
        self.session.server().capabilities().await
    }

    /// `POST /recordings/initiate`, without the fields that this backend does not know.
    pub async fn initiate(&self, request: &Initiate) -> Result<Initiated, BackendError> {
        let request = known_to(self.capabilities().await?.as_ref(), request);
        let mut call = Call::post(["recordings", "initiate"], &request);
        if request.idempotency_key.is_some() {
            // The same place again.
            call = call.repeatable();
        }
        self.call(&call).await?.json()
    }

    /// `POST /recordings/{id}/renew`: only where [`UploadCapabilities::renew`] is advertised.
    pub async fn renew(&self, id: &RecordingId) -> Result<RenewedTicket, BackendError> {
        let call = Call::post(["recordings", id.as_str(), "renew"], &Nothing {});
        self.call(&call.repeatable()).await?.json()
    }

    /// `POST /recordings/{id}/parts`: tickets for parts, only where [`UploadCapabilities::multipart`] is advertised.
    pub async fn sign_parts(
        &self,
        id: &RecordingId,
        parts: Vec<PartToSign>,
    ) -> Result<SignedParts, BackendError> {
        let request = SignParts { parts };
        let call = Call::post(["recordings", id.as_str(), "parts"], &request);
        self.call(&call.repeatable()).await?.json()
    }

    /// `GET /recordings/{id}/parts`: a page of what the store holds, after this part.
    pub async fn stored_parts(
        &self,
        id: &RecordingId,
        after: Option<u32>,
    ) -> Result<StoredParts, BackendError> {
        let after = after.map(|number| number.to_string());
        let call = Call::get(["recordings", id.as_str(), "parts"]).with("after", after.as_deref());
        self.call(&call).await?.json()
    }

    /// `POST /recordings/{id}/complete`, without the fields that this backend does not know. Waits ten minutes.
    pub async fn complete(
        &self,
        id: &RecordingId,
        request: &Complete,
    ) -> Result<CompletedRecording, BackendError> {
        let path = ["recordings", id.as_str(), "complete"];
        let call = if self.capabilities().await?.is_some() {
            Call::post(path, request)
        } else {
            let known = Complete {
                s3_key: request.s3_key.clone(),
                file_size: request.file_size,
                duration: request.duration,
                sha256: None,
                parts: None,
            };
            Call::post(path, &known)
        };
        // The request is the same each time: the second is answered as the first was, or that it is complete already.
        let call = call.within(COMPLETE_LIMIT).repeatable();
        self.call(&call).await?.json()
    }

    /// `GET /recordings/{id}`.
    pub async fn recording(&self, id: &RecordingId) -> Result<Recording, BackendError> {
        self.call(&Call::get(["recordings", id.as_str()]))
            .await?
            .json()
    }

    /// `DELETE /recordings/{id}/upload`: gives a pending upload up. A base backend has no such call: nothing is sent, and
    /// the pending row stays behind there. One that is unknown, given up already or complete by now is
    /// settled: asking again would change nothing.
    pub async fn give_up(&self, id: &RecordingId) -> Result<(), BackendError> {
        if self.capabilities().await?.is_none() {
            return Ok(());
        }
        match self
            .call(&Call::delete(["recordings", id.as_str(), "upload"]))
            .await
        {
            Ok(_) => Ok(()),
            Err(error) if settles_giving_up(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Opens a download link as anybody would, without this session's token, and reads at most its first byte. Where the
    /// store states the size of what lies behind it, that must be `size_bytes`.
    pub async fn prove(
        &self,
        url: &DownloadUrl,
        size_bytes: Option<u64>,
    ) -> Result<(), ProveError> {
        link::prove(self.links(), self.server(), url, size_bytes).await
    }

    /// `GET /tasks`; `None` where the backend does not list them.
    pub(crate) async fn tasks(&self) -> Result<Option<Vec<Task>>, BackendError> {
        if !self
            .capabilities()
            .await?
            .is_some_and(|uploads| uploads.tasks)
        {
            return Ok(None);
        }
        let list: TaskList = self.call(&Call::get(["tasks"])).await?.json()?;
        Ok(Some(list.tasks))
    }

    /// `GET /recordings`, one page; from a base backend the whole list of a task. `None` where no task is named and the
    /// backend lists by task only.
    pub(crate) async fn recordings(
        &self,
        task: Option<&TaskId>,
        cursor: Option<&str>,
    ) -> Result<Option<RecordingPage>, BackendError> {
        let task = task.map(TaskId::as_str);
        if self.capabilities().await?.is_some() {
            let call = Call::get(["recordings"])
                .with("taskId", task)
                .with("cursor", cursor);
            return self.call(&call).await?.json().map(Some);
        }
        let Some(task) = task else {
            return Ok(None);
        };
        let recordings = self
            .call(&Call::get(["recordings", "task", task]))
            .await?
            .json()?;
        Ok(Some(RecordingPage {
            recordings,
            next: None,
        }))
    }

    /// `GET /recordings/{id}/check`; `None` where the backend does not tell, or not this caller.
    pub(crate) async fn inspect(&self, id: &RecordingId) -> Option<RecordingCheck> {
        self.capabilities().await.ok()??;
        let call = Call::get(["recordings", id.as_str(), "check"]);
        let answer = self.call(&call).await;
        answer.and_then(|answer| answer.json()).ok()
    }

    /// `POST /recordings/{id}/sha256`: the whole file's hash of a recording that was sent while it was made.
    pub(crate) async fn claim_sha256(
        &self,
        id: &RecordingId,
        sha256: &str,
    ) -> Result<(), BackendError> {
        let claim = WholeSha256 {
            sha256: sha256.to_owned(),
        };
        let path = ["recordings", id.as_str(), "sha256"];
        self.call(&Call::post(path, &claim)).await.map(drop)
    }

    /// `DELETE /recordings/{id}`.
    pub(crate) async fn delete(&self, id: &RecordingId) -> Result<(), BackendError> {
        self.call(&Call::delete(["recordings", id.as_str()]))
            .await
            .map(drop)
    }

    /// Who the server takes the caller for; `None` where it takes the session and does not say whose it is.
    pub(crate) async fn who(&self) -> Result<Option<User>, BackendError> {
        if self.capabilities().await?.is_some() {
            return self
                .call(&Call::get(["auth", "me"]))
                .await?
                .json()
                .map(Some);
        }
        match self
            .call(&Call::get(["recordings", "task", NOBODYS_TASK]))
            .await
        {
            Ok(_) => Ok(None),
            // Whatever else the server makes of that task, it got past the question who asks.
            Err(BackendError::Refused { status, .. }) if status < 500 && status != 429 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends a call in the session's name, renewing the session once if it has run out.
    async fn call(&self, call: &Call<'_>) -> Result<Answer, BackendError> {
        let pass = self.session.pass().await?;
        let refused = match self.send(call, &pass.authorization).await {
            Err(error) if error.status() == Some(401) => error,
            other => return other,
        };
        tracing::debug!(%refused, "the token is not taken");
        let renewed = self.session.renew(pass.generation).await?;
        match self.send(call, &renewed.authorization).await {
            Err(error) if error.status() == Some(401) => {
                self.session.end().await;
                Err(BackendError::SignedOut)
            }
            other => other,
        }
    }

    async fn send(&self, call: &Call<'_>, proof: &Authorization) -> Result<Answer, BackendError> {
        self.session.server().send(call, Some(proof)).await
    }
}

/// Whether a refusal to give an upload up is the last word on it.
fn settles_giving_up(refusal: &BackendError) -> bool {
    let not_pending = refusal.code() == Some(wire::ErrorCode::NotPending);
    matches!(refusal.status(), Some(404 | 410)) || not_pending || refusal.is_already_complete()
}

/// The request without what the backend did not advertise: a strict one answers 400 to any field that it does not know.
fn known_to(uploads: Option<&UploadCapabilities>, request: &Initiate) -> Initiate {
    let request = request.clone();
    match uploads {
        Some(uploads) => Initiate {
            multipart: request.multipart.filter(|_| uploads.multipart),
            ..request
        },
        None => Initiate {
            idempotency_key: None,
            file_size: None,
            sha256: None,
            multipart: None,
            ..request
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::ErrorCode;

    #[test]
    fn giving_up_ends_with_the_last_word() {
        for (status, code, expected) in [
            (404, Some(ErrorCode::NotFound), true),
            (410, Some(ErrorCode::GivenUp), true),
            (409, Some(ErrorCode::NotPending), true),
            (409, Some(ErrorCode::AlreadyComplete), true),
            (409, None, false),
            (429, None, false),
            (503, Some(ErrorCode::StoreUnavailable), false),
        ] {
            let refusal = BackendError::Refused {
                status,
                body: Some(Box::new(wire::ErrorBody {
                    status_code: status,
                    message: wire::Messages::One("no".to_owned()),
                    error: None,
                    code,
                    request_id: None,
                })),
                retry_after: None,
                request_id: None,
            };
            assert_eq!(settles_giving_up(&refusal), expected, "{status} {code:?}");
        }
        let no_route = BackendError::NotOurs {
            what: NotOurs::NoRecordingsApi,
        };
        assert!(
            !settles_giving_up(&no_route),
            "a proxy's word is not the backend's"
        );
    }
}
