//! The portal, over D-Bus.

use std::collections::HashMap;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use capture::protocol::Event;
use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::{self, ObjectPath, OwnedObjectPath, OwnedValue, Value};

use super::{Kind, PortalTrouble};
use crate::outlet::tell;

const DESTINATION: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SCREEN_CAST: &str = "org.freedesktop.portal.ScreenCast";
const REQUEST: &str = "org.freedesktop.portal.Request";
const SESSION: &str = "org.freedesktop.portal.Session";

/// The pointer in the picture, as a bit of `AvailableCursorModes`; without it there is none to be seen.
const POINTER_IN_THE_PICTURE: u32 = 2;
const NO_POINTER: u32 = 1;

/// Answers of a request.
const DONE: u32 = 0;
const CANCELLED: u32 = 1;

type Options<'a> = HashMap<&'a str, Value<'a>>;
type Results = HashMap<String, OwnedValue>;

/// The kinds that this desktop lets people choose from, as bits.
pub(super) fn offered() -> Result<u32, PortalTrouble> {
    Portal::open()?.number("AvailableSourceTypes")
}

/// What a person has allowed to be seen. Dropping it tells the desktop that nobody looks any more.
#[derive(Debug)]
pub(crate) struct Cast {
    kind: Kind,
    session: Proxy<'static>,
    /// Leads to `PipeWire`, where nothing but the stream can be seen by it.
    pub(super) remote: OwnedFd,
    /// The stream's number there.
    pub(super) node: u32,
    /// Whether the desktop has ended it.
    pub(super) over: Arc<AtomicBool>,
}

impl Cast {
    /// Asks for it, and returns what the person has chosen.
    pub(super) fn ask_for(kind: Kind) -> Result<Self, PortalTrouble> {
        let portal = Portal::open()?;
        if portal.number("AvailableSourceTypes")? & kind.bit() == 0 {
            return Err(PortalTrouble::NotOffered(kind));
        }
        let session = portal.session()?;
        let over = Arc::<AtomicBool>::default();
        watch(&session, Arc::clone(&over))?;
        watch_compositor(Arc::clone(&over));
        let pointer = portal.number("AvailableCursorModes").unwrap_or(NO_POINTER);
        let pointer = match pointer & POINTER_IN_THE_PICTURE {
            0 => NO_POINTER,
            mode => mode,
        };
        let path = session.path();
        portal.request("SelectSources", |mut options| {
            options.insert("types", kind.bit().into());
            options.insert("multiple", false.into());
            options.insert("cursor_mode", pointer.into());
            (path, options)
        })?;
        tell(&Event::Asking);
        // No window of ours for the dialog to lie on: this program has none.
        let results = portal.request("Start", |options| (path, "", options))?;
        let node = results.get("streams").and_then(|streams| node_of(streams));
        let node = node.ok_or(PortalTrouble::NoAnswer("Start"))?;
        let remote = portal.remote(path)?;
        Ok(Self {
            kind,
            session,
            remote,
            node,
            over,
        })
    }

    /// What it shows.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }
}

impl Drop for Cast {
    fn drop(&mut self) {
        // One that the desktop has ended already is not there to be closed.
        let _ = self.session.call_noreply("Close", &());
    }
}

/// Waits for the desktop to end it: its person has had enough, or what was shown is gone.
fn watch(session: &Proxy<'_>, over: Arc<AtomicBool>) -> Result<(), PortalTrouble> {
    let mut ends = session
        .receive_signal("Closed")
        .map_err(|source| PortalTrouble::Call("Closed", Box::new(source)))?;
    thread::spawn(move || {
        if ends.next().is_some() {
            over.store(true, Ordering::Relaxed);
        }
    });
    Ok(())
}

/// Waits for the compositor to end without a word, as one does that crashes: whoever is connected to it, is no more then.
fn watch_compositor(over: Arc<AtomicBool>) {
    let Some(display) = std::env::var_os("WAYLAND_DISPLAY") else {
        return;
    };
    // A path of its own, or a name in the folder of the session's sockets.
    let folder = std::env::var_os("XDG_RUNTIME_DIR").unwrap_or_default();
    let Ok(mut compositor) = UnixStream::connect(PathBuf::from(folder).join(display)) else {
        return;
    };
    thread::spawn(move || {
        // To who asks nothing it says nothing.
        while compositor.read(&mut [0; 64]).is_ok_and(|bytes| bytes > 0) {}
        over.store(true, Ordering::Relaxed);
    });
}

