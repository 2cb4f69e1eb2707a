//! Support access: a tenant lets one person of another tenant see its recordings, for some hours and a reason.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{TenantId, UserId};

/// Longest life of a grant, in hours.
pub const MAX_SUPPORT_HOURS: u32 = 24;

/// How long a request for support access can be granted, in days.
pub const SUPPORT_REQUEST_DAYS: u32 = 7;

/// `POST /support/requests`, by anybody who wants to see another tenant's recordings. Its answer does not say whether
/// there is such a tenant, and one that was not decided yet stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AskSupport {
    /// Whose recordings: another tenant's than the caller's.
    pub tenant_id: TenantId,
    /// For how many hours, 1 to [`MAX_SUPPORT_HOURS`].
    #[schema(minimum = 1, maximum = 24)]
    pub hours: u32,
    /// Why; 1 to [`crate::MAX_REASON_CHARACTERS`] characters.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
}

/// What was asked for, as the administrators of the tenant see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupportRequest {
    /// The request; `POST /support/requests/{id}/grant` grants it, `DELETE /support/requests/{id}` refuses it.
    pub id: String,
    /// Who asks.
    pub user_id: UserId,
    /// The address of their account.
    pub email: String,
    /// Of which tenant they are.
    pub user_tenant_id: TenantId,
    /// For how many hours, from when it is granted.
    pub hours: u32,
    /// Why.
    pub reason: String,
    /// When; [`SUPPORT_REQUEST_DAYS`] later it is gone.
    pub asked_at: Timestamp,
}

/// `GET /support/requests`: what the tenant has not decided yet, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SupportRequests {
    /// The requests, one of a person at most.
    pub requests: Vec<SupportRequest>,
}

/// `POST /support/grants`, by an `ADMIN` or `SUPER_ADMIN` of the tenant that is to be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GrantSupport {
    /// Who is to see it: the id of an account of another tenant, which its owner finds at `GET /auth/me` and tells. Not the
    /// e-mail address: whether there is an account of that address in another tenant would be answered with it.
    pub user_id: UserId,
    /// For how many hours, 1 to [`MAX_SUPPORT_HOURS`].
    #[schema(minimum = 1, maximum = 24)]
    pub hours: u32,
    /// Why; 1 to [`crate::MAX_REASON_CHARACTERS`] characters.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
}

/// A grant. While it lasts, its user sees the tenant's recordings and changes nothing; each look is in the tenant's
/// audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupportGrant {
    /// The grant; `DELETE /support/grants/{id}` ends it.
    pub id: String,
    /// Whose recordings are seen.
    pub tenant_id: TenantId,
    /// By whom.
    pub user_id: UserId,
    /// Why.
    pub reason: String,
    /// Who granted it.
    pub granted_by: UserId,
    /// When.
    pub granted_at: Timestamp,
    /// Until when, unless it is revoked.
    pub expires_at: Timestamp,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

/// `GET /support/grants`: the tenant's, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SupportGrants {
    /// The grants, those that have ended too.
    pub grants: Vec<SupportGrant>,
}
