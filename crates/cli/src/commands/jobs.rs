//! `resume`, `pause`, `limit`, `cancel`: uploads that the journal keeps, whichever program works on them.

use client::{Client, Code, Diagnosis, JobId, Phase, StoredJob, Wish};

use super::following::{Begun, Watch};
use super::left::LeftBehind;
use super::upload::cannot_listen;
use crate::arguments::{Rate, Resume};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::output::{self, quantity};
use crate::report::{self, Item, Report};
use crate::{session, silence};

/// `revui resume`.
pub(super) async fn resume(arguments: Resume) -> Result<Exit, Failure> {
    let Resume { job, watching } = arguments;
    if watching.json {
        silence::is_fine();
    }
    let mut interruption = Interruption::listen().map_err(|error| cannot_listen(&error))?;
    let (client, interrupted) = session::open_for_upload_until(&mut interruption).await?;
    let mut stored = client.stored()?;
    if let Some(wanted) = &job {
        let job = find(stored.iter().map(|job| &job.snapshot.job), wanted)?.clone();
        stored.retain(|stored| stored.snapshot.job == job);
        if stored.iter().any(|stored| stored.busy) {
            client.wish(&job, Wish::Resume).await?;
            output::explain(&format!("{job}: goes on in the program that works on it."));
            return Ok(Exit::Done);
        }
    }
    if job.is_none() {
        name_what_was_left(&client, watching.json).await;
    }
    let (unfinished, left): (Vec<_>, Vec<_>) = stored
        .into_iter()
        .partition(|job| is_unfinished(&job.snapshot.phase));
    for job in &left {
        mention(job);
    }
    let damaged = if job.is_none() {
        client.damaged()?
    } else {
        Vec::new()
    };
    for job in &damaged {
        mention_damaged(job);
    }
    let otherwise = if damaged.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    };
    if unfinished.is_empty() {
        output::explain("There is nothing to go on with.");
        return Ok(otherwise);
    }
    let several = unfinished.len() > 1;
    let mut report = report::choose(watching.json, several);
    let mut begun = Vec::new();
    for job in unfinished {
        begun.extend(go_on(&client, job, report.as_mut()).await);
    }
    let exit = Watch {
        client: &client,
        report: report.as_mut(),
        interruption: &mut interruption,
        interrupted,
        max_wait: watching.max_wait,
        folder: None,
        holds_for_review: false,
    }
    .all(begun, several)
    .await;
    Ok(if exit == Exit::Done { otherwise } else { exit })
}

/// `None` for one that another program has brought to its end since it was listed: nobody has to do anything about it.
async fn go_on(client: &Client, job: StoredJob, report: &mut dyn Report) -> Option<Begun> {
    let id = job.snapshot.job;
    let item = Item {
        job: Some(id.clone()),
        file: job.snapshot.path.display().to_string(),
        name: job.snapshot.file_name,
    };
    if job.busy {
        return Some(Begun::refused(item, Diagnosis::of(Code::JobBusy)));
    }
    let is_paused = job.snapshot.phase.is_paused();
    let upload = client.resume(&id).await;
    match &upload {
        Ok(upload) => {
            if is_paused {
                upload.resume();
            }
            // Whoever goes on with a recording that waited for a look at it wants it uploaded.
            upload.approve();
        }
        Err(error) if error.diagnosis().code == Code::UnknownJob => {
            output::explain(&format!(
                "{id}: another program has brought it to its end meanwhile."
            ));
            return None;
        }
        Err(_) => {}
    }
    Some(Begun::new(item, upload, report))
}

/// Whether going on with it can lead anywhere.
fn is_unfinished(phase: &Phase) -> bool {
    match phase {
        Phase::Done(_) | Phase::Cancelled => false,
        Phase::Failed(diagnosis) => diagnosis.retryable,
        _ => true,
    }
}

/// What was recorded before without a job that could be gone on with.
async fn name_what_was_left(client: &Client, as_json: bool) {
    for found in LeftBehind::of(client.clone()).at_first().await {
        if as_json {
            output::result(&found.as_json());
        } else {
            output::explain(&found.as_text());
        }
    }
}

