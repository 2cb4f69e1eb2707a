//! `revui-server storage …`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What is to be is written in `storage.toml`: docs/storage.md explains each key. As whom, and where, is said by the same
/// variables as for `serve`; for a store that isn't AWS's, `AWS_ENDPOINT_URL_IAM` and `AWS_ENDPOINT_URL_STS` besides.
#[derive(Debug, Args)]
pub(crate) struct StorageOrder {
    #[command(flatten)]
    pub(crate) wanted: Wanted,
    #[command(subcommand)]
    pub(crate) action: StorageAction,
}

/// What is to be, and how it is told.
#[derive(Debug, Args)]
pub(crate) struct Wanted {
    /// What the storage is to be; without a file, a profile's values
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        default_value = "storage.toml"
    )]
    pub(crate) file: PathBuf,
    /// Which values hold for keys that are left out
    #[arg(long, global = true, value_enum)]
    pub(crate) profile: Option<ProfileName>,
    /// One JSON document instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ProfileName {
    Development,
    Production,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StorageAction {
    /// Show the policies: who may do what
    Policy,
}
