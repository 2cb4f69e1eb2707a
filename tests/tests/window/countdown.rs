//! The countdown before a recording, which is there for everybody who has not said otherwise.

use serde_json::{Value, json};

use crate::person::Person;
use crate::recorder::small_region;
use crate::window::Window;

/// Has the page keep what it counts.
const KEEP_WHAT_IS_COUNTED: &str = r#"
    window.counted = [];
    const look = () => {
        const shown = document.querySelector("[data-countdown]")?.dataset.countdown;
        if (shown && window.counted.at(-1) !== shown) window.counted.push(shown);
    };
    const changes = { subtree: true, childList: true, attributes: true, attributeFilter: ["data-countdown"] };
    new MutationObserver(look).observe(document.body, changes);
    arguments[0](true);
"#;

/// Hands it over, and begins anew.
const COUNTED: &str = "arguments[0](window.counted.splice(0))";

/// What somebody chose who left the rest as it is at first.
fn choices() -> Value {
    json!({ "target": small_region(), "microphone": { "kind": "off" } })
}

impl Window {
    /// What has been counted since this was asked last, in its order.
    async fn counted(&self) -> Vec<String> {
        serde_json::from_value(self.execute(COUNTED).await).expect("seconds")
    }
}

impl Person {
    /// Nothing was recorded, nothing records, and nothing of it waits for the next start.
    async fn has_left_nothing(&self, window: &Window) {
        self.has_no_bar().await;
        window.recorders(0).await;
        self.has_nothing_recorded().await;
        let notes = self.desktop.home().join("revui").join("recordings");
        let notes = std::fs::read_dir(notes).into_iter().flatten().flatten();
        assert_eq!(notes.count(), 0, "a note of a recording is left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_counts_and_begins_at_once_or_not_at_all_as_its_user_says() {
    let Some((_world, person)) = Person::who_recorded(&choices()).await else {
        return;
    };
    let window = person.open_with_the_task().await;
    window.execute(KEEP_WHAT_IS_COUNTED).await;

    // Given up, by its button and by the keys that began it.
    for by_keys in [false, true] {
        person.press_record().await;
        window.element("[data-countdown]").await;
        window.says("About to record").await;
        assert!(person.recorded().is_empty(), "it only counts");
        if by_keys {
            person.press_record().await;
        } else {
            window.press("stop-recording").await;
        }
        window.screen("ready").await;
        window.is_on_the_screen().await;
        person.has_left_nothing(&window).await;
        let counted = window.counted().await;
        assert_eq!(counted.first().map(String::as_str), Some("3"));
    }

    // To its end, and cut short.
    for at_once in [false, true] {
        person.press_record().await;
        window.element("[data-countdown='3']").await;
        if at_once {
            window.press("begin-now").await;
        }
        let file = person.is_recording().await;
        let counted = window.counted().await;
        let reached_one = counted.last().is_some_and(|last| last == "1");
        assert_eq!(reached_one, !at_once, "{counted:?}");
        person.press_record().await;
        window.reviews_what_was_recorded(&file).await;
        window.press("discard").await;
        window.press("discard-and-delete").await;
        window.screen("ready").await;
        person.has_left_nothing(&window).await;
    }
    window.close().await;
}
