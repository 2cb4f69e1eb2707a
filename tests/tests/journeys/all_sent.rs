//! An upload in parts of which every byte has been sent, and whose program goes on: the line to the backend is held before
//! the call that completes it.

use std::path::{Path, PathBuf};

use world::{Line, Revui, Running, World, sha256_of};

/// The upload, and everything around it.
pub(crate) struct AllSent {
    world: World,
    line: Line,
    running: Running,
    file: PathBuf,
}

/// A line to the world's backend, and a command line that uses it.
pub(crate) async fn over_a_line(world: &World) -> (Line, Revui) {
    let (_, address) = world.server.split_once("://").unwrap();
    let line = Line::to(address.parse().unwrap()).await;
    let server = format!("http://{}", line.address());
    let revui = Revui::new().with_session(&server, &world.token_of(world.user()).await);
    (line, revui)
}

impl AllSent {
    pub(crate) async fn of(file: &Path) -> Self {
        let world = World::start().await;
        let (line, revui) = over_a_line(&world).await;
        line.hold_at("/complete HTTP/1.1");
        let running = revui.start_upload(file, &world.task);
        line.is_held().await;
        Self {
            world,
            line,
            running,
            file: file.to_owned(),
        }
    }

    /// Of the program's process.
    pub(crate) fn id(&self) -> u32 {
        self.running.id()
    }

    /// Lets it complete: the whole file has arrived, in parts.
    pub(crate) async fn ends(self) {
        self.line.release();
        let done = self.running.finish().await.exits(0).event("done");
        assert_eq!(done["sha256"], sha256_of(&self.file).as_str());
        let log = self.world.log();
        assert!(
            log.contains("/recordings/{id}/parts"),
            "it went in parts:\n{log}"
        );
    }
}
