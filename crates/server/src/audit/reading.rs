//! Reading the trail: `GET /audit`, `GET /audit.csv`, and the operator's order.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use wire::{AuditEvent, AuditOutcome, AuditPage, RecordingId, Role, TenantId, UserId};

use super::{Action, Event, table};
use crate::accounts::Caller;
use crate::app::App;
use crate::cursor;
use crate::db::Database;
use crate::refusal::{Flaw, Refusal};

/// Events of a page when the request does not say.
const DEFAULT_PAGE: u32 = 50;

/// Events of a page at most.
const MAX_PAGE: u32 = 200;

/// Events that a whole trail takes from the database at once.
const TRAIL_PAGE: u32 = 1000;

/// The query of `GET /audit`.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    #[serde(flatten)]
    #[param(ignore)]
    wanted: TrailQuery,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Events of a page at most.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

/// Which events are asked for; everything may be left out.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct TrailQuery {
    /// About this recording.
    pub recording_id: Option<String>,
    /// By this user: an id.
    pub actor: Option<String>,
    /// Of this sort: `recording.initiate`, `recording.renew`, `recording.sign_parts`, `recording.complete`,
    /// `recording.claim_sha256`, `recording.give_up`, `recording.open`, `recording.list`, `recording.check`,
    /// `recording.hold`, `recording.release`, `recording.delete`, `recording.empty`, `session.begin`, `session.end`,
    /// `session.revoke`, `audit.read`, `tenant.add`, `tenant.retention`, `tenant.quota`, `task.add`, `user.add`,
    /// `user.password`, `user.role`, `user.disable`, `user.enable`, `support.ask`,
    /// `support.refuse`, `support.grant`, `support.revoke`.
    pub action: Option<String>,
    /// Not before this moment, RFC 3339.
    #[param(format = DateTime)]
    pub from: Option<String>,
    /// Before this moment, RFC 3339.
    #[param(format = DateTime)]
    pub to: Option<String>,
}

/// Which events, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) recording: Option<RecordingId>,
    pub(crate) actor: Option<UserId>,
    pub(crate) action: Option<Action>,
    pub(crate) from: Option<Timestamp>,
    pub(crate) to: Option<Timestamp>,
    /// The last one of the page before.
    pub(crate) after: Option<(Timestamp, String)>,
}

impl Filter {
    /// In the words of the query, for the event that says what was read.
    pub(crate) fn described(&self, mut event: Event) -> Event {
        let parts = [
            (
                "recordingId",
                self.recording.as_ref().map(ToString::to_string),
            ),
            ("actor", self.actor.as_ref().map(ToString::to_string)),
            (
                "action",
                self.action.map(|action| action.as_str().to_owned()),
            ),
            ("from", self.from.as_ref().map(ToString::to_string)),
            ("to", self.to.as_ref().map(ToString::to_string)),
        ];
        for (name, value) in parts {
            if let Some(value) = value {
                event = event.with(name, value);
            }
        }
        event
    }
}

impl TrailQuery {
    /// Read, or everything that is wrong with it.
    pub(crate) fn filter(self) -> Result<Filter, Vec<String>> {
        let mut flaws = Vec::new();
        let mut time = |name: &str, text: Option<String>| {
            let text = text?;
            let time = text.parse::<Timestamp>().ok();
            if time.is_none() {
                flaws.push(format!(
                    "{name} must be a time such as 2026-11-28T09:00:00Z"
                ));
            }
            time
        };
        let (from, to) = (time("from", self.from), time("to", self.to));
        let action = self.action.and_then(|text| {
            let mut all = Action::ALL.into_iter();
            let action = all.find(|action| action.as_str() == text);
            if action.is_none() {
                let all = Action::ALL.map(Action::as_str).join(", ");
                flaws.push(format!("action must be one of {all}"));
            }
            action
        });
        if !flaws.is_empty() {
            return Err(flaws);
        }
        Ok(Filter {
            recording: self.recording_id.map(RecordingId::from),
            actor: self.actor.map(UserId::from),
            action,
            from,
            to,
            after: None,
        })
    }
}

/// One page.
pub(crate) async fn page(app: &App, caller: &Caller, query: Query) -> Result<AuditPage, Refusal> {
    allow(app, caller).await?;
    let (filter, limit) = read(query)?;
    // A later page belongs to the reading that its first one noted.
    if filter.after.is_none() {
        note(app, caller, &filter, "page").await?;
    }
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let mut events = scope.events(&filter, limit + 1).await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = events.len() > wanted;
    events.truncate(wanted);
    let next = events.last().filter(|_| more);
    let next = next.map(|last| cursor::write(last.at, &last.id));
    let events = events.into_iter();
    Ok(AuditPage {
        events: events.map(|event| event.shown(&caller.tenant)).collect(),
        next,
    })
}

/// A whole trail, page by page: it is never in memory as a whole.
#[derive(Debug)]
pub(crate) struct Pages {
    database: Database,
    tenant: TenantId,
    filter: Filter,
}

impl Pages {
    pub(crate) fn new(database: Database, tenant: TenantId, filter: Filter) -> Self {
        Self {
            database,
            tenant,
            filter,
        }
    }

    /// The next events; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Vec<AuditEvent>, sqlx::Error> {
        let nobody = UserId::from("");
        let scope = self.database.scope(&self.tenant, &nobody);
        let events = scope.events(&self.filter, TRAIL_PAGE).await?;
        if let Some(last) = events.last() {
            self.filter.after = Some((last.at, last.id.clone()));
        }
        let events = events.into_iter();
        Ok(events.map(|event| event.shown(&self.tenant)).collect())
    }
}

