//! The one account of the store.

use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Result, s3_error};

/// An access key id and its secret, which does not print.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    access_key_id: String,
    secret_access_key: SecretKey,
}

impl Account {
    pub(crate) fn new(access_key_id: &str, secret_access_key: SecretKey) -> Self {
        Self {
            access_key_id: access_key_id.to_owned(),
            secret_access_key,
        }
    }
}

#[async_trait::async_trait]
impl S3Auth for Account {
    async fn get_secret_key(&self, access_key_id: &str) -> S3Result<SecretKey> {
        if access_key_id == self.access_key_id {
            return Ok(self.secret_access_key.clone());
        }
        Err(s3_error!(
            InvalidAccessKeyId,
            "The AWS Access Key Id you provided does not exist in our records."
        ))
    }
}
