//! `check`: a server, or one recording.

use std::path::Path;
use std::pin::pin;

use client::check::{self, Report, Step};
use client::{Code, Credentials, Diagnosis, ServerOrigin};
use tokio::sync::oneshot;
use wire::{RecordingId, Secret};

use super::account;
use super::upload::cannot_listen;
use crate::arguments::{Check, CheckServer, What};
use crate::checking::{json, junit, text};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::silence::awaited;
use crate::{output, session};

const PROGRAM: &str = concat!("revui/", env!("CARGO_PKG_VERSION"), " check");

/// `revui check`.
pub(super) async fn check(arguments: Check) -> Result<Exit, Failure> {
    match arguments.what {
        Some(What::Recording { id, json }) => recording(&id, json).await,
        None => server(arguments.server).await,
    }
}

async fn server(arguments: CheckServer) -> Result<Exit, Failure> {
    let account = own_account(&arguments)?;
    let other = other_account(&arguments)?;
    let Some(server) = arguments.server else {
        return Err(Failure::usage(
            "No server is named.",
            "Name it with --server URL, or set REVUI_SERVER.",
        ));
    };
    let check = check::Check {
        server: server.clone(),
        account,
        other,
        task: arguments.task,
        longest_wait: arguments.wait,
        program: PROGRAM.to_owned(),
    };
    let as_json = arguments.json;
    if !as_json {
        output::explain(&format!("Checking {server}."));
    }
    let report = until_interrupted(check, |step| {
        output::result(&if as_json {
            json::step(step)
        } else {
            text::step(step)
        });
    })
    .await?;
    output::result(&if as_json {
        json::summary(&report)
    } else {
        text::summary(&report)
    });
    if let Some(file) = &arguments.junit {
        write_junit(file, &report)?;
    }
    Ok(exit_of(&report))
}

/// Stops a check when its user or the system wants that, once it has removed what it made; a second time, at once.
async fn until_interrupted(
    check: check::Check,
    told: impl FnMut(&Step),
) -> Result<Report, Failure> {
    let mut interruption = Interruption::listen().map_err(|error| cannot_listen(&error))?;
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async {
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let mut running = pin!(check.run(stopped, told));
    let mut stop = Some(stop);
    loop {
        tokio::select! {
            report = &mut running => return Ok(report),
            () = interruption.next() => {
                let Some(stop) = stop.take() else {
                    return Err(Failure::from(Diagnosis::of(Code::Interrupted)
                        .saying("The check was stopped before it had removed what it made.")
                        .hinting("An administrator can remove it: `revui list`, `revui delete ID`.")));
                };
                output::explain("Stopping. What the check has made is removed.");
                // It may have come to its end meanwhile.
                let _ = stop.send(());
            }
        }
    }
}

fn exit_of(report: &Report) -> Exit {
    if report.is_interrupted {
        Exit::Resumable
    } else if report.is_signed_out() {
        Exit::SignedOut
    } else if report.failed().next().is_some() {
        Exit::Failed
    } else {
        Exit::Done
    }
}

fn write_junit(file: &Path, report: &Report) -> Result<(), Failure> {
    let written = junit::of(report)
        .and_then(|xml| std::fs::write(file, xml).map_err(|error| error.to_string()));
    written.map_err(|cause| {
        Failure::local(
            "junit_unwritable",
            format!("`{}` could not be written: {cause}.", file.display()),
            "Name another place with --junit.",
        )
    })
}

fn own_account(arguments: &CheckServer) -> Result<Credentials, Failure> {
    if let Some(email) = &arguments.email {
        return Ok(Credentials::Password {
            email: email.clone(),
            password: account::password(email, arguments.password_stdin)?,
        });
    }
    let token = session::variable("REVUI_TOKEN").ok_or_else(|| {
        Failure::signed_out(
            "No account is named to check with.",
            "Name one with --email, or set REVUI_TOKEN to an access token of the server's.",
        )
    })?;
    Ok(Credentials::Token(Secret::from(token.trim())))
}

fn other_account(arguments: &CheckServer) -> Result<Option<Credentials>, Failure> {
    let Some(email) = &arguments.other_email else {
        let token = session::variable("REVUI_OTHER_TOKEN");
        return Ok(token.map(|token| Credentials::Token(Secret::from(token.trim()))));
    };
    let password = match session::variable("REVUI_OTHER_PASSWORD") {
        Some(password) => Secret::from(password),
        None => account::password(email, arguments.password_stdin)?,
    };
    Ok(Some(Credentials::Password {
        email: email.clone(),
        password,
    }))
}

async fn recording(id: &RecordingId, as_json: bool) -> Result<Exit, Failure> {
    let (client, _) = session::open_signed_in().await?;
    let answers = awaited(client.check_recording(id)).await?;
    for answer in &answers {
        output::result(&if as_json {
            json::answer(answer)
        } else {
            text::answer(answer)
        });
    }
    let failed = answers
        .iter()
        .any(|answer| matches!(answer.verdict, check::Verdict::Failed(_)));
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

/// What a report is called.
pub(crate) fn title(server: &ServerOrigin) -> String {
    format!("revui check {server}")
}
