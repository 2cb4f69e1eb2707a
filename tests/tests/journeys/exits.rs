//! What a script learns from the end of the program: every exit status, and that of several files.

use std::path::PathBuf;

use world::strict::{Strict, Variant};
use world::{Revui, fixtures};
#[cfg(target_os = "linux")]
use world::{bare, in_time, program};

fn text(path: PathBuf) -> String {
    path.into_os_string().into_string().unwrap()
}

fn signed_in_at(server: &str, strict: &Strict) -> Revui {
    Revui::new().with_session(server, &strict.new_token())
}

/// Several files: the others go on, and the status is that of the first that was not done, in the order of the line.
#[tokio::test(flavor = "multi_thread")]
async fn several_files_end_like_the_first_that_was_not_done() {
    let strict = Strict::start(Variant::default()).await;
    let signed_in = strict.revui();
    let signed_out = Revui::new();
    let unreachable = signed_in_at("http://127.0.0.1:1", &strict);
    let (short, live) = (&text(fixtures::short()), &text(fixtures::live()));
    let mp4 = &text(fixtures::renamed_mp4());
    for (revui, files, exit, summary) in [
        (&signed_in, [short, live], 0, (2, 0)),
        (&signed_in, [short, mp4], 4, (1, 1)),
        (&signed_in, [mp4, short], 4, (1, 1)),
        (&signed_out, [short, mp4], 3, (0, 2)),
        (&signed_out, [mp4, short], 4, (0, 2)),
        (&unreachable, [short, mp4], 5, (0, 2)),
        (&unreachable, [mp4, short], 4, (0, 2)),
    ] {
        let line = ["upload", files[0], files[1], "--task", "t", "--json"];
        let line = line.into_iter().chain(["--max-wait", "0"]);
        let ended = revui.run(line).await.exits(exit);
        let (done, failed) = summary;
        let last = format!(r#"{{"event":"summary","done":{done},"failed":{failed}}}"#);
        assert_eq!(ended.last_line(), last);
    }
}

/// In plain words too: a link for each that is done, and the count at the end.
#[tokio::test(flavor = "multi_thread")]
async fn one_bad_file_does_not_stop_the_others() {
    let strict = Strict::start(Variant::default()).await;
    let files = [fixtures::short(), fixtures::renamed_mp4(), fixtures::live()];
    let files = files.map(text);
    let line = ["upload", "--task", "t"].into_iter();
    let line = line.chain(files.iter().map(String::as_str));
    let ended = strict.revui().run(line).await.exits(4);
    assert_eq!(ended.last_line(), "2 done, 1 failed");
    let lines = ended.stdout.lines().count();
    assert_eq!(lines, 4, "a line each, and the summary:\n{}", ended.stdout);
}

/// The result is the product. Where it cannot be written, nothing was done, whatever the server has.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_could_not_be_printed_is_not_done() {
    let strict = Strict::start(Variant::default()).await;
    let full = ["sh", "-c", "exec \"$@\" >/dev/full", "full"];
    let revui = strict.revui().through(&full);
    let lost = revui.upload(&fixtures::short(), "t").await.exits(1);
    lost.explains("standard output").explains("revui resume");
    let revui = revui.through(&["env"]);
    let done = revui.resumed().await;
    assert!(done["downloadUrl"].is_string(), "{done}");
    assert_eq!(strict.initiated(), 1, "nothing is sent again");
    assert_eq!(done["attempts"], 1, "{done}");
}

/// A reader that has seen enough (`revui upload … | head -1`) is no failure.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_went_away_is_no_failure() {
    let strict = Strict::start(Variant::default()).await;
    // The program's own status, not that of the pipe's end.
    let script = "set -o pipefail; \"$@\" | head -n 1";
    let revui = strict.revui().through(&["bash", "-c", script, "piped"]);
    let ended = revui.upload(&fixtures::short(), "t").await.exits(0);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    assert_eq!(ended.stdout.lines().count(), 1, "{}", ended.stdout);
}

/// The window without a screen, as over ssh or in a container: it says so, and names the program that needs none.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_window_without_a_display() {
    let home = tempfile::tempdir().unwrap();
    let mut window = bare(program("revui-uploader"));
    window
        .env("HOME", home.path())
        .env("REVUI_HOME", home.path());
    let ended = in_time("its end", window.output()).await.unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(said.contains("no display"), "{said}");
    assert!(said.contains("`revui`"), "what works without one: {said}");
    assert!(!said.contains("panicked"), "{said}");
}
