//! Which uploads were begun and neither completed nor given up: for whoever sweeps.

use std::time::SystemTime;

use crate::{Bucket, Refusal, StoreError};

/// An upload that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BegunUpload {
    /// The key of the object to be.
    pub key: String,
    /// Its id.
    pub upload_id: String,
    /// When it was begun, by the store's clock; absent where the store doesn't say.
    pub begun_at: Option<SystemTime>,
}

/// Where the next page of a list of uploads begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadsMarker {
    key: String,
    upload_id: Option<String>,
}

/// A page of a list of uploads, by key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadsPage {
    /// At most a thousand.
    pub uploads: Vec<BegunUpload>,
    /// What to ask for the next page with; `None` on the last one.
    pub next: Option<UploadsMarker>,
}

impl Bucket {
    /// A page of the uploads whose keys begin with `prefix`, behind `after`.
    pub async fn multipart_uploads(
        &self,
        prefix: &str,
        after: Option<&UploadsMarker>,
    ) -> Result<UploadsPage, StoreError> {
        let failed = |source| StoreError::ListMultiparts { source };
        let listed = self
            .client
            .list_multipart_uploads()
            .bucket(&self.name)
            .prefix(prefix)
            .set_key_marker(after.map(|after| after.key.clone()))
            .set_upload_id_marker(after.and_then(|after| after.upload_id.clone()))
            .send()
            .await
            .map_err(|error| failed(Refusal::read(error)))?;
        let uploads = listed
            .uploads()
            .iter()
            .filter_map(|upload| {
                Some(BegunUpload {
                    key: upload.key()?.to_owned(),
                    upload_id: upload.upload_id()?.to_owned(),
                    begun_at: upload
                        .initiated()
                        .and_then(|at| SystemTime::try_from(*at).ok()),
                })
            })
            .collect();
        let next = if listed.is_truncated() == Some(true) {
            let next = listed.next_key_marker.map(|key| UploadsMarker {
                key,
                upload_id: listed.next_upload_id_marker,
            });
            let next = next.filter(|next| Some(next) != after);
            Some(next.ok_or_else(|| failed(Refusal::Unreadable("a list without an end")))?)
        } else {
            None
        };
        Ok(UploadsPage { uploads, next })
    }
}
