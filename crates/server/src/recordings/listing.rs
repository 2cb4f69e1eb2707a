//! Lists: the base contract's by task, and the paged one. A USER sees their own rows, the others their tenant's.

use serde::Deserialize;
use wire::{Recording, RecordingId, RecordingPage, TaskId, TenantId, UserId};

use super::access::lists_all;
use super::viewing::view;
use crate::accounts::Caller;
use crate::app::App;
use crate::audit::{Action, Event};
use crate::cursor;
use crate::db::{Page, Status};
use crate::refusal::{Flaw, Refusal};

/// Recordings of a page when the request does not say.
const DEFAULT_PAGE: u32 = 50;

/// Recordings of a page at most.
const MAX_PAGE: u32 = 100;

/// The query of `GET /recordings/task/{taskId}`.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ByTask {
    /// Only what this user uploaded.
    user_id: Option<String>,
}

/// The query of `GET /recordings`.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct Paged {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Recordings of a page at most.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// Only those of this task.
    #[param(pattern = "^[A-Za-z0-9_-]{1,128}$")]
    task_id: Option<String>,
    /// `PENDING` or `COMPLETE`.
    #[param(pattern = "^(PENDING|COMPLETE)$")]
    status: Option<String>,
    /// Another tenant, which granted the caller support access.
    tenant_id: Option<String>,
}

/// Complete recordings of a task, newest first. The base contract has no pages: this is all of them.
pub(crate) async fn by_task(
    app: &App,
    caller: &Caller,
    task: &str,
    query: ByTask,
) -> Result<Vec<Recording>, Refusal> {
    let task = parse_task(task).map_err(|flaw| Refusal::Invalid(vec![flaw]))?;
    let asked = query.user_id.map(UserId::from);
    if !lists_all(caller.role) && asked.as_ref().is_some_and(|user| *user != caller.user) {
        return Ok(Vec::new());
    }
    let own = (!lists_all(caller.role)).then_some(&caller.user);
    let page = Page {
        owner: asked.as_ref().or(own),
        task: Some(task.as_str()),
        status: Some(Status::Complete),
        ..Page::default()
    };
    let scope = app.database.scope(&caller.tenant, &caller.user);
    Ok(scope
        .list_recordings(&page)
        .await?
        .iter()
        .map(view)
        .collect())
}

/// One page of what the caller may see, newest first.
pub(crate) async fn paged(
    app: &App,
    caller: &Caller,
    query: &Paged,
) -> Result<RecordingPage, Refusal> {
    let (mut page, limit) = read(query, caller)?;
    let looked_into = match &query.tenant_id {
        Some(id) if *id != caller.tenant.as_str() => Some(look_into(app, caller, id).await?),
        _ => None,
    };
    let tenant = looked_into.as_ref().unwrap_or(&caller.tenant);
    if looked_into.is_some() {
        page.owner = None;
    }
    let scope = app.database.scope(tenant, &caller.user);
    let rows = scope.list_recordings(&page).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let next = rows
        .get(limit - 1)
        .filter(|_| rows.len() > limit)
        .map(|last| cursor::write(last.created_at, last.id.as_str()));
    Ok(RecordingPage {
        recordings: rows.iter().take(limit).map(view).collect(),
        next,
    })
}

/// A tenant that granted the caller support access, which is noted in its trail. Any other is like one that does not
/// exist.
async fn look_into(app: &App, caller: &Caller, id: &str) -> Result<TenantId, Refusal> {
    let now = app.clock.now();
    let granting = app.database.granting_tenants(&caller.user, now).await?;
    let Some(tenant) = granting.into_iter().find(|tenant| tenant.as_str() == id) else {
        return Err(Refusal::NotFound);
    };
    let event = Event::done(caller.actor(), Action::List, now);
    app.database.note(&tenant, &event).await?;
    Ok(tenant)
}

/// Asks for one row more than the page holds, to know whether there is a next one.
fn read<'a>(query: &'a Paged, caller: &'a Caller) -> Result<(Page<'a>, u32), Refusal> {
    let mut flaws = Vec::new();
    let mut page = Page {
        owner: (!lists_all(caller.role)).then_some(&caller.user),
        ..Page::default()
    };
    let mut limit = DEFAULT_PAGE;
    if let Some(text) = &query.limit {
        match text.parse() {
            Ok(wanted @ 1..=MAX_PAGE) => limit = wanted,
            _ => flaws.push(Flaw::new(format!(
                "limit must be a whole number from 1 to {MAX_PAGE}"
            ))),
        }
    }
    if let Some(text) = &query.task_id {
        match parse_task(text) {
            Ok(_) => page.task = Some(text),
            Err(flaw) => flaws.push(flaw),
        }
    }
    if let Some(text) = &query.status {
        match text.as_str() {
            "PENDING" => page.status = Some(Status::Pending),
            "COMPLETE" => page.status = Some(Status::Complete),
            _ => flaws.push(Flaw::new("status must be PENDING or COMPLETE")),
        }
    }
    if let Some(text) = &query.cursor {
        page.after = cursor::read(text).map(|(at, id)| (at, RecordingId::from(id)));
        if page.after.is_none() {
            flaws.push(Flaw::new("cursor is not one that this server gave out"));
        }
    }
    if !flaws.is_empty() {
        return Err(Refusal::Invalid(flaws));
    }
    page.limit = Some(limit + 1);
    Ok((page, limit))
}

fn parse_task(text: &str) -> Result<TaskId, Flaw> {
    TaskId::parse(text).map_err(|error| Flaw {
        code: wire::ErrorCode::InvalidTaskId,
        message: format!("taskId: {error}"),
    })
}
