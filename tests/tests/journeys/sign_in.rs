//! Signing in: with a keychain, without one, and with tokens that are worth nothing.

use world::strict::{EMAIL, PASSWORD, Strict, Variant};
use world::{Keychain, Revui, World, files_under, fixtures, skip};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_kept_in_the_keychain() {
    if let Some(missing) = Keychain::missing_piece() {
        return skip("a_session_kept_in_the_keychain", &missing);
    }
    let keychain = Keychain::start().await;
    let strict = Strict::start(Variant::default()).await;
    let revui = keychain.lend_to(Revui::new());
    let login = [
        "login",
        "--server",
        &strict.server,
        "--email",
        EMAIL,
        "--password-stdin",
    ];

    revui
        .run_with_input(login, "wrong\n")
        .await
        .exits(3)
        .explains("code: wrong_credentials");
    revui.run(["whoami"]).await.exits(3).explains("revui login");

    revui
        .run_with_input(login, PASSWORD)
        .await
        .exits(0)
        .explains("Signed in");
    let who = revui.run(["whoami"]).await.exits(0);
    assert!(
        who.stdout.contains(EMAIL) && who.stdout.contains("keychain"),
        "{}",
        who.stdout
    );
    let short = fixtures::short();
    revui
        .run(["upload", short.to_str().unwrap(), "--task", "t"])
        .await
        .exits(0);

    revui.run(["logout"]).await.exits(0);
    revui.run(["whoami"]).await.exits(3);
    for file in files_under(revui.home()) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        assert!(!text.contains("canary"), "a secret in {}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_token_kept_in_the_keychain() {
    if let Some(missing) = Keychain::missing_piece() {
        return skip("a_pasted_token_kept_in_the_keychain", &missing);
    }
    let keychain = Keychain::start().await;
    let strict = Strict::start(Variant::default()).await;
    let revui = keychain.lend_to(Revui::new());
    let login = ["login", "--server", &strict.server, "--token-stdin"];
    let token = format!("{}\r\n", strict.new_token());
    revui.run_with_input(login, &token).await.exits(0);
    revui.run(["list", "--task", "t"]).await.exits(0);
    revui.run_with_input(login, "not a token").await.exits(3);
}

/// Without a keychain nothing is stored, and the two variables are named.
#[tokio::test(flavor = "multi_thread")]
async fn no_keychain() {
    let strict = Strict::start(Variant::default()).await;
    let revui = Revui::new();
    let login = [
        "login",
        "--server",
        &strict.server,
        "--email",
        EMAIL,
        "--password-stdin",
    ];
    revui
        .run_with_input(login, PASSWORD)
        .await
        .exits(2)
        .explains("REVUI_SERVER")
        .explains("REVUI_TOKEN")
        .explains("code: keychain_unavailable");
    let stored: String = files_under(revui.home())
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap_or_default())
        .collect();
    for secret in [PASSWORD, "canary", "eyJ"] {
        assert!(!stored.contains(secret), "{stored}");
    }
    revui.run(["list"]).await.exits(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environments_session() {
    let strict = Strict::start(Variant::default()).await;
    let who = strict.revui().run(["whoami"]).await.exits(0);
    assert!(
        who.stdout.contains(EMAIL) && who.stdout.contains("REVUI_TOKEN"),
        "{}",
        who.stdout
    );
    let half = Revui::new().with("REVUI_TOKEN", &strict.new_token());
    half.run(["whoami"]).await.exits(2).explains("REVUI_SERVER");
}

/// Somebody who forgot to sign in loses nothing: the upload is kept, and goes on with the first session.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_before_signing_in_is_kept() {
    let strict = Strict::start(Variant::default()).await;
    let short = fixtures::short();
    let upload = ["upload", short.to_str().unwrap(), "--task", "t", "--json"];
    let revui = Revui::new();
    let failed = revui.run(upload).await.exits(3).event("failed");
    assert_eq!(failed["code"], "signed_out");

    let revui = revui.with_session(&strict.server, &strict.new_token());
    let done = revui.run(["resume", "--json"]).await.exits(0).event("done");
    assert_eq!(done["jobId"], failed["jobId"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_worth_nothing() {
    let strict = Strict::start(Variant::default()).await;
    let ended_session = strict.new_token();
    strict.end_sessions();
    for token in [ended_session.as_str(), "garbled", "a.b.c"] {
        let revui = Revui::new().with_session(&strict.server, token);
        let listed = revui.run(["list", "--task", "t"]).await.exits(3);
        assert!(!listed.stderr.contains(token), "{}", listed.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_password_is_a_usage_error() {
    let revui = Revui::new();
    let login = ["login", "--server", "localhost:1", "--email", EMAIL];
    revui.run(login).await.exits(2).explains("--password-stdin");
    let from_pipe = [
        "login",
        "--server",
        "localhost:1",
        "--email",
        EMAIL,
        "--password-stdin",
    ];
    revui
        .run_with_input(from_pipe, "\n")
        .await
        .exits(2)
        .explains("it is empty");
}

/// The real backend's session: an access token of minutes, renewed by a refresh token that the keychain keeps.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_the_real_backend() {
    if let Some(missing) = Keychain::missing_piece() {
        return skip("a_session_of_the_real_backend", &missing);
    }
    let keychain = Keychain::start().await;
    let world = World::start().await;
    let revui = keychain.lend_to(Revui::new());
    let user = world.user();
    let login = [
        "login",
        "--server",
        &world.server,
        "--email",
        &user.email,
        "--password-stdin",
    ];
    revui
        .run_with_input(login, "wrong\n")
        .await
        .exits(3)
        .explains("code: wrong_credentials");
    revui.run_with_input(login, &user.password).await.exits(0);
    let who = revui.run(["whoami"]).await.exits(0);
    assert!(
        who.stdout.contains(&user.email) && who.stdout.contains("USER"),
        "{}",
        who.stdout
    );
    let short = fixtures::short();
    let upload = [
        "upload",
        short.to_str().unwrap(),
        "--task",
        &world.task,
        "--json",
    ];
    let done = revui.run(upload).await.exits(0).event("done");
    let id = done["recordingId"].as_str().unwrap();
    revui.run(["download", id, "--verify"]).await.exits(0);
    revui.run(["logout"]).await.exits(0);
    revui
        .run(["list"])
        .await
        .exits(3)
        .explains("code: signed_out");
}
