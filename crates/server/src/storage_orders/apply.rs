//! `storage apply`: shows the plan, asks, and sets what differs.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;

use serde_json::{Value, json};
use storage::apply::{Outcome, Step, apply};

use super::{Room, plan, print, print_json};
use crate::Failure;

/// How long a policy waits for IAM to tell S3 of a user that was just made.
const PRINCIPAL_PAUSE: Duration = Duration::from_secs(3);

/// Sets what differs, after asking. `yes` was said on the command line.
pub(crate) async fn carry_out(room: &Room, yes: bool, allow_weaker: bool) -> Result<(), Failure> {
    let (cloud, plan) = plan::make(room, allow_weaker).await?;
    if !room.json {
        print(&plan::told(&plan))?;
    }
    if plan.is_barred() {
        if room.json {
            print_json(
                &json!({ "applied": [], "conflicts": plan.conflicts, "findings": plan.findings }),
            )?;
        }
        return Err(refused(
            "nothing was set: what is refused or blocked above comes first",
        ));
    }
    let count = plan.to_be_written().count();
    if count == 0 {
        if room.json {
            print_json(&json!({ "applied": [] }))?;
        } else {
            print("Nothing to set.\n")?;
        }
        return Ok(());
    }
    if !yes && !agreed(count)? {
        return Err(refused("nothing was set"));
    }
    let is_told = !room.json;
    let applied = apply(&cloud, &plan, PRINCIPAL_PAUSE, |step| {
        if is_told {
            // A pipe that nobody reads any more is no reason to stop half-way.
            let _ = print(&line(step));
        }
    })
    .await;
    match applied {
        Ok(steps) => {
            if room.json {
                let steps: Vec<Value> = steps.iter().map(told).collect();
                print_json(&json!({ "applied": steps }))?;
            }
            Ok(())
        }
        Err(error) => {
            if is_told {
                print(&format!("not set   {}\n", error.left.join(", ")))?;
            } else {
                print_json(&json!({ "failed": error.id, "left": error.left, "mend": error.mend }))?;
            }
            Err(Failure::Other(error.into()))
        }
    }
}

fn refused(why: &str) -> Failure {
    Failure::Other(why.to_owned().into())
}

/// Without a terminal nobody can be asked, and then nothing is set.
fn agreed(count: usize) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(refused(
            "nothing was set: say --yes where nobody can be asked",
        ));
    }
    let mut error = io::stderr().lock();
    write!(error, "Set {count} things? [y/N] ")?;
    error.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn line(step: &Step) -> String {
    let id = &step.id;
    match &step.outcome {
        Outcome::KeyMade(key) => format!(
            "set       {id}: shown this once, and kept nowhere; put it where secrets are kept\n\n\
             AWS_ACCESS_KEY_ID={}\nAWS_SECRET_ACCESS_KEY={}\n\n",
            key.access_key_id,
            key.secret_access_key.expose()
        ),
        Outcome::Lacking(instead) => format!("lacking   {id}: {instead}\n"),
        Outcome::NotShown { found } => format!(
            "taken     {id}: the store took it, and shows {}; `plan` in a minute tells whether it holds\n",
            found
                .as_ref()
                .map_or("nothing".to_owned(), Value::to_string)
        ),
        _ => format!("set       {id}\n"),
    }
}

fn told(step: &Step) -> Value {
    let id = &step.id;
    match &step.outcome {
        Outcome::KeyMade(key) => json!({ "id": id, "outcome": "key-made", "accessKey": {
            "accessKeyId": key.access_key_id,
            "secretAccessKey": key.secret_access_key.expose(),
        }}),
        Outcome::Lacking(instead) => json!({ "id": id, "outcome": "lacking", "mend": instead }),
        Outcome::NotShown { found } => json!({ "id": id, "outcome": "not-shown", "found": found }),
        _ => json!({ "id": id, "outcome": "written" }),
    }
}
