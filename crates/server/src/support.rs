//! Support access across tenants. There is none by itself: one person of another tenant asks for it, or says who they are
//! by other means, and an administrator of the tenant lets them look in, for some hours and a reason. Who looks in sees
//! recordings and their links and changes nothing, and each look is in the audit trail of the tenant that is looked into.

use std::time::Duration;

use jiff::Timestamp;
use wire::{
    AskSupport, AuditOutcome, GrantSupport, Role, SUPPORT_REQUEST_DAYS, SupportGrant,
    SupportGrants, SupportRequest, SupportRequests,
};

use crate::accounts::Caller;
use crate::app::App;
use crate::audit::{Action, Event};
use crate::refusal::Refusal;

/// Asks another tenant for access. Whether there is such a tenant, and whether it was asked before, the caller is not told.
pub(crate) async fn ask(app: &App, caller: &Caller, wanted: AskSupport) -> Result<(), Refusal> {
    if wanted.tenant_id == caller.tenant {
        return Err(Refusal::invalid("tenantId must be another tenant's"));
    }
    let account = app.database.account_by_id(&caller.user).await?;
    let now = app.clock.now();
    let request = SupportRequest {
        id: uuid::Uuid::now_v7().to_string(),
        user_id: caller.user.clone(),
        email: account.ok_or(Refusal::Unauthorized)?.user.email,
        user_tenant_id: caller.tenant.clone(),
        hours: wanted.hours,
        reason: wanted.reason,
        asked_at: now,
    };
    let event = Event::done(caller.actor(), Action::AskSupport, now)
        .with("request", &*request.id)
        .with("hours", request.hours)
        .with("reason", &*request.reason);
    let scope = app.database.scope(&wanted.tenant_id, &caller.user);
    scope
        .add_support_request(&request, open_since(now), &event)
        .await?;
    Ok(())
}

/// What the tenant was asked for and has not decided, newest first.
pub(crate) async fn requests(app: &App, caller: &Caller) -> Result<SupportRequests, Refusal> {
    if !decides(caller.role) {
        return Err(Refusal::Forbidden);
    }
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let requests = scope.support_requests(open_since(app.clock.now())).await?;
    Ok(SupportRequests { requests })
}

/// Grants what was asked for.
pub(crate) async fn grant_request(
    app: &App,
    caller: &Caller,
    id: &str,
) -> Result<SupportGrant, Refusal> {
    allow(app, caller, Action::GrantSupport).await?;
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let open = scope.support_requests(open_since(app.clock.now())).await?;
    let request = open.into_iter().find(|request| request.id == id);
    let request = request.ok_or(Refusal::NotFound)?;
    let wanted = GrantSupport {
        user_id: request.user_id,
        hours: request.hours,
        reason: request.reason,
    };
    let granted = give(app, caller, wanted, Some(id)).await?;
    granted.ok_or(Refusal::NotFound)
}

/// Refuses what was asked for.
pub(crate) async fn refuse_request(app: &App, caller: &Caller, id: &str) -> Result<(), Refusal> {
    allow(app, caller, Action::RefuseSupport).await?;
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let event =
        Event::done(caller.actor(), Action::RefuseSupport, app.clock.now()).with("request", id);
    let refused = scope.refuse_support_request(id, &event).await?;
    refused.then_some(()).ok_or(Refusal::NotFound)
}

/// Since when a request was made that can still be decided.
fn open_since(now: Timestamp) -> Timestamp {
    now - Duration::from_hours(24) * SUPPORT_REQUEST_DAYS
}

/// Grants access to the caller's tenant.
pub(crate) async fn grant(
    app: &App,
    caller: &Caller,
    wanted: GrantSupport,
) -> Result<SupportGrant, Refusal> {
    allow(app, caller, Action::GrantSupport).await?;
    let granted = give(app, caller, wanted, None).await?;
    granted.ok_or_else(|| Refusal::invalid("userId must be the id of an account of another tenant"))
}

/// `None` when nobody of another tenant has this account, or the request was decided meanwhile.
async fn give(
    app: &App,
    caller: &Caller,
    wanted: GrantSupport,
    request: Option<&str>,
) -> Result<Option<SupportGrant>, Refusal> {
    let account = app.database.account_by_id(&wanted.user_id).await?;
    if account.is_none_or(|account| account.disabled || account.user.tenant_id == caller.tenant) {
        return Ok(None);
    }
    let now = app.clock.now();
    let grant = SupportGrant {
        id: uuid::Uuid::now_v7().to_string(),
        tenant_id: caller.tenant.clone(),
        user_id: wanted.user_id,
        reason: wanted.reason,
        granted_by: caller.user.clone(),
        granted_at: now,
        expires_at: now + Duration::from_hours(1) * wanted.hours,
        revoked_at: None,
    };
    let mut event = Event::done(caller.actor(), Action::GrantSupport, now)
        .with("grant", &*grant.id)
        .with("userId", grant.user_id.as_str())
        .with("reason", &*grant.reason)
        .with("expiresAt", grant.expires_at.to_string());
    if let Some(request) = request {
        event = event.with("request", request);
    }
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let added = scope.add_support_grant(&grant, request, &event).await?;
    Ok(added.then_some(grant))
}

/// The tenant's grants, newest first.
pub(crate) async fn list(app: &App, caller: &Caller) -> Result<SupportGrants, Refusal> {
    if !decides(caller.role) {
        return Err(Refusal::Forbidden);
    }
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let grants = scope.support_grants().await?;
    Ok(SupportGrants { grants })
}

/// Ends a grant at once. One that has ended is left alone.
pub(crate) async fn revoke(app: &App, caller: &Caller, id: &str) -> Result<(), Refusal> {
    allow(app, caller, Action::RevokeSupport).await?;
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let now = app.clock.now();
    let event = Event::done(caller.actor(), Action::RevokeSupport, now).with("grant", id);
    if scope.revoke_support_grant(id, now, &event).await? {
        return Ok(());
    }
    let grants = scope.support_grants().await?;
    if grants.iter().any(|grant| grant.id == id) {
        return Ok(());
    }
    Err(Refusal::NotFound)
}

/// Whether this role decides who may look into its tenant.
fn decides(role: Role) -> bool {
    matches!(role, Role::Admin | Role::SuperAdmin)
}

async fn allow(app: &App, caller: &Caller, action: Action) -> Result<(), Refusal> {
    if decides(caller.role) {
        return Ok(());
    }
    let event = Event::done(caller.actor(), action, app.clock.now());
    let scope = app.database.scope(&caller.tenant, &caller.user);
    scope.note(&event.outcome(AuditOutcome::Refused)).await?;
    Err(Refusal::Forbidden)
}
