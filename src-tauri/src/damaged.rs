//! Records of uploads that cannot be read any more. Nobody knows which files they were about; their user is told that
//! there are some, so that no upload goes missing in silence.

use std::sync::Mutex;

use client::{Code, JobId};

use crate::ipc::Failure;
use crate::shell::{Shell, lock};

/// The damaged records of the journal, as they were found last.
#[derive(Default)]
pub(crate) struct Damaged {
    found: Mutex<Vec<JobId>>,
    /// Held while somebody looks: what was seen earlier must not be shown later.
    looking: tokio::sync::Mutex<()>,
}

impl Damaged {
    /// When they were begun, in milliseconds since the epoch: all that is left to tell one from another.
    pub(crate) fn begun_at(&self) -> Vec<i64> {
        lock(&self.found).iter().filter_map(begun_at).collect()
    }
}

/// A job is named by a UUID of version 7, which begins with the time (RFC 9562 section 5.7).
fn begun_at(job: &JobId) -> Option<i64> {
    let name = uuid::Uuid::parse_str(job.as_str()).ok()?;
    let (seconds, nanoseconds) = name.get_timestamp()?.to_unix();
    let milliseconds = seconds * 1000 + u64::from(nanoseconds / 1_000_000);
    i64::try_from(milliseconds).ok()
}

/// Looks for them in the journal, which reads every log.
pub(crate) async fn look(shell: &Shell) {
    let _alone = shell.damaged.looking.lock().await;
    let client = shell.client.clone();
    match tokio::task::spawn_blocking(move || client.damaged()).await {
        Ok(Ok(damaged)) => *lock(&shell.damaged.found) = damaged,
        Ok(Err(error)) => tracing::error!(%error, "the journal cannot be looked through"),
        Err(error) => tracing::error!(%error, "a defect: looking through the journal did not end"),
    }
    shell.touch();
}

/// Their user has been told: what is left of them goes, of each that can be removed. What stays is still told.
pub(crate) async fn forget(shell: &Shell) -> Result<(), Failure> {
    let damaged = lock(&shell.damaged.found).clone();
    let mut refused = None;
    for job in &damaged {
        if let Err(error) = shell.client.cancel(job).await {
            let diagnosis = error.diagnosis();
            // Gone already: somebody was quicker.
            if diagnosis.code != Code::UnknownJob {
                refused = refused.or(Some(diagnosis));
            }
        }
    }
    look(shell).await;
    refused.map_or(Ok(()), |diagnosis| Err(diagnosis.into()))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::PathBuf;

    use super::*;
    use crate::world::World;

    /// Uploads that were begun and stopped, and whose logs are damaged now: their folders.
    async fn damaged(world: &World, count: usize) -> Vec<PathBuf> {
        let mut folders = Vec::new();
        for _ in 0..count {
            let upload = world.start().await;
            let folder = world.home().path().join("jobs").join(upload.job().as_str());
            upload.stop().await;
            fs::write(folder.join("log"), [0xFF; 64]).unwrap();
            folders.push(folder);
        }
        look(&world.shell).await;
        folders
    }

    fn told(world: &World) -> usize {
        world.shell.damaged.begun_at().len()
    }

    #[test]
    fn each_that_can_be_forgotten_is() {
        let world = World::new();
        tauri::async_runtime::block_on(async {
            let folders = damaged(&world, 3).await;
            assert_eq!(told(&world), 3);
            // The first is gone already, and the second is not to be had: that keeps nobody from the third.
            fs::remove_dir_all(&folders[0]).unwrap();
            let lock = File::create(folders[1].join("lock")).unwrap();
            lock.lock().unwrap();
            let refused = forget(&world.shell).await.unwrap_err();
            assert_eq!(refused.code, "job_busy");
            assert!(folders[1].exists() && !folders[2].exists());

            drop(lock);
            look(&world.shell).await;
            assert_eq!(told(&world), 1, "what stays is still told");
            forget(&world.shell).await.unwrap();
            assert_eq!(told(&world), 0);
            assert!(!folders[1].exists());
        });
    }

    #[test]
    fn what_is_gone_already_is_forgotten() {
        let world = World::new();
        tauri::async_runtime::block_on(async {
            let folders = damaged(&world, 1).await;
            fs::remove_dir_all(&folders[0]).unwrap();
            forget(&world.shell).await.unwrap();
        });
        assert_eq!(told(&world), 0);
    }

    #[test]
    fn a_name_tells_when_the_upload_was_begun() {
        // The example of RFC 9562, appendix A.6: Tuesday, 22 February 2022, 19:22:22 GMT.
        let job = JobId::parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f").unwrap();
        assert_eq!(begun_at(&job), Some(1_645_557_742_000));
        let without_a_time = JobId::parse("919108f7-52d1-4320-9bac-f847db4148a8").unwrap();
        assert_eq!(begun_at(&without_a_time), None);
    }
}
