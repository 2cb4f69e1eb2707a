//! `user`, `task`, `tenant` and `database`: an administrator's orders, carried out and told.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use server::administration::{
    self, Administration, AdministrationError, ListedUser, NewUser, Trail, TrailQuery,
};
use server::{Clock, OpenError, Quota, Retention, Usage, configuration};
use wire::{Secret, TenantId};

use crate::arguments::{
    AuditOrder, DatabaseAction, DatabaseOrder, TaskAction, TaskOrder, TenantAction, TenantOrder,
    UserAction, UserOrder, Where,
};
use crate::{Failure, variable};

impl From<AdministrationError> for Failure {
    fn from(error: AdministrationError) -> Self {
        if let AdministrationError::InvalidQuery(flaws) = error {
            return Self::Configuration(flaws);
        }
        Self::Other(error.into())
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::Other(error.into())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Other(error.into())
    }
}

/// `revui-server database …`
pub(crate) async fn database(order: DatabaseOrder) -> Result<(), Failure> {
    let url = configuration::database(variable, order.place.data)?;
    match order.action {
        DatabaseAction::Migrate => Ok(administration::migrate(&url).await?),
    }
}

async fn open(place: Where) -> Result<Administration, Failure> {
    let url = configuration::database(variable, place.data)?;
    Ok(Administration::open(&url, Clock::system()).await?)
}

/// `revui-server user …`
pub(crate) async fn user(order: UserOrder) -> Result<(), Failure> {
    let administration = open(order.place).await?;
    let mut out = io::stdout().lock();
    match order.action {
        UserAction::Add {
            email,
            tenant,
            name,
            role,
        } => {
            let user = NewUser {
                tenant,
                email,
                name,
                role,
                password: read_password()?,
            };
            writeln!(out, "{}", administration.add_user(user).await?)?;
        }
        UserAction::List => {
            for ListedUser { user, disabled } in administration.users().await? {
                let state = if disabled { "disabled" } else { "enabled" };
                let (email, role, tenant, id) = (user.email, user.role, user.tenant_id, user.id);
                writeln!(out, "{email}\t{role}\t{tenant}\t{id}\t{state}")?;
            }
        }
        UserAction::Passwd { email } => {
            administration
                .set_password(&email, read_password()?)
                .await?;
        }
        UserAction::Update {
            email,
            role,
            disable,
            enable,
        } => {
            if let Some(role) = role {
                administration.set_role(&email, role).await?;
            }
            if disable || enable {
                administration.set_disabled(&email, disable).await?;
            }
        }
    }
    Ok(())
}

/// `revui-server task …`
pub(crate) async fn task(order: TaskOrder) -> Result<(), Failure> {
    let administration = open(order.place).await?;
    match order.action {
        TaskAction::Add { id, tenant, name } => {
            administration.add_task(&tenant, &id, &name).await?;
        }
        TaskAction::List { tenant } => {
            let mut out = io::stdout().lock();
            for task in administration.tasks(&tenant).await? {
                writeln!(out, "{}\t{}", task.id, task.name)?;
            }
        }
    }
    Ok(())
}

/// `revui-server tenant …`
pub(crate) async fn tenant(order: TenantOrder) -> Result<(), Failure> {
    let administration = open(order.place).await?;
    match order.action {
        TenantAction::Add { id, name } => administration.add_tenant(&id, &name).await?,
        TenantAction::Show { id } => {
            let usage = quota_line(administration.usage(&id).await?);
            let kept = match administration.retention(&id).await? {
                Retention::Days(days) => format!("kept for {days} days"),
                Retention::ForEver => "kept for ever".to_owned(),
            };
            writeln!(io::stdout().lock(), "{id}\t{kept}\t{usage}")?;
        }
        TenantAction::Update {
            id,
            retention_days,
            keep_for_ever,
            existing,
            no_quota,
            quota_bytes,
            quota_recordings_a_day,
        } => {
            let retention = match retention_days {
                Some(days) => Some(Retention::Days(days)),
                None => keep_for_ever.then_some(Retention::ForEver),
            };
            let change = Quota {
                bytes: quota_bytes,
                recordings_a_day: quota_recordings_a_day,
            };
            let quota = (no_quota || change != Quota::default()).then_some(change);
            if retention.is_none() && quota.is_none() {
                let say = "say what to change: --retention-days N, --keep-for-ever, --quota-bytes N, \
                           --quota-recordings-a-day N or --no-quota";
                return Err(Failure::Configuration(vec![say.to_owned()]));
            }
            if let Some(retention) = retention {
                administration
                    .set_retention(&id, retention, existing)
                    .await?;
            }
            if let Some(change) = quota {
                set_quota(&administration, &id, change, no_quota).await?;
            }
        }
    }
    Ok(())
}

/// What is not named stays, unless all is lifted first.
async fn set_quota(
    administration: &Administration,
    tenant: &TenantId,
    change: Quota,
    lift: bool,
) -> Result<(), AdministrationError> {
    let now = match administration.usage(tenant).await? {
        Some(usage) if !lift => usage.quota,
        _ => Quota::default(),
    };
    let quota = Quota {
        bytes: change.bytes.or(now.bytes),
        recordings_a_day: change.recordings_a_day.or(now.recordings_a_day),
    };
    administration.set_quota(tenant, quota).await
}

fn quota_line(usage: Option<Usage>) -> String {
    let Some(usage) = usage else {
        return "no quota".to_owned();
    };
    let of = |most: Option<u64>| most.map_or_else(String::new, |most| format!(" of {most}"));
    let Usage {
        quota,
        bytes,
        recordings_today,
    } = usage;
    format!(
        "{bytes}{} bytes\t{recordings_today}{} recordings today",
        of(quota.bytes),
        of(quota.recordings_a_day.map(u64::from))
    )
}

/// `revui-server audit …`
pub(crate) async fn audit(order: AuditOrder) -> Result<(), Failure> {
    let administration = open(order.place).await?;
    let query = TrailQuery {
        recording_id: order.recording,
        actor: order.actor,
        action: order.action,
        from: order.from,
        to: order.to,
    };
    let mut trail = administration.trail(&order.tenant, query).await?;
    let mut out = io::stdout().lock();
    if order.csv {
        out.write_all(&Trail::table_head()?)?;
    }
    loop {
        let events = trail.next().await?;
        if events.is_empty() {
            break;
        }
        if order.csv {
            out.write_all(&Trail::table_lines(events)?)?;
            continue;
        }
        for event in events {
            let line =
                serde_json::to_string(&event).map_err(|error| Failure::Other(error.into()))?;
            writeln!(out, "{line}")?;
        }
    }
    out.flush()?;
    Ok(())
}

/// Asks on a terminal; otherwise takes the first line of standard input. Never an argument: those are seen by others.
fn read_password() -> Result<Secret, Failure> {
    if io::stdin().is_terminal() {
        return Ok(Secret::from(rpassword::prompt_password("Password: ")?));
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(Secret::from(line.trim_end_matches(['\r', '\n'])))
}
