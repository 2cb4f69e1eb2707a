//! The audit trail on the wire: who did what to which recording, and who changed what somebody may do.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{RecordingId, Role, TenantId, UserId};

/// One event. What is in the trail stays in it: nothing of it is ever changed or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEvent {
    /// The event.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: AuditActor,
    /// What they wanted, such as `recording.open`.
    pub action: String,
    /// To which recording, where it is about one; a user whom it is about is in `detail`, as `userId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording_id: Option<RecordingId>,
    /// What came of it.
    pub outcome: AuditOutcome,
    /// The particulars, by name. No token, link or password is ever among them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub detail: BTreeMap<String, serde_json::Value>,
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditActor {
    /// What they are.
    pub kind: ActorKind,
    /// Which user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// As what they acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Their tenant, where it is another than the trail's: support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// From which address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// In which request, as the server's log names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// What somebody who acts is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A user, by a call.
    User,
    /// The server by itself: its sweep, or what an identity provider told it in a call.
    Server,
    /// Somebody at the server's machine, by `revui-server`.
    Operator,
    /// One of a later version.
    #[serde(other)]
    Unknown,
}

/// What came of what somebody wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// It was done.
    Done,
    /// It was not allowed.
    Refused,
    /// It was allowed, and failed.
    Failed,
    /// One of a later version.
    #[serde(other)]
    Unknown,
}

/// `GET /audit`: one keyset page, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditPage {
    /// The events.
    pub events: Vec<AuditEvent>,
    /// The cursor of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
