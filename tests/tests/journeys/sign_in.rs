//! Signing in: with a keychain, without one, and with tokens that are worth nothing.

use std::collections::HashSet;
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use world::strict::{EMAIL, PASSWORD, Strict, Variant};
use world::{
    Keychain, Renewals, Revui, World, bare, files_under, fixtures, program, sha256_of, skip,
};

/// Something to sign in with, and a keychain to keep it in; where there is none, the test is skipped.
async fn keychain(test: &str) -> Option<(Keychain, Revui)> {
    if let Some(missing) = Keychain::missing_piece() {
        skip(test, &missing);
        return None;
    }
    let keychain = Keychain::start().await;
    let revui = keychain.lend_to(Revui::new());
    Some((keychain, revui))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_kept_in_the_keychain() {
    let Some((_keychain, revui)) = keychain("a_session_kept_in_the_keychain").await else {
        return;
    };
    let strict = Strict::start(Variant::default()).await;
    let server = &strict.server;
    let wrong = revui.log_in(server, EMAIL, "wrong\n").await.exits(3);
    wrong.explains("code: wrong_credentials");
    revui.run(["whoami"]).await.exits(3).explains("revui login");

    let signed_in = revui.log_in(server, EMAIL, PASSWORD).await.exits(0);
    signed_in.explains("Signed in");
    let who = revui.run(["whoami"]).await.exits(0).stdout;
    assert!(who.contains(EMAIL) && who.contains("keychain"), "{who}");
    revui.uploaded(&fixtures::short(), "t").await;

    revui.run(["logout"]).await.exits(0);
    revui.run(["whoami"]).await.exits(3);
    keeps_no_secret(&revui);
}

/// Nothing of a session is in a file.
fn keeps_no_secret(revui: &Revui) {
    for file in files_under(revui.home()) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        for secret in [PASSWORD, "canary", "eyJ"] {
            assert!(!text.contains(secret), "a secret in {}", file.display());
        }
    }
}

