//! How a check is told: lines for people, JSON for programs, `JUnit` for what shows test results. What was sent and received
//! comes here without anything secret in it.

pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod text;

use client::check::{Report, Verdict};

/// How many steps passed, failed and were skipped.
pub(crate) fn counts(report: &Report) -> [usize; 3] {
    let mut counts = [0; 3];
    for step in &report.steps {
        counts[match step.verdict {
            Verdict::Passed(_) => 0,
            Verdict::Failed(_) => 1,
            Verdict::Skipped(_) => 2,
        }] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    //! A check that went wrong in one place, made by hand.

    use std::time::Duration;

    use client::ServerOrigin;
    use client::check::{Exchange, Fault, Name, Report, Step, Verdict, Whose};
    use serde_json::json;

    pub(super) fn report() -> Report {
        let step = |name, verdict, milliseconds, exchanges| Step {
            name,
            verdict,
            elapsed: Duration::from_millis(milliseconds),
            exchanges,
        };
        let fault = Fault {
            wanted: "status 200".to_owned(),
            found: "status 403, SignatureDoesNotMatch".to_owned(),
            whose: Whose::Backend,
            mend: "The backend signs with a wrong secret key.".to_owned(),
        };
        let put = Exchange {
            method: "PUT".to_owned(),
            address: "https://b.s3.example/acme/t/u/1_revui-check.webm?X-Amz-Signature=…"
                .to_owned(),
            sent: None,
            status: Some(403),
            received: Some(json!(
                "<Error>\u{1b}[2J<Code>SignatureDoesNotMatch</Code></Error>"
            )),
            elapsed: Duration::from_millis(38),
        };
        Report {
            server: ServerOrigin::parse("https://recordings.example").unwrap(),
            began_at: "2026-11-28T10:00:00Z".parse().unwrap(),
            is_interrupted: false,
            steps: vec![
                step(
                    Name::Resolve,
                    Verdict::Passed("192.0.2.7".to_owned()),
                    3,
                    Vec::new(),
                ),
                step(Name::Upload, Verdict::Failed(fault), 41, vec![put]),
                step(
                    Name::Complete,
                    Verdict::Skipped("nothing was uploaded".to_owned()),
                    0,
                    Vec::new(),
                ),
            ],
        }
    }
}
