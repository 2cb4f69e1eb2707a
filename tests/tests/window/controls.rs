//! What the window offers for an upload that goes on: its speed, its place in the queue, and what is done with its file.

use std::path::Path;
use std::time::Duration;

use fantoccini::elements::Element;

use crate::window::Window;

impl Window {
    /// Sets the limit of the upload on the stage, as a person types it.
    pub(crate) async fn limit_to(&self, rate: &str) {
        self.unfold("limit").await;
        self.fill("input[name='limit']", rate).await;
        self.press("use-limit").await;
        self.element("[data-action='limit'] [data-limit]:not([data-limit='none'])")
            .await;
    }

    /// Lifts the limit of the upload on the stage.
    pub(crate) async fn lift_the_limit(&self) {
        self.unfold("limit").await;
        self.click("[data-action='set-limit'][data-limit='none']")
            .await;
        self.is_limited_to("none").await;
    }

    /// Waits until the upload on the stage has this limit, in bytes a second.
    pub(crate) async fn is_limited_to(&self, limit: &str) {
        self.element(&format!("[data-action='limit'] [data-limit='{limit}']"))
            .await;
    }

    /// The name of the upload whose row is the current one.
    pub(crate) async fn current_job(&self) -> String {
        let row = self
            .element("[data-list='uploads'] li:has([aria-current='true'])")
            .await;
        attribute(&row, "data-job").await
    }

    /// Waits until the uploads stand in the list in this order.
    pub(crate) async fn uploads_stand(&self, names: &[&str]) {
        let order: Vec<_> = (1..)
            .zip(names)
            .map(|(at, name)| format!("li:nth-child({at}) > [title='{name}']"))
            .collect();
        for row in order {
            self.element(&format!("[data-list='uploads'] {row}")).await;
        }
    }

    /// Waits until this file is under review and has this verdict.
    pub(crate) async fn reviews(&self, file: &Path, verdict: &str) {
        let name = file.file_name().expect("a name").to_string_lossy();
        self.element(&format!(
            "[data-list='review'] [data-file='{name}'][data-verdict='{verdict}']"
        ))
        .await;
    }

    /// Presses the button of this action, and how long the page then takes to come to this phase, by its own clock: what
    /// lies between the page and a test takes time, too.
    pub(crate) async fn time_from(&self, action: &str, phase: &str) -> Duration {
        self.element(&format!("[data-action='{action}']")).await;
        let script = format!(
            "const [done] = arguments; \
             const main = document.querySelector('main'); \
             const began = performance.now(); \
             new MutationObserver((_, observer) => {{ \
                 if (main.dataset.phase !== '{phase}') return; \
                 observer.disconnect(); \
                 done(performance.now() - began) \
             }}).observe(main, {{ attributes: true }}); \
             document.querySelector(\"[data-action='{action}']\").click()"
        );
        let milliseconds = self.execute(&script).await;
        Duration::from_secs_f64(milliseconds.as_f64().expect("a number") / 1000.0)
    }
}

async fn attribute(element: &Element, name: &str) -> String {
    let value = element.attr(name).await.expect("an attribute");
    value.unwrap_or_else(|| panic!("it has no {name}"))
}
