//! Records of uploads that cannot be read any more. Nobody knows which files they were about; their user is told that
//! there are some, so that no upload goes missing in silence.

use std::sync::Mutex;

use client::JobId;

use crate::ipc::Failure;
use crate::shell::{Shell, lock};

/// The damaged records of the journal, as they were found last.
#[derive(Default)]
pub(crate) struct Damaged(Mutex<Vec<JobId>>);

impl Damaged {
    /// When they were begun, in milliseconds since the epoch: all that is left to tell one from another.
    pub(crate) fn begun_at(&self) -> Vec<i64> {
        lock(&self.0).iter().filter_map(begun_at).collect()
    }
}

/// A job is named by a UUID of version 7, which begins with the time (RFC 9562 section 5.7).
fn begun_at(job: &JobId) -> Option<i64> {
    let name = uuid::Uuid::parse_str(job.as_str()).ok()?;
    let (seconds, nanoseconds) = name.get_timestamp()?.to_unix();
    let milliseconds = seconds * 1000 + u64::from(nanoseconds / 1_000_000);
    i64::try_from(milliseconds).ok()
}

/// Looks for them in the journal.
pub(crate) fn look(shell: &Shell) {
    match shell.client.damaged() {
        Ok(damaged) => *lock(&shell.damaged.0) = damaged,
        Err(error) => tracing::error!(%error, "the journal cannot be looked through"),
    }
}

/// Their user has been told: what is left of them goes.
pub(crate) async fn forget(shell: &Shell) -> Result<(), Failure> {
    let damaged = std::mem::take(&mut *lock(&shell.damaged.0));
    shell.touch();
    for job in &damaged {
        if let Err(error) = shell.client.cancel(job).await {
            look(shell);
            shell.touch();
            return Err(error.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_when_the_upload_was_begun() {
        // The example of RFC 9562, appendix A.6: Tuesday, 22 February 2022, 19:22:22 GMT.
        let job = JobId::parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f").unwrap();
        assert_eq!(begun_at(&job), Some(1_645_557_742_000));
        let without_a_time = JobId::parse("919108f7-52d1-4320-9bac-f847db4148a8").unwrap();
        assert_eq!(begun_at(&without_a_time), None);
    }
}
