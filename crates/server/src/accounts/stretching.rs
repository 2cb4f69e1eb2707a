//! Where passwords are stretched: on threads for nothing else, each in memory that it keeps.
//!
//! A stretching takes 19 MiB. Allocators do not always use what was freed for the next one (glibc's does not, for memory
//! that is aligned to more than its own sixteen bytes): with each sign-in the server would grow.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::{io, thread};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{self, CustomizedPasswordHasher};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::oneshot;

use super::password::StretchError;

/// Stretchings at a time: each takes a core and 19 MiB.
pub(super) const CONCURRENT_STRETCHINGS: usize = 2;

thread_local! {
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Argon2, in memory that the thread keeps for the next time.
#[derive(Debug, Clone, Copy)]
pub(super) struct InKeptMemory;

impl PasswordHasher<PasswordHash> for InKeptMemory {
    fn hash_password_with_salt(
        &self,
        password: &[u8],
        salt: &[u8],
    ) -> password_hash::Result<PasswordHash> {
        self.hash_password_customized(password, salt, None, None, Params::default())
    }
}

impl CustomizedPasswordHasher<PasswordHash> for InKeptMemory {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> password_hash::Result<PasswordHash> {
        let algorithm = algorithm.map(Algorithm::try_from).transpose()?;
        let version = version.map(Version::try_from).transpose()?;
        let (algorithm, version) = (algorithm.unwrap_or_default(), version.unwrap_or_default());
        let salt = Salt::new(salt)?;
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let mut output = vec![0; length];
        let argon2 = Argon2::new(algorithm, version, params.clone());
        MEMORY.with_borrow_mut(|memory| {
            let blocks = params.block_count();
            if memory.len() < blocks {
                memory.resize(blocks, Block::new());
            }
            let memory = &mut memory[..blocks];
            argon2.hash_password_into_with_memory(password, &salt, &mut output, memory)
        })?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(&params)?,
            salt: Some(salt),
            hash: Some(Output::new(&output)?),
        })
    }
}

impl PasswordVerifier<str> for InKeptMemory {
    fn verify_password(&self, password: &[u8], hash: &str) -> password_hash::Result<()> {
        self.verify_password(password, &PasswordHash::new(hash)?)
    }
}

type Work = Box<dyn FnOnce() + Send>;

/// Does the work on one of the threads for it.
pub(super) fn on_a_stretching_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Result<T, StretchError>> {
    let (answer, answered) = oneshot::channel();
    let sent = stretching_threads().map(|threads| {
        // Whoever asked may be gone.
        let work = move || drop(answer.send(work()));
        threads.send(Box::new(work)).is_ok()
    });
    async move {
        match sent {
            Ok(true) => answered.await.map_err(|_gone| StretchError::Thread),
            Ok(false) => Err(StretchError::Closed),
            Err(source) => Err(StretchError::NoThread(source)),
        }
    }
}

/// Where work is sent to; the threads are started by the first.
fn stretching_threads() -> io::Result<Sender<Work>> {
    static THREADS: Mutex<Option<Sender<Work>>> = Mutex::new(None);
    let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(sender) = &*threads {
        return Ok(sender.clone());
    }
    let (sender, receiver) = mpsc::channel::<Work>();
    let receiver = Arc::new(Mutex::new(receiver));
    for _ in 0..CONCURRENT_STRETCHINGS {
        let receiver = Arc::clone(&receiver);
        let stretching = move || {
            let next = || {
                receiver
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .recv()
            };
            while let Ok(work) = next() {
                // A defect ends this work alone; the caller hears that no answer came.
                let _ = catch_unwind(AssertUnwindSafe(work));
            }
        };
        let thread = thread::Builder::new().name("stretching".to_owned());
        thread.spawn(stretching)?;
    }
    *threads = Some(sender.clone());
    Ok(sender)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What one has stretched the other verifies: hashes of before are good, and ours are good with any other program.
    #[test]
    fn it_is_the_argon2_of_everybody_else() {
        for password in ["correct horse", ""] {
            let ours = InKeptMemory.hash_password(password.as_bytes()).unwrap();
            let theirs = Argon2::default()
                .hash_password(password.as_bytes())
                .unwrap();
            for hash in [ours, theirs] {
                let hash = hash.to_string();
                let right = |verifier: &dyn PasswordVerifier<str>, password: &str| {
                    verifier.verify_password(password.as_bytes(), &hash).is_ok()
                };
                assert!(right(&InKeptMemory, password) && right(&Argon2::default(), password));
                assert!(!right(&InKeptMemory, "wrong") && !right(&Argon2::default(), "wrong"));
            }
        }
    }

    #[tokio::test]
    async fn a_defect_ends_one_work_and_not_the_thread() {
        for _ in 0..2 * CONCURRENT_STRETCHINGS {
            let broken = on_a_stretching_thread(|| -> u8 { panic!("a defect") });
            assert!(matches!(broken.await, Err(StretchError::Thread)));
        }
        assert_eq!(on_a_stretching_thread(|| 7).await.unwrap(), 7);
    }
}