/// A whole trail as the lines of a table.
#[derive(Debug)]
pub(crate) struct Lines {
    pages: Pages,
    begun: bool,
}

impl Lines {
    /// Those that the caller asks for. That they did is noted before the first line leaves.
    pub(crate) async fn of(
        app: &Arc<App>,
        caller: &Caller,
        query: TrailQuery,
    ) -> Result<Self, Refusal> {
        allow(app, caller).await?;
        let filter = query.filter().map_err(invalid)?;
        note(app, caller, &filter, "csv").await?;
        Ok(Self {
            pages: Pages::new(app.database.clone(), caller.tenant.clone(), filter),
            begun: false,
        })
    }

    /// The next lines; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, Refusal> {
        let written = if self.begun {
            let events = self.pages.next().await?;
            if events.is_empty() {
                return Ok(None);
            }
            table::lines(events)
        } else {
            self.begun = true;
            table::head()
        };
        let lines = written.map_err(|error| Refusal::Defect(error.into()))?;
        Ok(Some(lines))
    }
}

/// Whether this role reads its tenant's trail.
fn reads(role: Role) -> bool {
    matches!(role, Role::Admin | Role::SuperAdmin)
}

async fn allow(app: &App, caller: &Caller) -> Result<(), Refusal> {
    if reads(caller.role) {
        return Ok(());
    }
    let event = Event::done(caller.actor(), Action::ReadTrail, app.clock.now());
    let scope = app.database.scope(&caller.tenant, &caller.user);
    scope.note(&event.outcome(AuditOutcome::Refused)).await?;
    Err(Refusal::Forbidden)
}

async fn note(app: &App, caller: &Caller, filter: &Filter, form: &str) -> Result<(), Refusal> {
    let event = Event::done(caller.actor(), Action::ReadTrail, app.clock.now());
    let event = filter.described(event).with("as", form);
    let scope = app.database.scope(&caller.tenant, &caller.user);
    Ok(scope.note(&event).await?)
}

fn invalid(flaws: Vec<String>) -> Refusal {
    Refusal::Invalid(flaws.into_iter().map(Flaw::new).collect())
}

fn read(query: Query) -> Result<(Filter, u32), Refusal> {
    let (filter, mut flaws) = match query.wanted.filter() {
        Ok(filter) => (filter, Vec::new()),
        Err(flaws) => (Filter::default(), flaws),
    };
    let after = query.cursor.and_then(|text| {
        let after = cursor::read(&text);
        if after.is_none() {
            flaws.push("cursor is not one that this server gave out".to_owned());
        }
        after
    });
    let limit = query.limit.map_or(DEFAULT_PAGE, |text| {
        let limit = text.parse().ok();
        let limit = limit.filter(|limit| (1..=MAX_PAGE).contains(limit));
        if limit.is_none() {
            flaws.push(format!("limit must be a whole number from 1 to {MAX_PAGE}"));
        }
        limit.unwrap_or(DEFAULT_PAGE)
    });
    if !flaws.is_empty() {
        return Err(invalid(flaws));
    }
    Ok((Filter { after, ..filter }, limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn administrators_read_the_trail() {
        let may: Vec<Role> = Role::ALL.into_iter().filter(|role| reads(*role)).collect();
        assert_eq!(may, [Role::Admin, Role::SuperAdmin]);
    }

    /// What callers may ask for is what the contract and the page tell them.
    #[test]
    fn every_action_is_told_of() {
        let parameters = <TrailQuery as utoipa::IntoParams>::into_params(|| None);
        let action = parameters.into_iter().find(|one| one.name == "action");
        let contract = action.unwrap().description.unwrap();
        let page = include_str!("../../../../docs/access.md");
        for action in Action::ALL {
            let quoted = format!("`{}`", action.as_str());
            assert!(contract.contains(&quoted), "{quoted}: {contract}");
            assert!(page.contains(&quoted), "{quoted} is not in docs/access.md");
        }
        assert_eq!(contract.matches('`').count(), 2 * Action::ALL.len());
    }

    #[test]
    fn a_query_is_read_or_every_flaw_of_it_told() {
        let text = |text: &str| Some(text.to_owned());
        let query = Query {
            wanted: TrailQuery {
                action: text("recording.open"),
                from: text("2026-11-28T09:00:00Z"),
                ..TrailQuery::default()
            },
            cursor: Some(cursor::write(Timestamp::from_second(1).unwrap(), "e")),
            limit: text("200"),
        };
        let (filter, limit) = read(query).unwrap();
        assert_eq!((filter.action, limit), (Some(Action::Open), 200));
        assert_eq!(filter.from, "2026-11-28T09:00:00Z".parse().ok());
        let after = Some((Timestamp::from_second(1).unwrap(), "e".to_owned()));
        assert_eq!(filter.after, after);

        let bad = Query {
            wanted: TrailQuery {
                action: text("open"),
                from: text("yesterday"),
                to: text(""),
                ..TrailQuery::default()
            },
            cursor: text("!"),
            limit: text("0"),
        };
        let Err(Refusal::Invalid(flaws)) = read(bad) else {
            panic!("accepted");
        };
        let named: Vec<&str> = flaws
            .iter()
            .map(|flaw| flaw.message.split(' ').next().unwrap())
            .collect();
        assert_eq!(named, ["from", "to", "action", "cursor", "limit"]);
    }
}
