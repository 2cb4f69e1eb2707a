//! Everything between a file and a link: backend calls, the session and its keychain, the upload engine, its journal and
//! the diagnosis of what went wrong.
//!
//! It knows no window and no terminal (the command line uploads exactly as the desktop does), signs nothing, and never
//! lets a token, an upload URL or the bytes of a recording reach a log, a journal or an error text.
//!
//! ```no_run
//! # async fn example() -> Result<(), client::ClientError> {
//! use client::{Client, ClientOptions, Home, NewUpload, Phase};
//!
//! let client = Client::open(ClientOptions::new(Home::from_environment()?))?;
//! let mut upload = client.upload(NewUpload::new("demo.webm", "onboarding".parse().expect("a task id"))).await?;
//! while let Some(snapshot) = upload.changed().await {
//!     if let Phase::Done(done) = &snapshot.phase {
//!         println!("{}", done.link.url.reveal());
//!         client.forget(upload.job())?;
//!     }
//! }
//! # Ok(())
//! # }
//! ```

pub mod backend;
pub mod check;
pub mod diagnosis;
pub mod engine;
pub mod home;
pub mod journal;
pub mod session;
pub mod settings;
pub mod source;
pub mod ticket;
pub mod transport;

mod asking;
mod client;
mod download;
mod error;
mod folder;
mod giving_up;
mod growing;
mod inspect;
mod link;
mod mending;
mod new_file;
mod presigned;
mod snapshot;
mod stored;
mod sum;
mod trimming;
mod undecided;
mod upload;
mod uploads;
mod wishes;

pub use backend::Backend;
pub use client::{Client, ClientOptions};
pub use diagnosis::{Code, Diagnosis};
pub use download::{DownloadError, Downloaded};
pub use error::ClientError;
pub use folder::{FolderWatch, Sighting, WatchedFolder};
pub use growing::Completion;
pub use home::Home;
pub use link::Link;
pub use mending::Mended;
pub use new_file::{NewFileError, write_new_file};
pub use session::{
    Credentials, Keeping, Keychain, ServerOrigin, SessionState, SignInStep, SignInWay,
};
pub use settings::{Settings, Watching};
pub use snapshot::{Done, JobId, Phase, Snapshot, WaitCause};
pub use stored::StoredJob;
pub use trimming::{Trimmed, trim};
pub use undecided::{Left, Undecided};
pub use upload::Upload;
pub use uploads::{Inspection, NewUpload, Pace};
pub use wishes::Wish;
