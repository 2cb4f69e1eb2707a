//! What an administrator does at the machine: tenants, tasks, users.

use wire::{AuditEvent, InvalidTaskId, Role, Secret, Task, TaskId, TenantId, User, UserId};

use crate::accounts::canonical_email;
use crate::accounts::password::{self, StretchError};
use crate::accounts::providers::SEPARATOR;
use crate::audit::reading::Pages;
use crate::audit::{Action, Actor, Event, table};
use crate::clock::Clock;
use crate::db::{self, Database, DatabaseUrl, NewAccount, OpenError, Quota, Retention, Usage};

pub use crate::audit::reading::TrailQuery;

/// Fewest characters of a password that a person chose.
const MIN_PASSWORD_CHARACTERS: usize = 12;

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
    /// The password is too short to be safe.
    #[error("a password has at least {MIN_PASSWORD_CHARACTERS} characters")]
    ShortPassword,
}

/// Somebody to be added.
#[derive(Debug)]
pub struct NewUser {
    /// Whose they are.
    pub tenant: TenantId,
    /// What they sign in with.
    pub email: String,
    /// What people call them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Their first password.
    pub password: Secret,
}

/// A user, as they are listed.
#[derive(Debug, Clone)]
pub struct ListedUser {
    /// Who they are.
    pub user: User,
    /// Whether they may not sign in.
    pub disabled: bool,
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
        let added = self.database.add_tenant(tenant, name, self.clock.now());
        added_or_exists(added.await?, || format!("tenant {id}"))
    }

    /// How long a tenant's recordings are kept that are completed from now on; with `also_existing` those that are complete
    /// too, counted from when they were. The server deletes what is over its time within the hour.
    pub async fn set_retention(
        &self,
        tenant: &TenantId,
        retention: Retention,
        also_existing: bool,
    ) -> Result<(), AdministrationError> {
        let event = Event::done(Actor::operator(), Action::SetRetention, self.clock.now())
            .with("alsoExisting", also_existing);
        let event = match retention {
            Retention::Days(days) => event.with("days", days),
            Retention::ForEver => event.with("days", "for ever"),
        };
        let set = self
            .database
            .set_retention(tenant, retention, also_existing, &event);
        if set.await? {
            return Ok(());
        }
        Err(AdministrationError::NoSuchTenant {
            tenant: tenant.clone(),
        })
    }

    /// How long a tenant's recordings are kept.
    pub async fn retention(&self, tenant: &TenantId) -> Result<Retention, AdministrationError> {
        let retention = self.database.retention(tenant).await?;
        retention.ok_or_else(|| AdministrationError::NoSuchTenant {
            tenant: tenant.clone(),
        })
    }

    /// How much a tenant may have from now on. What it has already stays, also where that is more.
    pub async fn set_quota(
        &self,
        tenant: &TenantId,
        quota: Quota,
    ) -> Result<(), AdministrationError> {
        self.require_tenant(tenant).await?;
        let event = Event::done(Actor::operator(), Action::SetQuota, self.clock.now())
            .with("bytes", quota.bytes)
            .with("recordingsADay", quota.recordings_a_day);
        Ok(self.database.set_quota(tenant, quota, &event).await?)
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
        let event = Event::done(Actor::operator(), Action::ReadTrail, self.clock.now());
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
        let added = self.database.add_task(tenant, &task, self.clock.now());
        added_or_exists(added.await?, || format!("task {id}"))
    }

    /// A tenant's tasks.
    pub async fn tasks(&self, tenant: &TenantId) -> Result<Vec<Task>, AdministrationError> {
        self.require_tenant(tenant).await?;
        let nobody = UserId::from("");
        Ok(self.database.scope(tenant, &nobody).tasks().await?)
    }

    /// Adds a user.
    pub async fn add_user(&self, user: NewUser) -> Result<UserId, AdministrationError> {
        let email = check_email(&user.email)?;
        check_password(&user.password)?;
        self.require_tenant(&user.tenant).await?;
        let id = UserId::from(uuid::Uuid::now_v7().to_string());
        let password_hash = password::stretch(user.password).await?;
        let account = NewAccount {
            id: &id,
            tenant: &user.tenant,
            email: &email,
            name: &user.name,
            role: user.role,
            password_hash: &password_hash,
        };
        let added = self.database.add_account(&account, self.clock.now());
        added_or_exists(added.await?, || format!("user {email}"))?;
        Ok(id)
    }

    /// Every user of every tenant.
    pub async fn users(&self) -> Result<Vec<ListedUser>, AdministrationError> {
        let accounts = self.database.accounts().await?;
        let listed = accounts.into_iter().map(|account| ListedUser {
            user: account.user,
            disabled: account.disabled,
        });
        Ok(listed.collect())
    }

    /// Sets a password, and ends every sign-in that was made with the old one.
    pub async fn set_password(
        &self,
        email: &str,
        password: Secret,
    ) -> Result<(), AdministrationError> {
        check_password(&password)?;
        let user = self.own_user(email).await?;
        let password_hash = password::stretch(password).await?;
        self.database
            .set_password_hash(&user.email, &password_hash)
            .await?;
        self.database
            .revoke_all_families(&user.id, self.clock.now())
            .await?;
        Ok(())
    }

    /// Sets a role; it takes effect with the user's next call.
    pub async fn set_role(&self, email: &str, role: Role) -> Result<(), AdministrationError> {
        let user = self.own_user(email).await?;
        self.database.set_role(&user.email, role).await?;
        Ok(())
    }

    /// Lets somebody in no more, which ends every sign-in of theirs at once, or lets them sign in again.
    pub async fn set_disabled(
        &self,
        email: &str,
        disabled: bool,
    ) -> Result<(), AdministrationError> {
        let user = self.user(email).await?;
        let at = disabled.then(|| self.clock.now());
        self.database.set_disabled(&user.email, at).await?;
        Ok(())
    }

    /// One whose password and role are kept here.
    async fn own_user(&self, email: &str) -> Result<User, AdministrationError> {
        let user = self.user(email).await?;
        if user.email.contains(SEPARATOR) {
            return Err(AdministrationError::SignsInElsewhere { name: user.email });
        }
        Ok(user)
    }

    async fn user(&self, email: &str) -> Result<User, AdministrationError> {
        let email = canonical_email(email);
        match self.database.account_by_email(&email).await? {
            Some(account) => Ok(account.user),
            None => Err(AdministrationError::NoSuchUser { email }),
        }
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

fn check_email(email: &str) -> Result<String, AdministrationError> {
    let canonical = canonical_email(email);
    let right = canonical
        .split_once('@')
        .is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty())
        && !canonical.contains(char::is_whitespace)
        && !canonical.contains(SEPARATOR);
    if right {
        return Ok(canonical);
    }
    Err(AdministrationError::InvalidEmail {
        email: email.to_owned(),
    })
}

fn check_password(password: &Secret) -> Result<(), AdministrationError> {
    if password.expose().chars().count() < MIN_PASSWORD_CHARACTERS {
        return Err(AdministrationError::ShortPassword);
    }
    Ok(())
}
