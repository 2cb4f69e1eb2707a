//! The keyboard, as it is used by a person without a mouse.

use tokio::time::sleep;

use crate::desktop::LOOK_EVERY;
use crate::window::{TITLE, Window};

impl Window {
    /// Gives it the keyboard: without a mouse, the window manager does that when the chooser has closed.
    pub(crate) async fn has_the_keyboard(&self) {
        self.desktop().focus(TITLE).await;
    }

    /// Presses this key in it.
    pub(crate) async fn key(&self, key: &str) {
        self.has_the_keyboard().await;
        self.desktop().press(&[key]).await;
    }

    /// Presses the button of this action, by keys. For what takes the page away, too: WebDriver would wait for a page that
    /// is no longer painted to answer.
    pub(crate) async fn press_by_keys(&self, action: &str) {
        self.element(&format!("[data-action='{action}']")).await;
        self.has_the_keyboard().await;
        let focused = format!("[data-action='{action}']:focus");
        world::in_time(&focused, async {
            while !self.has(&focused).await {
                self.press_tab().await;
            }
        })
        .await;
        self.desktop().press(&["Return"]).await;
    }

    /// Gives the row of the side list that has this name the keyboard.
    pub(crate) async fn focus_row(&self, list: &str, name: &str) {
        let row = format!("[data-list='{list}'] [title='{name}']");
        self.element(&row).await;
        let script = format!("arguments[0](document.querySelector(\"{row}\").focus())");
        self.execute(&script).await;
    }

    /// Waits until the heading has the keyboard, as it has wherever something new is on the stage.
    pub(crate) async fn heading_has_the_keyboard(&self) {
        self.has_the_keyboard().await;
        self.element("h1:focus").await;
    }

    /// One step further; returns when it has been made. A key that is still on its way would make the next one go too far.
    async fn press_tab(&self) {
        let before = self.focused().await;
        self.desktop().press(&["Tab"]).await;
        while self.focused().await == before {
            sleep(LOOK_EVERY).await;
        }
    }

    /// The place of what has the keyboard among all on the page.
    async fn focused(&self) -> Option<i64> {
        let place = "const all = [...document.querySelectorAll('*')]; \
            arguments[0](all.indexOf(document.activeElement))";
        self.execute(place).await.as_i64()
    }
}
