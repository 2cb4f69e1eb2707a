//! Uploading a recording while it is made.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::engine::{self, Growth, State};
use crate::inspect::file_name;
use crate::journal::{JobLog, JournalError, Record, Story};
use crate::source::{self, Beating, Follower, Identity, SourceError};
use crate::uploads::{blocking, explained, journal_job};
use crate::{
    Client, ClientError, Code, Diagnosis, Inspection, NewUpload, Upload, diagnosis, mending,
};

/// When an upload of a recording is completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    /// As soon as the recording has ended and all of it has arrived.
    AtStop,
    /// Not before [`Upload::approve`]: its user looks at it first, and may [cancel](Upload::cancel) it.
    AfterReview,
}

impl Client {
    /// Uploads a file that is still being recorded: journals the job, and sends what is final of it while it grows. Its
    /// writer is never kept waiting, whatever the network does.
    ///
    /// [`Upload::seal`] says that the recording has ended. A program that ends before that leaves the job in the journal;
    /// [`Client::resume`] goes on with the file as it is then, and mends it first where its recorder could not finish it.
    pub async fn upload_growing(
        &self,
        new: NewUpload,
        completion: Completion,
    ) -> Result<Upload, ClientError> {
        let limit = self.inner.uploads.pace.limits.disk;
        let path = new.path.clone();
        let opened = source::ask(limit, move |pulse| open(&path, pulse)).await;
        let opened = opened.map_err(SourceError::from).flatten();
        let (follower, inspection, identity) =
            opened.map_err(|error| ClientError::Upload(diagnosis::of_source(&error, &new.path)))?;
        let job = self.new_job(&new, inspection, identity, Timestamp::now());
        let journal = self.inner.uploads.journal.clone();
        let bytes_per_second = new.bytes_per_second;
        let awaits_word = completion == Completion::AfterReview;
        let (job, log) = blocking(move || {
            let begin = || -> Result<_, JournalError> {
                let mut log = journal_job(&journal, &job, bytes_per_second)?;
                log.append(&Record::Growing { awaits_word }, job.created_at)?;
                Ok(log)
            };
            let log = begin().map_err(|error| explained(&error))?;
            Ok((job, log))
        })
        .await?;
        let mut state = State::recording(job, awaits_word, self.inner.uploads.pace.policy);
        state.limit = bytes_per_second;
        Ok(self.drive_following(state, log, Some(follower)))
    }

    /// A job whose program ended before its recording had: the file is what it will be, once it is whole.
    pub(crate) async fn sealed(
        &self,
        log: JobLog,
        story: Story,
    ) -> Result<(JobLog, Story), ClientError> {
        let policy = self.inner.uploads.pace.policy;
        if !matches!(
            State::recall(&story, policy).growth,
            Growth::Recording { .. }
        ) {
            return Ok((log, story));
        }
        let limit = self.inner.uploads.pace.limits.disk;
        let ended = mending::finish(&story.job.path, limit).await;
        let record = match ended {
            Ok(ended) => Record::Sealed {
                identity: ended.identity,
                duration_seconds: ended.inspection.duration_seconds,
                mended: ended.mended,
            },
            // Nothing will ever be in it: it need not be tried again.
            Err(diagnosis) if diagnosis.code == Code::NothingRecorded => {
                return Err(self.ended_in_vain(log, diagnosis).await);
            }
            Err(diagnosis) => return Err(ClientError::Upload(diagnosis)),
        };
        blocking(move || {
            let (mut log, mut story) = (log, story);
            let now = Timestamp::now();
            log.append(&record, now)
                .map_err(|error| explained(&error))?;
            story.entries.push(engine::known(record, now));
            Ok((log, story))
        })
        .await
    }

    async fn ended_in_vain(&self, log: JobLog, diagnosis: Diagnosis) -> ClientError {
        let record = Record::Failed {
            diagnosis: diagnosis.clone(),
        };
        let journaled = blocking(move || {
            let mut log = log;
            log.append(&record, Timestamp::now())
                .map_err(|error| explained(&error))
        });
        journaled
            .await
            .err()
            .unwrap_or(ClientError::Upload(diagnosis))
    }
}

/// The file, what is known of it so early, and somebody who follows it. Blocks.
fn open(
    path: &Path,
    pulse: &source::Pulse,
) -> Result<(Follower, Inspection, Identity), SourceError> {
    let path: PathBuf = std::path::absolute(path)?;
    let identity = Identity::take(&path)?;
    pulse.beat();
    let follower = Follower::open(&path, identity.clone())?;
    let mut file = std::io::BufReader::new(Beating::new(std::fs::File::open(&path)?, pulse));
    // Its header may be there, or not yet.
    let probed = media::probe(&mut file, identity.size_bytes).ok();
    let kind = probed
        .as_ref()
        .map_or(media::Kind::Video, |probe| probe.kind);
    let inspection = Inspection {
        file_name: file_name(&path),
        size_bytes: identity.size_bytes,
        duration_seconds: None,
        content_type: kind.media_type(),
        video_codec: None,
        audio_codec: None,
        path,
    };
    Ok((follower, inspection, identity))
}
