//! Through a company's proxy, to servers whose certificates are of the company's own authority (Linux, where
//! `SSL_CERT_FILE` names whom to trust).

use std::path::{Path, PathBuf};

use world::{Proxied, Revui, fixtures, sha256_of, skip};

/// Three parts: what goes to the store goes through several connections at once.
fn recording(folder: &Path) -> PathBuf {
    fixtures::sparse(folder, "demo.webm", 17 << 20)
}

/// Uploads and downloads: the bytes are the same.
async fn there_and_back(revui: &Revui) {
    let folder = tempfile::tempdir().unwrap();
    let file = recording(folder.path());
    let sum = sha256_of(&file);
    let done = revui.uploaded(&file, Proxied::TASK).await;
    assert_eq!(done["sha256"], sum.as_str());
    let id = done["recordingId"].as_str().unwrap();
    let back = ["download", id, "--output", "back.webm"];
    revui.run(back).await.exits(0);
    assert_eq!(sha256_of(&revui.home().join("back.webm")), sum);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_goes_through_the_proxy() {
    if let Some(missing) = Proxied::missing_piece() {
        return skip("everything_goes_through_the_proxy", &missing);
    }
    let world = Proxied::start().await;
    there_and_back(&world.trusting(world.revui().await)).await;
    let led_to = world.led_to();
    for name in ["recordings.example", "store.example"] {
        assert!(led_to.iter().any(|led| led == name), "{name}: {led_to:?}");
    }
}

/// Inside, where the names are known, those that `NO_PROXY` names are reached without it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_named_goes_past_the_proxy() {
    if let Some(missing) = Proxied::missing_piece() {
        return skip("what_is_named_goes_past_the_proxy", &missing);
    }
    let world = Proxied::start().await;
    let inside = world.inside(world.trusting(world.revui().await));
    let revui = inside.with("NO_PROXY", "store.example");
    there_and_back(&revui).await;
    let led_to = world.led_to();
    assert!(!led_to.is_empty(), "the backend is not named");
    assert!(
        led_to.iter().all(|led| led == "recordings.example"),
        "{led_to:?}"
    );
    let revui = revui.with("NO_PROXY", "recordings.example,store.example");
    revui.uploaded(&fixtures::short(), Proxied::TASK).await;
    assert_eq!(world.led_to(), led_to, "both are named");
}

/// An authority that this computer does not know proves nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_authority_is_not_trusted() {
    if let Some(missing) = Proxied::missing_piece() {
        return skip("an_unknown_authority_is_not_trusted", &missing);
    }
    let world = Proxied::start().await;
    let revui = world.revui().await;
    let refused = revui.upload(&fixtures::short(), Proxied::TASK).await;
    refused.exits(1).explains("code: bad_certificate");
    let trusting = world.trusting(revui);
    trusting.uploaded(&fixtures::short(), Proxied::TASK).await;
}
