//! The command line.

pub(crate) mod storage;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use wire::{Role, TenantId};

/// The Revui Uploader's backend.
///
/// Its configuration comes from the environment and from a `.env` file in the working folder: `AWS_REGION`,
/// `AWS_S3_BUCKET_NAME`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_ENDPOINT_URL_S3`,
/// `AWS_S3_ENCRYPTION`, `AWS_S3_CHECKSUM`, `AWS_S3_TAGGING`, `AWS_S3_SIGNING_ROLE_ARN`,
/// `AWS_S3_SIGNING_SESSION_SECONDS`, `AWS_ENDPOINT_URL_STS`, `TENANT_BUCKETS`, `JWT_SECRET`, `DATABASE_URL`, `HOST`,
/// `PORT`, `CORS_ORIGIN`, `PENDING_DAYS`. `.env.example` explains each. What is logged is said by `RUST_LOG`, and `LOG_FORMAT=json` makes each line an object.
#[derive(Debug, Parser)]
#[command(
    name = "revui-server",
    version,
    after_help = "Examples:
  revui-server serve --embedded --demo --data .demo
  revui-server serve --embedded --demo --data .demo --faults faults.toml
  revui-server serve
  revui-server storage plan --profile production
  revui-server tenant add acme --name 'Acme'
  revui-server user add ada@acme.example --tenant acme --name Ada --role ADMIN"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answer requests until SIGTERM or Ctrl+C
    Serve(Serve),
    /// Administer users
    User(UserOrder),
    /// Administer tasks
    Task(TaskOrder),
    /// Administer tenants
    Tenant(TenantOrder),
    /// Set the recordings' storage up, and check it
    Storage(storage::StorageOrder),
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Keep database and objects in one folder, with a store of our own on the next port
    #[arg(long, requires = "data")]
    pub(crate) embedded: bool,
    /// Make accounts to try it with, and note their passwords in DIR/demo.json
    #[arg(long, requires = "embedded")]
    pub(crate) demo: bool,
    /// The folder for --embedded
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Do wrong what this file says, as networks and servers do: see README.md, "Faults on purpose"
    #[arg(long, value_name = "FILE", requires = "embedded")]
    pub(crate) faults: Option<PathBuf>,
    /// Listen on this port instead of PORT or 3000; 0 picks free ones
    #[arg(long, value_name = "N")]
    pub(crate) port: Option<u16>,
}

/// Which database.
#[derive(Debug, Args)]
pub(crate) struct Where {
    /// The folder of an embedded server, instead of `DATABASE_URL`
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct UserOrder {
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(subcommand)]
    pub(crate) action: UserAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserAction {
    /// Add a user; the password is asked for, or read from standard input
    Add {
        /// What they sign in with
        email: String,
        /// Whose they are
        #[arg(long)]
        tenant: TenantId,
        /// What people call them
        #[arg(long)]
        name: String,
        /// USER, REVIEWER, ADMIN or `SUPER_ADMIN`
        #[arg(long, default_value_t = Role::User)]
        role: Role,
    },
    /// List every user
    List,
    /// Set a password and end the user's sign-ins; it is asked for, or read from standard input
    Passwd {
        /// What they sign in with
        email: String,
    },
    /// Change a role, or who may sign in; it takes effect at once
    Update {
        /// What they sign in with
        email: String,
        /// The new role
        #[arg(long)]
        role: Option<Role>,
        /// Let them in no more, and end their sign-ins
        #[arg(long)]
        disable: bool,
        /// Let them sign in again
        #[arg(long, conflicts_with = "disable")]
        enable: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct TaskOrder {
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(subcommand)]
    pub(crate) action: TaskAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TaskAction {
    /// Add a task
    Add {
        /// Its id, part of the objects' keys
        id: String,
        /// Whose it is
        #[arg(long)]
        tenant: TenantId,
        /// What people call it
        #[arg(long)]
        name: String,
    },
    /// List a tenant's tasks
    List {
        /// Whose they are
        #[arg(long)]
        tenant: TenantId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct TenantOrder {
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(subcommand)]
    pub(crate) action: TenantAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TenantAction {
    /// Add a tenant
    Add {
        /// Its id, the first part of the objects' keys
        id: TenantId,
        /// What people call it
        #[arg(long)]
        name: String,
    },
}
