//! What a call of [`Client`](crate::Client) can fail with: a variant per step, with its cause kept for the log and a
//! [`Diagnosis`] for its user.

use wire::UploadStatus;

use crate::backend::{BackendError, ProveError};
use crate::diagnosis::{self, Code, Diagnosis, Step};
use crate::download::DownloadError;
use crate::home::HomeError;
use crate::session::{InvalidServer, KeychainError, ProviderError};
use crate::settings::SettingsError;

/// Whatever a call of [`Client`](crate::Client) can fail with. `Display` is for the log and holds no secret; the user
/// gets [`ClientError::diagnosis`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// There is no folder for journal and settings, or it cannot be made.
    #[error("no folder for the journal and the settings")]
    Home(#[from] HomeError),
    /// The text is no address of a server.
    #[error(transparent)]
    Server(#[from] InvalidServer),
    /// The settings could not be read or written.
    #[error("the settings could not be used")]
    Settings(#[from] SettingsError),
    /// The keychain could not be used, and nothing but the keychain would do.
    #[error("the session could not be kept in the keychain")]
    Keychain(#[from] KeychainError),
    /// A sign-in at a provider.
    #[error("could not sign in at the provider")]
    Provider(#[from] ProviderError),
    /// The pasted text is no access token that names a user.
    #[error("the pasted text is no access token")]
    NotAToken,
    /// Nobody is signed in.
    #[error("not signed in")]
    SignedOut,
    /// A call of the backend.
    #[error("could not {step}")]
    Backend {
        /// What was being done.
        step: Step,
        /// What came of it.
        #[source]
        source: BackendError,
    },
    /// This backend lists the recordings of one task at a time, and none was named.
    #[error("this backend lists recordings by task only")]
    ListNeedsTask,
    /// The recording has no link yet.
    #[error("the recording is not complete: {0:?}")]
    NotComplete(UploadStatus),
    /// The backend says that the recording is complete, and gives no link.
    #[error("the recording is complete, and there is no link to it")]
    NoLink,
    /// The link did not open.
    #[error("the link does not open")]
    Link(#[source] ProveError),
    /// The recording could not be brought back.
    #[error("could not download the recording")]
    Download(#[from] DownloadError),
    /// An upload, its file or its job: as the engine explains it.
    #[error("{}", .0.message)]
    Upload(Diagnosis),
}

impl ClientError {
    /// The failure for its user.
    pub fn diagnosis(&self) -> Diagnosis {
        match self {
            Self::Home(HomeError::Unwritable { folder, source }) => diagnosis::of_disk(folder, source),
            Self::Home(HomeError::Unknown(_)) => Diagnosis::of(Code::DiskUnwritable)
                .saying("This computer does not say where your files belong.")
                .hinting("Set REVUI_HOME to a folder of yours."),
            Self::Server(error) => diagnosis::of_server(error),
            Self::Settings(
                SettingsError::Unreadable { file, source } | SettingsError::Unwritable { file, source },
            ) => diagnosis::of_disk(file, source),
            Self::Keychain(_) => Diagnosis::of(Code::KeychainUnavailable),
            Self::Provider(error) => diagnosis::of_provider(error),
            Self::NotAToken => Diagnosis::of(Code::WrongCredentials)
                .saying("This is not an access token that this app can read.")
                .hinting("Copy the whole token, from its first character to its last, and paste it again."),
            Self::SignedOut => Diagnosis::of(Code::SignedOut),
            Self::Backend { step, source } => diagnosis::of_backend(*step, source),
            Self::ListNeedsTask => Diagnosis::of(Code::InvalidTask)
                .saying("This server lists the recordings of one task at a time.")
                .hinting("Name the task whose recordings you want to see."),
            Self::NotComplete(status) => diagnosis::of_incomplete(*status),
            Self::NoLink => Diagnosis::of(Code::LinkBroken),
            Self::Link(source) => diagnosis::of_link(source),
            Self::Download(source) => diagnosis::of_download(source),
            Self::Upload(diagnosis) => diagnosis.clone(),
        }
    }
}
