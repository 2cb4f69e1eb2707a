//! Support access across tenants. There is none by itself: an administrator of a tenant lets one person of another tenant
//! look in, for some hours and a reason. Who looks in sees recordings and their links and changes nothing, and each look
//! is in the audit trail of the tenant that is looked into.

use std::time::Duration;

use wire::{AuditOutcome, GrantSupport, Role, SupportGrant, SupportGrants};

use crate::accounts::Caller;
use crate::app::App;
use crate::audit::{Action, Event};
use crate::refusal::Refusal;

/// Grants access to the caller's tenant.
pub(crate) async fn grant(
    app: &App,
    caller: &Caller,
    wanted: GrantSupport,
) -> Result<SupportGrant, Refusal> {
    allow(app, caller, Action::GrantSupport).await?;
    app.database
        .account_by_id(&wanted.user_id)
        .await?
        .filter(|account| !account.disabled && account.user.tenant_id != caller.tenant)
        .ok_or_else(|| Refusal::invalid("userId must be the id of an account of another tenant"))?;
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
    let event = Event::done(caller.actor(), Action::GrantSupport, now)
        .with("grant", &*grant.id)
        .with("userId", grant.user_id.as_str())
        .with("reason", &*grant.reason)
        .with("expiresAt", grant.expires_at.to_string());
    let scope = app.database.scope(&caller.tenant, &caller.user);
    scope.add_support_grant(&grant, &event).await?;
    Ok(grant)
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
