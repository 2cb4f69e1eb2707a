//! `revui check`, as its users read it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use client::ServerOrigin;
use wire::{RecordingId, TaskId};

use super::seconds;

/// `revui check`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Check {
    #[command(subcommand)]
    pub(crate) what: Option<What>,
    #[command(flatten)]
    pub(crate) server: CheckServer,
}

/// What else can be checked.
#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// One recording: is it there, who may see it, is its object the same, does its link open
    Recording {
        /// The recording
        id: RecordingId,
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
}

/// A server that is checked.
#[derive(Debug, Args)]
pub(crate) struct CheckServer {
    /// The server's origin, like <https://recordings.example.com>
    #[arg(help = "The server, like https://recordings.example.com")]
    #[arg(long, required = true, value_name = "URL", env = "REVUI_SERVER", hide_env_values = true, value_parser = ServerOrigin::parse)]
    pub(crate) server: Option<ServerOrigin>,
    /// The account; without it, the token of `REVUI_TOKEN`
    #[arg(help = "The account; without it, the token of REVUI_TOKEN")]
    #[arg(long, value_name = "E")]
    pub(crate) email: Option<String>,
    /// Read the password from standard input; the other account's from its second line
    #[arg(long, requires = "email")]
    pub(crate) password_stdin: bool,
    /// Another account, best of another tenant; its password is that of `REVUI_OTHER_PASSWORD`
    #[arg(
        help = "Another account, best of another tenant; without it, the token of REVUI_OTHER_TOKEN"
    )]
    #[arg(long, value_name = "E")]
    pub(crate) other_email: Option<String>,
    /// What the recordings are for; without it, the first task that the server names, or a new UUID
    #[arg(long)]
    pub(crate) task: Option<TaskId>,
    /// Wait this long for an upload URL to expire
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(crate) wait: Duration,
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the result as `JUnit` XML besides
    #[arg(help = "Write the result as JUnit XML besides")]
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
}
