//! `storage plan`: what differs from what is to be. Nothing is written.

use std::fmt::Write as _;

use serde_json::Value;
use storage::cloud::Cloud;
use storage::desired::Account;
use storage::difference::{Finding, Verdict};
use storage::plan::Plan;

use super::{Room, print, print_json, section};
use crate::Failure;

/// Shows how everything stands. It ends with 3 when something is to be done.
pub(crate) async fn show(room: &Room, allow_weaker: bool) -> Result<(), Failure> {
    let (_, plan) = make(room, allow_weaker).await?;
    if room.json {
        let plan_json =
            serde_json::to_value(&plan).map_err(|error| Failure::Other(error.into()))?;
        print_json(&plan_json)?;
    } else {
        print(&told(&plan))?;
    }
    if plan.is_settled() {
        Ok(())
    } else {
        Err(Failure::Findings)
    }
}

/// Looks at everything.
pub(crate) async fn make(room: &Room, allow_weaker: bool) -> Result<(Cloud, Plan), Failure> {
    let cloud = room.cloud().await?;
    let account: Option<Account> = room.account(&cloud).await?;
    let plan = Plan::make(&cloud, &room.settings, account.as_ref(), allow_weaker)
        .await
        .map_err(|error| Failure::Other(error.into()))?;
    Ok((cloud, plan))
}

/// The plan, for people.
pub(crate) fn told(plan: &Plan) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{} in {}, profile {}\n",
        plan.bucket, plan.region, plan.profile
    );
    for finding in &plan.findings {
        tell(&mut text, finding);
    }
    for (heading, conflicts) in [
        ("Refused, for together these bite:", &plan.conflicts),
        ("Warned of, for it has a price:", &plan.warnings),
    ] {
        let lines = conflicts.iter().map(|conflict| {
            format!(
                "{}: {}\n    mend: {}",
                conflict.code, conflict.what, conflict.mend
            )
        });
        section(&mut text, heading, &lines.collect::<Vec<_>>());
    }
    section(&mut text, "Left out:", &plan.left_out);
    let advice = plan.advice.iter();
    let advice: Vec<String> = advice
        .map(|advice| format!("{}: {}\n    {}", advice.topic, advice.what, advice.step))
        .collect();
    section(
        &mut text,
        "Left to you, for no bucket's API sets it or nobody has asked for it:",
        &advice,
    );
    let _ = writeln!(text, "\n{}", sum(plan));
    text
}

fn tell(text: &mut String, finding: &Finding) {
    let sign = match finding.verdict {
        Verdict::Holds => "ok      ",
        Verdict::Stricter => "stricter",
        Verdict::Missing => "missing ",
        Verdict::Differs => "differs ",
        Verdict::Lacking => "lacking ",
        Verdict::Blocked => "BLOCKED ",
    };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{sign}  {} ({})", finding.id, finding.name);
    let mut line = |name: &str, said: &str| {
        let _ = writeln!(text, "            {name:<7} {said}");
    };
    if !matches!(finding.verdict, Verdict::Holds | Verdict::Stricter) {
        line("wanted:", &finding.wanted.to_string());
        let found = finding
            .found
            .as_ref()
            .map_or("nothing".to_owned(), Value::to_string);
        if finding.verdict != Verdict::Lacking {
            line("found:", &found);
        }
        line("why:", finding.why);
        line("mend:", &finding.mend);
    }
    for kept in &finding.kept {
        line("kept:", kept);
    }
}

fn sum(plan: &Plan) -> String {
    let count = |verdict| {
        let findings = plan.findings.iter();
        findings
            .filter(|finding| finding.verdict == verdict)
            .count()
    };
    format!(
        "{} hold, {} stricter, {} to be set, {} lacking here, {} blocked, {} refused",
        count(Verdict::Holds),
        count(Verdict::Stricter),
        plan.to_be_written().count(),
        count(Verdict::Lacking),
        count(Verdict::Blocked),
        plan.conflicts.len()
    )
}
