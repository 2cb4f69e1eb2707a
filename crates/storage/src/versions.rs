//! Deleting an object for good: every version and every marker that hides one.

use aws_sdk_s3::types::{DeleteMarkerEntry, ObjectVersion};

use crate::{Bucket, Refusal, StoreError};

/// Where the next page of a listing begins.
#[derive(Default)]
struct Page {
    key_marker: Option<String>,
    version_id_marker: Option<String>,
}

impl Bucket {
    /// Deletes `key` with all its versions and markers; a key that isn't there is no error.
    ///
    /// Credentials that may not list versions (the setup guide's first policy) can delete the object of an unversioned
    /// bucket all the same. Where the bucket turns out to keep versions, it is [`StoreError::VersionsKept`], and where it has
    /// MFA Delete [`StoreError::MfaDelete`].
    pub async fn delete_all_versions(&self, key: &str) -> Result<(), StoreError> {
        let mut page = Page::default();
        loop {
            let (version_ids, next) = match self.versions(key, page).await {
                Ok(listed) => listed,
                Err(source) if unlistable(&source) => return self.delete_latest(key).await,
                Err(source) => {
                    let key = key.to_owned();
                    return Err(StoreError::ListVersions { key, source });
                }
            };
            for version_id in version_ids {
                self.delete_version(key, Some(version_id)).await?;
            }
            match next {
                Some(next) => page = next,
                None => return Ok(()),
            }
        }
    }

    /// One page of the version ids of exactly `key`, and the next page.
    async fn versions(
        &self,
        key: &str,
        page: Page,
    ) -> Result<(Vec<String>, Option<Page>), Refusal> {
        let listed = self
            .client
            .list_object_versions()
            .bucket(&self.name)
            .prefix(key)
            .set_key_marker(page.key_marker)
            .set_version_id_marker(page.version_id_marker)
            .send()
            .await
            .map_err(Refusal::read)?;
        let of_versions = listed
            .versions()
            .iter()
            .filter(|entry| entry.key() == Some(key));
        let of_markers = listed
            .delete_markers()
            .iter()
            .filter(|entry| entry.key() == Some(key));
        let version_ids = of_versions
            .filter_map(ObjectVersion::version_id)
            .chain(of_markers.filter_map(DeleteMarkerEntry::version_id))
            .map(str::to_owned)
            .collect();
        // Keys come in order: once a longer key begins the next page, `key` has no more versions.
        let more = listed.is_truncated() == Some(true) && listed.next_key_marker() == Some(key);
        let next = more.then_some(Page {
            key_marker: listed.next_key_marker,
            version_id_marker: listed.next_version_id_marker,
        });
        Ok((version_ids, next))
    }

    async fn delete_latest(&self, key: &str) -> Result<(), StoreError> {
        if self.delete_version(key, None).await? {
            let key = key.to_owned();
            return Err(StoreError::VersionsKept { key });
        }
        Ok(())
    }

    /// Whether the deletion left a marker instead of nothing.
    async fn delete_version(
        &self,
        key: &str,
        version_id: Option<String>,
    ) -> Result<bool, StoreError> {
        let made_marker = version_id.is_none();
        let answer = self
            .client
            .delete_object()
            .bucket(&self.name)
            .key(key)
            .set_version_id(version_id)
            .send()
            .await;
        match answer.map_err(Refusal::read) {
            Ok(deleted) => Ok(made_marker && deleted.delete_marker() == Some(true)),
            Err(source) if source.status() == Some(404) => Ok(false),
            Err(source) if wants_second_factor(&source) => {
                let key = key.to_owned();
                Err(StoreError::MfaDelete { key, source })
            }
            Err(source) => {
                let key = key.to_owned();
                Err(StoreError::Delete { key, source })
            }
        }
    }
}

/// Whether versions cannot be listed here at all: not allowed, or not known to this store.
fn unlistable(refusal: &Refusal) -> bool {
    matches!(refusal.status(), Some(403 | 405 | 501))
}

/// Of MFA Delete S3 tells by the message alone; the code is that of every right that is missing.
fn wants_second_factor(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Answered {
            status: 403,
            message: Some(message),
            ..
        } => message.to_lowercase().contains("mfa authentication"),
        _ => false,
    }
}
