//! The journal on a disk that is full, and one that was cut off anywhere.

use std::fs;
use std::path::{Path, PathBuf};

use world::strict::{Strict, Variant};
use world::{Revui, files_under, fixtures};

/// Not one byte can be written, or only so many: the upload ends with an explanation, and the recording is untouched.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk() {
    let strict = Strict::start(Variant::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = fixtures::named(folder.path(), "demo.webm");
    let before = world::sha256_of(&file);
    // A limit on the size of files, in blocks of 1024 bytes, refuses writes as a full disk does; no privileges needed.
    for blocks in [0, 1] {
        let limit = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        let revui = strict.revui().through(&["bash", "-c", &limit, "limited"]);
        let ended = revui
            .run(["upload", file.to_str().unwrap(), "--task", "t", "--json"])
            .await;
        if blocks == 0 || ended.exit != 0 {
            let failed = ended.exits(1).event("failed");
            assert_eq!(failed["code"], "disk_unwritable", "{failed}");
        }
        assert_eq!(world::sha256_of(&file), before);
        // With room again, it goes.
        let revui = revui.through(&["env"]);
        let done = revui
            .run(["upload", file.to_str().unwrap(), "--task", "t"])
            .await;
        done.exits(0);
    }
}

/// A log that ends anywhere: what can be read of it is gone on with, and what cannot is said; never a crash, never a link
/// to something else.
#[tokio::test(flavor = "multi_thread")]
async fn a_journal_cut_off_anywhere() {
    let strict = Strict::start(Variant::default()).await;
    let stopped = strict.revui();
    let folder = tempfile::tempdir().unwrap();
    let file = fixtures::sparse(folder.path(), "demo.webm", 16 * 1024 * 1024);
    strict.line.hold_after(1024 * 1024);
    let running = stopped.start(["upload", file.to_str().unwrap(), "--task", "t", "--json"]);
    strict.line.is_held().await;
    running.kill().await;
    strict.line.cut();
    strict.line.release();

    let log = log_in(stopped.home());
    let length = fs::metadata(&log).unwrap().len();
    let sum = world::sha256_of(&file);
    for tenth in 0..=10 {
        let cut_at = length * tenth / 10;
        let revui = strict.revui();
        copy(stopped.home(), revui.home());
        let log = log_in(revui.home());
        fs::File::options()
            .write(true)
            .open(&log)
            .unwrap()
            .set_len(cut_at)
            .unwrap();
        let ended = revui.run(["resume", "--json"]).await;
        assert!(
            matches!(ended.exit, 0 | 1),
            "cut at {cut_at} of {length}: {ended:?}"
        );
        assert!(
            !ended.stderr.contains("panicked"),
            "cut at {cut_at}: {}",
            ended.stderr
        );
        if tenth == 10 {
            assert_eq!(ended.event("done")["sha256"], sum.as_str());
        }
        // Whatever was left of it, the file can be uploaded anew.
        let anew = revui
            .run(["upload", file.to_str().unwrap(), "--task", "t", "--json"])
            .await;
        assert_eq!(anew.exits(0).event("done")["sha256"], sum.as_str());
    }
}

/// The one job's log.
fn log_in(home: &Path) -> PathBuf {
    let mut logs = files_under(home);
    logs.retain(|file| file.file_name().is_some_and(|name| name == "log"));
    assert_eq!(logs.len(), 1, "one job in {}", home.display());
    logs.remove(0)
}

fn copy(from: &Path, to: &Path) {
    for file in files_under(from) {
        let place = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::copy(&file, &place).unwrap();
    }
}

/// Two homes share nothing.
#[tokio::test(flavor = "multi_thread")]
async fn another_home_knows_nothing_of_it() {
    let strict = Strict::start(Variant::default()).await;
    Revui::new()
        .with_session(&strict.server, &strict.new_token())
        .run(["resume"])
        .await
        .exits(0)
        .explains("nothing to go on with");
}