struct Portal {
    connection: Connection,
    casts: Proxy<'static>,
}

impl Portal {
    fn open() -> Result<Self, PortalTrouble> {
        let connection = Connection::session().map_err(Box::new);
        let connection = connection.map_err(PortalTrouble::NoBus)?;
        let casts = Proxy::new(&connection, DESTINATION, PATH, SCREEN_CAST).map_err(Box::new);
        Ok(Self {
            casts: casts.map_err(PortalTrouble::NoPortal)?,
            connection,
        })
    }

    /// A property. Where the portal is not there, or has nothing that shows screens, there is none.
    fn number(&self, property: &str) -> Result<u32, PortalTrouble> {
        let number = self.casts.get_property(property);
        number.map_err(Box::new).map_err(PortalTrouble::NoPortal)
    }

    fn session(&self) -> Result<Proxy<'static>, PortalTrouble> {
        const METHOD: &str = "CreateSession";
        let results = self.request(METHOD, |mut options| {
            options.insert("session_handle_token", token().into());
            (options,)
        })?;
        // A string: the documentation says that it was to be a path, and that it is too late for that.
        let path = results.get("session_handle").map(|path| &**path);
        let path = match path {
            Some(Value::Str(path)) => OwnedObjectPath::try_from(path.as_str()).ok(),
            Some(Value::ObjectPath(path)) => Some(path.to_owned().into()),
            _ => None,
        };
        let path = path.ok_or(PortalTrouble::NoAnswer(METHOD))?;
        Proxy::new(&self.connection, DESTINATION, path, SESSION)
            .map_err(|source| PortalTrouble::Call(METHOD, Box::new(source)))
    }

    /// Calls a method whose answer is a signal, for which is listened before.
    fn request<'a, B>(
        &self,
        method: &'static str,
        body: impl FnOnce(Options<'a>) -> B,
    ) -> Result<Results, PortalTrouble>
    where
        B: serde::Serialize + zvariant::DynamicType,
    {
        let failed = |source| PortalTrouble::Call(method, Box::new(source));
        let name = self.connection.unique_name();
        let name = name.map_or("", |name| name.as_str());
        let sender = name.trim_start_matches(':').replace('.', "_");
        let token = token();
        let path = format!("{PATH}/request/{sender}/{token}");
        let request = Proxy::new(&self.connection, DESTINATION, path, REQUEST).map_err(failed)?;
        let mut answers = request.receive_signal("Response").map_err(failed)?;
        let body = body(HashMap::from([("handle_token", token.into())]));
        self.casts.call_method(method, &body).map_err(failed)?;
        let answer = answers.next().ok_or(PortalTrouble::NoAnswer(method))?;
        let (answer, results) = answer.body().deserialize().map_err(failed)?;
        match answer {
            DONE => Ok(results),
            CANCELLED => Err(PortalTrouble::Refused),
            other => Err(PortalTrouble::Failed(method, other)),
        }
    }

    fn remote(&self, session: &ObjectPath<'_>) -> Result<OwnedFd, PortalTrouble> {
        const METHOD: &str = "OpenPipeWireRemote";
        let remote = self.casts.call(METHOD, &(session, Options::new()));
        let remote: zvariant::OwnedFd =
            remote.map_err(|source| PortalTrouble::Call(METHOD, Box::new(source)))?;
        Ok(remote.into())
    }
}

/// A name that no request of this program had before.
fn token() -> String {
    use std::sync::atomic::AtomicU32;
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("revui{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The number of the first of some streams; one was asked for.
fn node_of(streams: &Value<'_>) -> Option<u32> {
    let Value::Array(streams) = streams else {
        return None;
    };
    let Some(Value::Structure(stream)) = streams.iter().next() else {
        return None;
    };
    match stream.fields().first() {
        Some(Value::U32(node)) => Some(*node),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_found_by_its_number() {
        let size = HashMap::from([("size", Value::from((641, 361)))]);
        let streams = Value::from(vec![(42_u32, size)]);
        assert_eq!(node_of(&streams), Some(42));
        assert_eq!(node_of(&Value::from(vec![42_u32])), None);
        assert_eq!(node_of(&Value::from(42_u32)), None);
        assert_eq!(node_of(&Value::from(Vec::<u32>::new())), None);
    }

    #[test]
    fn no_request_has_the_name_of_another() {
        assert_ne!(token(), token());
    }
}
