//! For programs: one object a line. Fields are only ever added; `version` of the summary changes if one must change.

use client::check::recording::Answer;
use client::check::{Exchange, Report, Step, Verdict};
use serde_json::{Map, Value, json};

use super::counts;

/// The version of these lines.
const VERSION: u32 = 1;

/// A step, with everything that was exchanged.
pub(crate) fn step(step: &Step) -> String {
    let mut line = judged(
        "step",
        step.name.code(),
        &step.verdict,
        step.elapsed.as_millis(),
    );
    let exchanges: Vec<Value> = step.exchanges.iter().map(exchange).collect();
    line.insert("exchanges".to_owned(), Value::from(exchanges));
    Value::from(line).to_string()
}

/// What was found about a recording.
pub(crate) fn answer(answer: &Answer) -> String {
    let code = answer.question.code();
    Value::from(judged(
        "answer",
        code,
        &answer.verdict,
        answer.elapsed.as_millis(),
    ))
    .to_string()
}

fn judged(event: &str, code: &str, verdict: &Verdict, milliseconds: u128) -> Map<String, Value> {
    let mut line = Map::new();
    let mut add = |name: &str, value: Value| line.insert(name.to_owned(), value);
    add("event", event.into());
    add(event, code.into());
    match verdict {
        Verdict::Passed(found) => {
            add("result", "passed".into());
            add("found", found.as_str().into());
        }
        Verdict::Skipped(why) => {
            add("result", "skipped".into());
            add("why", why.as_str().into());
        }
        Verdict::Failed(fault) => {
            add("result", "failed".into());
            add("wanted", fault.wanted.as_str().into());
            add("found", fault.found.as_str().into());
            add("whose", json!(fault.whose));
            add("mend", fault.mend.as_str().into());
        }
    }
    add(
        "elapsedMs",
        u64::try_from(milliseconds).unwrap_or(u64::MAX).into(),
    );
    line
}

/// An exchange, as it may be shown.
pub(super) fn exchange(exchange: &Exchange) -> Value {
    json!({
        "method": exchange.method,
        "address": exchange.address,
        "sent": exchange.sent,
        "status": exchange.status,
        "received": exchange.received,
        "elapsedMs": u64::try_from(exchange.elapsed.as_millis()).unwrap_or(u64::MAX),
    })
}

/// The last line.
pub(crate) fn summary(report: &Report) -> String {
    let [passed, failed, skipped] = counts(report);
    json!({
        "event": "summary",
        "version": VERSION,
        "server": report.server.as_str(),
        "beganAt": report.began_at.to_string(),
        "passed": passed,
        "failed": failed,
        "skipped": skipped,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::super::tests::report;
    use super::*;

    #[test]
    fn programs_read_a_line_a_step() {
        let report = report();
        let mut lines: Vec<String> = report.steps.iter().map(step).collect();
        lines.push(summary(&report));
        insta::assert_snapshot!("check_json", lines.join("\n"));
    }
}
