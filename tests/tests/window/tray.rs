//! A tray, as the panel of a desktop has it: what programs put into it, and their menus.
//! Source: <https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/>; menus are `com.canonical.dbusmenu`.

use std::collections::HashMap;

use tokio::sync::watch;
use tokio::time::sleep;
use zbus::message::Header;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value};
use zbus::{Connection, Proxy, connection};

use crate::desktop::{Desktop, LOOK_EVERY};

/// A running tray. Dropping it ends it.
pub(crate) struct Tray {
    connection: Connection,
    item: watch::Receiver<Option<Item>>,
}

/// What a program has put into the tray.
#[derive(Debug, Clone)]
struct Item {
    program: String,
    path: String,
}

/// A line of a menu.
struct Line {
    number: i32,
    label: String,
}

/// The part of the tray that programs know.
struct Watcher(watch::Sender<Option<Item>>);

#[allow(
    clippy::needless_pass_by_value,
    clippy::unused_self,
    reason = "the interface's own form"
)]
#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    /// A program puts something into the tray.
    fn register_status_notifier_item(&self, path: &str, #[zbus(header)] header: Header<'_>) {
        let program = header.sender().expect("the bus names who sends");
        self.0.send_replace(Some(Item {
            program: program.to_string(),
            path: path.to_owned(),
        }));
    }

    /// Whether anybody shows what is in it.
    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    /// The specification's version; it knows this one.
    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

impl Tray {
    /// Starts one, before the programs that look for it.
    pub(crate) async fn start(desktop: &Desktop) -> Self {
        let (registered, item) = watch::channel(None);
        let connection = connection::Builder::address(desktop.bus().as_str())
            .and_then(|bus| bus.name("org.kde.StatusNotifierWatcher"))
            .and_then(|bus| bus.serve_at("/StatusNotifierWatcher", Watcher(registered)))
            .expect("a bus")
            .build()
            .await
            .expect("the name of a tray");
        Self { connection, item }
    }

    /// Chooses this line of the program's menu, as soon as it is there.
    pub(crate) async fn choose(&self, label: &str) {
        let number = self.shows(label).await;
        let nothing = Value::from("");
        self.menu_proxy()
            .await
            .call::<_, _, ()>("Event", &(number, "clicked", nothing, 0_u32))
            .await
            .expect("a menu that can be clicked on");
    }

    /// Waits until the program's menu has this line, and returns its number.
    pub(crate) async fn shows(&self, label: &str) -> i32 {
        world::in_time(label, async {
            loop {
                let lines = self.menu().await;
                if let Some(line) = lines.iter().find(|line| line.label == label) {
                    return line.number;
                }
                sleep(LOOK_EVERY).await;
            }
        })
        .await
    }

    /// The lines of the program's menu, from above.
    async fn menu(&self) -> Vec<Line> {
        type Entry = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);
        let every_property: &[&str] = &[];
        let (_revision, (_, _, entries)): (u32, Entry) = self
            .menu_proxy()
            .await
            .call("GetLayout", &(0_i32, 1_i32, every_property))
            .await
            .expect("a menu");
        entries.iter().filter_map(line).collect()
    }

    async fn menu_proxy(&self) -> Proxy<'_> {
        let mut item = self.item.clone();
        let item = world::in_time("something in the tray", item.wait_for(Option::is_some))
            .await
            .expect("a tray")
            .clone()
            .expect("something in it");
        let interface = "org.kde.StatusNotifierItem";
        let shown = Proxy::new(
            &self.connection,
            item.program.clone(),
            item.path.clone(),
            interface,
        )
        .await
        .expect("an item");
        let menu: OwnedObjectPath = shown.get_property("Menu").await.expect("its menu");
        Proxy::new(
            &self.connection,
            item.program,
            menu,
            "com.canonical.dbusmenu",
        )
        .await
        .expect("its menu")
    }
}

/// A menu's entry as a line; `None` for one without a label.
fn line(entry: &OwnedValue) -> Option<Line> {
    let entry: &Structure<'_> = entry.downcast_ref().ok()?;
    let [number, properties, ..] = entry.fields() else {
        return None;
    };
    let Value::Dict(properties) = properties else {
        return None;
    };
    let label: String = properties.get(&"label").ok()??;
    Some(Line {
        number: number.downcast_ref().ok()?,
        label,
    })
}
