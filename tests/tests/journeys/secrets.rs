//! Secrets are where they belong, and nowhere else: not in a log, a journal, the settings, an explanation or the database.
//! Everything that a run writes is searched for them, with everything logged that can be.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use world::strict::{self, Strict, Variant};
use world::{Account, Finished, Keychain, Revui, World, files_under, fixtures, skip};

use crate::held::{Held, SIZE_BYTES};

/// What no presigned URL may leave behind.
const SIGNATURE: &str = "X-Amz-Signature";
const CREDENTIAL: &str = "X-Amz-Credential";

/// A wrong password is, most of the time, one letter away from the right one.
const WRONG_PASSWORD: &str = "canary-of-a-wrong-password";
const WRONG_TOKEN: &str = "canary.of-a-wrong.token";

/// Everything that was written, by where it was.
#[derive(Default)]
struct Traces(Vec<(String, String)>);

impl Traces {
    fn note(&mut self, place: &str, text: &str) {
        self.0.push((place.to_owned(), text.to_owned()));
    }

    /// What a command wrote, but for its links: they are what it is for.
    fn note_of(&mut self, command: &str, finished: &Finished) {
        self.note(&format!("what `{command}` explained"), &finished.stderr);
        for line in finished.stdout.lines() {
            let shown = match serde_json::from_str::<Value>(line) {
                Ok(mut event) => {
                    event["downloadUrl"].take();
                    event.to_string()
                }
                Err(_) if line.contains("http") => line.split('?').next().unwrap().to_owned(),
                Err(_) => line.to_owned(),
            };
            self.note(&format!("what `{command}` printed"), &shown);
        }
    }

    fn note_files(&mut self, folder: &Path, but_for: &[&str]) {
        for file in files_under(folder) {
            let name = file.file_name().and_then(OsStr::to_str).unwrap_or_default();
            if !but_for.contains(&name) {
                let bytes = fs::read(&file).unwrap_or_default();
                self.note(
                    &file.display().to_string(),
                    &String::from_utf8_lossy(&bytes),
                );
            }
        }
    }

    fn hold_none_of(&self, secrets: &[&str]) {
        assert!(
            self.0.iter().any(|(_, text)| !text.is_empty()),
            "something was written"
        );
        for secret in secrets {
            assert!(secret.len() > 2, "a secret that is none: `{secret}`");
            for (place, text) in &self.0 {
                let line = text.lines().find(|line| line.contains(secret));
                assert!(
                    line.is_none(),
                    "`{secret}` is in {place}: {}",
                    line.unwrap_or_default()
                );
            }
        }
    }
}

/// A journey with a right and a wrong turn at every step.
async fn all_that_can_be_done(revui: &Revui, task: &str) -> Traces {
    let mut traces = Traces::default();
    let done = revui.upload(&fixtures::short(), task).await.exits(0);
    traces.note_of("upload --json", &done);
    let id = done.event("done")["recordingId"].clone();
    let id = id.as_str().unwrap();
    let (live, mp4) = (fixtures::live(), fixtures::renamed_mp4());
    let (live, mp4) = (live.to_str().unwrap(), mp4.to_str().unwrap());
    for (line, exit) in [
        (&["upload", "--verbose", live, "--task", task][..], 0),
        (&["upload", mp4, "--task", task], 4),
        (&["show", id], 0),
        (&["link", id], 0),
        (&["list", "--task", task], 0),
        (&["download", id, "--output", "back.webm"], 0),
        (&["download", id, "--output", "back.webm"], 2),
        (&["show", "no-such-recording"], 1),
        (&["delete", "no-such-recording"], 1),
        (&["whoami"], 0),
        (&["resume"], 0),
    ] {
        let finished = revui.run(line).await.exits(exit);
        traces.note_of(line[0], &finished);
    }
    fs::remove_file(revui.home().join("back.webm")).unwrap();
    traces
}

