//! What is put while verifying, and taking it away again.

use std::sync::PoisonError;

use super::Verification;
use crate::{Refusal, StoreError};

/// Where all of it is: a tenant's prefix that no tenant has.
pub const PROBES_PREFIX: &str = "revui-verify/";

/// Another one, for what belongs to somebody else.
pub(super) const OTHERS_PREFIX: &str = "revui-verify-other/";

/// The bytes of a probe.
pub(super) const PROBE: &[u8] = b"revui-server storage verify";

/// What could not be taken away.
#[derive(Debug)]
pub struct Uncleaned {
    /// The object's key.
    pub key: String,
    /// Why.
    pub error: StoreError,
}

impl Verification {
    /// A key of this run.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{PROBES_PREFIX}{}/{name}.webm", self.run)
    }

    /// The same, of another tenant.
    pub(super) fn others_key(&self, name: &str) -> String {
        format!("{OTHERS_PREFIX}{}/{name}.webm", self.run)
    }

    /// Notes that something may be put under `key`: before it is.
    pub(super) fn note(&self, key: &str) {
        let mut put = self.put.lock().unwrap_or_else(PoisonError::into_inner);
        if !put.iter().any(|known| known == key) {
            put.push(key.to_owned());
        }
    }

    /// Takes away whatever was put, with all versions; also what a store took that should have been refused. What stays is
    /// returned. Doing it twice does nothing more.
    pub async fn clean_up(&self) -> Vec<Uncleaned> {
        let put = std::mem::take(&mut *self.put.lock().unwrap_or_else(PoisonError::into_inner));
        let mut left = Vec::new();
        for key in put {
            if let Err(error) = self.take_away(&key).await {
                left.push(Uncleaned { key, error });
            }
        }
        left
    }

    async fn take_away(&self, key: &str) -> Result<(), StoreError> {
        // Where uploads cannot be listed, none was left: each is given up where it was begun.
        if let Ok(page) = self.bucket.multipart_uploads(key, None).await {
            for upload in page.uploads {
                self.bucket.abort_multipart(key, &upload.upload_id).await?;
            }
        }
        self.bucket.delete_all_versions(key).await?;
        let request = self
            .cloud
            .s3
            .head_object()
            .bucket(self.bucket.name())
            .key(key);
        match request.send().await.map_err(Refusal::read) {
            Ok(_) => Err(StoreError::VersionsKept {
                key: key.to_owned(),
            }),
            Err(_) => Ok(()),
        }
    }
}
