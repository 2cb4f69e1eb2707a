//! What an administrator does at the machine: tenants, tasks, users. Each change is in its tenant's audit trail.

mod users;

use wire::{AuditEvent, InvalidTaskId, Task, TaskId, TenantId, UserId};

use self::users::MIN_PASSWORD_CHARACTERS;
use crate::accounts::password::StretchError;
use crate::audit::reading::Pages;
use crate::audit::{Action, Actor, Event, table};
use crate::clock::Clock;
use crate::db::{self, CountError, Database, DatabaseUrl, OpenError, Quota, Retention, Usage};

pub use self::users::{ListedUser, NewUser};
pub use crate::audit::reading::TrailQuery;

/// Longest id of a tenant, in characters.
const MAX_TENANT_ID_CHARACTERS: usize = 64;

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum AdministrationError {
    /// The database could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database refused.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The password could not be stretched.
    #[error(transparent)]
    Stretch(#[from] StretchError),
    /// No such account.
    #[error("there is no user {email}")]
    NoSuchUser {
        /// The address.
        email: String,
    },
    /// No such tenant.
    #[error("there is no tenant {tenant}: add it with `revui-server tenant add`")]
    NoSuchTenant {
        /// Its id.
        tenant: TenantId,
    },
    /// Something of that name is there already.
    #[error("{what} is there already")]
    Exists {
        /// What.
        what: String,
    },
    /// The tenant's id has a form that keys cannot hold.
    #[error("a tenant's id has 1 to {MAX_TENANT_ID_CHARACTERS} letters A-Z, digits, `_` or `-`")]
    InvalidTenantId,
    /// The task's id has a form that keys cannot hold.
    #[error(transparent)]
    InvalidTaskId(#[from] InvalidTaskId),
    /// The address is none.
    #[error("`{email}` is no e-mail address")]
    InvalidEmail {
        /// What was given.
        email: String,
    },
    /// The account is a provider's.
    #[error("{name} signs in at a provider, which says the role and keeps the password")]
    SignsInElsewhere {
        /// The name by which the account was meant.
        name: String,
    },
    /// The trail was asked for in a way that means nothing.
    #[error("{}", .0.join("; "))]
    InvalidQuery(Vec<String>),
    /// An event could not be written as a line.
    #[error("the audit trail could not be written")]
    Table(#[from] csv::Error),
    /// Some recordings have the dates of before.
    #[error("some of what is there has its old date still: give the same order again")]
    PartlyDated(#[source] sqlx::Error),
    /// What a tenant has could not be counted.
    #[error(
        "no quota is set: something else has been under way in the database for too long, or somebody else lifted the \
         quota. Give the same order again"
    )]
    NotCounted,
    /// The password is too short to be safe.
    #[error("a password has at least {MIN_PASSWORD_CHARACTERS} characters")]
    ShortPassword,
}

/// Brings the database's schema up to date: a SQLite file's, or as its owner ([`DatabaseUrl::owned_by`]) that of a
/// PostgreSQL database, whose server then gets the rights that it needs. Doing it again changes nothing.
pub async fn migrate(url: &DatabaseUrl) -> Result<(), OpenError> {
    db::bring_up_to_date(url).await
}

/// A tenant's audit trail, read page by page.
#[derive(Debug)]
pub struct Trail {
    pages: Pages,
}

impl Trail {
    /// The next events; none at the end.
    pub async fn next(&mut self) -> Result<Vec<AuditEvent>, AdministrationError> {
        Ok(self.pages.next().await?)
    }

    /// The first line of the trail as a table.
    pub fn table_head() -> Result<Vec<u8>, AdministrationError> {
        Ok(table::head()?)
    }

    /// Events as lines of a table.
    pub fn table_lines(events: Vec<AuditEvent>) -> Result<Vec<u8>, AdministrationError> {
        Ok(table::lines(events)?)
    }
}

/// An open database, to administer it. The server may be running meanwhile.
#[derive(Debug)]
pub struct Administration {
    database: Database,
    clock: Clock,
}

impl Administration {
    /// Opens the database.
    pub async fn open(url: &DatabaseUrl, clock: Clock) -> Result<Self, AdministrationError> {
        Ok(Self {
            database: Database::open(url).await?,
            clock,
        })
    }

    /// Adds a tenant.
    pub async fn add_tenant(
        &self,
        tenant: &TenantId,
        name: &str,
    ) -> Result<(), AdministrationError> {
        let id = tenant.as_str();
        let right = (1..=MAX_TENANT_ID_CHARACTERS).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if !right {
            return Err(AdministrationError::InvalidTenantId);
        }
        let event = self.order(Action::AddTenant).with("name", name);
        let added = self.database.add_tenant(tenant, name, &event).await?;
        added_or_exists(added, || format!("tenant {id}"))
    }

    /// How long a tenant's recordings are kept that are completed from now on; with `also_existing` those that are complete
    /// too, counted from when they were. The server's next sweep deletes what is over its time, within the hour.
    pub async fn set_retention(
        &self,
        tenant: &TenantId,
        retention: Retention,
        also_existing: bool,
    ) -> Result<(), AdministrationError> {
        let event = self
            .order(Action::SetRetention)
            .with("alsoExisting", also_existing);
        let event = match retention {
            Retention::Days(days) => event.with("days", days),
            Retention::ForEver => event.with("days", "for ever"),
        };
        let set = self.database.set_retention(tenant, retention, &event);
        if !set.await? {
            return Err(AdministrationError::NoSuchTenant {
                tenant: tenant.clone(),
            });
        }
        if also_existing {
            let dated = self.database.date_existing(tenant).await;
            dated.map_err(AdministrationError::PartlyDated)?;
        }
        Ok(())
    }

    /// How long a tenant's recordings are kept.
    pub async fn retention(&self, tenant: &TenantId) -> Result<Retention, AdministrationError> {
        let retention = self.database.retention(tenant).await?;
        retention.ok_or_else(|| AdministrationError::NoSuchTenant {
            tenant: tenant.clone(),
        })
    }

    /// How much a tenant may have from now on. What it has already stays, also where that is more. While it is counted the
    /// tenant's own uploads may wait, and no other's.
    pub async fn set_quota(
        &self,
        tenant: &TenantId,
        quota: Quota,
    ) -> Result<(), AdministrationError> {
        self.require_tenant(tenant).await?;
        let event = self
            .order(Action::SetQuota)
            .with("bytes", quota.bytes)
            .with("recordingsADay", quota.recordings_a_day);
        match self.database.set_quota(tenant, quota, &event).await {
            Ok(()) => Ok(()),
            Err(CountError::Database(error)) => Err(error.into()),
            Err(CountError::Disturbed) => Err(AdministrationError::NotCounted),
        }
    }

    /// How much a tenant has and may have; `None` where it may have any number.
    pub async fn usage(&self, tenant: &TenantId) -> Result<Option<Usage>, AdministrationError> {
        self.require_tenant(tenant).await?;
        Ok(self.database.usage(tenant, self.clock.now()).await?)
    }

    /// A tenant's audit trail, newest first, as it was written down; `query` as `GET /audit` takes it, without pages. That
    /// it was read is noted in it.
    pub async fn trail(
        &self,
        tenant: &TenantId,
        query: TrailQuery,
    ) -> Result<Trail, AdministrationError> {
        self.require_tenant(tenant).await?;
        let filter = query.filter().map_err(AdministrationError::InvalidQuery)?;
        let event = self.order(Action::ReadTrail);
        self.database.note(tenant, &filter.described(event)).await?;
        Ok(Trail {
            pages: Pages::new(self.database.clone(), tenant.clone(), filter),
        })
    }

    /// Adds a task to a tenant.
    pub async fn add_task(
        &self,
        tenant: &TenantId,
        id: &str,
        name: &str,
    ) -> Result<(), AdministrationError> {
        let task = Task {
            id: TaskId::parse(id)?,
            name: name.to_owned(),
        };
        self.require_tenant(tenant).await?;
        let event = self
            .order(Action::AddTask)
            .with("taskId", id)
            .with("name", name);
        let added = self.database.add_task(tenant, &task, &event).await?;
        added_or_exists(added, || format!("task {id}"))
    }

    /// A tenant's tasks.
    pub async fn tasks(&self, tenant: &TenantId) -> Result<Vec<Task>, AdministrationError> {
        self.require_tenant(tenant).await?;
        let nobody = UserId::from("");
        Ok(self.database.scope(tenant, &nobody).tasks().await?)
    }

    /// The event of an order that is carried out.
    fn order(&self, action: Action) -> Event {
        Event::done(Actor::operator(), action, self.clock.now())
    }

    async fn require_tenant(&self, tenant: &TenantId) -> Result<(), AdministrationError> {
        if self.database.has_tenant(tenant).await? {
            return Ok(());
        }
        Err(AdministrationError::NoSuchTenant {
            tenant: tenant.clone(),
        })
    }
}

fn added_or_exists(added: bool, what: impl FnOnce() -> String) -> Result<(), AdministrationError> {
    if added {
        return Ok(());
    }
    Err(AdministrationError::Exists { what: what() })
}
