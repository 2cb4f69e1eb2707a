//! The microphone that is chosen in the window is opened once, so that one that gives nothing is found out before the start.

use crate::person::Person;

/// Chooses from the list of microphones, as its user does.
fn choose(value: &str) -> String {
    format!(
        r#"
        const list = document.querySelector("select[name='microphone']");
        list.value = "{value}";
        list.dispatchEvent(new Event("change", {{ bubbles: true }}));
        arguments[0](list.value);
        "#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_gives_no_sound_is_said_before_the_start() {
    let Some((_world, person)) = Person::with_a_world().await else {
        return;
    };
    let _sound = person.desktop.start_sound().await;
    let suspend = async |on: &str| {
        let arguments = ["suspend-source", "headset", on];
        person.desktop.run("pactl", &arguments).await
    };
    suspend("1").await;
    let window = person.open_with_the_task().await;
    window.press("record").await;
    window.element("[data-microphone-problem]").await;
    window.says("“Headset microphone” gives no sound.").await;
    window.can_be_heard("a microphone without a sound").await;

    // What is not wanted is no problem, and neither is what is heard again.
    assert_eq!(window.execute(&choose("off")).await, "off");
    window
        .element("dialog:not(:has([data-microphone-problem]))")
        .await;
    suspend("0").await;
    assert_eq!(window.execute(&choose("default")).await, "default");
    window.recorders(1).await;
    assert!(!window.has("[data-microphone-problem]").await);
    window.press("dismiss-record").await;
    window.close().await;
}
