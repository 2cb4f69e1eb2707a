//! The backend: it hands out tickets to put recordings into a bucket, believes a recording complete when the bucket
//! says so, and opens it to those who may see it.
//!
//! Inside: `routes` translate HTTP, `recordings` and `accounts` hold the rules, `db` is the only room with SQL, and
//! everything that a tenant owns is reached through a scope that carries the tenant. The AWS SDK stays in `storage`; no
//! token, password or signed URL reaches the log.
//!
//! ```no_run
//! use server::{Clock, Configuration, start};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let configuration = Configuration::embedded("data".into(), 0);
//! let running = start(configuration, Clock::system()).await?;
//! println!("{}", running.origin());
//! running.stop().await;
//! # Ok(())
//! # }
//! ```

mod accounts;
pub mod administration;
mod app;
mod audit;
mod clock;
pub mod configuration;
mod connecting;
mod cursor;
mod db;
pub mod demo;
mod embedded;
mod embedding;
mod fields;
mod front;
mod http;
pub mod logging;
mod openapi;
mod operations;
mod private_file;
mod recordings;
mod refusal;
mod router;
mod routes;
mod running;
mod serving;
mod support;

pub use accounts::password::StretchError;
pub use clock::Clock;
pub use configuration::{Configuration, Problem, StorageChoice};
pub use db::{DatabaseUrl, InvalidDatabaseUrl, OpenError, Quota, Retention, Usage};
pub use embedded::EmbeddedError;
pub use private_file::FileError;
pub use recordings::sweeping::{SweepPace, Swept};
pub use running::{Running, StartError, start};
