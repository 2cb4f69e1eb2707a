//! Disks that stop answering: a network drive whose server went away, a stick that is broken.
//!
//! A system call on such a disk may never return, and nothing can end it. So each is made on a thread of its own, which
//! is left behind when it says nothing for too long; whoever asked goes on. It knows nothing of recordings.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, oneshot};
use tokio::time::timeout;

use super::{Source, SourceError};

/// How long a disk that did not answer the last question is given when it is asked again.
const SECOND_CHANCE: Duration = Duration::from_secs(1);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    /// The disk says nothing.
    #[error("the disk did not answer for {} s", .0.as_secs_f32())]
    Silent(Duration),
    /// The thread could not be made, or ended early: a defect, or a system without resources.
    #[error("the disk could not be asked")]
    NotAsked(#[source] io::Error),
}

impl From<Unanswered> for SourceError {
    fn from(error: Unanswered) -> Self {
        match error {
            Unanswered::Silent(limit) => Self::NotAnswering(limit),
            Unanswered::NotAsked(error) => Self::Unreadable(error),
        }
    }
}

/// Shows that a question of many steps is getting somewhere: each step that the disk answers is a beat.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// The disk answered.
    pub(crate) fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn beats(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A file whose every answer is a beat.
pub(crate) struct Beating<F> {
    file: F,
    pulse: Pulse,
}

impl<F> Beating<F> {
    pub(crate) fn new(file: F, pulse: &Pulse) -> Self {
        Self {
            file,
            pulse: pulse.clone(),
        }
    }
}

impl<F: Read> Read for Beating<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer);
        self.pulse.beat();
        read
    }
}

impl<F: Seek> Seek for Beating<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Asks a disk what may take any time, as long as it answers something within `limit` again and again.
pub(crate) async fn ask<T: Send + 'static>(
    limit: Duration,
    question: impl FnOnce(&Pulse) -> T + Send + 'static,
) -> Result<T, Unanswered> {
    let pulse = Pulse::default();
    let beating = pulse.clone();
    let mut answer = begin(move || question(&beating))?;
    let mut beats = pulse.beats();
    loop {
        match timeout(limit, &mut answer).await {
            Ok(answered) => return answered.map_err(|_| ended_early()),
            Err(_) if pulse.beats() == beats => return Err(Unanswered::Silent(limit)),
            Err(_) => beats = pulse.beats(),
        }
    }
}

/// Asks on a thread of its own. Not on one of the runtime's: those are waited for at its end, and they are finite.
fn begin<T: Send + 'static>(
    question: impl FnOnce() -> T + Send + 'static,
) -> Result<oneshot::Receiver<T>, Unanswered> {
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new()
        .name("disk-question".to_owned())
        .spawn(move || {
            let _ = sender.send(question());
        })
        .map_err(Unanswered::NotAsked)?;
    Ok(receiver)
}

fn ended_early() -> Unanswered {
    Unanswered::NotAsked(io::Error::other("the thread ended without an answer"))
}

/// The disk under one recording. At most one thread waits for it, however often it is asked.
#[derive(Debug)]
pub(crate) struct Disk {
    limit: Duration,
    open_question: Mutex<Option<oneshot::Receiver<Result<(), SourceError>>>>,
}

impl Disk {
    /// One that must answer within `limit`.
    pub(crate) fn answering_within(limit: Duration) -> Self {
        Self {
            limit,
            open_question: Mutex::default(),
        }
    }

    /// Whether the source still is the file that was chosen. After a question without an answer the next ones are short,
    /// so that other uploads need not wait for this disk again and again.
    pub(crate) async fn check(&self, source: &Source) -> Result<(), SourceError> {
        let source = source.clone();
        self.ask(move || source.check()).await
    }

    async fn ask(
        &self,
        question: impl FnOnce() -> Result<(), SourceError> + Send + 'static,
    ) -> Result<(), SourceError> {
        let mut open = self.open_question.lock().await;
        if let Some(earlier) = open.as_mut() {
            // What it says after so long is old: it is asked anew.
            timeout(SECOND_CHANCE.min(self.limit), earlier)
                .await
                .map_or(Err(Unanswered::Silent(self.limit)), |_| Ok(()))?;
        }
        // Kept before it is waited for: whoever drops this future leaves the thread to the next question.
        let answer = open.insert(begin(question)?);
        let answered = timeout(self.limit, answer)
            .await
            .map_err(|_| Unanswered::Silent(self.limit))?;
        *open = None;
        answered.map_err(|_| ended_early())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const LIMIT: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn a_disk_that_answers_now_and_then_is_waited_for() {
        // Far more than a busy computer makes of a pause.
        let limit = LIMIT * 10;
        let (answer, answers) = mpsc::channel();
        let asked = tokio::spawn(ask(limit, move |pulse| {
            while answers.recv().is_ok() {
                pulse.beat();
            }
            7
        }));
        for _ in 0..12 {
            tokio::time::sleep(limit / 10).await;
            answer.send(()).unwrap();
        }
        drop(answer);
        assert_eq!(asked.await.unwrap().unwrap(), 7);
    }

    #[tokio::test]
    async fn a_disk_that_says_nothing_is_left() {
        let (_answer, answers) = mpsc::channel::<()>();
        let asked = ask(LIMIT, move |_| answers.recv()).await;
        assert!(matches!(asked, Err(Unanswered::Silent(LIMIT))), "{asked:?}");
        let panicked = ask(Duration::from_mins(1), |_| panic!("a defect")).await;
        assert!(
            matches!(panicked, Err(Unanswered::NotAsked(_))),
            "{panicked:?}"
        );
    }

    #[tokio::test]
    async fn one_thread_waits_however_often_it_is_asked() {
        let disk = Disk::answering_within(LIMIT);
        let (answer, answers) = mpsc::channel::<()>();
        let silent = disk.ask(move || {
            let _ = answers.recv();
            Err(SourceError::Gone)
        });
        assert!(matches!(
            silent.await,
            Err(SourceError::NotAnswering(LIMIT))
        ));
        let again = disk.ask(|| unreachable!("the first question is still open"));
        assert!(matches!(again.await, Err(SourceError::NotAnswering(LIMIT))));

        drop(answer);
        // Its late answer is not taken for that to the next question.
        while !matches!(disk.ask(|| Ok(())).await, Ok(())) {}
    }

    #[tokio::test]
    async fn a_question_that_nobody_waits_for_any_more_is_still_open() {
        let disk = Disk::answering_within(Duration::from_mins(1));
        let (answer, answers) = mpsc::channel::<()>();
        let dropped = disk.ask(move || {
            let _ = answers.recv();
            Ok(())
        });
        assert!(timeout(LIMIT, dropped).await.is_err());
        assert!(disk.open_question.lock().await.is_some());
        drop(answer);
        disk.ask(|| Ok(())).await.unwrap();
    }
}
