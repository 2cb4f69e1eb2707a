//! Legal hold: a recording that is kept whatever its date says, until somebody lets it go.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::UserId;

/// Longest reason for a hold or for support access, in characters.
pub const MAX_REASON_CHARACTERS: usize = 500;

/// `POST /recordings/{id}/hold`. `DELETE` of the same address lets it go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceHold {
    /// Why; 1 to [`MAX_REASON_CHARACTERS`] characters.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
}

/// A hold that is in place. Neither a person nor the schedule can delete the recording meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Hold {
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
    /// Who placed it.
    pub by: UserId,
}
