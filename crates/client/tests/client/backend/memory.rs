//! A keychain in memory, shared by the programs of one test; it can refuse.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use client::session::{KeychainError, SecretStore};
use wire::Secret;

#[derive(Debug, Default)]
pub(super) struct MemoryKeychain {
    entries: Mutex<BTreeMap<String, Secret>>,
    refuses: AtomicBool,
    touched: AtomicUsize,
}

impl MemoryKeychain {
    /// From now on it takes nothing more: locked, as it were.
    pub(super) fn refuse(&self) {
        self.refuses.store(true, Ordering::Relaxed);
    }

    pub(super) fn accounts(&self) -> Vec<String> {
        self.entries.lock().unwrap().keys().cloned().collect()
    }

    /// The one entry's text.
    pub(super) fn only_entry(&self) -> String {
        let entries = self.entries.lock().unwrap();
        assert_eq!(entries.len(), 1);
        entries.values().next().unwrap().expose().to_owned()
    }

    /// How often anybody asked anything of it.
    pub(super) fn touched(&self) -> usize {
        self.touched.load(Ordering::Relaxed)
    }

    fn touch(&self) {
        self.touched.fetch_add(1, Ordering::Relaxed);
    }
}

impl SecretStore for MemoryKeychain {
    fn read(&self, account: &str) -> Result<Option<Secret>, KeychainError> {
        self.touch();
        Ok(self.entries.lock().unwrap().get(account).cloned())
    }

    fn write(&self, account: &str, secret: &Secret) -> Result<(), KeychainError> {
        self.touch();
        if self.refuses.load(Ordering::Relaxed) {
            return Err(KeychainError::Refused("it is locked".to_owned()));
        }
        self.entries
            .lock()
            .unwrap()
            .insert(account.to_owned(), secret.clone());
        Ok(())
    }

    fn erase(&self, account: &str) -> Result<(), KeychainError> {
        self.touch();
        self.entries.lock().unwrap().remove(account);
        Ok(())
    }
}
