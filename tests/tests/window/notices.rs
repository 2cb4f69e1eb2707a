//! What a desktop tells its user in passing: the notifications that programs have shown.
//! Source: <https://specifications.freedesktop.org/notification-spec/1.2/>
#![allow(
    clippy::used_underscore_binding,
    reason = "the bus hands over what nobody here looks at"
)]

use std::collections::HashMap;

use tokio::sync::watch;
use zbus::zvariant::OwnedValue;
use zbus::{Connection, connection};

use crate::desktop::Desktop;

/// The name on the bus, and the interface.
const NOTIFICATIONS: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// The part of a desktop that shows notifications. Dropping it ends it.
pub(crate) struct Notices {
    connection: Connection,
    shown: watch::Receiver<Vec<Notice>>,
}

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) title: String,
    pub(crate) body: String,
}

/// What programs know of it.
struct Panel(watch::Sender<Vec<Notice>>);

#[allow(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::unused_self,
    reason = "the interface's own form"
)]
#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Panel {
    /// A program shows one. It is numbered, from 1.
    fn notify(
        &self,
        _program: &str,
        _in_place_of: u32,
        _icon: &str,
        title: &str,
        body: &str,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _milliseconds: i32,
    ) -> u32 {
        let notice = Notice {
            title: title.to_owned(),
            body: body.to_owned(),
        };
        self.0.send_modify(|shown| shown.push(notice));
        u32::try_from(self.0.borrow().len()).expect("a few")
    }

    /// A program takes one back.
    fn close_notification(&self, _number: u32) {}

    /// What it can show.
    fn get_capabilities(&self) -> Vec<String> {
        ["actions", "body"].map(str::to_owned).to_vec()
    }

    /// Its name, whose it is, its version, and the specification's.
    fn get_server_information(&self) -> (String, String, String, String) {
        let [name, vendor, version, specification] =
            ["notices", "tests", "1", "1.2"].map(str::to_owned);
        (name, vendor, version, specification)
    }
}

impl Notices {
    /// Starts it, before the programs that show some.
    pub(crate) async fn start(desktop: &Desktop) -> Self {
        let (shows, shown) = watch::channel(Vec::new());
        let connection = connection::Builder::address(desktop.bus().as_str())
            .and_then(|bus| bus.name(NOTIFICATIONS))
            .and_then(|bus| bus.serve_at(PATH, Panel(shows)))
            .expect("a bus")
            .build()
            .await
            .expect("the name of who shows notifications");
        Self { connection, shown }
    }

    /// All that have been shown, as soon as there are so many.
    pub(crate) async fn shows(&self, count: usize) -> Vec<Notice> {
        let mut shown = self.shown.clone();
        let enough = shown.wait_for(|shown| shown.len() >= count);
        world::in_time("a notification", enough)
            .await
            .expect("a desktop")
            .clone()
    }

    /// Clicks on the newest.
    pub(crate) async fn click_on_the_newest(&self) {
        let number = u32::try_from(self.shown.borrow().len()).expect("a few");
        let nobody = None::<&str>;
        let clicked = (number, "default");
        self.connection
            .emit_signal(nobody, PATH, NOTIFICATIONS, "ActionInvoked", &clicked)
            .await
            .expect("a bus");
    }
}
