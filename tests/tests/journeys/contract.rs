//! The machine-readable contract, held against the running backend by a program that other people wrote: for each role,
//! schemathesis makes up requests that keep the contract and requests that break it, and looks whether every answer is
//! one that the contract names.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};
use wire::Role;
use world::{World, bare, fixtures, skip};

/// Where `cargo xtask test` has installed the program.
const PROGRAM: &str = "REVUI_SCHEMATHESIS";

/// How long one role's requests go on, in seconds.
const SECONDS_A_ROLE: &str = "25";

/// What is looked at in every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,negative_data_rejection,ignored_auth,missing_required_header,\
                      unsupported_method,allow_header_conformance";

/// An access token of this role, and something for it to find: a complete recording and a place for one.
async fn signed_in(world: &World, http: &reqwest::Client, role: Role) -> String {
    let account = world.account(role);
    let body = json!({"email": account.email, "password": account.password});
    let login = http.post(format!("{}/api/auth/login", world.server));
    let session: Value = login
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let token = session["accessToken"].as_str().unwrap().to_owned();
    let revui = world.revui_of(account).await;
    revui.uploaded(&fixtures::short(), &world.task).await;
    let order = json!({"taskId": world.task, "filename": "a.webm", "multipart": true});
    let place = http.post(format!("{}/api/recordings/initiate", world.server));
    let place = place.bearer_auth(&token).json(&order).send().await.unwrap();
    assert_eq!(place.status(), 201);
    token
}

/// Runs the program with this token; what it says if it found anything.
async fn broken(program: &PathBuf, world: &World, token: &str) -> Option<String> {
    let document = format!("{}/api/openapi.json", world.server);
    let ran = bare(program)
        .args(["run", &document, "--url", &world.server, "--no-color"])
        .args(["--checks", CHECKS, "--mode", "all", "--continue-on-failure"])
        .args(["--max-time", SECONDS_A_ROLE, "--max-examples", "20"])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--warnings", "off", "--suppress-health-check", "all"])
        .current_dir(world.data())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    println!("{said}");
    (!ran.status.success()).then(|| said + &String::from_utf8_lossy(&ran.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_gets_an_answer_that_the_contract_does_not_name() {
    let Some(program) = std::env::var_os(PROGRAM).map(PathBuf::from) else {
        return skip(
            "no_request_gets_an_answer_that_the_contract_does_not_name",
            "schemathesis is not installed: `cargo xtask test` does that",
        );
    };
    let unlimited = [
        ("USER_REQUESTS_PER_SECOND", "0"),
        ("TENANT_REQUESTS_PER_SECOND", "0"),
        ("ADDRESS_REQUESTS_PER_SECOND", "0"),
    ];
    let world = World::start_with(&unlimited).await;
    let http = reqwest::Client::new();
    let mut found = Vec::new();
    for role in Role::ALL {
        let token = signed_in(&world, &http, role).await;
        if let Some(said) = broken(&program, &world, &token).await {
            found.push(format!("{role}:\n{said}"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n\n"));
    let live = http.get(format!("{}/live", world.server)).send().await;
    assert_eq!(live.unwrap().status(), 200);
    assert!(!world.log().contains("panicked"), "{}", world.log());
}
