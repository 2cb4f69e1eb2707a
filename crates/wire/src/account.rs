//! Who is signed in, and what they may choose.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Secret, TaskId, TenantId, UserId};

/// What a user may do, always within their own tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Uploads, and sees what is their own.
    User,
    /// Also opens what others of the tenant uploaded.
    Reviewer,
    /// Also deletes.
    Admin,
    /// As `Admin`; administers the tenant's accounts besides.
    SuperAdmin,
}

/// The text names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no role: USER, REVIEWER, ADMIN or SUPER_ADMIN")]
pub struct UnknownRole(String);

impl Role {
    /// Every role, least first.
    pub const ALL: [Self; 4] = [Self::User, Self::Reviewer, Self::Admin, Self::SuperAdmin];

    /// As tokens and the database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Reviewer => "REVIEWER",
            Self::Admin => "ADMIN",
            Self::SuperAdmin => "SUPER_ADMIN",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

/// `POST /auth/login`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Login {
    /// The account.
    pub email: String,
    /// Its password.
    pub password: Secret,
    /// Shown to the user where sessions are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
}

/// `POST /auth/refresh` and `POST /auth/logout`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refresh {
    /// The refresh token that was last given out.
    pub refresh_token: Secret,
}

/// What login and refresh return. A deployment that sets a session cookie instead returns [`LoginWithCookie`].
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenPair {
    /// A JWT for `Authorization: Bearer`.
    pub access_token: Secret,
    /// Exchanged for the next pair; rotated at each use.
    pub refresh_token: Secret,
    /// Life of the access token, in seconds.
    pub expires_in: u32,
    /// Who it is.
    pub user: User,
}

/// The login answer of a deployment that keeps the session in a cookie: perhaps an access token, perhaps the user,
/// perhaps neither.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginWithCookie {
    /// A token, where the deployment returns one too.
    #[serde(default, alias = "token", alias = "access_token")]
    pub access_token: Option<Secret>,
    /// Who it is, where it says so.
    #[serde(default)]
    pub user: Option<serde_json::Value>,
}

/// `GET /auth/me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// `sub` of their tokens.
    pub id: UserId,
    /// What they sign in with.
    pub email: String,
    /// What people call them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whose they are.
    pub tenant_id: TenantId,
}

/// Something that recordings are made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// Part of the object's key.
    pub id: TaskId,
    /// What people call it.
    pub name: String,
}

/// `GET /tasks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TaskList {
    /// The tasks that the caller may choose, by name.
    pub tasks: Vec<Task>,
}
