//! Who may sign in, and as what.

use wire::{Role, Secret, TenantId, User, UserId};

use super::{Administration, AdministrationError, added_or_exists};
use crate::accounts::canonical_email;
use crate::accounts::password;
use crate::accounts::providers::SEPARATOR;
use crate::audit::{Action, Event};
use crate::db::NewAccount;

/// Fewest characters of a password that a person chose.
pub(super) const MIN_PASSWORD_CHARACTERS: usize = 12;

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

impl Administration {
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
        let event = self
            .order_about(Action::AddUser, &id)
            .with("role", user.role.as_str());
        let added = self.database.add_account(&account, &event).await?;
        added_or_exists(added, || format!("user {email}"))?;
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
        let event = self.order_about(Action::SetPassword, &user.id);
        self.database
            .set_password_hash(&user, &password_hash, event)
            .await?;
        Ok(())
    }

    /// Sets a role; it takes effect with the user's next call.
    pub async fn set_role(&self, email: &str, role: Role) -> Result<(), AdministrationError> {
        loop {
            let user = self.own_user(email).await?;
            let event = self
                .order_about(Action::SetRole, &user.id)
                .with("role", role.as_str())
                .with("was", user.role.as_str());
            // Where another order has come between, its role is what this one changes.
            if user.role == role || self.database.set_role(&user, role, &event).await? {
                return Ok(());
            }
        }
    }

    /// Lets somebody in no more, which ends every sign-in of theirs at once, or lets them sign in again.
    pub async fn set_disabled(
        &self,
        email: &str,
        disabled: bool,
    ) -> Result<(), AdministrationError> {
        let user = self.user(email).await?;
        if disabled {
            let event = self.order_about(Action::Disable, &user.id);
            self.database.disable(&user, event).await?;
        } else {
            let event = self.order_about(Action::Enable, &user.id);
            self.database.enable(&user, &event).await?;
        }
        Ok(())
    }

    /// The event of an order about somebody. Their address is in no trail: what is in one can never be removed.
    fn order_about(&self, action: Action, user: &UserId) -> Event {
        self.order(action).with("userId", user.as_str())
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
