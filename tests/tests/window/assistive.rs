//! The window as a screen reader gets it: what WebKit hands out on the accessibility bus, rather than what the page means
//! to say.
//! Source: <https://gnome.pages.gitlab.gnome.org/at-spi2-core/libatspi/>

use std::path::Path;
use std::process::Stdio;

use tokio::process::Child;
use tokio::time::sleep;
use zbus::fdo::{DBusProxy, IntrospectableProxy};
use zbus::names::OwnedUniqueName;
use zbus::zvariant::OwnedObjectPath;
use zbus::{Connection, Proxy, connection};

use crate::desktop::{Desktop, LOOK_EVERY};
use crate::person::Person;

/// Starts the bus, and its registry.
const LAUNCHER: &str = "/usr/libexec/at-spi-bus-launcher";
/// Below it are the pages, each by a name of its own.
const PAGES: &str = "/org/a11y/webkit/accessible";

/// So much passes the line before somebody listens.
const HALF_BYTES: u64 = 12 * 1024 * 1024;

/// What something on the page is, by `AtspiRole`'s numbers.
const PASSWORD: u32 = 40;
const PROGRESS_BAR: u32 = 42;
const BUTTON: u32 = 43;
const ENTRY: u32 = 79;
const HEADING: u32 = 83;

/// An accessibility bus. Dropping it ends it.
struct Listener {
    bus: Connection,
    _launcher: Child,
}

impl Listener {
    /// Starts one on this desktop, and tells its programs that a screen reader listens.
    async fn start(desktop: &Desktop) -> Self {
        let mut launcher = desktop.command(LAUNCHER);
        launcher
            .arg("--launch-immediately")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let launcher = launcher.spawn().expect("the accessibility bus starts");
        world::in_time("the accessibility bus", async {
            while !desktop.has_on_its_bus("org.a11y.Bus").await {
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
        let session = connected(&desktop.bus()).await;
        let about = async |interface| {
            Proxy::new(&session, "org.a11y.Bus", "/org/a11y/bus", interface)
                .await
                .unwrap()
        };
        let status = about("org.a11y.Status").await;
        status
            .set_property("ScreenReaderEnabled", true)
            .await
            .unwrap();
        let address: String = about("org.a11y.Bus")
            .await
            .call("GetAddress", &())
            .await
            .unwrap();
        Self {
            bus: connected(&address).await,
            _launcher: launcher,
        }
    }

    /// Waits until there is something of this kind, whose name begins so.
    async fn hears(&self, role: u32, name: &str) {
        world::in_time(name, async {
            loop {
                let told = self.told().await.unwrap_or_default();
                let is_told = |(its_role, its_name): &(u32, String)| {
                    *its_role == role && its_name.starts_with(name)
                };
                if told.iter().any(is_told) {
                    return;
                }
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
    }

    /// All that is on the pages; an error where something went while it was looked at.
    async fn told(&self) -> zbus::Result<Vec<(u32, String)>> {
        let mut told = Vec::new();
        let mut ahead = self.pages().await?;
        while let Some((owner, path)) = ahead.pop() {
            let interface = "org.a11y.atspi.Accessible";
            let object = Proxy::new(&self.bus, owner, path, interface).await?;
            told.push((
                object.call("GetRole", &()).await?,
                object.get_property("Name").await?,
            ));
            let children: Vec<(OwnedUniqueName, OwnedObjectPath)> =
                object.call("GetChildren", &()).await?;
            ahead.extend(
                children
                    .into_iter()
                    .map(|(owner, path)| (owner.to_string(), path)),
            );
        }
        Ok(told)
    }

    /// Where the pages' trees begin.
    async fn pages(&self) -> zbus::Result<Vec<(String, OwnedObjectPath)>> {
        let names = DBusProxy::new(&self.bus).await?.list_names().await?;
        let mut pages = Vec::new();
        for owner in names
            .iter()
            .filter(|name| name.as_str().starts_with("org.webkit."))
        {
            let tree = IntrospectableProxy::builder(&self.bus)
                .destination(owner.clone())?
                .path(PAGES)?
                .build()
                .await?
                .introspect()
                .await?;
            for (_, rest) in tree
                .match_indices("<node name=\"")
                .map(|(at, tag)| tree.split_at(at + tag.len()))
            {
                let name = rest.split('"').next().unwrap_or_default();
                let path = OwnedObjectPath::try_from(format!("{PAGES}/{name}"))?;
                pages.push((owner.to_string(), path));
            }
        }
        Ok(pages)
    }
}

async fn connected(address: &str) -> Connection {
    let builder = connection::Builder::address(address).expect("an address");
    builder.build().await.expect("a bus")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_reader_gets_what_is_there_from_signing_in_to_a_link() {
    let Some((backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    if !Path::new(LAUNCHER).exists() {
        return world::skip("a screen reader", "at-spi2-core is not installed");
    }
    let listener = Listener::start(&person.desktop).await;
    let window = person.open_for_a_screen_reader().await;
    window.screen("sign-in").await;
    listener.hears(HEADING, "Sign in").await;
    listener.hears(ENTRY, "E-mail").await;
    listener.hears(PASSWORD, "Password").await;
    listener.hears(BUTTON, "Sign in").await;

    window.sign_in(&person.password).await;
    window.screen("ready").await;
    window.choose_task("onboarding").await;
    let file = person.large_recording("aloud.webm");
    person.choose(&window, &file).await;
    window.review_is_ready().await;
    listener.hears(HEADING, "aloud.webm").await;
    listener.hears(BUTTON, "Upload").await;

    backend.line.hold_after(HALF_BYTES);
    window.press("upload").await;
    backend.line.is_held().await;
    listener.hears(PROGRESS_BAR, "Upload").await;
    backend.line.release();
    window.phase("done").await;
    listener.hears(BUTTON, "Copy link").await;
    window.close().await;
}
