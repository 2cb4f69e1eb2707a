//! By whom people may sign in besides the backend itself: an extension, found by asking.

use serde::{Deserialize, Serialize};

/// `GET /auth/providers`: public. A backend that knows no such call answers 404, and has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SignInProviders {
    /// In the order in which they are offered.
    pub providers: Vec<SignInProvider>,
}

/// An OpenID Connect provider, and how a program asks it for access tokens of this backend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInProvider {
    /// Its issuer identifier (OpenID Connect Discovery 1.0, section 2).
    pub issuer: String,
    /// What people call it.
    pub name: String,
    /// The public client as which our programs are registered there.
    pub client_id: String,
    /// What they ask for.
    pub scopes: Vec<String>,
    /// The resource that they name (RFC 8707), where the provider knows resources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}
