//! An upload in the middle of its sending: the line to the store stands still after the first megabyte.

use std::path::{Path, PathBuf};

use serde_json::Value;
use world::strict::{Strict, Variant};
use world::{Revui, Running, fixtures, sha256_of};

/// More than every buffer between the file and the other side.
pub(crate) const SIZE_BYTES: u64 = 32 * 1024 * 1024;

/// What has got through by then.
const CARRIED_BYTES: u64 = 1024 * 1024;

/// The upload, and everything around it.
pub(crate) struct Held {
    pub(crate) strict: Strict,
    pub(crate) revui: Revui,
    pub(crate) running: Running,
    pub(crate) file: PathBuf,
    pub(crate) folder: tempfile::TempDir,
}

impl Held {
    pub(crate) async fn start() -> Self {
        Self::start_as(SIZE_BYTES, |revui| revui).await
    }

    /// With a file of another size, or something else about the command line.
    pub(crate) async fn start_as(size_bytes: u64, prepare: impl FnOnce(Revui) -> Revui) -> Self {
        let strict = Strict::start(Variant::default()).await;
        let revui = prepare(strict.revui());
        let folder = tempfile::tempdir().unwrap();
        let file = fixtures::sparse(folder.path(), "demo.webm", size_bytes);
        strict.line.hold_after(CARRIED_BYTES);
        let running = revui.start_upload(&file, "t");
        strict.line.is_held().await;
        Self {
            strict,
            revui,
            running,
            file,
            folder,
        }
    }

    /// Breaks its connection once some bytes have arrived; the next one is not held.
    pub(crate) async fn break_connection(&mut self) {
        let some_arrived = |event: &Value| event["sentBytes"].as_u64() > Some(0);
        let running = &mut self.running;
        running.event("bytes that arrived", some_arrived).await;
        self.strict.line.cut();
        self.strict.line.release();
    }

    /// Kills the program; its job is left to whoever comes next, on a line that is open.
    pub(crate) async fn kill(self) -> Left {
        self.running.kill().await;
        Left::behind(self.strict, self.revui, self.file, self.folder)
    }
}

/// A job that nobody drives any more.
pub(crate) struct Left {
    pub(crate) strict: Strict,
    pub(crate) revui: Revui,
    pub(crate) file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Left {
    pub(crate) fn behind(
        strict: Strict,
        revui: Revui,
        file: PathBuf,
        folder: tempfile::TempDir,
    ) -> Self {
        strict.line.cut();
        strict.line.release();
        Self {
            strict,
            revui,
            file,
            _folder: folder,
        }
    }

    /// Goes on with it: it must arrive whole, and the lines must say that it began again.
    pub(crate) async fn resumes(&self) -> Value {
        let resumed = self.revui.run(["resume", "--json"]).await.exits(0);
        let done = resumed.event("done");
        self.arrived(&done);
        let again = resumed.events().into_iter().any(|event| {
            event["event"] == "phase" && event["phase"] == "sending" && event["reason"].is_string()
        });
        let said = &resumed.stdout;
        assert!(again, "it says that it starts from the beginning:\n{said}");
        self.has_no_job().await;
        done
    }

    pub(crate) async fn has_no_job(&self) {
        let nothing = self.revui.run(["resume"]).await.exits(0);
        nothing.explains("nothing to go on with");
    }

    pub(crate) fn arrived(&self, done: &Value) {
        arrived(done, &self.file);
    }
}

/// What is done is the whole file.
#[track_caller]
pub(crate) fn arrived(done: &Value, file: &Path) {
    assert_eq!(done["sha256"], sha256_of(file).as_str());
}
