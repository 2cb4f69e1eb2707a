//! `revui repair`, as its users read it.

use std::path::PathBuf;

use clap::Args;

/// `revui repair`.
#[derive(Debug, Args)]
pub(crate) struct Repair {
    /// The recording
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Write the mended copy here; nothing is overwritten
    #[arg(long, short, value_name = "NEW", conflicts_with = "in_place")]
    pub(crate) output: Option<PathBuf>,
    /// Mend the file itself; what its recorder has written for good stays as it is and where it is
    #[arg(long)]
    pub(crate) in_place: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}
