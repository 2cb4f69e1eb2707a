//! `link --copy`: "copied" is said only when it was.

use std::time::Duration;

use tokio::process::{Child, Command};
use world::strict::{Strict, Variant};
use world::{Revui, bare, fixtures, in_time, missing_piece, skip, start_piece};

/// A screen of its own, and its name.
async fn screen() -> Option<(Child, String)> {
    if missing_piece(&["Xvfb"]).is_some() {
        return None;
    }
    let mut screen = bare("Xvfb");
    screen.args(["-displayfd", "1", "-nolisten", "tcp"]);
    screen.args(["-screen", "0", "640x480x24"]);
    let (screen, number) = start_piece(screen).await;
    Some((screen, format!(":{number}")))
}

async fn uploaded(revui: &Revui) -> String {
    let done = revui.uploaded(&fixtures::short(), "t").await;
    done["recordingId"].as_str().unwrap().to_owned()
}

/// The link can be pasted after the program has ended.
#[tokio::test(flavor = "multi_thread")]
async fn the_link_can_be_pasted_afterwards() {
    let Some((_screen, name)) = screen().await else {
        return skip(
            "the_link_can_be_pasted_afterwards",
            "there is no Xvfb on this machine",
        );
    };
    let strict = Strict::start(Variant::default()).await;
    let revui = strict.revui().with("DISPLAY", &name);
    let id = uploaded(&revui).await;
    let copied = revui
        .run(["link", &id, "--copy"])
        .await
        .exits(0)
        .explains("Copied.");
    let pasted = Command::new("xclip")
        .args(["-selection", "clipboard", "-out"])
        .env("DISPLAY", &name)
        .output()
        .await;
    let Ok(pasted) = pasted else {
        return skip(
            "the_link_can_be_pasted_afterwards",
            "there is no xclip on this machine",
        );
    };
    assert_eq!(String::from_utf8_lossy(&pasted.stdout), copied.last_line());

    // The process that held it until now ends as soon as something else is copied.
    assert!(is_held(&name));
    let copying = Command::new("sh")
        .args(["-c", "echo something else | xclip -selection clipboard -in"])
        .env("DISPLAY", &name)
        .status();
    assert!(in_time("xclip", copying).await.unwrap().success());
    in_time("the end of the holder", async {
        while is_held(&name) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// Whether a process of ours holds the clipboard of this screen (`/proc/PID/environ`).
fn is_held(screen: &str) -> bool {
    let display = format!("DISPLAY={screen}");
    let processes = std::fs::read_dir("/proc").unwrap();
    processes.flatten().any(|process| {
        let read =
            |name: &str| std::fs::read_to_string(process.path().join(name)).unwrap_or_default();
        read("cmdline").contains("hold-clipboard")
            && read("environ")
                .split('\0')
                .any(|variable| variable == display)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_clipboard_the_link_is_still_printed() {
    let strict = Strict::start(Variant::default()).await;
    let revui = strict.revui();
    let id = uploaded(&revui).await;
    let ended = revui
        .run(["link", &id, "--copy"])
        .await
        .exits(1)
        .explains("code: clipboard_unavailable");
    assert!(ended.last_line().starts_with("http://"), "{}", ended.stdout);
    assert!(!ended.stderr.contains("Copied"), "{}", ended.stderr);
}
