//! Signing in at an organisation, in the browser.

use tempfile::TempDir;
use world::{Browser, IdentityProvider, World, skip};

use crate::person::Person;
use crate::pictures;

/// What the program gave to the browser that it opened.
async fn opened(person: &Person) -> String {
    let pipe = person.desktop.home().join("opened");
    world::in_time("the browser", tokio::fs::read_to_string(pipe))
        .await
        .expect("what it was given")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_opens_the_browser_and_the_window_goes_on_by_itself() {
    if let Some(missing) = IdentityProvider::missing_piece() {
        return skip(
            "a_button_opens_the_browser_and_the_window_goes_on_by_itself",
            &missing,
        );
    }
    let provider = IdentityProvider::start().await;
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("providers.toml");
    std::fs::write(&file, provider.described("acme", "Acme", "demo")).expect("a file");
    let file = file.to_str().expect("a name");
    let world = World::start_with(&[("OIDC_PROVIDERS", file)]).await;
    let Some(person) = Person::of_world(&world).await else {
        return;
    };
    person.desktop.run("mkfifo", &["opened"]).await;
    person
        .desktop
        .install("xdg-open", r#"printf '%s' "$1" > "$HOME/opened""#);
    let window = person.open().await;
    window.screen("sign-in").await;
    window.element("[data-action='sign-in-by']").await;
    pictures::take_small_too(&window, "sign-in-at-an-organisation").await;
    window.press("sign-in-by").await;
    let first = opened(&person).await;
    window.says("Sign in at Acme in your browser.").await;
    pictures::take(&window, "in-the-browser").await;

    // Whoever gives it up may begin anew; the first page's answer is worth nothing any more.
    window.press("give-up-sign-in").await;
    window.element("[data-action='sign-in-by']").await;
    window.press("sign-in-by").await;
    let second = opened(&person).await;
    assert_ne!(first, second);
    let page = Browser::new().sign_in(&second, "ada.reviewers").await;
    assert!(page.contains("close this window"), "{page}");
    window.screen("ready").await;
    window.press("account").await;
    window.says("ada@acme.example").await;
    window.element("[data-keeping='keychain']").await;
    window.close().await;

    let window = person.open().await;
    window.screen("ready").await;
    window.close().await;
    assert!(
        provider.renewals().await >= 1,
        "the stored session is renewed at the provider"
    );
}
