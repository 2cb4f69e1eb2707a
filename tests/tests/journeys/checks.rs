//! `revui check`: a server that keeps the contract passes, whoever wrote it, and what is wrong on purpose is named rightly.

use serde_json::Value;
use wire::Role;
use world::strict::{EMAIL, PASSWORD, Strict, Variant};
use world::{Faulty, Finished, Revui, World};

use crate::bad_servers::untrusted;

/// A task id that every variant takes.
const TASK: &str = "0191f3c6-7d1a-7c50-9a3e-1f2b3c4d5e6f";

/// The line of a step.
fn step(finished: &Finished, name: &str) -> Value {
    let events = finished.events();
    let found = events.iter().find(|event| event["step"] == name);
    found
        .unwrap_or_else(|| panic!("no step {name}: {}", finished.stdout))
        .clone()
}

/// The steps that did not pass, by how they ended.
fn steps_that(finished: &Finished, result: &str) -> Vec<String> {
    let events = finished.events();
    let steps = events.iter().filter(|event| event["result"] == result);
    steps
        .map(|event| event["step"].as_str().unwrap().to_owned())
        .collect()
}

fn failed_as(finished: &Finished, name: &str, whose: &str) -> Value {
    let step = step(finished, name);
    let judged = (step["result"].as_str(), step["whose"].as_str());
    assert_eq!(judged, (Some("failed"), Some(whose)), "{step}");
    step
}

