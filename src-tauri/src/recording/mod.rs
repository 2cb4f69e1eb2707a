//! Recording in the window: one at a time, told what to do by whoever has a button for it (the window, the small bar, the
//! tray, the keys that work from anywhere), and seen by all of them.
//!
//! What is recorded, and how, is [`capture`]'s; what becomes of the bytes is the engine's. Here is decided which follows
//! which, and that nothing of it is ever lost: a recording ends with a file, and that file with a review or a link.

pub(crate) mod bar;
mod choices;
pub(crate) mod commands;
mod left;
mod making;
mod previewing;
mod sending;
pub(crate) mod shortcut;

use std::sync::{Arc, Mutex};

use capture::{Helper, Preview};
use tokio::sync::{Notify, mpsc};

use crate::closing;
use crate::ipc::{
    AfterStop, Choices, Failure, Recording, RecordingOrder, RecordingStage, Shortcut,
};
use crate::shell::{Shell, lock};

pub(crate) use choices::last;
pub(crate) use left::bring_in;
use previewing::{Previewing, Sight};

/// The recording that is being made, if one is.
#[derive(Default)]
pub(crate) struct Recorder {
    current: Mutex<Option<Current>>,
    failure: Mutex<Option<Failure>>,
    /// The keys that work from anywhere.
    shortcut: Mutex<Option<Shortcut>>,
    /// Pictures of what would be recorded.
    previewing: Previewing,
    /// Rung when a recording is over.
    over: Notify,
}

struct Current {
    shown: Recording,
    orders: mpsc::UnboundedSender<RecordingOrder>,
}

impl Recorder {
    /// As the window shows it.
    pub(crate) fn shown(&self) -> Option<Recording> {
        let current = lock(&self.current);
        current.as_ref().map(|current| current.shown.clone())
    }

    /// Whether there is one, from its countdown to its finished file.
    pub(crate) fn is_busy(&self) -> bool {
        lock(&self.current).is_some()
    }

    /// Why the last one was not made, or ended.
    pub(crate) fn failure(&self) -> Option<Failure> {
        lock(&self.failure).clone()
    }

    /// The failure has been seen.
    pub(crate) fn forget_failure(&self) {
        *lock(&self.failure) = None;
    }

    /// Tells it what to do. Nobody listens where none is made, or once it is ending, and nothing is to be done then.
    pub(crate) fn tell(&self, order: RecordingOrder) {
        if let Some(current) = lock(&self.current).as_ref() {
            let _ = current.orders.send(order);
        }
    }

    /// Waits until none is being made.
    pub(crate) async fn is_over(&self) {
        loop {
            let over = self.over.notified();
            if !self.is_busy() {
                return;
            }
            over.await;
        }
    }

    fn begin(&self, choices: &Choices) -> Result<mpsc::UnboundedReceiver<RecordingOrder>, Failure> {
        let mut current = lock(&self.current);
        if current.is_some() {
            return Err(already_recording());
        }
        let (orders, heard) = mpsc::unbounded_channel();
        *current = Some(Current {
            shown: at_first(choices.after_stop),
            orders,
        });
        self.forget_failure();
        Ok(heard)
    }

    /// A small picture of what could be recorded, as long as nothing is.
    async fn preview(&self, sight: &Sight) -> Result<Preview, Failure> {
        if self.is_busy() {
            return Err(already_recording());
        }
        Ok(self.previewing.take(sight).await?)
    }

    fn change(&self, change: impl FnOnce(&mut Recording)) {
        if let Some(current) = lock(&self.current).as_mut() {
            change(&mut current.shown);
        }
    }

    fn end(&self, failure: Option<Failure>) {
        *lock(&self.failure) = failure;
        *lock(&self.current) = None;
        self.over.notify_waiters();
    }
}

fn already_recording() -> Failure {
    Failure::of_the_shell(
        "already_recording",
        "A recording is being made already.",
        "Stop it first.",
    )
}

fn at_first(after_stop: AfterStop) -> Recording {
    Recording {
        stage: RecordingStage::Starting,
        file_name: None,
        elapsed_ms: 0,
        size_bytes: 0,
        minutes_left: None,
        disk_low: false,
        size_near: false,
        stalled: false,
        sounds: Vec::new(),
        lost_screen: None,
        lost_window: None,
        camera: None,
        after_stop,
        upload: None,
    }
}

/// Begins to record. Returns once there is a helper that can; what happens then is shown.
pub(crate) async fn start(shell: &Arc<Shell>, choices: Choices) -> Result<(), Failure> {
    let orders = shell.recorder.begin(&choices)?;
    shell.touch();
    shell.recorder.previewing.end().await;
    match Helper::start().await {
        Ok(helper) => {
            let shell = shell.clone();
            tauri::async_runtime::spawn(making::make(shell, helper, choices, orders));
            Ok(())
        }
        Err(error) => {
            shell.recorder.end(None);
            shell.touch();
            Err(error.into())
        }
    }
}

/// The keys that work from anywhere, or the tray: stops what is being recorded, or begins as it was wanted last.
pub(crate) fn start_or_stop(shell: &Arc<Shell>) {
    if shell.recorder.is_busy() {
        shell.recorder.tell(RecordingOrder::Stop);
        return;
    }
    let shell = shell.clone();
    tauri::async_runtime::spawn(async move {
        let choices = last(&shell);
        if let Err(failure) = start(&shell, choices).await {
            tracing::warn!(code = failure.code, "nothing was recorded");
            *lock(&shell.recorder.failure) = Some(failure);
            shell.touch();
            closing::come_back(&shell);
        }
    });
}

#[cfg(test)]
mod tests;
