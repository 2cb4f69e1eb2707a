//! Signing in and out, and where a session is kept.

use base64::Engine;
use client::backend::BackendError;
use client::{Client, Code, Credentials, Keeping, ServerOrigin, SessionState, Settings};
use serde_json::json;
use wire::{Role, Secret};

use super::recordings::{BASE, DEPLOYED, EMAIL, OURS};
use super::stand_in::{Answer, refusal};
use super::{World, is_signed_in, password};

fn jwt(payload: &serde_json::Value) -> Secret {
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(payload.to_string());
    Secret::from(format!("e30.{payload}.canary-signature"))
}

#[tokio::test]
async fn a_session_is_kept_and_taken_up_by_the_next_program() {
    for variant in [BASE, DEPLOYED, OURS] {
        let world = World::start(variant).await;
        drop(world.signed_in().await);
        let account = format!("{}|{EMAIL}", world.server.origin());
        assert_eq!(world.keychain.accounts(), [account]);

        let next = world.client();
        assert!(!is_signed_in(&next));
        let user = next.restore().await.unwrap().unwrap();
        assert_eq!(user.name, "Anna", "{variant:?}");
        next.recording(&"r1".into()).await.unwrap();
        let SessionState::SignedIn {
            kept_in_keychain, ..
        } = next.session().borrow().clone()
        else {
            panic!("{variant:?}");
        };
        assert!(kept_in_keychain);
    }
}

#[tokio::test]
async fn only_what_must_outlive_the_program_is_in_the_keychain_and_nothing_in_files() {
    let world = World::start(OURS).await;
    let _client = world.signed_in().await;
    let entry = world.keychain.only_entry();
    assert!(
        entry.starts_with(r#"{"kind":"refresh","value":"canary-refresh-0""#),
        "{entry}"
    );
    assert!(!entry.contains("canary-access"));
    for file in std::fs::read_dir(world.home.path()).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains("canary"), "{text}");
    }
}

#[tokio::test]
async fn a_wrong_password_leaves_the_session_before_it_alone() {
    let world = World::start(OURS).await;
    let client = world.signed_in().await;
    let wrong = Credentials::Password {
        email: EMAIL.to_owned(),
        password: Secret::from("wrong"),
    };
    let refused = client
        .sign_in(&world.server.origin(), wrong, Keeping::KeychainOnly)
        .await;
    assert_eq!(
        refused.unwrap_err().diagnosis().code,
        Code::WrongCredentials
    );
    client.recording(&"r1".into()).await.unwrap();
}

#[tokio::test]
async fn without_a_keychain_nothing_is_kept_and_the_server_is_told() {
    let world = World::start(OURS).await;
    world.keychain.refuse();
    let client = world.client();
    let server = world.server.origin();
    let refused = client
        .sign_in(&server, password(), Keeping::KeychainOnly)
        .await;
    assert_eq!(
        refused.unwrap_err().diagnosis().code,
        Code::KeychainUnavailable
    );
    assert!(!is_signed_in(&client));
    assert_eq!(
        Settings::load(&client_home(&world)).unwrap(),
        Settings::default()
    );
    assert_eq!(world.server.count("POST", "/api/auth/logout"), 1);

    client
        .sign_in(&server, password(), Keeping::KeychainOrMemory)
        .await
        .unwrap();
    let SessionState::SignedIn {
        kept_in_keychain, ..
    } = client.session().borrow().clone()
    else {
        panic!("not signed in");
    };
    assert!(!kept_in_keychain);
    world.recordings.expire();
    client.recording(&"r1".into()).await.unwrap();
    assert!(world.keychain.accounts().is_empty());
}

fn client_home(world: &World) -> client::Home {
    client::Home::at(world.home.path())
}

#[tokio::test]
async fn signing_out_ends_it_everywhere() {
    let world = World::start(OURS).await;
    let window = world.signed_in().await;
    let command_line = world.client();
    command_line.restore().await.unwrap().unwrap();
    let newest = world.recordings.refresh_token();

    window.sign_out().await.unwrap();
    assert!(!is_signed_in(&window));
    assert!(world.keychain.accounts().is_empty());
    let asked = world.server.asked();
    let farewell = asked
        .iter()
        .find(|asked| asked.path == "/api/auth/logout")
        .unwrap();
    assert_eq!(farewell.json()["refreshToken"], newest);
    assert_eq!(world.client().restore().await.unwrap(), None);

    world.recordings.expire();
    let error = command_line.recording(&"r1".into()).await.unwrap_err();
    assert_eq!(error.diagnosis().code, Code::SignedOut);
}

#[tokio::test]
async fn a_stored_session_is_signed_out_without_having_been_taken_up() {
    let world = World::start(OURS).await;
    drop(world.signed_in().await);
    world.client().sign_out().await.unwrap();
    assert!(world.keychain.accounts().is_empty());
    assert_eq!(world.server.count("POST", "/api/auth/logout"), 1);
    // And once more, when there is nothing left to do.
    world.client().sign_out().await.unwrap();
}