/// Nothing that opens a door is in what was printed.
pub(crate) fn tells_no_secret(text: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!text.contains(secret), "{text}");
    }
    for value in text.split("X-Amz-Signature=").skip(1) {
        assert!(value.starts_with('…'), "{}", &value[..40.min(value.len())]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_backend_passes_as_seen_by_each_role() {
    let world = World::start().await;
    let own = world.user();
    let others = [
        world.stranger(),
        world.account(Role::Reviewer),
        world.account(Role::Admin),
    ];
    for other in others {
        let is_admin = other.role == Role::Admin && other.tenant_id == own.tenant_id;
        let revui = Revui::new().with("REVUI_OTHER_PASSWORD", &other.password);
        let arguments = [
            "check",
            "--server",
            &world.server,
            "--email",
            &own.email,
            "--password-stdin",
            "--other-email",
            &other.email,
            "--json",
            "--junit",
            "check.xml",
        ];
        let finished = revui
            .run_with_input(arguments, &own.password)
            .await
            .exits(0);
        assert_eq!(steps_that(&finished, "failed"), Vec::<String>::new());
        for name in [
            "other_get",
            "other_complete",
            "other_list",
            "write_once",
            "expired",
            "download",
        ] {
            assert_eq!(step(&finished, name)["result"], "passed", "{name}");
        }
        let cleaned = step(&finished, "clean_up");
        // A user's own complete recording is not the user's to delete.
        let expected = if is_admin { "passed" } else { "skipped" };
        assert_eq!(cleaned["result"], expected, "{cleaned}");
        tells_no_secret(&finished.stdout, &[&own.password, &other.password]);

        let junit = std::fs::read_to_string(revui.home().join("check.xml")).unwrap();
        let cases = junit.matches("<testcase ").count();
        assert_eq!(cases, finished.events().len() - 1, "a case a step");
        assert!(junit.contains("failures=\"0\""), "{junit}");
        tells_no_secret(&junit, &[&own.password, &other.password]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrators_check_leaves_nothing() {
    let world = World::start().await;
    let admin = world.account(Role::Admin);
    let token = world.token_of(admin).await;
    let stranger = world.token_of(world.stranger()).await;
    let revui = Revui::new()
        .with_session(&world.server, &token)
        .with("REVUI_OTHER_TOKEN", &stranger);
    let finished = revui.run(["check"]).await.exits(0);
    assert!(
        finished.last_line().contains(" 0 failed"),
        "{}",
        finished.stdout
    );
    assert!(
        finished.stdout.contains("ok    nothing is left behind"),
        "{}",
        finished.stdout
    );
    tells_no_secret(&finished.stdout, &[&token, &stranger]);
    revui
        .run(["list"])
        .await
        .exits(0)
        .explains("There are no recordings.");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_backend_that_keeps_the_base_contract_passes() {
    let variants = [
        Variant::default(),
        Variant {
            prefix: "/api/v1",
            envelope: true,
            wants_uuids: true,
            signs_encryption: true,
            sizes_as_strings: false,
            ..Variant::default()
        },
        Variant {
            cookie: true,
            ..Variant::default()
        },
    ];
    for variant in variants {
        let strict = Strict::start(variant).await;
        let arguments = [
            "check",
            "--server",
            &strict.server,
            "--email",
            EMAIL,
            "--password-stdin",
            "--json",
        ];
        let finished = Revui::new()
            .run_with_input(arguments, PASSWORD)
            .await
            .exits(0);
        assert_eq!(
            steps_that(&finished, "failed"),
            Vec::<String>::new(),
            "{variant:?}"
        );
        for name in [
            "upload",
            "complete",
            "download",
            "tampered_link",
            "delete",
            "dead_link",
            "clean_up",
        ] {
            assert_eq!(
                step(&finished, name)["result"],
                "passed",
                "{variant:?} {name}"
            );
        }
        assert_eq!(step(&finished, "write_once")["result"], "skipped");
        assert_eq!(
            strict.refused(),
            Vec::<String>::new(),
            "only the base contract is used"
        );
        tells_no_secret(&finished.stdout, &[PASSWORD]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_does_not_look_at_tenants_is_found_out() {
    let strict = Strict::start(Variant::default()).await;
    let revui = strict
        .revui()
        .with("REVUI_OTHER_TOKEN", &strict.token_of_a_stranger());
    let finished = revui
        .run(["check", "--task", TASK, "--json"])
        .await
        .exits(1);
    let get = failed_as(&finished, "other_get", "backend");
    assert_eq!(
        (get["wanted"].as_str(), get["found"].as_str()),
        (Some("status 404"), Some("status 200"))
    );
    failed_as(&finished, "other_list", "backend");
    failed_as(&finished, "other_delete", "backend");
}

/// What goes wrong, before whom, which step names it, and whose it is.
const WRONGS: [(&str, bool, &str, &str); 7] = [
    ("fault = \"clock\"\nahead = \"20m\"", true, "clock", "yours"),
    (
        "path = \"*/initiate\"\nfault = \"captive-portal\"",
        true,
        "anonymous",
        "network",
    ),
    // Before, it is called too early, and with another's key.
    (
        "path = \"*/complete\"\nnth = 3\nfault = \"unavailable\"",
        true,
        "complete",
        "backend",
    ),
    (
        "method = \"PUT\"\nfault = \"no-etag\"",
        false,
        "upload",
        "network",
    ),
    // What is refused is shorter than that.
    (
        "method = \"PUT\"\nfault = \"corrupt\"\nat = 1000",
        false,
        "download",
        "store",
    ),
    (
        "method = \"GET\"\nfault = \"unavailable\"",
        false,
        "range",
        "store",
    ),
    (
        "method = \"PUT\"\nfault = \"refuse\"\ncode = \"SignatureDoesNotMatch\"",
        false,
        "upload",
        "backend",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_on_purpose_is_named_rightly() {
    for (rule, before_backend, name, whose) in WRONGS {
        let world = Faulty::start().await;
        let rule = format!("[[rule]]\n{rule}\n");
        if before_backend {
            world.before_backend(&rule);
        } else {
            world.before_store(&rule);
        }
        let check = ["check", "--task", Faulty::TASK, "--json"];
        let finished = world.revui().run(check).await.exits(1);
        let failed = steps_that(&finished, "failed");
        assert_eq!(
            failed.first().map(String::as_str),
            Some(name),
            "{rule}: {failed:?}: {}",
            finished.stdout
        );
        failed_as(&finished, name, whose);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_signed_in_learns_that() {
    let strict = Strict::start(Variant::default()).await;
    let check = ["check", "--server", &strict.server, "--json"];
    Revui::new()
        .run(check)
        .await
        .exits(3)
        .explains("code: signed_out");

    let arguments = [
        "check",
        "--server",
        &strict.server,
        "--email",
        EMAIL,
        "--password-stdin",
        "--json",
    ];
    let finished = Revui::new()
        .run_with_input(arguments, "canary-wrong")
        .await
        .exits(3);
    failed_as(&finished, "sign_in", "yours");
    assert_eq!(step(&finished, "upload")["result"], "skipped");
    tells_no_secret(&finished.stdout, &["canary-wrong"]);

    // Nobody listens there.
    let check = ["check", "--server", "http://127.0.0.1:1", "--json"];
    let nobody = Revui::new()
        .with("REVUI_TOKEN", "canary-token")
        .run(check)
        .await
        .exits(1);
    failed_as(&nobody, "connect", "backend");
    tells_no_secret(&nobody.stdout, &["canary-token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_does_not_lead_there_is_named_rightly() {
    for (server, name, whose) in [
        (untrusted().await, "tls", "backend"),
        // No name ends so (RFC 6761, section 6.4).
        ("https://recordings.invalid".to_owned(), "resolve", "yours"),
    ] {
        let revui = Revui::new().with("REVUI_TOKEN", "canary-token");
        let finished = revui.run(["check", "--server", &server, "--json"]).await;
        let finished = finished.exits(1);
        let failed = steps_that(&finished, "failed");
        assert_eq!(failed.first().map(String::as_str), Some(name), "{server}");
        let step = failed_as(&finished, name, whose);
        assert!(!step["mend"].as_str().unwrap().is_empty(), "{step}");
        for later in ["sign_in", "upload", "clean_up"] {
            assert_ne!(self::step(&finished, later)["result"], "failed", "{later}");
        }
        tells_no_secret(&finished.stdout, &["canary-token"]);
    }
}

/// Whoever stops it finds nothing of it afterwards, whatever it waited for.
#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_is_stopped_takes_back_what_it_made() {
    for (rule, last) in [
        (
            "method = \"PUT\"\nnth = 4\nfault = \"black-hole\"",
            "early_complete",
        ),
        ("method = \"PUT\"\nfault = \"black-hole\"", "bad_task"),
    ] {
        let world = Faulty::start().await;
        world.before_store(&format!("[[rule]]\n{rule}\n"));
        let revui = world.revui();
        let mut running = revui.start(["check", "--task", Faulty::TASK, "--json"]);
        running.event(last, |event| event["step"] == last).await;
        running.signal("INT").await;
        let stopped = running.finish().await.exits(5);
        let stopped = stopped.explains("What the check has made is removed");
        let cleaned = step(&stopped, "clean_up");
        assert_eq!(cleaned["result"], "passed", "{cleaned}");
        assert_eq!(step(&stopped, "give_up")["why"], "the check was stopped");
        let found = cleaned["found"].as_str().unwrap();
        assert!(
            found.ends_with(" made, all removed") && !found.starts_with('0'),
            "{found}"
        );
        let listed = revui.run(["list"]).await.exits(0);
        listed.explains("There are no recordings.");
    }
}
