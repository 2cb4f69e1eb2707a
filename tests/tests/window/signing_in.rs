//! Signing in and out.

use world::{Ports, files_under};

use crate::desktop::Desktop;
use crate::person::Person;
use crate::pictures;

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_and_the_right_one_then_works() {
    let Some((_world, person)) = Person::with_a_world().await else {
        return;
    };
    let window = person.open().await;
    window.sign_in("not the password").await;
    window.element("[data-code='wrong_credentials']").await;
    window.sign_in(&person.password).await;
    window.screen("ready").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_said_and_another_then_works() {
    let Some((world, person)) = Person::with_a_world().await else {
        return;
    };
    let nobodys = Ports::claim(1);
    let nobody = format!("http://127.0.0.1:{}", nobodys.first());
    let window = person.open_at(&nobody).await;
    window.sign_in(&person.password).await;
    window.element("[data-code='server_unreachable']").await;

    // What was typed is still there but for the server.
    window.fill("input[name='server']", &world.server).await;
    window.press("sign-in").await;
    window.screen("ready").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_outlives_the_program_in_the_keychain() {
    let Some((_world, person)) = Person::with_a_world().await else {
        return;
    };
    person.open_signed_in().await.close().await;

    let window = person.open().await;
    window.screen("ready").await;
    window.press("account").await;
    window.element("[data-keeping='keychain']").await;
    window.press("sign-out").await;
    window.screen("sign-in").await;
    window.close().await;

    let window = person.open().await;
    window.screen("sign-in").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_token_is_enough() {
    let Some((backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let window = person.open().await;
    window.screen("sign-in").await;
    window.press("use-token").await;
    window.fill("input[name='token']", "no token").await;
    window.press("sign-in").await;
    window.element("[data-code]").await;
    window
        .fill("input[name='token']", &backend.new_token())
        .await;
    window.press("sign-in").await;
    window.screen("ready").await;
    window.press("account").await;
    window.element("[data-keeping='keychain']").await;
    window.press("account").await;
    window.choose_task("onboarding").await;
    person
        .upload(&window, &person.recording("by-token.webm"))
        .await;
    window.phase("done").await;
    window.close().await;

    let window = person.open().await;
    window.screen("ready").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keychain_a_session_ends_with_the_program() {
    let desktop = Desktop::start_without_a_keychain(pictures::look());
    let Some((backend, person)) = Person::with_a_strict_backend_at(desktop).await else {
        return;
    };
    let window = person.open_signed_in().await;
    window.says("keychain cannot be used").await;
    window.press("account").await;
    window.element("[data-keeping='memory']").await;
    window.press("account").await;
    window.choose_task("onboarding").await;
    person
        .upload(&window, &person.recording("in-memory.webm"))
        .await;
    window.phase("done").await;
    window.close().await;

    // All tokens begin alike.
    let token = backend.new_token();
    let beginning = token.split('.').next().expect("a part");
    for file in files_under(person.desktop.home()) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        for secret in [beginning, &person.password] {
            assert!(!text.contains(secret), "{} holds it", file.display());
        }
    }
    let window = person.open().await;
    window.screen("sign-in").await;
    window.close().await;
}