#[tokio::test]
async fn a_server_out_of_reach_ends_no_stored_session() {
    let world = World::start(OURS).await;
    drop(world.signed_in().await);
    let World {
        server,
        home,
        keychain,
        ..
    } = world;
    let options = client::ClientOptions {
        keychain: client::Keychain::over(keychain.clone()),
        ..client::ClientOptions::new(client::Home::at(home.path()))
    };
    drop(server);
    let client = Client::open(options).unwrap();
    let user = client.restore().await.unwrap().unwrap();
    assert_eq!(user.name, "Anna");
    assert!(is_signed_in(&client));
    assert_eq!(keychain.accounts().len(), 1);
}

#[tokio::test]
async fn another_account_takes_the_place_of_the_one_before() {
    let world = World::start(BASE).await;
    let client = world.signed_in().await;
    let other = jwt(&json!({"sub": "u2", "email": "ben@example.com"}));
    let permissive = super::stand_in::StandIn::start(|asked| match asked.path.as_str() {
        "/api/recordings/health" => Answer::Json(200, json!({"s3": {"configured": true}})),
        _ => Answer::Json(200, json!([])),
    })
    .await;
    client
        .sign_in(
            &permissive.origin(),
            Credentials::Token(other),
            Keeping::KeychainOnly,
        )
        .await
        .unwrap();
    let account = format!("{}|ben@example.com", permissive.origin());
    assert_eq!(world.keychain.accounts(), [account]);
    assert_eq!(client.backend().unwrap().server(), &permissive.origin());
}

#[tokio::test]
async fn a_pasted_token_names_its_bearer_and_is_confirmed_by_the_server() {
    let claims = json!({"sub": "u1", "email": EMAIL, "role": "REVIEWER", "tenantId": "t1"});
    let token = jwt(&claims);
    let good = format!("Bearer {}", token.expose());
    let server = super::stand_in::StandIn::start(move |asked| match asked.path.as_str() {
        "/api/recordings/health" => Answer::Json(200, json!({"s3": {"configured": true}})),
        _ if asked.header("authorization") == Some(&good) => Answer::Json(200, json!([])),
        _ => refusal(401, "Unauthorized"),
    })
    .await;
    let world = World::start(BASE).await;
    let client = world.client();
    let origin = server.origin();
    let pasted = Secret::from(format!("  Bearer {}\n", token.expose()));
    let keeping = Keeping::KeychainOnly;
    let user = client
        .sign_in(&origin, Credentials::Token(pasted), keeping)
        .await
        .unwrap();
    assert_eq!((user.email.as_str(), user.role), (EMAIL, Role::Reviewer));
    assert_eq!(world.client().restore().await.unwrap().unwrap(), user);

    for (token, code) in [
        (jwt(&json!({"sub": "u1", "exp": 1})), Code::WrongCredentials),
        (Secret::from("garbled"), Code::WrongCredentials),
        (Secret::from("two\nlines"), Code::WrongCredentials),
        (Secret::from(""), Code::WrongCredentials),
    ] {
        let refused = client
            .sign_in(&origin, Credentials::Token(token), keeping)
            .await;
        assert_eq!(refused.unwrap_err().diagnosis().code, code);
    }
    assert!(is_signed_in(&client), "the session before stays");
}

#[tokio::test]
async fn a_session_from_the_environment_touches_no_keychain() {
    let world = World::start(OURS).await;
    let mut options = world.options();
    let token = Secret::from("canary-access-0");
    options.environment_session = Some((world.server.origin(), token));
    let client = Client::open(options).unwrap();
    let user = client.restore().await.unwrap().unwrap();
    assert_eq!(user.name, "Anna");
    client.recording(&"r1".into()).await.unwrap();
    world.recordings.expire();
    let error = client
        .backend()
        .unwrap()
        .recording(&"r1".into())
        .await
        .unwrap_err();
    assert!(matches!(error, BackendError::SignedOut), "{error:?}");
    client.sign_out().await.unwrap();
    assert_eq!(world.keychain.touched(), 0);
    assert_eq!(
        Settings::load(&client_home(&world)).unwrap(),
        Settings::default()
    );
}

#[tokio::test]
async fn an_expired_token_from_the_environment_is_said() {
    let world = World::start(OURS).await;
    let mut options = world.options();
    options.environment_session = Some((world.server.origin(), Secret::from("stale")));
    let error = Client::open(options).unwrap().restore().await.unwrap_err();
    assert_eq!(error.diagnosis().code, Code::WrongCredentials);
}

#[tokio::test]
async fn a_cookie_goes_to_the_server_that_set_it_and_nowhere_else() {
    let world = World::start(DEPLOYED).await;
    let store =
        super::stand_in::StandIn::start(|_| Answer::Raw(206, Vec::new(), b"x".to_vec())).await;
    *world.recordings.download_url.lock().unwrap() =
        format!("{}/o?X-Amz-Signature=s", store.origin());
    let client = world.signed_in().await;
    client.link(&"r1".into()).await.unwrap();
    let asked = store.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (asked[0].header("cookie"), asked[0].header("authorization")),
        (None, None)
    );
}

#[test]
fn a_server_is_remembered_by_its_origin() {
    let origin: ServerOrigin = serde_json::from_str("\"https://recordings.example/api\"").unwrap();
    assert_eq!(
        serde_json::to_string(&origin).unwrap(),
        "\"https://recordings.example\""
    );
}
