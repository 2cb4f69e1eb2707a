//! A check on its way: what it knows by now, and which step needs what.

use std::time::Instant;

use reqwest::Method;
use serde_json::Value;
use wire::{UploadCapabilities, User};

use super::blame::{self, Asked, Fault, Whose};
use super::exchange::{Courier, Exchange, NoReply, Reply};
use super::{Check, Name, sample};
use crate::backend::Authorization;

/// Why a step did not end well.
pub(super) enum Unmet {
    Fault(Fault),
    Skipped(String),
}

impl From<Fault> for Unmet {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// What was found, or why not.
pub(super) type Found = Result<String, Unmet>;

pub(super) fn skipped<T>(why: impl Into<String>) -> Result<T, Unmet> {
    Err(Unmet::Skipped(why.into()))
}

/// Somebody who is signed in.
pub(super) struct Session {
    pub(super) proof: Authorization,
    /// As their token or the login's answer describes them; `None` where nothing does.
    pub(super) user: Option<User>,
}

/// A place that was reserved, and what has become of it.
pub(super) struct Place {
    pub(super) id: String,
    pub(super) key: String,
    pub(super) upload_url: String,
    /// Every header of the PUT beside `host` and `content-length`.
    pub(super) headers: Vec<(String, String)>,
    pub(super) made: Instant,
    pub(super) is_gone: bool,
}

/// What was found out by now.
pub(super) struct Run {
    pub(super) check: Check,
    pub(super) courier: Option<Courier>,
    /// Where the API begins: `/api` or `/api/v1`.
    pub(super) prefix: Option<String>,
    pub(super) uploads: Option<UploadCapabilities>,
    pub(super) own: Option<Session>,
    pub(super) other: Option<Session>,
    pub(super) task: String,
    pub(super) content: Vec<u8>,
    /// Everything that was reserved, the first being the one that is completed.
    pub(super) places: Vec<Place>,
    pub(super) is_uploaded: bool,
    pub(super) is_complete: bool,
    pub(super) link: Option<String>,
    pub(super) is_deleted: bool,
}

/// Asked for once there is a prefix.
pub(super) const NO_API: &str = "no recordings API was found";
const NOT_SIGNED_IN: &str = "nobody is signed in";
const NOTHING_RESERVED: &str = "no place was reserved";
const NOT_COMPLETE: &str = "nothing was completed";

impl Run {
    pub(super) fn new(check: Check) -> Self {
        let courier = Courier::new(&check.server, &check.program);
        let task = check.task.as_ref().map(ToString::to_string);
        Self {
            courier,
            prefix: None,
            uploads: None,
            own: None,
            other: None,
            // Deployments exist whose task ids are UUIDs.
            task: task.unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
            content: sample::recording(),
            places: Vec::new(),
            is_uploaded: false,
            is_complete: false,
            link: None,
            is_deleted: false,
            check,
        }
    }

    pub(super) async fn take(&mut self, name: Name) -> Found {
        match name {
            Name::Resolve => self.resolve().await,
            Name::Connect => self.connect().await,
            Name::Tls => self.tls().await,
            Name::Health => self.health().await,
            Name::Clock => self.clock(),
            Name::Anonymous => self.anonymous().await,
            Name::ForgedToken => self.forged_token().await,
            Name::SignIn => self.sign_in().await,
            Name::Initiate => self.initiate().await,
            Name::OtherType => self.other_type().await,
            Name::BadTask => self.bad_task().await,
            Name::TamperedUpload => self.tampered_upload().await,
            Name::WrongContentType => self.wrong_content_type().await,
            Name::EarlyComplete => self.early_complete().await,
            Name::Upload => self.upload().await,
            Name::ForeignKey => self.foreign_key().await,
            Name::Complete => self.complete().await,
            Name::CompleteAgain => self.complete_again().await,
            Name::Get => self.get().await,
            Name::Range => self.range().await,
            Name::Download => self.download().await,
            Name::TamperedLink => self.tampered_link().await,
            Name::PublicObject => self.public_object().await,
            Name::List => self.list().await,
            Name::UnknownId => self.unknown_id().await,
            Name::Expired => self.expired().await,
            Name::WriteOnce => self.write_once().await,
            Name::WrongSize => self.wrong_size().await,
            Name::GiveUp => self.give_up().await,
            Name::OtherSignIn => self.other_sign_in().await,
            Name::OtherGet => self.other_get().await,
            Name::OtherComplete => self.other_complete().await,
            Name::OtherList => self.other_list().await,
            Name::OtherDelete => self.other_delete().await,
            Name::OtherUnknown => self.other_unknown().await,
            Name::Delete => self.delete().await,
            Name::DeadLink => self.dead_link().await,
            Name::CleanUp => self.clean_up().await,
        }
    }

