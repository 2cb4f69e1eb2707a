//! For people: a line a step; of one that failed also what was wanted, whose it is, how to mend it, and what was exchanged.

use client::check::recording::Answer;
use client::check::{Exchange, Report, Step, Verdict};

use super::counts;
use crate::output::{harmless, quantity};

/// A step.
pub(crate) fn step(step: &Step) -> String {
    let mut text = line(step.name.title(), &step.verdict);
    if matches!(step.verdict, Verdict::Failed(_)) {
        for exchange in &step.exchanges {
            text.push_str("\n        ");
            text.push_str(&harmless(&exchanged(exchange)));
        }
    }
    text
}

/// What was found about a recording.
pub(crate) fn answer(answer: &Answer) -> String {
    line(answer.question.title(), &answer.verdict)
}

fn line(title: &str, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Passed(found) => format!("ok    {title}: {}", harmless(found)),
        Verdict::Skipped(why) => format!("skip  {title}: {}", harmless(why)),
        Verdict::Failed(fault) => {
            let told = [
                ("wanted", fault.wanted.as_str()),
                ("found", &fault.found),
                ("whose", &fault.whose.to_string()),
                ("mend", &fault.mend),
            ]
            .map(|(name, value)| format!("\n        {name:<7} {}", harmless(value)));
            format!("FAIL  {title}{}", told.concat())
        }
    }
}

fn exchanged(exchange: &Exchange) -> String {
    let status = exchange
        .status
        .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let milliseconds = exchange.elapsed.as_millis();
    let mut text = format!(
        "{} {} -> {status} ({milliseconds} ms)",
        exchange.method, exchange.address
    );
    if let Some(received) = &exchange.received {
        let received = received
            .as_str()
            .map_or_else(|| received.to_string(), str::to_owned);
        text.push(' ');
        text.push_str(&received);
    }
    text
}

/// The last line.
pub(crate) fn summary(report: &Report) -> String {
    let [passed, failed, skipped] = counts(report);
    let elapsed: std::time::Duration = report.steps.iter().map(|step| step.elapsed).sum();
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    format!(
        "{passed} passed, {failed} failed, {skipped} skipped in {}",
        quantity::span_of_milliseconds(milliseconds)
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::report;
    use super::*;

    #[test]
    fn people_read_what_is_wrong_and_whose_it_is() {
        let report = report();
        let mut lines: Vec<String> = report.steps.iter().map(step).collect();
        lines.push(summary(&report));
        insta::assert_snapshot!("check_text", lines.join("\n"));
    }
}
