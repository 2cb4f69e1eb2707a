//! An upload in parts in the middle of its sending: its first part has arrived at the real backend's store, the others get
//! no further than their beginning.

use std::path::PathBuf;

use faults::{Break, Faults, Seen};
use world::{Faulty, Revui, Running, fixtures, in_time};

/// Three parts, of 8 MiB but for the last.
const SIZE_BYTES: u64 = 17 << 20;

const HOLDS_THE_OTHERS: &str = r#"
[[rule]]
name = "held"
part = "2-3"
fault = "black-hole"
after = "64KiB"
"#;

/// The upload, and everything around it.
pub(crate) struct HeldInParts {
    pub(crate) world: Faulty,
    pub(crate) revui: Revui,
    pub(crate) running: Running,
    pub(crate) file: PathBuf,
    pub(crate) folder: tempfile::TempDir,
}

impl HeldInParts {
    pub(crate) async fn start() -> Self {
        let world = Faulty::start().await;
        world.before_store(HOLDS_THE_OTHERS);
        let revui = world.revui();
        let folder = tempfile::tempdir().unwrap();
        let file = fixtures::sparse(folder.path(), "demo.webm", SIZE_BYTES);
        let running = revui.start_upload(&file, Faulty::TASK);
        in_time("the middle of an upload", world.store.until(is_held)).await;
        Self {
            world,
            revui,
            running,
            file,
            folder,
        }
    }

    /// Breaks what is held; what comes next is not.
    pub(crate) fn release(&self) {
        release(&self.world);
    }

    /// Kills the program; its job is left to whoever comes next.
    pub(crate) async fn kill(self) -> LeftInParts {
        self.running.kill().await;
        release(&self.world);
        LeftInParts {
            world: self.world,
            revui: self.revui,
            file: self.file,
            _folder: self.folder,
        }
    }
}

/// A job in parts that nobody drives any more.
pub(crate) struct LeftInParts {
    pub(crate) world: Faulty,
    pub(crate) revui: Revui,
    pub(crate) file: PathBuf,
    _folder: tempfile::TempDir,
}

fn release(world: &Faulty) {
    world.store.set(Faults::none());
    world.store.cut_all(Break::Reset);
}

fn is_held(seen: &Seen) -> bool {
    let mut puts = seen.exchanges.iter();
    let first = puts.any(|put| put.part == Some(1) && put.answered_status == Some(200));
    let mut puts = seen.exchanges.iter();
    first && puts.any(|put| put.part > Some(1) && put.forwarded_bytes > 0)
}
