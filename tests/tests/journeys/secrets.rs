//! Secrets are where they belong, and nowhere else: not in a log, a journal, the settings or an explanation.

use world::strict::{self, Strict, Variant};
use world::{Finished, Keychain, Revui, World, files_under, fixtures, skip};

/// What no presigned URL may leave behind.
const SIGNATURE: &str = "X-Amz-Signature";
const CREDENTIAL: &str = "X-Amz-Credential";

/// Everything that was written, by where it was.
struct Traces(Vec<(String, String)>);

impl Traces {
    fn of(home: &Revui) -> Self {
        let read = |file: &std::path::PathBuf| {
            let text =
                String::from_utf8_lossy(&std::fs::read(file).unwrap_or_default()).into_owned();
            (file.display().to_string(), text)
        };
        Self(files_under(home.home()).iter().map(read).collect())
    }

    fn and(mut self, place: &str, text: &str) -> Self {
        self.0.push((place.to_owned(), text.to_owned()));
        self
    }

    fn hold_none_of(&self, secrets: &[&str]) {
        assert!(
            self.0.iter().any(|(_, text)| !text.is_empty()),
            "something was written"
        );
        for secret in secrets {
            assert!(!secret.is_empty());
            for (place, text) in &self.0 {
                assert!(!text.contains(secret), "`{secret}` is in {place}:\n{text}");
            }
        }
    }
}

/// A journey with everything logged that can be, and a wrong turn at every step.
async fn explained(revui: &Revui, task: &str) -> String {
    let short = fixtures::short();
    let mut explained = String::new();
    let mut note = |finished: Finished| explained.push_str(&finished.stderr);
    let upload = revui
        .run(["upload", short.to_str().unwrap(), "--task", task, "--json"])
        .await
        .exits(0);
    let id = upload.event("done")["recordingId"]
        .as_str()
        .unwrap()
        .to_owned();
    note(upload);
    note(revui.run(["show", &id]).await.exits(0));
    note(revui.run(["link", &id]).await.exits(0));
    note(
        revui
            .run(["download", &id, "--output", "back.webm"])
            .await
            .exits(0),
    );
    note(revui.run(["show", "no-such-recording"]).await.exits(1));
    note(revui.run(["whoami"]).await.exits(0));
    std::fs::remove_file(revui.home().join("back.webm")).unwrap();
    explained
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_journey_leaves_no_secret_behind() {
    let world = World::start().await;
    let token = world.token_of(world.user()).await;
    let revui = Revui::new()
        .with_session(&world.server, &token)
        .with("REVUI_LOG", "trace");
    let explained = explained(&revui, &world.task).await;
    assert!(explained.contains("client"), "the log was on:\n{explained}");
    let server_log = world.log();
    assert!(!server_log.is_empty(), "the backend logs");
    let signature_of_token = token.rsplit('.').next().unwrap();
    Traces::of(&revui)
        .and("what the program explained", &explained)
        .and("the backend's log", &server_log)
        .hold_none_of(&[
            &token,
            signature_of_token,
            &world.user().password,
            SIGNATURE,
            CREDENTIAL,
        ]);
}

/// A job that stopped in the middle has the most to hide: its ticket.
#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_job_keeps_no_ticket() {
    let strict = Strict::start(Variant::default()).await;
    let revui = strict.revui().with("REVUI_LOG", "trace");
    let folder = tempfile::tempdir().unwrap();
    let file = fixtures::sparse(folder.path(), "demo.webm", 64 * 1024 * 1024);
    strict.line.hold_after(1024 * 1024);
    let running = revui.start(["upload", file.to_str().unwrap(), "--task", "t"]);
    strict.line.is_held().await;
    running.signal("INT").await;
    let stopped = running.finish().await.exits(5);
    Traces::of(&revui)
        .and("what the program explained", &stopped.stderr)
        .and("what it printed", &stopped.stdout)
        .hold_none_of(&[SIGNATURE, CREDENTIAL, "eyJ", "canary"]);
}

/// The keychain has the session, and no file of ours has any of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_in_the_keychain_alone() {
    if let Some(missing) = Keychain::missing_piece() {
        return skip("a_session_is_in_the_keychain_alone", &missing);
    }
    let keychain = Keychain::start().await;
    let strict = Strict::start(Variant::default()).await;
    let revui = keychain.lend_to(Revui::new()).with("REVUI_LOG", "trace");
    let login = [
        "login",
        "--server",
        &strict.server,
        "--email",
        strict::EMAIL,
        "--password-stdin",
    ];
    let login = revui.run_with_input(login, strict::PASSWORD).await.exits(0);
    let explained = explained(&revui, "t").await;
    Traces::of(&revui)
        .and("login", &format!("{}{}", login.stdout, login.stderr))
        .and("what the program explained", &explained)
        .hold_none_of(&[strict::PASSWORD, "eyJ", "canary", SIGNATURE, CREDENTIAL]);
}
