//! What every handler shares.

use std::sync::{Mutex, MutexGuard, PoisonError};

use storage::Bucket;

use crate::accounts::access_token::AccessTokens;
use crate::accounts::attempts::Attempts;
use crate::accounts::password::Passwords;
use crate::clock::Clock;
use crate::db::Database;
use crate::refusal::Refusal;

/// The running application's parts.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) database: Database,
    pub(crate) store: Store,
    pub(crate) passwords: Passwords,
    pub(crate) access_tokens: AccessTokens,
    pub(crate) clock: Clock,
    attempts: Mutex<Attempts>,
}

/// The bucket, or what is missing for one.
#[derive(Debug)]
pub(crate) enum Store {
    Ready(Bucket),
    /// In words that name the missing variables.
    NotConfigured(String),
}

impl App {
    pub(crate) fn new(
        database: Database,
        store: Store,
        passwords: Passwords,
        access_tokens: AccessTokens,
        clock: Clock,
    ) -> Self {
        Self {
            database,
            store,
            passwords,
            access_tokens,
            clock,
            attempts: Mutex::default(),
        }
    }

    /// The bucket; without one, what is missing.
    pub(crate) fn bucket(&self) -> Result<&Bucket, Refusal> {
        match &self.store {
            Store::Ready(bucket) => Ok(bucket),
            Store::NotConfigured(missing) => Err(Refusal::StoreNotConfigured(missing.clone())),
        }
    }

    /// The limit on guessing. Counters stay right whatever panicked while they were held.
    pub(crate) fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
