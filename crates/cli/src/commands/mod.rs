//! Each command: a few lines that translate the command line into calls of the client, and their results into text.

mod account;
mod check;
mod devices;
mod ending;
mod following;
mod jobs;
mod left;
mod organisation;
mod record;
mod recordings;
mod repair;
mod sending;
mod trim;
mod upload;
mod watch;

use clap::CommandFactory as _;

use crate::arguments::{Arguments, Command};
use crate::exit::Exit;
use crate::failure::Failure;

pub(crate) use check::title as check_title;

/// Runs the command, and says how the program ends.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    match arguments.command {
        Command::Login(login) => account::login(login).await,
        Command::Logout => account::logout().await,
        Command::Whoami => account::whoami().await,
        Command::Upload(upload) => upload::upload(upload).await,
        Command::Record(record) => record::record(record).await,
        Command::Devices(devices) => devices::devices(devices).await,
        Command::Watch(watched) => watch::watch(watched).await,
        Command::Resume(resume) => jobs::resume(resume).await,
        Command::Pause { job } => jobs::pause(&job).await,
        Command::Limit { job, rate } => jobs::limit(&job, rate).await,
        Command::Cancel { job } => jobs::cancel(&job).await,
        Command::List { task } => recordings::list(task).await,
        Command::Show { id } => recordings::show(id).await,
        Command::Link { id, copy } => recordings::link(id, copy).await,
        Command::Download(download) => recordings::download(download).await,
        Command::Check(arguments) => check::check(arguments).await,
        Command::Delete { id } => recordings::delete(id).await,
        Command::Repair(arguments) => repair::repair(arguments).await,
        Command::Trim(arguments) => trim::trim(arguments).await,
        Command::Completions { shell } => {
            let mut command = Arguments::command();
            clap_complete::generate(shell, &mut command, "revui", &mut std::io::stdout());
            Ok(Exit::Done)
        }
        Command::HoldClipboard => Ok(Exit::Done),
    }
}