/// Some deployments sign in by a cookie; further programs find it in the keychain.
#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_kept_in_the_keychain() {
    let Some((_keychain, revui)) = keychain("a_cookie_kept_in_the_keychain").await else {
        return;
    };
    let strict = Strict::start(Variant {
        prefix: "/api/v1",
        envelope: true,
        cookie: true,
        ..Variant::default()
    })
    .await;
    let signed_in = revui.log_in(&strict.server, EMAIL, PASSWORD).await;
    signed_in.exits(0).explains("Signed in");
    let done = revui.uploaded(&fixtures::short(), "t").await;
    let id = done["recordingId"].as_str().unwrap();
    let list = revui.run(["list", "--task", "t"]).await.exits(0).stdout;
    assert!(list.contains(id), "{list}");
    keeps_no_secret(&revui);

    strict.end_sessions();
    let list = revui.run(["list", "--task", "t"]).await.exits(3);
    list.explains("code: signed_out");
    assert_eq!(strict.refused(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_token_kept_in_the_keychain() {
    let Some((_keychain, revui)) = keychain("a_pasted_token_kept_in_the_keychain").await else {
        return;
    };
    let strict = Strict::start(Variant::default()).await;
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
    let refused = revui.log_in(&strict.server, EMAIL, PASSWORD).await.exits(2);
    refused
        .explains("REVUI_SERVER")
        .explains("REVUI_TOKEN")
        .explains("code: keychain_unavailable");
    keeps_no_secret(&revui);
    revui.run(["list"]).await.exits(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environments_session() {
    let strict = Strict::start(Variant::default()).await;
    let who = strict.revui().run(["whoami"]).await.exits(0).stdout;
    assert!(who.contains(EMAIL) && who.contains("REVUI_TOKEN"), "{who}");
    let half = Revui::new().with("REVUI_TOKEN", &strict.new_token());
    half.run(["whoami"]).await.exits(2).explains("REVUI_SERVER");
}

/// Somebody who forgot to sign in, or whose token is worth nothing, loses nothing: the upload is kept, and goes on with the
/// next session.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_without_a_session_is_kept() {
    let strict = Strict::start(Variant::default()).await;
    let ended_session = strict.new_token();
    strict.end_sessions();
    let signed_out = Revui::new;
    let with = |token: &str| Revui::new().with_session(&strict.server, token);
    for (case, revui) in [
        ("no session", signed_out()),
        ("an ended one", with(&ended_session)),
        ("a garbled token", with("garbled")),
        ("what looks like a token", with("a.b.c")),
    ] {
        let kept = revui.upload(&fixtures::short(), "t").await.exits(3);
        let failed = kept.event("failed");
        assert_eq!(failed["code"], "signed_out", "{case}");
        assert!(failed["jobId"].is_string(), "{case}: {failed}");
        let revui = revui.with_session(&strict.server, &strict.new_token());
        assert_eq!(revui.resumed().await["jobId"], failed["jobId"], "{case}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_worth_nothing() {
    let strict = Strict::start(Variant::default()).await;
    let world = World::start().await;
    let ended_session = strict.new_token();
    strict.end_sessions();
    let of_the_world = world.token_of(world.user()).await;
    // The same claims, and a signature that is another's.
    let (claims, _) = of_the_world.rsplit_once('.').unwrap();
    let forged = format!("{claims}.{}", "A".repeat(43));
    for (server, token) in [
        (&strict.server, ended_session.as_str()),
        (&strict.server, "garbled"),
        (&strict.server, "a.b.c"),
        (&strict.server, &of_the_world),
        (&world.server, "garbled"),
        (&world.server, "a.b.c"),
        (&world.server, &forged),
        (&world.server, &strict.new_token()),
    ] {
        let revui = Revui::new().with_session(server, token);
        let listed = revui.run(["list", "--task", "t"]).await.exits(3);
        assert!(!listed.stderr.contains(token), "{}", listed.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_password_is_a_usage_error() {
    let revui = Revui::new();
    let login = ["login", "--server", "localhost:1", "--email", EMAIL];
    revui.run(login).await.exits(2).explains("--password-stdin");
    let from_pipe = revui.log_in("localhost:1", EMAIL, "\n").await.exits(2);
    from_pipe.explains("it is empty");
}

/// The real backend's session: an access token of minutes, renewed by a refresh token that the keychain keeps.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_the_real_backend() {
    let Some((_keychain, revui)) = keychain("a_session_of_the_real_backend").await else {
        return;
    };
    let world = World::start().await;
    let user = world.user();
    let wrong = revui.log_in(&world.server, &user.email, "wrong\n");
    wrong.await.exits(3).explains("code: wrong_credentials");
    let signed_in = revui.log_in(&world.server, &user.email, &user.password);
    signed_in.await.exits(0);
    let who = revui.run(["whoami"]).await.exits(0).stdout;
    assert!(who.contains(&user.email) && who.contains("USER"), "{who}");
    let done = revui.uploaded(&fixtures::short(), &world.task).await;
    let id = done["recordingId"].as_str().unwrap();
    revui.run(["download", id, "--verify"]).await.exits(0);
    revui.run(["logout"]).await.exits(0);
    let listed = revui.run(["list"]).await.exits(3);
    listed.explains("code: signed_out");
}

/// `revui-server user passwd`, at the machine: the user's sign-ins end.
async fn give_a_new_password(world: &World, email: &str, password: &str) {
    let mut order = bare(program("revui-server"));
    let order = order.args(["user", "--data"]).arg(world.data());
    let order = order.args(["passwd", email]).stdin(Stdio::piped());
    let mut running = order.spawn().unwrap();
    let mut stdin = running.stdin.take().unwrap();
    stdin.write_all(password.as_bytes()).await.unwrap();
    drop(stdin);
    assert!(running.wait().await.unwrap().success());
}

/// Somebody's session is ended while they send. What has arrived stays, and after signing in again the upload goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_halfway_waits_for_the_next() {
    let Some((_keychain, revui)) = keychain("a_session_that_ends_halfway_waits_for_the_next").await
    else {
        return;
    };
    let world = World::start().await;
    let user = world.user();
    let signed_in = revui.log_in(&world.server, &user.email, &user.password);
    signed_in.await.exits(0);
    let folder = tempfile::tempdir().unwrap();
    let file = fixtures::sparse(folder.path(), "large.webm", 40 << 20);
    let mut running = revui.start_slow_upload(&file, &world.task, "8M");
    let a_part_has_arrived =
        |event: &serde_json::Value| event["sentBytes"].as_u64() > Some(16 << 20);
    running.event("two of five parts", a_part_has_arrived).await;
    give_a_new_password(&world, &user.email, "another password\n").await;
    let failed = running.finish().await.exits(3).event("failed");
    assert_eq!(failed["code"], "signed_out", "{failed}");

    // Without a session it waits on, and the old password gives none.
    revui.run(["resume"]).await.exits(3);
    let refused = revui.log_in(&world.server, &user.email, &user.password);
    refused.await.exits(3).explains("code: wrong_credentials");
    let signed_in = revui.log_in(&world.server, &user.email, "another password");
    signed_in.await.exits(0);
    let done = revui.resumed().await;
    assert_eq!(done["jobId"], failed["jobId"]);
    assert_eq!(done["sha256"], sha256_of(&file).as_str());
}

/// Programs keep the refresh token only, so each renews at its start. A refresh token is good for one renewal: several
/// programs at once renew one after the other, each with the token that the one before it was given.
#[tokio::test(flavor = "multi_thread")]
async fn several_programs_renew_one_session() {
    let Some((_keychain, revui)) = keychain("several_programs_renew_one_session").await else {
        return;
    };
    let world = World::start().await;
    let renewals = Renewals::before(&world.server).await;
    let user = world.user();
    let signed_in = revui.log_in(renewals.server(), &user.email, &user.password);
    signed_in.await.exits(0);
    for _ in 0..2 {
        let list = || revui.run(["list"]);
        let (one, two, three, four) = tokio::join!(list(), list(), list(), list());
        for listed in [one, two, three, four] {
            listed.exits(0);
        }
    }
    revui.run(["whoami"]).await.exits(0);
    let tokens = renewals.tokens();
    let different: HashSet<&String> = tokens.iter().collect();
    assert_eq!(
        (tokens.len(), different.len()),
        (9, 9),
        "renewals, and refresh tokens that were used for them"
    );
}
