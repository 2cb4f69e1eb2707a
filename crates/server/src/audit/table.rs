//! The trail as a table: comma-separated values (RFC 4180) for a spreadsheet.

use wire::{ActorKind, AuditEvent, AuditOutcome};

/// The columns.
const COLUMNS: [&str; 12] = [
    "at",
    "action",
    "outcome",
    "recordingId",
    "actor",
    "userId",
    "role",
    "tenantId",
    "address",
    "requestId",
    "detail",
    "id",
];

/// The first line.
pub(crate) fn head() -> Result<Vec<u8>, csv::Error> {
    write([COLUMNS.map(str::to_owned)])
}

/// The lines of some events.
pub(crate) fn lines(events: Vec<AuditEvent>) -> Result<Vec<u8>, csv::Error> {
    write(events.into_iter().map(cells))
}

fn write(records: impl IntoIterator<Item = [String; 12]>) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for record in records {
        writer.write_record(record.map(harmless))?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

fn cells(event: AuditEvent) -> [String; 12] {
    let actor = event.actor;
    let detail = if event.detail.is_empty() {
        String::new()
    } else {
        serde_json::Value::from_iter(event.detail).to_string()
    };
    [
        event.at.to_string(),
        event.action,
        outcome(event.outcome).to_owned(),
        event
            .recording_id
            .map(|id| id.to_string())
            .unwrap_or_default(),
        kind(actor.kind).to_owned(),
        actor.user_id.map(|id| id.to_string()).unwrap_or_default(),
        actor.role.map(|role| role.to_string()).unwrap_or_default(),
        actor.tenant_id.map(|id| id.to_string()).unwrap_or_default(),
        actor.address.unwrap_or_default(),
        actor.request_id.unwrap_or_default(),
        detail,
        event.id,
    ]
}

/// A spreadsheet takes a cell that begins so for a formula, and would run what somebody wrote as a file's name. A quote
/// before it makes it text.
/// Source: <https://owasp.org/www-community/attacks/CSV_Injection>
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        return format!("'{cell}");
    }
    cell
}

/// As the database and the tables write it.
pub(crate) fn outcome(outcome: AuditOutcome) -> &'static str {
    match outcome {
        AuditOutcome::Done => "done",
        AuditOutcome::Refused => "refused",
        AuditOutcome::Failed => "failed",
        AuditOutcome::Unknown => "unknown",
    }
}

/// As the database and the tables write it.
pub(crate) fn kind(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::User => "user",
        ActorKind::Server => "server",
        ActorKind::Operator => "operator",
        ActorKind::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;
    use wire::{AuditActor, Role};

    use super::*;

    fn event(user: &str, file: &str) -> AuditEvent {
        AuditEvent {
            id: "e".to_owned(),
            at: Timestamp::from_second(0).unwrap(),
            actor: AuditActor {
                kind: ActorKind::User,
                user_id: Some(user.into()),
                role: Some(Role::Admin),
                tenant_id: None,
                address: Some("::1".to_owned()),
                request_id: Some("r".to_owned()),
            },
            action: "recording.open".to_owned(),
            recording_id: Some("id".into()),
            outcome: AuditOutcome::Done,
            detail: [("file".to_owned(), json!(file))].into_iter().collect(),
        }
    }

    #[test]
    fn quotes_commas_and_lines_stay_in_their_cell() {
        let lines = String::from_utf8(lines(vec![event("u", "a,\"b\"\nc")]).unwrap()).unwrap();
        assert_eq!(
            lines,
            "1970-01-01T00:00:00Z,recording.open,done,id,user,u,ADMIN,,::1,r,\
             \"{\"\"file\"\":\"\"a,\\\"\"b\\\"\"\\nc\"\"}\",e\r\n"
        );
        let head = String::from_utf8(head().unwrap()).unwrap();
        assert!(
            head.starts_with("at,action,outcome,recordingId,actor,userId,"),
            "{head}"
        );
    }

    #[test]
    fn nothing_that_somebody_wrote_becomes_a_formula() {
        for (cell, expected) in [
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell.to_owned()), expected);
        }
        let lines = String::from_utf8(lines(vec![event("=1+1", "a")]).unwrap()).unwrap();
        assert!(lines.contains(",'=1+1,"), "{lines}");
    }
}
