//! A person at a terminal: `script` (of util-linux) gives the program one.

use std::path::Path;

use world::strict::{EMAIL, PASSWORD, Strict, Variant};
use world::{Finished, Keychain, Revui, fixtures, program, skip};

use crate::held_in_parts::HeldInParts;

/// Runs `revui` with these arguments on a terminal, on which this is typed; what appears is its `stdout`.
async fn at_a_terminal(revui: Revui, arguments: &str, typed: &str) -> Finished {
    let line = format!("{} {arguments}", program("revui").display());
    let script = [
        "--quiet",
        "--return",
        "--echo",
        "never",
        "--command",
        &line,
        "/dev/null",
    ];
    // The wrapper's last two words are the program and its arguments, which the line has already.
    let revui =
        revui
            .with("TERM", "xterm")
            .through(&["sh", "-c", "shift; exec script \"$@\"", "terminal"]);
    revui.run_with_input(script, typed).await
}

/// Why there is no terminal to be had here.
fn missing() -> Option<String> {
    (!Path::new("/usr/bin/script").is_file())
        .then(|| "there is no `script` on this machine".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_draws_a_bar_and_ends_with_the_link() {
    if let Some(missing) = missing() {
        return skip("an_upload_draws_a_bar_and_ends_with_the_link", &missing);
    }
    let strict = Strict::start(Variant::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = fixtures::sparse(folder.path(), "demo.webm", 64 * 1024 * 1024);
    let arguments = format!("upload {} --task t", file.display());
    let shown = at_a_terminal(strict.revui(), &arguments, "")
        .await
        .exits(0)
        .stdout;
    assert!(
        shown.contains("demo.webm [") && shown.contains(" %  "),
        "a bar:\n{shown}"
    );
    assert!(
        !shown.contains("100 %"),
        "a hundred percent is the link:\n{shown}"
    );
    assert!(
        shown.trim_end().lines().last().unwrap().contains("http://"),
        "the link:\n{shown}"
    );
}

/// What goes in parts goes on from what has arrived, and is told so.
#[tokio::test(flavor = "multi_thread")]
async fn going_on_with_parts_is_not_called_a_new_beginning() {
    if let Some(missing) = missing() {
        return skip(
            "going_on_with_parts_is_not_called_a_new_beginning",
            &missing,
        );
    }
    let left = HeldInParts::start().await.kill().await;
    let shown = at_a_terminal(left.revui, "resume", "").await.exits(0);
    let shown = shown.stdout;
    assert!(
        shown.contains("demo.webm: ") && shown.contains("only what is missing is sent"),
        "why it is sent again:\n{shown}"
    );
    assert!(!shown.contains("from the beginning"), "{shown}");
    assert!(
        shown.trim_end().lines().last().unwrap().contains("http://"),
        "the link:\n{shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_asked_for_and_not_shown() {
    if let Some(missing) = missing().or_else(Keychain::missing_piece) {
        return skip("a_password_is_asked_for_and_not_shown", &missing);
    }
    let keychain = Keychain::start().await;
    let strict = Strict::start(Variant::default()).await;
    let revui = keychain.lend_to(Revui::new());
    let arguments = format!("login --server {} --email {EMAIL}", strict.server);
    let shown = at_a_terminal(revui, &arguments, &format!("{PASSWORD}\n"))
        .await
        .exits(0)
        .stdout;
    assert!(shown.contains(&format!("Password of {EMAIL}:")), "{shown}");
    assert!(shown.contains("Signed in at"), "{shown}");
    assert!(!shown.contains(PASSWORD), "{shown}");
}
