//! For what shows test results: one suite, a test case a step, as `JUnit`'s XML has them.

use std::time::Duration;

use client::check::{Report, Verdict};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::json;
use crate::commands::check_title;

/// The whole file; the error is what could not be written.
pub(crate) fn of(report: &Report) -> Result<String, String> {
    let mut suite = TestSuite::new(check_title(&report.server));
    for step in &report.steps {
        let status = match &step.verdict {
            Verdict::Passed(_) => TestCaseStatus::success(),
            Verdict::Skipped(why) => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(why.as_str());
                status
            }
            Verdict::Failed(fault) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_type(fault.whose.to_string());
                status.set_message(format!("wanted {}, found {}", fault.wanted, fault.found));
                status.set_description(format!("Whose it is: {}. {}", fault.whose, fault.mend));
                status
            }
        };
        let mut case = TestCase::new(step.name.title(), status);
        case.set_classname(step.name.code());
        case.set_time(step.elapsed);
        if !step.exchanges.is_empty() {
            let lines: Vec<String> = step
                .exchanges
                .iter()
                .map(|one| json::exchange(one).to_string())
                .collect();
            case.set_system_out(lines.join("\n"));
        }
        suite.add_test_case(case);
    }
    let elapsed: Duration = report.steps.iter().map(|step| step.elapsed).sum();
    suite.set_time(elapsed);
    let mut all = quick_junit::Report::new("revui check");
    all.set_time(elapsed);
    all.add_test_suite(suite);
    all.to_string().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::tests::report;

    #[test]
    fn test_tools_read_a_case_a_step() {
        insta::assert_snapshot!("check_junit", super::of(&report()).unwrap());
    }
}
