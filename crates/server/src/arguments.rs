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
/// `AWS_S3_SIGNING_SESSION_SECONDS`, `AWS_ENDPOINT_URL_STS`, `TENANT_BUCKETS`, `JWT_SECRET`, `DATABASE_URL`,
/// `DATABASE_OWNER_URL`, `DATABASE_CONNECTIONS`, `HOST`, `PORT`, `CORS_ORIGIN`, `PENDING_DAYS`, `METRICS_ADDRESS`,
/// `TRUSTED_PROXIES`, `FORWARDED_HEADER`, `USER_REQUESTS_PER_SECOND`, `TENANT_REQUESTS_PER_SECOND`,
/// `ADDRESS_REQUESTS_PER_SECOND`, `MAX_CONNECTIONS`, `DRAIN_SECONDS`, `DRAIN_DELAY_SECONDS`. `.env.example` explains each.
/// What is logged is said by `RUST_LOG`, and `LOG_FORMAT=json` makes each line an object.
#[derive(Debug, Parser)]
#[command(
    name = "revui-server",
    version,
    after_help = "Examples:
  revui-server serve --embedded --demo --data .demo
  revui-server serve --embedded --demo --data .demo --faults faults.toml
  revui-server database migrate
  revui-server serve
  revui-server storage plan --profile production
  revui-server tenant add acme --name 'Acme'
  revui-server tenant update acme --retention-days 365
  revui-server tenant update acme --quota-bytes 500000000000 --quota-recordings-a-day 1000
  revui-server audit --tenant acme --action recording.open --csv
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
    /// Look after the database's schema
    Database(DatabaseOrder),
    /// Print a tenant's audit trail, newest first: who did what to which recording, and who may do what
    Audit(AuditOrder),
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
pub(crate) struct DatabaseOrder {
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(subcommand)]
    pub(crate) action: DatabaseAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DatabaseAction {
    /// Bring the schema up to date, as the role of `DATABASE_OWNER_URL`, and give the role of `DATABASE_URL` its rights
    Migrate,
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
    /// Show a tenant: how long its recordings are kept, its quota and what there is of it
    Show {
        /// Its id
        id: TenantId,
    },
    /// Change how long recordings are kept that are completed from now on, and how much a tenant may have
    Update {
        /// Its id
        id: TenantId,
        /// Days, from when they are complete; afterwards the server deletes what nobody holds
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MAX_RETENTION_DAYS))]
        retention_days: Option<u32>,
        /// Delete none by itself
        #[arg(long, conflicts_with = "retention_days")]
        keep_for_ever: bool,
        /// Also of the recordings that are complete already; what is over its time then is deleted within the hour
        #[arg(long)]
        existing: bool,
        /// Lift the quota that there is, but for what is set here
        #[arg(long)]
        no_quota: bool,
        /// Bytes of recordings that it may keep, with those that are being uploaded
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_QUOTA_BYTES))]
        quota_bytes: Option<u64>,
        /// Recordings that it may begin on a day (UTC), without those that are given up
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        quota_recordings_a_day: Option<u32>,
    },
}

/// As much as the database counts: 8 EiB.
const MAX_QUOTA_BYTES: u64 = i64::MAX.unsigned_abs();

/// A hundred years.
const MAX_RETENTION_DAYS: i64 = 36_500;

#[derive(Debug, Args)]
pub(crate) struct AuditOrder {
    #[command(flatten)]
    pub(crate) place: Where,
    /// Whose trail
    #[arg(long)]
    pub(crate) tenant: TenantId,
    /// As a table for a spreadsheet; otherwise each line is a JSON object
    #[arg(long)]
    pub(crate) csv: bool,
    /// About this recording alone
    #[arg(long, value_name = "ID")]
    pub(crate) recording: Option<String>,
    /// By this user alone
    #[arg(long, value_name = "USER_ID")]
    pub(crate) actor: Option<String>,
    /// Of this sort alone, such as recording.open or user.role; docs/access.md lists them
    #[arg(long)]
    pub(crate) action: Option<String>,
    /// Not before this moment, such as 2026-11-28T09:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Before this moment
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
}
