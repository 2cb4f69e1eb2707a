//! `revui-server storage …`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use storage::export::Format;

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

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FormatName {
    /// A shell script of `aws` commands
    AwsCli,
    /// HCL
    Terraform,
    /// A template in JSON
    #[value(name = "cloudformation")]
    CloudFormation,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::AwsCli => Self::AwsCli,
            FormatName::Terraform => Self::Terraform,
            FormatName::CloudFormation => Self::CloudFormation,
        }
    }
}

/// What may be given up.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Weakening {
    /// Set what is wanted also where something stricter is set
    #[arg(long)]
    pub(crate) allow_weaker: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StorageAction {
    /// Show what differs from what is to be, and change nothing; ends with 3 when something is to be done
    Plan(Weakening),
    /// Set what differs, after showing it and asking
    Apply {
        /// Do not ask
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        weakening: Weakening,
    },
    /// Write what is to be for other means
    Export {
        /// Which
        #[arg(long, value_enum)]
        format: FormatName,
    },
    /// Show the policies: who may do what
    Policy,
    /// Try what the storage must do and must refuse, for real; exit code 1 when something is wrong
    Verify,
    /// Make a new access key, prove it, and end the old one
    RotateKey(RotateKey),
    /// Delete an object and bring it back, timed
    RestoreTest,
}

#[derive(Debug, Args)]
pub(crate) struct RotateKey {
    /// Whose key, instead of the user's whose key is configured
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// What becomes of the old key; unsaid, it is asked for on a terminal, and stays active elsewhere
    #[arg(long, value_enum)]
    pub(crate) keep_old: Option<KeepOld>,
    /// Make none: end this old key, which nobody uses any more
    #[arg(long, value_name = "ID")]
    pub(crate) retire: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeepOld {
    /// It goes on working
    Active,
    /// Its requests are refused; it can be made active again
    Inactive,
    /// It is deleted
    No,
}
