//! An upload that goes as slowly as a test wants, from its first byte on: what is to happen in the middle of it happens
//! there, however fast the machine is.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use world::{Line, World, fixtures};

use crate::person::Person;
use crate::window::Window;

/// How the request begins that asks the backend for a place; nothing is sent before it is answered.
const INITIATE: &str = "/recordings/initiate HTTP/1.1";

/// Somebody at our own backend, which is behind a line that can be held.
pub(crate) struct Slowly {
    pub(crate) world: World,
    /// To the backend; the store is reached without it.
    pub(crate) line: Line,
    pub(crate) person: Person,
}

impl Slowly {
    /// `None` on a machine that can have no desktop, after saying so.
    pub(crate) async fn start() -> Option<Self> {
        let world = World::start_on_a_lasting_port().await;
        let line = Line::to(address_of(&world)).await;
        let at = format!("http://{}", line.address());
        let person = Person::of_world_at(&world, &at).await?;
        Some(Self {
            world,
            line,
            person,
        })
    }

    /// The backend's own address, behind the line.
    pub(crate) fn backend(&self) -> SocketAddr {
        address_of(&self.world)
    }

    /// A recording of this size among the person's files; most of it is a hole on the disk.
    pub(crate) fn recording(&self, name: &str, size_bytes: u64) -> PathBuf {
        fixtures::sparse(self.person.desktop.home(), name, size_bytes)
    }

    /// Uploads a file, at no more than this rate.
    pub(crate) async fn upload(&self, window: &Window, file: &Path, rate: &str) {
        self.person.choose(window, file).await;
        window.review_is_ready().await;
        self.begin(window, rate).await;
    }

    /// Uploads what is under review, at no more than this rate.
    pub(crate) async fn begin(&self, window: &Window, rate: &str) {
        self.line.hold_at(INITIATE);
        window.press("upload").await;
        window.phase("initiating").await;
        window.limit_to(rate).await;
        self.line.release();
    }
}

fn address_of(world: &World) -> SocketAddr {
    let address = world.server.trim_start_matches("http://");
    address.parse().expect("the backend's address")
}
