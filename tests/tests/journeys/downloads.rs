//! Downloads that are stopped.

use std::path::Path;
use std::time::Duration;

use faults::Faults;
use world::{Faulty, files_under, fixtures, in_time};

/// Seconds on a line of a mebibyte a second.
const SIZE_BYTES: u64 = 7 << 20;

const SLOWLY: &str = r#"
[[rule]]
name = "slow"
method = "GET"
fault = "bandwidth"
download = "1MiB/s"
"#;

/// A file system tells nobody when a file appears.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Files of the folder whose names begin with that of the download.
fn arrived_in(folder: &Path) -> Vec<(String, u64)> {
    let files = files_under(folder).into_iter();
    let names = files.filter_map(|file| {
        let name = file.file_name()?.to_str()?.to_owned();
        let is_it = name.starts_with("back.webm");
        is_it.then(|| (name, file.metadata().map_or(0, |facts| facts.len())))
    });
    names.collect()
}

/// Nothing of it is kept, nobody is sent to `resume`, and the same command brings it.
#[tokio::test(flavor = "multi_thread")]
async fn stopped_by_ctrl_c_or_by_the_system() {
    let world = Faulty::start().await;
    let revui = world.revui();
    let folder = tempfile::tempdir().unwrap();
    let file = fixtures::sparse(folder.path(), "demo.webm", SIZE_BYTES);
    let done = revui.uploaded(&file, Faulty::TASK).await;
    let id = done["recordingId"].as_str().unwrap();
    let back = ["download", id, "--verify", "--output", "back.webm"];
    for signal in ["INT", "TERM"] {
        world.before_store(SLOWLY);
        let running = revui.start(back);
        let some = |(_, bytes): &(_, u64)| *bytes > 0;
        in_time("some of it", async {
            while !arrived_in(revui.home()).iter().any(some) {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        })
        .await;
        running.signal(signal).await;
        let stopped = running.finish().await.exits(5);
        let stopped = stopped.explains("Nothing of it was kept").explains("again");
        assert!(!stopped.stderr.contains("resume"), "{}", stopped.stderr);
        assert_eq!(arrived_in(revui.home()), [], "SIG{signal}");
    }
    world.store.set(Faults::none());
    let brought = revui.run(back).await.exits(0);
    assert_eq!(brought.last_line(), "SHA-256 agrees");
    let whole = ("back.webm".to_owned(), SIZE_BYTES);
    assert_eq!(arrived_in(revui.home()), [whole]);
}
