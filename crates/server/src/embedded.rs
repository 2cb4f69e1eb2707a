//! A whole backend in one folder: database, store, and the secrets that nobody had to make up.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use wire::Secret;

use crate::db::{DatabaseUrl, InvalidDatabaseUrl};
use crate::private_file::{self, FileError};

/// The bucket of the embedded store.
pub(crate) const BUCKET: &str = "revui-recordings";

/// Its region: the one that the protocol takes when none is meant.
pub(crate) const REGION: &str = "us-east-1";

/// The folder could not be used.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// A file in it could not be handled.
    #[error(transparent)]
    File(#[from] FileError),
    /// Another server has it.
    #[error("{} is in use by another revui-server", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The file of secrets is not as this program writes it.
    #[error("{} is damaged: restore it, or delete it to sign everybody out", path.display())]
    Secrets {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The folder's name is no text.
    #[error("the folder's name cannot be written in a database URL")]
    Name(#[from] InvalidDatabaseUrl),
}

/// Secrets of one folder, made once and kept in it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Secrets {
    /// Signs access tokens.
    pub(crate) jwt_secret: Secret,
    /// The store's account.
    pub(crate) access_key_id: String,
    /// And its secret.
    pub(crate) secret_access_key: Secret,
}

impl Secrets {
    fn make_up() -> Self {
        let random = |bytes: [u8; 32]| Secret::from(BASE64_URL_SAFE_NO_PAD.encode(bytes));
        Self {
            jwt_secret: random(rand::random()),
            access_key_id: format!("RV{}", uuid::Uuid::new_v4().simple()).to_uppercase(),
            secret_access_key: random(rand::random()),
        }
    }
}

/// The folder, held by this process until it is dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    pub(crate) secrets: Secrets,
    _lock: File,
}

impl Folder {
    /// Takes the folder and makes what is missing in it.
    pub(crate) fn open(path: &Path) -> Result<Self, EmbeddedError> {
        private_file::make_folder(path)?;
        let lock_path = path.join("server.lock");
        let lock = private_file::touch(&lock_path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(EmbeddedError::InUse {
                    folder: path.to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => {
                return Err(FileError::new("lock", &lock_path)(error).into());
            }
        }
        Ok(Self {
            secrets: secrets(&path.join("secrets.json"))?,
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// Where the store keeps its objects.
    pub(crate) fn store(&self) -> PathBuf {
        self.path.join("store")
    }

    /// Where the demo's note is.
    pub(crate) fn demo_note(&self) -> PathBuf {
        self.path.join("demo.json")
    }
}

/// The database of a data folder.
pub(crate) fn database(folder: &Path) -> Result<DatabaseUrl, InvalidDatabaseUrl> {
    DatabaseUrl::sqlite_file(folder.join("revui.db"))
}

fn secrets(path: &Path) -> Result<Secrets, EmbeddedError> {
    if let Some(content) = private_file::read(path)? {
        return serde_json::from_slice(&content).map_err(|source| EmbeddedError::Secrets {
            path: path.to_owned(),
            source,
        });
    }
    let secrets = Secrets::make_up();
    let content = serde_json::to_vec_pretty(&secrets).map_err(|source| EmbeddedError::Secrets {
        path: path.to_owned(),
        source,
    })?;
    private_file::write(path, &content)?;
    Ok(secrets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_made_once_and_the_folder_is_held() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let first = Folder::open(&path).unwrap();
        assert!(matches!(
            Folder::open(&path),
            Err(EmbeddedError::InUse { .. })
        ));
        let kept = first.secrets.jwt_secret.clone();
        drop(first);
        let again = Folder::open(&path).unwrap();
        assert_eq!(again.secrets.jwt_secret, kept);
        assert!(kept.expose().len() >= 32);
        std::fs::write(path.join("secrets.json"), "{").unwrap();
        drop(again);
        assert!(matches!(
            Folder::open(&path),
            Err(EmbeddedError::Secrets { .. })
        ));
    }
}