/// Both tokens of a session, as the backend hands them out.
async fn session(world: &World, call: &str, body: Value) -> [String; 2] {
    let address = format!("{}/api/auth/{call}", world.server);
    let answer = reqwest::Client::new().post(address).json(&body).send();
    let session: Value = answer.await.unwrap().json().await.unwrap();
    ["accessToken", "refreshToken"].map(|token| session[token].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_journey_leaves_no_secret_behind() {
    let loud = [("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full")];
    let mut world = World::start_with(&loud).await;
    let Account {
        email, password, ..
    } = world.user().clone();
    let credentials = json!({ "email": email, "password": password });
    let [token, refresh_token] = session(&world, "login", credentials).await;
    let renewal = json!({ "refreshToken": refresh_token });
    let [next_token, next_refresh_token] = session(&world, "refresh", renewal).await;
    let revui = Revui::new()
        .with_session(&world.server, &token)
        .with("REVUI_LOG", "trace")
        .with("RUST_BACKTRACE", "full");
    let mut traces = all_that_can_be_done(&revui, &world.task).await;
    let refused = revui.log_in(&world.server, &email, WRONG_PASSWORD).await;
    traces.note_of("login", &refused.exits(3));
    let revui = revui.with("REVUI_TOKEN", WRONG_TOKEN);
    traces.note_of("list", &revui.run(["list"]).await.exits(3));
    let kept = revui.upload(&fixtures::short(), &world.task).await;
    traces.note_of("upload", &kept.exits(3));

    // The backend ends in the middle of something, and is gone for those who go on.
    let revui = revui.with("REVUI_TOKEN", &next_token);
    world.kill().await;
    let resumed = revui.run(["resume", "--max-wait", "0"]).await;
    traces.note_of("resume", &resumed.exits(5));
    world.start_again().await;

    let log = world.log();
    assert!(
        log.contains("TRACE") || log.contains("DEBUG"),
        "the backend's log was on:\n{log}"
    );
    let explained =
        |(place, text): &(String, String)| place.contains("explained") && text.contains("client");
    assert!(traces.0.iter().any(explained), "the program's log was on");
    traces.note_files(revui.home(), &[]);
    // The two files that are there to hold secrets; the log and the database are among the others.
    traces.note_files(world.data(), &["demo.json", "secrets.json"]);

    let secrets = fs::read_to_string(world.data().join("secrets.json")).unwrap();
    let secrets: Value = serde_json::from_str(&secrets).unwrap();
    let secret = |name: &str| secrets[name].as_str().unwrap();
    traces.hold_none_of(&[
        &token,
        token.rsplit('.').next().unwrap(),
        &refresh_token,
        &next_token,
        &next_refresh_token,
        &password,
        WRONG_PASSWORD,
        WRONG_TOKEN,
        secret("jwtSecret"),
        secret("secretAccessKey"),
        SIGNATURE,
        CREDENTIAL,
    ]);
}

/// A job that stopped in the middle has the most to hide: its ticket.
#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_job_keeps_no_ticket() {
    let held = Held::start_as(SIZE_BYTES, |revui| revui.with("REVUI_LOG", "trace")).await;
    held.running.signal("INT").await;
    let stopped = held.running.finish().await.exits(5);
    let mut traces = Traces::default();
    traces.note_of("upload", &stopped);
    traces.note_files(held.revui.home(), &[]);
    traces.hold_none_of(&[SIGNATURE, CREDENTIAL, "eyJ", "canary"]);
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
    let signed_in = revui.log_in(&strict.server, strict::EMAIL, strict::PASSWORD);
    let signed_in = signed_in.await.exits(0);
    let mut traces = all_that_can_be_done(&revui, "t").await;
    traces.note_of("login", &signed_in);
    traces.note_files(revui.home(), &[]);
    traces.hold_none_of(&[strict::PASSWORD, "eyJ", "canary-", SIGNATURE, CREDENTIAL]);
}
