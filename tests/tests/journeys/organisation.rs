//! Signing in at an organisation: a real identity provider, a browser with a person before it, and the command line.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use world::{
    Browser, Finished, IdentityProvider, Keychain, Revui, Running, World, files_under, fixtures,
    skip,
};

/// An organisation with its provider, a backend that believes it, and somebody's computer with a keychain.
struct Organisation {
    provider: IdentityProvider,
    /// The other tenant's.
    other: IdentityProvider,
    world: World,
    revui: Revui,
    keychain: Keychain,
    _folder: TempDir,
}

impl Organisation {
    async fn start(test: &str) -> Option<Self> {
        let missing = IdentityProvider::missing_piece().or_else(Keychain::missing_piece);
        if let Some(missing) = missing {
            skip(test, &missing);
            return None;
        }
        let (provider, other) = (
            IdentityProvider::start().await,
            IdentityProvider::start().await,
        );
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("providers.toml");
        let text = provider.described("acme", "Acme", "demo")
            + &other.described("umbrella", "Umbrella", "other");
        std::fs::write(&file, text).unwrap();
        let world = World::start_with(&[("OIDC_PROVIDERS", file.to_str().unwrap())]).await;
        let keychain = Keychain::start().await;
        Some(Self {
            provider,
            other,
            world,
            revui: keychain.lend_to(Revui::new()),
            keychain,
            _folder: folder,
        })
    }

    fn start_login(&self, revui: &Revui, options: &[&str]) -> Running {
        let login = ["login", "--server", &self.world.server];
        revui.start(login.iter().chain(options))
    }

    /// Signs in by a browser that is opened by hand.
    async fn signed_in(&self, revui: &Revui, organisation: &str, name: &str) -> Finished {
        let mut login = self.start_login(revui, &[organisation]);
        let address = login.explains("http").await;
        let page = Browser::new().sign_in(&address, name).await;
        assert!(page.contains("close this window"), "{page}");
        login.finish().await
    }

    /// Another person's computer.
    fn another(&self) -> Revui {
        self.keychain.lend_to(Revui::new())
    }

    /// No token is in a file of the computer's, or in the backend's log.
    fn keeps_no_secret(&self) {
        let files = files_under(self.revui.home());
        for text in files
            .iter()
            .map(|file| read(file))
            .chain([self.world.log()])
        {
            assert!(!text.contains("eyJ"), "a token in {text}");
        }
    }
}

fn read(file: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned()
}

fn text(event: &Value, field: &str) -> String {
    event[field].as_str().unwrap().to_owned()
}

/// The programs that open a browser, in the place of which this one writes down what it was to open.
#[cfg(target_os = "linux")]
async fn browser_that_tells(folder: &Path) -> (String, std::path::PathBuf) {
    use world::bare;

    let told = folder.join("told");
    let made = bare("mkfifo").arg(&told).status().await.unwrap();
    assert!(made.success());
    let program = folder.join("xdg-open");
    let script = format!("#!/bin/sh\nprintf '%s' \"$1\" > '{}'\n", told.display());
    std::fs::write(&program, script).unwrap();
    let executable = bare("chmod")
        .arg("755")
        .arg(&program)
        .status()
        .await
        .unwrap();
    assert!(executable.success());
    let path = std::env::var("PATH").unwrap();
    (format!("{}:{path}", folder.display()), told)
}

/// The browser is opened by the program itself, and the session lasts: each further command renews it.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_opened_and_the_upload_is_in_the_persons_name() {
    let test = "a_browser_is_opened_and_the_upload_is_in_the_persons_name";
    let Some(organisation) = Organisation::start(test).await else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let (path, told) = browser_that_tells(folder.path()).await;
    let Organisation {
        keychain, world, ..
    } = &organisation;
    let revui = keychain.lend_to(Revui::new()).with("PATH", &path);
    let mut login = organisation.start_login(&revui, &["--sso=acme"]);
    let address = world::in_time("the browser", tokio::fs::read_to_string(told))
        .await
        .unwrap();
    assert_eq!(login.explains("http").await, address);
    for part in [
        "code_challenge_method=S256",
        "state=",
        "nonce=",
        "127.0.0.1",
    ] {
        assert!(address.contains(part), "{address}");
    }
    // Somebody else's answer is not taken for this one's.
    let redirect = url::Url::parse(&address).unwrap();
    let mut pairs = redirect.query_pairs();
    let (_, door) = pairs.find(|(name, _)| name == "redirect_uri").unwrap();
    let forged = reqwest::get(format!("{door}?code=stolen&state=guessed"))
        .await
        .unwrap();
    assert_eq!(forged.status(), 404);
    let page = Browser::new().sign_in(&address, "ada.reviewers").await;
    assert!(page.contains("close this window"), "{page}");
    login
        .finish()
        .await
        .exits(0)
        .explains("ada <ada@acme.example> (REVIEWER, tenant demo)");

    let done = revui.uploaded(&fixtures::short(), &world.task).await;
    let shown = revui
        .run(["show", &text(&done, "recordingId")])
        .await
        .exits(0);
    assert!(shown.stdout.contains("http"), "{}", shown.stdout);
    assert!(organisation.provider.renewals().await >= 2);
    organisation.keeps_no_secret();

    revui.run(["logout"]).await.exits(0);
    assert!(organisation.provider.revocations().await >= 1);
    revui
        .run(["list"])
        .await
        .exits(3)
        .explains("code: signed_out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_without_a_browser_signs_in_by_a_code() {
    let Some(organisation) =
        Organisation::start("a_terminal_without_a_browser_signs_in_by_a_code").await
    else {
        return;
    };
    let revui = &organisation.revui;
    let mut login = organisation.start_login(revui, &["--sso=Acme", "--device"]);
    let said = login.explains("type the code").await;
    assert!(
        said.contains(&format!("{}/device", organisation.provider.issuer)),
        "{said}"
    );
    let address = login.explains("user_code=").await;
    Browser::new().sign_in(&address, "grace").await;
    login
        .finish()
        .await
        .exits(0)
        .explains("grace <grace@acme.example> (USER, tenant demo)");
    revui
        .uploaded(&fixtures::short(), &organisation.world.task)
        .await;
    organisation.keeps_no_secret();
}

