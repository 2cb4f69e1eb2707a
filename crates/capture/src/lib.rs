//! Recording, seen from outside: what can be recorded, how somebody wants it, and the program that does it.
//!
//! GStreamer and whatever plugins a computer has run in a helper program of their own ([`HELPER`]), so that their crash
//! ends neither a window nor an upload, and their absence ends recording alone. [`Helper::start`] starts it,
//! [`protocol`] is what the two say to each other, and [`Recording`] follows one recording from its first frame to its
//! finished file.
//!
//! It must never link GStreamer, and it knows no window, no terminal and no server.
//!
//! ```no_run
//! # async fn example() -> Result<(), capture::CaptureError> {
//! use capture::protocol::Event;
//! use capture::{Helper, Options};
//!
//! let output = "meeting.webm".into();
//! let mut recording = Helper::start().await?.record(&Options::default(), output).await?;
//! recording.stop().await;
//! while let Some(event) = recording.next().await {
//!     if let Event::Stopped { path, .. } = event {
//!         println!("{}", path.display());
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod device;
mod disk;
mod end;
mod error;
mod failure;
mod growth;
mod helper;
mod options;
mod output;
mod packages;
mod preview;
mod quality;
mod recording;
mod size;
mod sources;

pub mod protocol;

pub use device::{Area, AreaError, CameraDevice, Devices, Probed, Screen, SoundDevice, Window};
pub use disk::{DiskGuard, Room};
pub use end::HelperEnd;
pub use error::CaptureError;
pub use failure::{Failure, FailureCode};
pub use helper::{HELPER, Helper};
pub use options::{Camera, DEFAULT_RESERVE_BYTES, Microphone, Options, Target};
pub use output::{OutputError, default_folder, new_in, reserve};
pub use packages::install_command;
pub use preview::{PREVIEW_PIXELS, Preview};
pub use quality::{Fineness, Quality, QualityError};
pub use recording::Recording;
pub use size::SizeGuard;
pub use sources::{DeviceSource, Element, Platform, SOURCES, Sources};
