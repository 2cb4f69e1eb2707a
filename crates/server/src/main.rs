//! `revui-server`: the backend as a program. Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 a plan that is not
//! settled.

mod arguments;
mod interruption;
mod orders;
mod storage_orders;

use std::error::Error;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use server::configuration::{ServeOptions, load_dotenv};
use server::{Clock, Configuration, Problem, Running, StartError, logging, start};

use arguments::{Arguments, Command};
use interruption::Interruption;

/// Why the program ends otherwise than well.
enum Failure {
    /// The operator can mend it: everything that is wrong.
    Configuration(Vec<String>),
    /// Something else, with its causes.
    Other(Box<dyn Error>),
    /// What was asked for failed, and all of it was told.
    Told,
    /// What was looked at is not as it is to be, and all of it was told: the one outcome with an exit code of its own, 3.
    Findings,
}

impl From<Vec<Problem>> for Failure {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Configuration(problems.iter().map(ToString::to_string).collect())
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        if error.is_configuration() {
            return Self::Configuration(vec![logging::chain(&error)]);
        }
        Self::Other(error.into())
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Configuration(problems)) => {
            for problem in problems {
                say(&problem);
            }
            ExitCode::from(2)
        }
        Err(Failure::Told) => ExitCode::FAILURE,
        Err(Failure::Other(error)) => {
            say(&logging::chain(error.as_ref()));
            ExitCode::FAILURE
        }
        Err(Failure::Findings) => ExitCode::from(3),
    }
}

/// Standard error may be closed; there is nobody left to tell then.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "revui-server: {text}");
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    // Before any thread is started, for it changes the environment.
    let dotenv = load_dotenv(Path::new("."));
    logging::install();
    let broken = match dotenv {
        Ok(warnings) => {
            for warning in warnings {
                tracing::warn!("{warning}");
            }
            None
        }
        Err(problem) => Some(problem),
    };
    let runtime = tokio::runtime::Runtime::new()?;
    match arguments.command {
        Command::Serve(options) => {
            let configuration = merge(Configuration::read(variable, options.into()), broken)?;
            runtime.block_on(serve(configuration))
        }
        Command::User(order) => runtime.block_on(orders::user(order)),
        Command::Task(order) => runtime.block_on(orders::task(order)),
        Command::Tenant(order) => runtime.block_on(orders::tenant(order)),
        Command::Database(order) => runtime.block_on(orders::database(order)),
        Command::Audit(order) => runtime.block_on(orders::audit(order)),
        Command::Storage(order) => runtime.block_on(storage_orders::storage(order)),
    }
}

/// A broken `.env` is said together with all else that is wrong.
fn merge(
    configuration: Result<Configuration, Vec<Problem>>,
    broken: Option<Problem>,
) -> Result<Configuration, Failure> {
    let Some(broken) = broken else {
        return Ok(configuration?);
    };
    let mut problems = vec![broken];
    problems.extend(configuration.err().unwrap_or_default());
    Err(problems.into())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

async fn serve(configuration: Configuration) -> Result<(), Failure> {
    // Before anybody is told where it listens: whoever knows that may end it.
    let mut interruption = Interruption::listen()?;
    let running = start(configuration, Clock::system()).await?;
    announce(&running);
    interruption.come().await;
    tracing::info!("stopping: requests that run may end");
    running.stop().await;
    Ok(())
}

/// A pipe that nobody reads any more is no reason to stop serving.
fn announce(running: &Running) {
    let mut out = io::stdout().lock();
    let _ = match running.demo() {
        Some(note) => write!(out, "{note}"),
        None => writeln!(out, "{}", running.origin()),
    };
    let _ = out.flush();
}

impl From<arguments::Serve> for ServeOptions {
    fn from(options: arguments::Serve) -> Self {
        Self {
            port: options.port,
            embedded: options.embedded,
            demo: options.demo,
            data: options.data,
            faults: options.faults,
        }
    }
}