    pub(super) fn take_exchanges(&self) -> Vec<Exchange> {
        self.courier
            .as_ref()
            .map(Courier::take_exchanges)
            .unwrap_or_default()
    }

    pub(super) fn courier(&self) -> Result<&Courier, Unmet> {
        self.courier.as_ref().ok_or_else(|| {
            let wanted = "this computer can make encrypted connections";
            let mend = "Look at the certificates that this computer trusts.";
            Fault::new(Whose::Yours, wanted, "it cannot", mend).into()
        })
    }

    pub(super) fn own(&self) -> Result<&Session, Unmet> {
        self.own
            .as_ref()
            .ok_or_else(|| Unmet::Skipped(NOT_SIGNED_IN.to_owned()))
    }

    pub(super) fn place(&self) -> Result<&Place, Unmet> {
        self.places
            .first()
            .ok_or_else(|| Unmet::Skipped(NOTHING_RESERVED.to_owned()))
    }

    /// The recording that was completed, and is still there.
    pub(super) fn completed(&self) -> Result<&Place, Unmet> {
        match self.places.first() {
            Some(place) if self.is_complete && !self.is_deleted => Ok(place),
            _ => skipped(NOT_COMPLETE),
        }
    }

    /// Calls the API as somebody, or as nobody.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        proof: Option<&Authorization>,
        body: Option<&Value>,
    ) -> Result<Result<Reply, NoReply>, Unmet> {
        let Some(prefix) = &self.prefix else {
            return skipped(NO_API);
        };
        let path = format!("{prefix}{path}");
        Ok(self.courier()?.call(method, &path, proof, body).await)
    }

    /// The same, where an answer is wanted whatever it is.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        proof: Option<&Authorization>,
        body: Option<&Value>,
    ) -> Result<Reply, Unmet> {
        let reply = self.call(method, path, proof, body).await?;
        reply.map_err(|why| blame::of_silence(Asked::Backend, "an answer", why).into())
    }
}

/// That the backend answered with one of these.
pub(super) fn answered(reply: &Reply, statuses: &[u16]) -> Result<(), Unmet> {
    let status = reply.status.as_u16();
    if statuses.contains(&status) {
        return Ok(());
    }
    let wanted: Vec<String> = statuses.iter().map(u16::to_string).collect();
    let wanted = format!("status {}", wanted.join(" or "));
    Err(blame::of_reply(Asked::Backend, &wanted, reply).into())
}

/// That the backend refused with one of these: anything else lets somebody do what they must not.
pub(super) fn refused(reply: &Reply, statuses: &[u16], mend: &str) -> Result<u16, Unmet> {
    let status = reply.status.as_u16();
    if statuses.contains(&status) {
        return Ok(status);
    }
    let wanted: Vec<String> = statuses.iter().map(u16::to_string).collect();
    let mut fault = blame::of_reply(
        Asked::Backend,
        &format!("status {}", wanted.join(" or ")),
        reply,
    );
    if fault.whose == Whose::Backend && status < 500 {
        mend.clone_into(&mut fault.mend);
    }
    Err(fault.into())
}
