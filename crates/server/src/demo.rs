//! The demo: two tenants, a user of each role, and a note that says how to sign in.
//!
//! The database holds only stretched passwords, so the note is where they are kept between starts; without it new ones
//! are set.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use wire::{Role, Secret, Task, TaskId, TenantId, UserId};

use crate::accounts::password::{self, StretchError};
use crate::audit::{Action, Actor, Event};
use crate::db::{Database, NewAccount};
use crate::private_file::{self, FileError};
use jiff::Timestamp;

/// Tenant, its name, its task, the task's name, and where its people's addresses end.
const TENANTS: [(&str, &str, &str, &str, &str); 2] = [
    ("demo", "Demo", "demo-task", "Product demo", "demo.example"),
    (
        "other",
        "Another tenant",
        "other-task",
        "Another tenant's task",
        "other.example",
    ),
];

/// `demo.json`: how to reach the demo and sign in to it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DemoNote {
    /// The API's origin, without `/api`.
    pub server: String,
    /// The store's origin.
    pub store: String,
    /// The store's bucket.
    pub bucket: String,
    /// The first tenant's task.
    pub task_id: String,
    /// The first tenant's users come first.
    pub users: Vec<DemoUser>,
}

/// Somebody who may sign in to the demo.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DemoUser {
    /// What they sign in with.
    pub email: String,
    /// And with.
    pub password: Secret,
    /// What they may do.
    pub role: Role,
    /// Whose they are.
    pub tenant_id: TenantId,
    /// `sub` of their tokens.
    pub user_id: UserId,
}

/// The demo could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The note could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The note could not be put into words.
    #[error("the demo's note could not be written")]
    Note(#[source] serde_json::Error),
    /// A password could not be stretched.
    #[error("a password could not be set")]
    Password(#[from] StretchError),
    /// The database refused.
    #[error("the demo's accounts could not be kept")]
    Database(#[from] sqlx::Error),
}

impl DemoNote {
    /// Reads the note of an earlier start. One that is not there, or not ours, has no passwords to keep.
    fn earlier(path: &Path) -> Result<Vec<DemoUser>, FileError> {
        let content = private_file::read(path)?.unwrap_or_default();
        Ok(serde_json::from_slice::<Self>(&content).map_or_else(|_| Vec::new(), |note| note.users))
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), DemoError> {
        let content = serde_json::to_vec_pretty(self).map_err(DemoError::Note)?;
        Ok(private_file::write(path, &content)?)
    }

    /// The first tenant's task.
    pub(crate) fn task() -> &'static str {
        TENANTS[0].2
    }
}

/// The table that a person reads, passwords included: it is what the demo is started for.
impl fmt::Display for DemoNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Backend  {}", self.server)?;
        writeln!(f, "Store    {}  (bucket {})", self.store, self.bucket)?;
        writeln!(f, "Task     {}", self.task_id)?;
        writeln!(f)?;
        writeln!(
            f,
            "{:<26} {:<12} {:<8} PASSWORD",
            "E-MAIL", "ROLE", "TENANT"
        )?;
        for user in &self.users {
            let (role, tenant) = (user.role.as_str(), user.tenant_id.as_str());
            let password = user.password.expose();
            writeln!(f, "{:<26} {role:<12} {tenant:<8} {password}", user.email)?;
        }
        Ok(())
    }
}

/// Makes what is missing of tenants, tasks and users, and returns the users with their passwords.
pub(crate) async fn prepare(
    database: &Database,
    note: &Path,
    now: Timestamp,
) -> Result<Vec<DemoUser>, DemoError> {
    let earlier = DemoNote::earlier(note)?;
    let mut users = Vec::new();
    for (tenant, tenant_name, task, task_name, domain) in TENANTS {
        let tenant = TenantId::from(tenant);
        let event = made(Action::AddTenant, now).with("name", tenant_name);
        database.add_tenant(&tenant, tenant_name, &event).await?;
        if let Ok(id) = TaskId::parse(task) {
            let event = made(Action::AddTask, now)
                .with("taskId", id.as_str())
                .with("name", task_name);
            let name = task_name.to_owned();
            database
                .add_task(&tenant, &Task { id, name }, &event)
                .await?;
        }
        for role in Role::ALL {
            let email = format!("{}@{domain}", local_part(role));
            let known = earlier.iter().find(|user| user.email == email);
            let known = known.map(|user| user.password.clone());
            users.push(ensure_user(database, &tenant, &email, role, known, now).await?);
        }
    }
    Ok(users)
}

/// The event of something that the demo makes.
fn made(action: Action, now: Timestamp) -> Event {
    Event::done(Actor::server(), action, now).with("why", "demo")
}

fn local_part(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Reviewer => "reviewer",
        Role::Admin => "admin",
        Role::SuperAdmin => "super-admin",
    }
}

async fn ensure_user(
    database: &Database,
    tenant: &TenantId,
    email: &str,
    role: Role,
    known: Option<Secret>,
    now: Timestamp,
) -> Result<DemoUser, DemoError> {
    let account = database.account_by_email(email).await?;
    let user_id = match (&account, &known) {
        (Some(account), _) => account.user.id.clone(),
        (None, _) => UserId::from(uuid::Uuid::now_v7().to_string()),
    };
    let set_password = account.is_none() || known.is_none();
    let password = known.unwrap_or_else(password::made_up);
    if set_password {
        let password_hash = password::stretch(password.clone()).await?;
        let about = |action| made(action, now).with("userId", user_id.as_str());
        if let Some(account) = &account {
            let event = about(Action::SetPassword);
            database
                .set_password_hash(&account.user, &password_hash, event)
                .await?;
        } else {
            let event = about(Action::AddUser).with("role", role.as_str());
            let new = NewAccount {
                id: &user_id,
                tenant,
                email,
                name: local_part(role),
                role,
                password_hash: &password_hash,
            };
            database.add_account(&new, &event).await?;
        }
    }
    Ok(DemoUser {
        email: email.to_owned(),
        password,
        role,
        tenant_id: tenant.clone(),
        user_id,
    })
}
