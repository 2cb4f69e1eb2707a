//! Signing in and out.

use crate::person::Person;

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
    // Nobody listens there any more.
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let nobody = format!("http://{}", listener.local_addr().expect("its address"));
    drop(listener);
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