/// A failed job is not tried again in vain, nor passed over in silence.
fn mention(job: &StoredJob) {
    if let Phase::Failed(diagnosis) = &job.snapshot.phase {
        output::explain(&format!(
            "{}: not tried again. {} (code: {})\n  file: {}\n  `revui cancel {}` forgets it.",
            output::harmless(&job.snapshot.file_name),
            diagnosis.message,
            diagnosis.code,
            output::harmless(&job.snapshot.path.display().to_string()),
            job.snapshot.job,
        ));
    }
}

/// What cannot be gone on with because nobody knows any more what it was is not passed over in silence either.
fn mention_damaged(job: &JobId) {
    output::explain(&format!(
        "{job}: the record of this upload is damaged and cannot be used. Its file is where it was: upload it again.\n  \
         `revui cancel {job}` forgets it."
    ));
}

/// `revui pause JOB`.
pub(super) async fn pause(wanted: &str) -> Result<Exit, Failure> {
    let job = wish(wanted, Wish::Pause).await?;
    output::explain(&format!(
        "{job}: paused. `revui resume {job}` goes on with it."
    ));
    Ok(Exit::Done)
}

/// `revui limit JOB RATE`.
pub(super) async fn limit(wanted: &str, rate: Rate) -> Result<Exit, Failure> {
    let Rate(bytes_per_second) = rate;
    let job = wish(wanted, Wish::Limit { bytes_per_second }).await?;
    let told = match bytes_per_second {
        Some(limit) => format!("goes at {} a second at most", quantity::size(limit.get())),
        None => "goes as fast as it can".to_owned(),
    };
    output::explain(&format!("{job}: {told}."));
    Ok(Exit::Done)
}

async fn wish(wanted: &str, wish: Wish) -> Result<JobId, Failure> {
    let client = session::open_for_upload().await?;
    let stored = client.stored()?;
    let job = find(stored.iter().map(|job| &job.snapshot.job), wanted)?;
    client.wish(job, wish).await?;
    Ok(job.clone())
}

/// `revui cancel JOB`.
pub(super) async fn cancel(wanted: &str) -> Result<Exit, Failure> {
    let client = session::open_for_upload().await?;
    let stored = client.stored()?;
    let damaged = client.damaged()?;
    let jobs = stored.iter().map(|job| &job.snapshot.job);
    let job = find(jobs.chain(&damaged), wanted)?;
    if damaged.contains(job) {
        client.cancel(job).await?;
    } else {
        client.wish(job, Wish::Cancel).await?;
    }
    output::explain(&format!("{job}: given up. The file itself is untouched."));
    Ok(Exit::Done)
}

/// The one job whose name begins like this.
fn find<'a>(jobs: impl Iterator<Item = &'a JobId>, wanted: &str) -> Result<&'a JobId, Failure> {
    let mut matching = jobs.filter(|job| !wanted.is_empty() && job.as_str().starts_with(wanted));
    match (matching.next(), matching.next()) {
        (Some(job), None) => Ok(job),
        (Some(_), Some(_)) => Err(Failure::usage(
            format!("Several uploads begin with `{}`.", output::harmless(wanted)),
            "Give more of its name.",
        )),
        (None, _) => Err(Failure::from(Diagnosis::of(Code::UnknownJob).hinting(
            "`revui upload` and `revui resume` name the uploads that they work on.",
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(name: &str) -> JobId {
        serde_json::from_value(serde_json::Value::from(name)).unwrap()
    }

    #[test]
    fn a_job_is_found_by_the_beginning_of_its_name() {
        let jobs = [job("0193-a"), job("0193-b")];
        assert_eq!(find(jobs.iter(), "0193-b").unwrap(), &jobs[1]);
        assert_eq!(find(jobs.iter(), "0193").unwrap_err().exit(), Exit::Usage);
        for unknown in ["", "b", "0193-c"] {
            let failure = find(jobs.iter(), unknown).unwrap_err();
            assert!(failure.to_string().contains("unknown_job"), "{failure}");
        }
    }

    #[test]
    fn what_can_lead_nowhere_is_left() {
        let failed = |code| Phase::Failed(Diagnosis::of(code));
        for (phase, goes_on) in [
            (Phase::Stopped, true),
            (failed(Code::SourceGone), true),
            (failed(Code::SourceChanged), false),
            (Phase::Cancelled, false),
        ] {
            assert_eq!(is_unfinished(&phase), goes_on, "{phase:?}");
        }
    }
}