/// The token that an upload began with is good for seconds; the upload takes longer.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ends_during_an_upload_is_renewed() {
    let Some(organisation) =
        Organisation::start("a_token_that_ends_during_an_upload_is_renewed").await
    else {
        return;
    };
    let Organisation {
        provider,
        world,
        revui,
        ..
    } = &organisation;
    organisation
        .signed_in(revui, "--sso=Acme", "ada")
        .await
        .exits(0);
    // The backend allows clocks to differ by 30 s.
    provider.give_out_expired(25).await;
    let mut upload = revui.start_slow_upload(&fixtures::short(), &world.task, "20k");
    upload
        .event("bytes on their way", |event| event["event"] == "progress")
        .await;
    let before = provider.renewals().await;
    provider.give_out_expired(0).await;
    upload.finish().await.exits(0).event("done");
    assert!(provider.renewals().await > before);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rotated_while_people_work() {
    let Some(organisation) = Organisation::start("keys_are_rotated_while_people_work").await else {
        return;
    };
    let Organisation {
        provider, revui, ..
    } = &organisation;
    organisation
        .signed_in(revui, "--sso=Acme", "ada")
        .await
        .exits(0);
    provider.rotate_keys().await;
    revui.run(["list"]).await.exits(0);
    provider.withdraw_old_keys().await;
    revui.run(["list"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organisations_recordings_do_not_exist() {
    let Some(organisation) =
        Organisation::start("another_organisations_recordings_do_not_exist").await
    else {
        return;
    };
    let Organisation {
        world,
        revui,
        other,
        ..
    } = &organisation;
    organisation
        .signed_in(revui, "--sso=Acme", "ada")
        .await
        .exits(0);
    let done = revui.uploaded(&fixtures::short(), &world.task).await;
    let id = text(&done, "recordingId");
    let stranger = organisation.another();
    let signed_in = organisation
        .signed_in(&stranger, "--sso=Umbrella", "zoe.admins")
        .await;
    signed_in.exits(0).explains("(ADMIN, tenant other)");
    assert!(other.issuer != organisation.provider.issuer);
    stranger
        .run(["show", &id])
        .await
        .exits(1)
        .explains("code: not_found");
    stranger
        .run(["delete", &id])
        .await
        .exits(1)
        .explains("code: not_found");
    // A user of the tenant is no administrator, whoever vouches for both.
    revui
        .run(["delete", &id])
        .await
        .exits(1)
        .explains("code: forbidden");
    let administrator = organisation.another();
    organisation
        .signed_in(&administrator, "--sso=Acme", "root.admins")
        .await
        .exits(0);
    administrator.run(["delete", &id]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_at_the_provider_is_said_plainly() {
    let Some(mut organisation) =
        Organisation::start("what_goes_wrong_at_the_provider_is_said_plainly").await
    else {
        return;
    };
    let server = organisation.world.server.clone();
    let revui = organisation.another();
    let which = revui
        .run(["login", "--server", &server, "--sso"])
        .await
        .exits(2);
    which.explains("Acme, Umbrella");
    let mut login = organisation.start_login(&revui, &["--sso=Acme"]);
    let address = login.explains("http").await;
    Browser::new().sign_in(&address, "nobody").await;
    let refused = login.finish().await.exits(3);
    refused
        .explains("called off in the browser")
        .explains("code: wrong_credentials");

    organisation
        .signed_in(&revui, "--sso=Acme", "ada")
        .await
        .exits(0);
    organisation.provider.kill().await;
    // The session is kept: the provider may come back.
    for _ in 0..2 {
        revui
            .run(["list"])
            .await
            .exits(1)
            .explains("code: server_unreachable");
    }
    let late = revui
        .run(["login", "--server", &server, "--sso=Acme"])
        .await
        .exits(1);
    late.explains("Your organisation's sign-in could not be reached");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_organisations_says_so() {
    let world = World::start().await;
    let none = Revui::new()
        .run(["login", "--server", &world.server, "--sso"])
        .await;
    none.exits(2)
        .explains("No organisation signs people in at this server");
}
