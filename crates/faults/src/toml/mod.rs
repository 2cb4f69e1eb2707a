//! Faults as a tester writes them.

mod fields;
mod units;

use ::toml::de::DeTable;

use self::fields::Fields;
use crate::answer::{Answer, Body, Close, Reads};
use crate::rule::{Break, Direction, Fault, Faults, First, Rule, Server, When};

/// Why a text says nothing about faults.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct FaultsError {
    /// Where, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// It is no TOML.
    #[error("{message}")]
    Syntax {
        /// What the parser says.
        message: String,
    },
    /// Something is asked for that doesn't exist, or not with this fault.
    #[error("`{key}` means nothing here; known are {known}")]
    UnknownKey {
        /// The key.
        key: String,
        /// Those that mean something.
        known: String,
    },
    /// Something is left out.
    #[error("`{key}` is missing")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// A value is not of the kind that is meant.
    #[error("`{key}` must be {expected}")]
    Value {
        /// The key.
        key: String,
        /// What it can be.
        expected: &'static str,
    },
}

const FAULTS: &str = "\"latency\", \"bandwidth\", \"cut\", \"corrupt\", \"black-hole\", \"refuse\", \
                      \"captive-portal\", \"unavailable\", \"error-in-success\", \"swallow-reply\", \"no-etag\", \
                      \"archived\", \"duplicate\", \"clock\", \"huge-answer\", \"huge-headers\" or \"redirect\"";

impl Faults {
    /// Reads rules as they are described at the top of this crate.
    pub fn from_toml(text: &str) -> Result<Self, FaultsError> {
        let document = DeTable::parse(text).map_err(|error| {
            let begin = error.span().map_or(0, |span| span.start);
            FaultsError {
                line: fields::line(text, begin),
                problem: Problem::Syntax {
                    message: error.message().to_owned(),
                },
            }
        })?;
        let mut document = Fields::new(text, &document);
        let tables = document.tables("rule")?;
        document.finish()?;
        let rules: Result<Vec<_>, _> = (1..)
            .zip(tables)
            .map(|(number, table)| rule(number, table))
            .collect();
        Ok(Self { rules: rules? })
    }
}

fn rule(number: usize, mut fields: Fields<'_>) -> Result<Rule, FaultsError> {
    let kind = fields.required("fault", FAULTS, |value| value.as_str().map(str::to_owned))?;
    let name = fields.text("name")?;
    let when = When {
        to: fields.choice(
            "to",
            "\"backend\" or \"store\"",
            &[("backend", Server::Backend), ("store", Server::Store)],
        )?,
        methods: fields
            .texts("method")?
            .into_iter()
            .map(|method| method.to_ascii_uppercase())
            .collect(),
        path: fields.text("path")?.map(crate::Pattern::new),
        parts: fields.ranges("part")?,
        nth: fields.numbers("nth")?,
        times: fields.number("times")?,
    };
    let fault = fault(&kind, &mut fields)?;
    fields.finish()?;
    Ok(Rule {
        name: name.unwrap_or_else(|| format!("{kind}-{number}")),
        when,
        fault,
    })
}

fn fault(kind: &str, fields: &mut Fields<'_>) -> Result<Fault, FaultsError> {
    Ok(match kind {
        "latency" => Fault::Latency {
            request: fields.duration("delay")?.unwrap_or_default(),
            answer: fields.duration("answer_delay")?.unwrap_or_default(),
        },
        "bandwidth" => Fault::Bandwidth {
            upload: fields.rate("upload")?,
            download: fields.rate("download")?,
        },
        "cut" => Fault::Cut {
            direction: fields
                .choice(
                    "direction",
                    "\"request\" or \"response\"",
                    &[
                        ("request", Direction::Request),
                        ("response", Direction::Response),
                    ],
                )?
                .unwrap_or(Direction::Request),
            after_bytes: fields.size("after")?.unwrap_or(0),
            how: how(fields)?,
        },
        "corrupt" => Fault::Corrupt {
            at_byte: fields.size("at")?.unwrap_or(0),
        },
        "black-hole" => Fault::BlackHole {
            after_bytes: fields.size("after")?.unwrap_or(0),
            reads: fields.truth("reads")?.unwrap_or(false),
            lasts: fields.duration("lasts")?,
        },
        "swallow-reply" => Fault::SwallowReply { how: how(fields)? },
        "no-etag" => Fault::NoEtag,
        "archived" => Fault::Archived,
        "duplicate" => Fault::Duplicate {
            delay: fields.duration("delay")?.unwrap_or_default(),
            first: fields
                .choice(
                    "first",
                    "\"delivered\" or \"lost\"",
                    &[("delivered", First::Delivered), ("lost", First::Lost)],
                )?
                .unwrap_or(First::Delivered),
        },
        "clock" => clock(fields)?,
        _ => Fault::Answer(answer(kind, fields)?),
    })
}

