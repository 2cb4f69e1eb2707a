//! Files dragged over a window and dropped on it, as a file manager does it: by the XDND protocol, version 5.
//! Source: <https://freedesktop.org/wiki/Specifications/XDND/>

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, COPY_FROM_PARENT, CURRENT_TIME};

use crate::desktop::Desktop;
use crate::window::Window;

/// The protocol's version, in the byte where `XdndEnter` has it.
const VERSION: u32 = 5 << 24;

/// Between two movements of a hand that waits for the window to take notice.
const HAND_MOVES_EVERY: Duration = Duration::from_millis(50);

x11rb::atom_manager! {
    /// The protocol's words.
    Words: WordsCookie {
        XdndSelection,
        XdndEnter,
        XdndPosition,
        XdndStatus,
        XdndActionCopy,
        XdndDrop,
        XdndFinished,
        UriList: b"text/uri-list",
    }
}

/// Files in a hand that is over a window. Dropping this value leaves them in the air.
pub(crate) struct Drag {
    hand: Arc<Hand>,
    /// Whether the window would take them.
    wanted: watch::Receiver<bool>,
    until_taken: JoinHandle<()>,
}

/// The side of the protocol that has the files.
struct Hand {
    connection: RustConnection,
    words: Words,
    source: u32,
    target: u32,
    /// Where it is on the screen.
    x: i32,
    y: i32,
    /// The files, as `text/uri-list` (RFC 2483 section 5).
    files: String,
}

impl Drag {
    /// Takes these files over the middle of the window.
    pub(crate) async fn over(desktop: &Desktop, window: &Window, files: &[PathBuf]) -> Self {
        let place = window.place().await;
        let target = window.on_screen().await.expect("it is on the screen");
        let (connection, screen) =
            RustConnection::connect(Some(desktop.display())).expect("the screen");
        let asked = Words::new(&connection).expect("the screen");
        let words = asked.reply().expect("its words");
        let hand = Arc::new(Hand {
            source: source_window(&connection, screen, words.XdndSelection),
            connection,
            words,
            target: target.parse().expect("a window's number"),
            x: place.x + place.width / 2,
            y: place.y + place.height / 2,
            files: files.iter().map(uri_line).collect(),
        });
        let (wants, wanted) = watch::channel(false);
        let holding = hand.clone();
        let until_taken = tokio::task::spawn_blocking(move || holding.answer(&wants));
        hand.enter();
        Self {
            hand,
            wanted,
            until_taken,
        }
    }

    /// Drops them, once the window would take them; returns when it has.
    pub(crate) async fn drop_them(mut self) {
        world::in_time("a window that takes files", self.wanted.wait_for(|it| *it))
            .await
            .expect("a hand");
        let hand = &self.hand;
        hand.tell(hand.words.XdndDrop, [hand.source, 0, CURRENT_TIME, 0, 0]);
        world::in_time("the files' taking", self.until_taken)
            .await
            .expect("a hand that lets go");
    }
}

impl Hand {
    fn enter(&self) {
        // One type is offered, of the three that fit in.
        let data = [self.source, VERSION, self.words.UriList, 0, 0];
        self.tell(self.words.XdndEnter, data);
        self.hover();
    }

    fn hover(&self) {
        let at = u32::try_from(self.x << 16 | self.y).expect("a point on the screen");
        let action = self.words.XdndActionCopy;
        let data = [self.source, 0, at, CURRENT_TIME, action];
        self.tell(self.words.XdndPosition, data);
    }

    /// Tells the window something.
    fn tell(&self, word: u32, data: [u32; 5]) {
        let message = ClientMessageEvent::new(32, self.target, word, data);
        self.connection
            .send_event(false, self.target, EventMask::NO_EVENT, message)
            .expect("the screen");
        self.connection.flush().expect("the screen");
    }

    /// Answers what the window asks, until it has the files.
    fn answer(&self, wants: &watch::Sender<bool>) {
        loop {
            match self.connection.wait_for_event().expect("the screen") {
                Event::SelectionRequest(request) => self.hand_over(&request),
                Event::ClientMessage(message) if message.type_ == self.words.XdndFinished => return,
                Event::ClientMessage(message) if message.type_ == self.words.XdndStatus => {
                    let accepts = message.data.as_data32()[1] & 1 == 1;
                    wants.send_replace(accepts);
                    if !accepts {
                        std::thread::sleep(HAND_MOVES_EVERY);
                        self.hover();
                    }
                }
                _ => {}
            }
        }
    }

    /// Gives the names of the files.
    fn hand_over(&self, request: &SelectionRequestEvent) {
        self.connection
            .change_property8(
                PropMode::REPLACE,
                request.requestor,
                request.property,
                request.target,
                self.files.as_bytes(),
            )
            .expect("the screen");
        let given = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property: request.property,
        };
        self.connection
            .send_event(false, request.requestor, EventMask::NO_EVENT, given)
            .expect("the screen");
        self.connection.flush().expect("the screen");
    }
}

/// A window of the dragging program, never shown, that owns what is dragged.
fn source_window(connection: &RustConnection, screen: usize, selection: u32) -> u32 {
    let root = connection.setup().roots[screen].root;
    let source = connection.generate_id().expect("a number");
    connection
        .create_window(
            COPY_DEPTH_FROM_PARENT,
            source,
            root,
            0,
            0,
            1,
            1,
            0,
            WindowClass::INPUT_OUTPUT,
            COPY_FROM_PARENT,
            &CreateWindowAux::new(),
        )
        .expect("a window");
    connection
        .set_selection_owner(source, selection, CURRENT_TIME)
        .expect("its own");
    source
}

/// A file's line in a `text/uri-list`.
fn uri_line(file: &PathBuf) -> String {
    let uri = url::Url::from_file_path(file).expect("a path from the root");
    format!("{uri}\r\n")
}
