//! The journal on a disk that is full, and one that was cut off or garbled anywhere.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use client::{Client, ClientOptions, Home, Phase, StoredJob};
use world::strict::{Strict, Variant};
use world::{Revui, files_under, fixtures};

use crate::held::{Held, Left};

/// More than is carried before the line stands still.
const SIZE_BYTES: u64 = 4 * 1024 * 1024;

/// A job that was killed in the middle of its sending.
async fn stopped() -> Left {
    let held = Held::start_as(SIZE_BYTES, |revui| revui);
    held.await.kill().await
}

/// Not one byte can be written, or only so many: the upload ends with an explanation, and the recording is untouched.
#[tokio::test(flavor = "multi_thread")]
async fn files_that_may_not_grow() {
    let strict = Strict::start(Variant::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = fixtures::named(folder.path(), "demo.webm");
    let before = world::sha256_of(&file);
    // A limit on the size of files, in blocks of 1024 bytes, refuses writes as a full disk does; no privileges needed.
    for blocks in [0, 1] {
        let limit = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        let revui = strict.revui().through(&["bash", "-c", &limit, "limited"]);
        let ended = revui.upload(&file, "t").await;
        if blocks == 0 || ended.exit != 0 {
            let failed = ended.exits(1).event("failed");
            assert_eq!(failed["code"], "disk_unwritable", "{failed}");
        }
        assert_eq!(world::sha256_of(&file), before);
        // With room again, it goes.
        let revui = revui.through(&["env"]);
        revui.uploaded(&file, "t").await;
    }
}

/// A log that ends anywhere: a job is told as long as its first record is whole, and never as further than it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_journal_cut_off_at_any_byte_is_told_up_to_there() {
    let left = stopped().await;
    let log = log_in(left.revui.home());
    let whole = fs::read(&log).unwrap();
    let ends = record_ends(&whole);
    assert!(ends.len() >= 4, "queued, initiating, reserved, sending");
    let home = Home::at(left.revui.home());
    let client = Client::open(ClientOptions::new(home)).unwrap();
    for cut in 0..=whole.len() {
        fs::write(&log, &whole[..cut]).unwrap();
        let stored = client.stored().unwrap();
        if cut < ends[0] {
            assert_eq!(stored.len(), 0, "cut at {cut}: half a job is none");
        } else {
            is_unfinished(&stored, &left.file, &format!("cut at {cut}"));
        }
    }
}

/// One bit that is another, anywhere: what comes after it is not believed.
#[tokio::test(flavor = "multi_thread")]
async fn a_journal_garbled_at_any_byte_is_told_up_to_there() {
    let left = stopped().await;
    let log = log_in(left.revui.home());
    let whole = fs::read(&log).unwrap();
    let first = record_ends(&whole)[0];
    let home = Home::at(left.revui.home());
    let client = Client::open(ClientOptions::new(home)).unwrap();
    for at in 0..whole.len() {
        let mut garbled = whole.clone();
        garbled[at] ^= 0x01;
        fs::write(&log, &garbled).unwrap();
        let stored = client.stored().unwrap();
        if at < first {
            assert_eq!(stored.len(), 0, "byte {at}");
        } else {
            is_unfinished(&stored, &left.file, &format!("byte {at}"));
        }
    }
}

#[track_caller]
fn is_unfinished(stored: &[StoredJob], file: &Path, case: &str) {
    let [job] = stored else {
        panic!("{case}: {} jobs", stored.len())
    };
    assert_eq!(job.snapshot.path, file, "{case}");
    let is_final = matches!(
        job.snapshot.phase,
        Phase::Done(_) | Phase::Failed(_) | Phase::Cancelled
    );
    assert!(!is_final, "{case}: {:?}", job.snapshot.phase);
}

/// Going on with what is left of a log, at the end of each record and a byte beside it: the right bytes arrive, always.
#[tokio::test(flavor = "multi_thread")]
async fn a_journal_cut_off_anywhere_is_gone_on_with() {
    let left = stopped().await;
    let whole = fs::read(log_in(left.revui.home())).unwrap();
    let ends = record_ends(&whole);
    let beside = ends.iter().flat_map(|&end| [end - 1, end, end + 1]);
    for cut in [0, 1].into_iter().chain(beside) {
        let revui = left.strict.revui();
        copy(left.revui.home(), revui.home());
        let log = File::options().write(true).open(log_in(revui.home()));
        log.unwrap().set_len(cut as u64).unwrap();
        let ended = revui.run(["resume", "--json"]).await;
        let said = &ended.stderr;
        assert!(!said.contains("panicked"), "cut at {cut}: {said}");
        if cut < ends[0] {
            // Nobody knows any more which file it was; that something is lost is said.
            assert_eq!(ended.exit, 1, "cut at {cut}: {ended:?}");
            assert!(said.contains("damaged"), "cut at {cut}: {said}");
        } else {
            left.arrived(&ended.exits(0).event("done"));
        }
    }
}

/// Where each record of a log ends: a length (4 bytes, little-endian), a sum (4 bytes), and so many bytes.
fn record_ends(log: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut end = 0;
    while let Some((length, _)) = log[end..].split_first_chunk::<4>() {
        end += 8 + usize::try_from(u32::from_le_bytes(*length)).unwrap();
        ends.push(end);
    }
    assert_eq!(ends.last(), Some(&log.len()), "a log of whole records");
    ends
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
    let revui = Revui::new().with_session(&strict.server, &strict.new_token());
    let nothing = revui.run(["resume"]).await.exits(0);
    nothing.explains("nothing to go on with");
}