fn how(fields: &mut Fields<'_>) -> Result<Break, FaultsError> {
    let how = fields.choice(
        "how",
        "\"reset\", \"fin\" or \"hang\"",
        &[
            ("reset", Break::Reset),
            ("fin", Break::Fin),
            ("hang", Break::Hang),
        ],
    )?;
    Ok(how.unwrap_or(Break::Reset))
}

fn clock(fields: &mut Fields<'_>) -> Result<Fault, FaultsError> {
    let ahead = fields.duration("ahead")?;
    let behind = fields.duration("behind")?;
    let seconds =
        |duration: std::time::Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    let ahead_seconds = match (ahead, behind) {
        (Some(ahead), None) => seconds(ahead),
        (None, Some(behind)) => -seconds(behind),
        _ => return Err(fields.missing("ahead")),
    };
    Ok(Fault::Clock { ahead_seconds })
}

/// The faults that are made-up answers.
fn answer(kind: &str, fields: &mut Fields<'_>) -> Result<Answer, FaultsError> {
    let mut answer = match kind {
        "refuse" => refusal(fields)?,
        "captive-portal" => Answer::captive_portal(),
        "unavailable" => {
            let retry_after = fields.duration("retry_after")?;
            let status = fields.status("status")?.unwrap_or(503);
            let answer = Answer::unavailable(retry_after.map(|after| after.as_secs()));
            Answer { status, ..answer }
        }
        "error-in-success" => {
            let code = fields.text("code")?;
            Answer::error_in_success(code.as_deref().unwrap_or("InternalError"))
        }
        "huge-answer" => Answer::huge(fields.size("size")?.unwrap_or(100_000_000)),
        "huge-headers" => Answer::huge_headers(fields.size("size")?.unwrap_or(1_000_000)),
        "redirect" => {
            let expected = "the address to go to";
            let to_text = |value: &::toml::de::DeValue<'_>| value.as_str().map(str::to_owned);
            let location = fields.required("location", expected, to_text)?;
            Answer::redirect(fields.status("status")?.unwrap_or(307), &location)
        }
        _ => return Err(fields.wrong("fault", FAULTS)),
    };
    if let Some(forwarded) = fields.truth("forwarded")? {
        answer.forwarded = forwarded;
    }
    if let Some(body) = fields.text("body")? {
        answer.body = Body::Text(body);
    }
    Ok(answer)
}

/// Before the body is read, unless told.
fn refusal(fields: &mut Fields<'_>) -> Result<Answer, FaultsError> {
    let status = fields.status("status")?.unwrap_or(403);
    let code = fields.text("code")?;
    let message = fields.text("message")?;
    let mut answer = Answer::refusal(
        status,
        code.as_deref().unwrap_or("AccessDenied"),
        message.as_deref().unwrap_or("Access Denied"),
    );
    answer.reads = Reads::Bytes(fields.size("after")?.unwrap_or(0));
    let close = fields.choice(
        "close",
        "\"at-once\", \"linger\" or \"never\"",
        &[
            ("at-once", Close::AtOnce),
            ("linger", Close::Linger),
            ("never", Close::Never),
        ],
    )?;
    answer.close = close.unwrap_or(Close::AtOnce);
    if answer.close == Close::Never {
        answer.reads = Reads::All;
    }
    Ok(answer)
}

#[cfg(test)]
mod tests;
