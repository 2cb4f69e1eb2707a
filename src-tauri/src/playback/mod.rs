//! Playing what is under review. The webview takes media from an address only, and no scheme of ours counts as one with
//! every webview; so there is a server, on this computer's own loopback, for as long as something is played.
//!
//! What it gives out is bounded in every direction: the files that are being reviewed, each under a path that nobody can
//! guess; to the page alone, for it is the only one that is told the path; in small pieces, so that the largest recording
//! takes no more memory than the smallest. When the last of them leaves the review, nobody listens any more.

mod server;

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::task::JoinHandle;

use crate::shell::lock;

/// Gives files that are under review to the webview.
#[derive(Clone, Default)]
pub(crate) struct Playback(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// What can be played, by the path under which it is.
    files: Files,
    /// Who gives it out, while there is any.
    server: Mutex<Option<Running>>,
}

type Files = Arc<Mutex<HashMap<String, PathBuf>>>;

/// A server that listens.
struct Running {
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// A file that can be played. Dropping it ends that, and the server with the last one.
#[must_use = "dropping it ends the playing"]
pub(crate) struct Played {
    /// Its path at the server.
    key: String,
    address: String,
    playback: Playback,
}

impl Playback {
    /// Lets the webview play this file. Needs the runtime around it.
    pub(crate) fn serve(&self, file: PathBuf) -> io::Result<Played> {
        let mut server = lock(&self.0.server);
        let listening = server
            .as_ref()
            .filter(|running| !running.task.is_finished());
        let address = match listening {
            Some(running) => running.address,
            None => server.insert(Running::start(self.0.files.clone())?).address,
        };
        // 122 bits of chance: whoever else runs programs on this computer doesn't find it.
        let key = uuid::Uuid::new_v4().simple().to_string();
        lock(&self.0.files).insert(key.clone(), file);
        Ok(Played {
            address: format!("http://{address}/{key}"),
            key,
            playback: self.clone(),
        })
    }
}

impl Running {
    fn start(files: Files) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        Ok(Self {
            address,
            task: tokio::spawn(server::run(listener, address, files)),
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Played {
    /// Where it is played from. Whoever has this can read the whole file.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        let mut server = lock(&self.playback.0.server);
        let mut files = lock(&self.playback.0.files);
        files.remove(&self.key);
        if files.is_empty() {
            *server = None;
        }
    }
}

impl std::fmt::Debug for Played {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Played(…)")
    }
}

/// The file under this path, if it may be played.
fn find(files: &Files, path: &str) -> Option<PathBuf> {
    let key = path.strip_prefix('/')?;
    lock(files).get(key).cloned()
}

#[cfg(test)]
mod tests;
