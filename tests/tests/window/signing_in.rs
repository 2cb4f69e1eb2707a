use world::World;

use crate::person::Person;
use crate::pictures;

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_and_the_right_one_then_works() {
    let world = World::start().await;
    let Some(person) = Person::of_world(&world).await else {
        return;
    };
    let window = person.open().await;
    window.screen("sign-in").await;
    pictures::take(&window, "sign-in").await;

    window.sign_in("not the password").await;
    window.element("[data-code='wrong_credentials']").await;
    pictures::take(&window, "wrong-password").await;

    window.sign_in(&person.password).await;
    window.screen("ready").await;
    pictures::take(&window, "ready").await;
    window.close(&person.desktop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_outlives_the_program_in_the_keychain() {
    let world = World::start().await;
    let Some(person) = Person::of_world(&world).await else {
        return;
    };
    person.open_signed_in().await.close(&person.desktop).await;

    let window = person.open().await;
    window.screen("ready").await;
    window.press("account").await;
    window.element("[data-keeping='keychain']").await;
    window.press("sign-out").await;
    window.screen("sign-in").await;
    window.close(&person.desktop).await;

    let window = person.open().await;
    window.screen("sign-in").await;
    window.close(&person.desktop).await;
}
