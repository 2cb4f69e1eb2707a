//! `apply`: what differs is written, one thing after the other, and each looked at again. It stops at the first that is
//! refused; the next run finds what was written, and goes on from there.

use std::time::Duration;

use serde_json::Value;

use crate::Refusal;
use crate::cloud::Cloud;
use crate::desired::{Item, Setting};
use crate::difference::{Finding, normal};
use crate::observed::is_lacking;
use crate::plan::Plan;
use crate::reasons;
use crate::remote;

pub use crate::remote::{NewKey, WriteError};

/// How often a policy is tried whose principal was made a moment ago: IAM tells S3 of it within seconds.
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html>
const PRINCIPAL_ATTEMPTS: u32 = 15;

/// One thing that was written.
#[derive(Debug, Clone)]
pub struct Step {
    /// `recordings.encryption`
    pub id: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of writing one thing.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Outcome {
    /// It is set.
    Written,
    /// It is made; nobody can ask for the secret half again.
    KeyMade(NewKey),
    /// The store knows no such setting; what to do instead.
    Lacking(String),
    /// The store took it, and shows something else.
    NotShown {
        /// What it shows.
        found: Option<Value>,
    },
}

/// It stopped: what was written stays, and the next run goes on from there.
#[derive(Debug, thiserror::Error)]
#[error("{id} of {name} could not be set: {mend}")]
pub struct ApplyError {
    /// `recordings.encryption`
    pub id: String,
    /// The bucket, user or role.
    pub name: String,
    /// What to do.
    pub mend: String,
    /// What was not reached, this one included.
    pub left: Vec<String>,
    /// Why.
    #[source]
    pub source: WriteError,
}

/// Writes what differs, in order, and tells of each step. `pause` is waited before a policy is tried again whose principal
/// is not known yet. A plan that is barred is the caller's to refuse.
///
/// Dropping the future stops between two writes or within one; what was written stays.
pub async fn apply(
    cloud: &Cloud,
    plan: &Plan,
    pause: Duration,
    mut told: impl FnMut(&Step),
) -> Result<Vec<Step>, ApplyError> {
    let mut steps = Vec::new();
    let findings: Vec<&Finding> = plan.to_be_written().collect();
    for (index, finding) in findings.iter().enumerate() {
        let outcome = match write(cloud, finding, pause).await {
            Ok(outcome) => outcome,
            Err(source) => {
                let left = findings[index..].iter();
                return Err(ApplyError {
                    id: finding.id.clone(),
                    name: finding.name.clone(),
                    mend: mend(&finding.item, &source),
                    left: left.map(|finding| finding.id.clone()).collect(),
                    source,
                });
            }
        };
        let step = Step {
            id: finding.id.clone(),
            outcome,
        };
        told(&step);
        steps.push(step);
    }
    Ok(steps)
}

fn mend(item: &Item, error: &WriteError) -> String {
    match error {
        WriteError::Refused { source } => reasons::unwritable(item, source),
        other => other.to_string(),
    }
}

async fn write(cloud: &Cloud, finding: &Finding, pause: Duration) -> Result<Outcome, WriteError> {
    let item = &finding.item;
    let document = finding.target.as_ref().unwrap_or(&finding.wanted);
    let is_new = finding.found.is_none();
    let mut attempt = 1;
    let written = loop {
        match remote::write(cloud, item, document, is_new).await {
            Err(WriteError::Refused { source })
                if attempt < PRINCIPAL_ATTEMPTS && is_unknown_principal(item, &source) =>
            {
                attempt += 1;
                tokio::time::sleep(pause).await;
            }
            written => break written,
        }
    };
    match written {
        Ok(Some(key)) => Ok(Outcome::KeyMade(key)),
        Ok(None) => Ok(shown(cloud, item, document).await),
        Err(WriteError::Refused { source }) if is_lacking(&source, cloud.is_compatible()) => Ok(
            Outcome::Lacking(reasons::instead(item, &source.to_string())),
        ),
        Err(error) => Err(error),
    }
}

/// A user or a role that was made a moment ago is not known everywhere yet.
fn is_unknown_principal(item: &Item, refusal: &Refusal) -> bool {
    let names_somebody = matches!(
        item.setting,
        Setting::Policy | Setting::Trust | Setting::Replication
    );
    let is_malformed = matches!(
        refusal.code(),
        Some("MalformedPolicy" | "MalformedPolicyDocument")
    );
    let says_principal = matches!(refusal, Refusal::Answered { message: Some(message), .. }
        if message.to_lowercase().contains("principal"));
    names_somebody && is_malformed && says_principal
}

/// Looks at what was just written: a store that takes a setting and keeps nothing is told.
async fn shown(cloud: &Cloud, item: &Item, document: &Value) -> Outcome {
    match remote::read(cloud, item).await {
        Ok(found) => {
            let is_same = found
                .as_ref()
                .is_some_and(|found| normal(item.setting, found) == normal(item.setting, document));
            if is_same {
                Outcome::Written
            } else {
                Outcome::NotShown { found }
            }
        }
        // Some stores pass over what they do not know, and say that all is well.
        Err(refusal) if is_lacking(&refusal, cloud.is_compatible()) => {
            Outcome::Lacking(reasons::instead(item, &refusal.to_string()))
        }
        // It was taken; the next plan tells what can be seen.
        Err(_) => Outcome::Written,
    }
}
