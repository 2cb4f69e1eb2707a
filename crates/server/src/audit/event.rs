//! What is written down.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;
use wire::{AuditActor, AuditEvent, AuditOutcome, RecordingId, TenantId};

use super::Actor;

/// The particulars of an event, by name.
pub(crate) type Detail = BTreeMap<String, Value>;

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// A place for a recording, and its first ticket.
    Initiate,
    /// Another ticket.
    Renew,
    /// Tickets of parts.
    SignParts,
    Complete,
    ClaimSha256,
    GiveUp,
    /// A download link.
    Open,
    /// Seeing a tenant's list by support access.
    List,
    Check,
    Hold,
    Release,
    /// The row is marked: nobody sees the recording any more.
    Delete,
    /// The store has nothing of a deleted recording any more.
    Empty,
    SignIn,
    SignOut,
    /// A sign-in is ended because a refresh token of it came back that had been exchanged: somebody else may have it.
    RevokeSignIn,
    ReadTrail,
    AddTenant,
    SetRetention,
    SetQuota,
    AddTask,
    /// An administrator's order, or the first call of somebody whom a provider vouches for.
    AddUser,
    SetPassword,
    /// An administrator's order, or what a provider says now.
    SetRole,
    Disable,
    Enable,
    AskSupport,
    RefuseSupport,
    GrantSupport,
    RevokeSupport,
}

impl Action {
    /// Every action.
    pub(crate) const ALL: [Self; 30] = [
        Self::Initiate,
        Self::Renew,
        Self::SignParts,
        Self::Complete,
        Self::ClaimSha256,
        Self::GiveUp,
        Self::Open,
        Self::List,
        Self::Check,
        Self::Hold,
        Self::Release,
        Self::Delete,
        Self::Empty,
        Self::SignIn,
        Self::SignOut,
        Self::RevokeSignIn,
        Self::ReadTrail,
        Self::AddTenant,
        Self::SetRetention,
        Self::SetQuota,
        Self::AddTask,
        Self::AddUser,
        Self::SetPassword,
        Self::SetRole,
        Self::Disable,
        Self::Enable,
        Self::AskSupport,
        Self::RefuseSupport,
        Self::GrantSupport,
        Self::RevokeSupport,
    ];

    /// As the trail writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Initiate => "recording.initiate",
            Self::Renew => "recording.renew",
            Self::SignParts => "recording.sign_parts",
            Self::Complete => "recording.complete",
            Self::ClaimSha256 => "recording.claim_sha256",
            Self::GiveUp => "recording.give_up",
            Self::Open => "recording.open",
            Self::List => "recording.list",
            Self::Check => "recording.check",
            Self::Hold => "recording.hold",
            Self::Release => "recording.release",
            Self::Delete => "recording.delete",
            Self::Empty => "recording.empty",
            Self::SignIn => "session.begin",
            Self::SignOut => "session.end",
            Self::RevokeSignIn => "session.revoke",
            Self::ReadTrail => "audit.read",
            Self::AddTenant => "tenant.add",
            Self::SetRetention => "tenant.retention",
            Self::SetQuota => "tenant.quota",
            Self::AddTask => "task.add",
            Self::AddUser => "user.add",
            Self::SetPassword => "user.password",
            Self::SetRole => "user.role",
            Self::Disable => "user.disable",
            Self::Enable => "user.enable",
            Self::AskSupport => "support.ask",
            Self::RefuseSupport => "support.refuse",
            Self::GrantSupport => "support.grant",
            Self::RevokeSupport => "support.revoke",
        }
    }
}

/// An event to be written.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) actor: Actor,
    pub(crate) action: Action,
    pub(crate) recording: Option<RecordingId>,
    pub(crate) outcome: AuditOutcome,
    pub(crate) detail: Detail,
    pub(crate) at: Timestamp,
}

impl Event {
    /// Something that is done.
    pub(crate) fn done(actor: Actor, action: Action, at: Timestamp) -> Self {
        Self {
            actor,
            action,
            recording: None,
            outcome: AuditOutcome::Done,
            detail: Detail::new(),
            at,
        }
    }

    /// About this recording.
    pub(crate) fn about(mut self, recording: &RecordingId) -> Self {
        self.recording = Some(recording.clone());
        self
    }

    /// Which came to something else than what was wanted.
    pub(crate) fn outcome(mut self, outcome: AuditOutcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// With one more particular. Nothing secret belongs here.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.detail.insert(name.to_owned(), value.into());
        self
    }
}

/// An event as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) actor: Actor,
    pub(crate) action: String,
    pub(crate) recording: Option<RecordingId>,
    pub(crate) outcome: AuditOutcome,
    pub(crate) detail: Detail,
}

impl Written {
    /// As it is shown in this tenant's trail.
    pub(crate) fn shown(self, trail: &TenantId) -> AuditEvent {
        let Actor {
            kind,
            user,
            role,
            tenant,
            origin,
        } = self.actor;
        AuditEvent {
            id: self.id,
            at: self.at,
            actor: AuditActor {
                kind,
                user_id: user,
                role,
                tenant_id: tenant.filter(|tenant| tenant != trail),
                address: origin.address.as_ref().map(IpAddr::to_string),
                request_id: origin.request_id,
            },
            action: self.action,
            recording_id: self.recording,
            outcome: self.outcome,
            detail: self.detail,
        }
    }
}
