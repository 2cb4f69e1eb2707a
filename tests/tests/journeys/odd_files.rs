//! What a Linux file system has besides plain files: each is refused at once or sent for what it is, and nobody waits for ever.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};
use world::strict::{Strict, Variant};
use world::{Revui, bare, fixtures, in_time, missing_piece, sha256_of, skip, start_piece};

/// Uploads it; it must be refused with this code before the backend is asked for anything.
async fn refused(revui: &Revui, file: &Path, code: &str) {
    let failed = revui.upload(file, "t").await.exits(4).event("failed");
    assert_eq!(failed["code"], code, "{failed}");
    assert_eq!(failed["jobId"], serde_json::Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn pipes_devices_and_paths_that_lead_nowhere() {
    let strict = Strict::start(Variant::default()).await;
    let revui = strict.revui();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let pipe = at("pipe.webm");
    let made = Command::new("mkfifo").arg(&pipe).status().await.unwrap();
    assert!(made.success());
    let link = |to: &Path, name: &str| {
        std::os::unix::fs::symlink(to, at(name)).unwrap();
        at(name)
    };
    let short = fixtures::short();
    for (file, code) in [
        (pipe.clone(), "not_a_file"),
        (link(&pipe, "to-pipe.webm"), "not_a_file"),
        (link(folder.path(), "to-folder.webm"), "not_a_file"),
        (PathBuf::from("/dev/zero"), "not_a_file"),
        (PathBuf::from("/dev/null"), "not_a_file"),
        (link(&at("loop.webm"), "loop.webm"), "unreadable"),
        (link(&at("nowhere"), "dangling.webm"), "unreadable"),
        (short.join("below.webm"), "unreadable"),
        (at(&format!("{}.webm", "x".repeat(295))), "unreadable"),
    ] {
        refused(&revui, &file, code).await;
    }
    assert_eq!(strict.initiated(), 0);

    // A link to a recording is that recording, under the name that was chosen.
    let done = revui.uploaded(&link(&short, "linked.webm"), "t").await;
    assert_eq!(done["sha256"], sha256_of(&short).as_str());
    assert!(done["s3Key"].as_str().unwrap().ends_with("linked.webm"));
}

/// The kernel makes up what these hold; their size is said to be nothing.
#[tokio::test(flavor = "multi_thread")]
async fn files_of_the_kernel() {
    let strict = Strict::start(Variant::default()).await;
    refused(&strict.revui(), Path::new("/proc/version"), "empty_file").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt as _;

    let strict = Strict::start(Variant::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = fixtures::named(folder.path(), "private.webm");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read everything, but for one without that capability.
    let revui = if fs::read(&file).is_ok() {
        let powerless = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
        strict.revui().through(&powerless)
    } else {
        strict.revui()
    };
    refused(&revui, &file, "unreadable").await;
}

/// A disk or a network drive that does not answer: opening the file takes for ever. The program still hears Ctrl+C.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_does_not_answer() {
    if let Some(missing) = missing_piece(&["perl"]) {
        return skip("a_file_that_does_not_answer", &missing);
    }
    let strict = Strict::start(Variant::default()).await;
    let revui = strict.revui();
    let folder = tempfile::tempdir().unwrap();
    let file = fixtures::named(folder.path(), "slow.webm");
    let drive = SilentDrive::under(&file).await;
    let running = revui.start_upload(&file, "t");
    drive.is_asked().await;
    running.signal("INT").await;
    let stopping = tokio::time::timeout(Duration::from_secs(10), running.finish()).await;
    let stopped = stopping.expect("it stops promptly").exits(5);
    assert_eq!(stopped.event("failed")["code"], "interrupted");

    // Once the drive answers again, so does the upload that waited for it.
    let running = revui.start_upload(&file, "t");
    drive.answer().await;
    let done = running.finish().await.exits(0).event("done");
    assert_eq!(done["sha256"], sha256_of(&file).as_str());
}

/// Another program holds a lease on the file (`F_SETLEASE` of fcntl(2)): the kernel keeps whoever opens it waiting, for
/// up to 45 seconds, until the lease is given back.
struct SilentDrive {
    holder: Child,
}

impl SilentDrive {
    const HOLD: &str = "open(my $file, '+<', $ARGV[0]) or die; $SIG{IO} = 'IGNORE'; \
        fcntl($file, 1024, 1) or die; $| = 1; print qq(held\n); sysread(STDIN, my $end, 1)";

    async fn under(file: &Path) -> Self {
        let mut holder = bare("perl");
        holder.args(["-e", Self::HOLD]).arg(file);
        holder.stdin(Stdio::piped());
        let (holder, ready) = start_piece(holder).await;
        assert_eq!(ready, "held");
        Self { holder }
    }

    /// Returns once somebody waits for the file: the kernel says so in `/proc/locks`, and tells nobody else.
    async fn is_asked(&self) {
        let holder = format!(" {} ", self.holder.id().expect("it holds the file"));
        let asked = |line: &str| line.contains("BREAKING") && line.contains(&holder);
        in_time("a question to the drive", async {
            let locks = || fs::read_to_string("/proc/locks").unwrap();
            while !locks().lines().any(asked) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }

    async fn answer(mut self) {
        let mut end = self.holder.stdin.take().expect("a pipe");
        end.write_all(b"\n").await.unwrap();
        let ended = in_time("the end of the lease", self.holder.wait()).await;
        assert!(ended.unwrap().success());
    }
}
