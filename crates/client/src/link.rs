//! The link to a recording: the product.

use jiff::Timestamp;
use wire::DownloadUrl;

use crate::presigned::Query;

/// A link that was opened successfully a moment ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The link itself.
    pub url: DownloadUrl,
    /// When it stops working, where the URL tells.
    pub expires_at: Option<Timestamp>,
}

impl Link {
    /// A link that has just been proven, with what its URL tells of its life.
    pub(crate) fn proven(url: DownloadUrl) -> Self {
        let expires_at = Query::of(url.reveal()).expires_at();
        Self { url, expires_at }
    }
}
