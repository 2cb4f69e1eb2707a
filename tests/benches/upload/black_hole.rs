//! A line on which a VPN drops: of the connections that carry a body, those that are there after so many bytes are
//! swallowed. Nothing goes on either way, and nothing is closed. Connections that are made later are carried.
//!
//! For each one it says `released MILLISECONDS` when whoever sends there has let go of it, that long after its last byte
//! was taken. The other side of a connection that nobody reads learns nothing of that; this computer's table of sockets
//! tells, on Linux.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A connection that has carried so many bytes carries a body: the backend's orders to the store are smaller.
const BODY_BYTES: u64 = 256 * 1024;

/// Longer than anybody waits for it.
const FOR_EVER: Duration = Duration::from_hours(24);

const LOOK_EVERY: Duration = Duration::from_millis(20);

struct Line {
    after_bytes: u64,
    carried: AtomicU64,
}

/// Serves until it is killed.
pub(super) fn serve(address: &str, after_bytes: u64) {
    let to: SocketAddr = address.parse().expect("an address");
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    println!("http://{}", listener.local_addr().expect("an address"));
    let line = Arc::new(Line {
        after_bytes,
        carried: AtomicU64::new(0),
    });
    for near in listener.incoming().flatten() {
        let is_early = line.carried.load(Ordering::SeqCst) < after_bytes;
        let line = is_early.then(|| line.clone());
        // A connection that breaks is the client's business, and it will tell.
        std::thread::spawn(move || connect(near, to, line.as_deref()));
    }
}

fn connect(near: TcpStream, to: SocketAddr, line: Option<&Line>) -> io::Result<()> {
    let far = TcpStream::connect(to)?;
    let (back_from, back_to) = (far.try_clone()?, near.try_clone()?);
    let swallowed = Arc::new(AtomicBool::new(false));
    let held = swallowed.clone();
    std::thread::spawn(move || carry_back(back_from, back_to, &held));
    carry_there(near, far, line, &swallowed)
}

fn carry_there(
    mut from: TcpStream,
    mut to: TcpStream,
    line: Option<&Line>,
    swallowed: &AtomicBool,
) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    let mut own = 0;
    loop {
        let filled = from.read(&mut buffer)?;
        if filled == 0 {
            return to.shutdown(Shutdown::Write);
        }
        own += filled as u64;
        if let Some(line) = line {
            let all = line.carried.fetch_add(filled as u64, Ordering::SeqCst);
            if own >= BODY_BYTES && all >= line.after_bytes {
                swallowed.store(true, Ordering::SeqCst);
                tell_release(&from)?;
                std::thread::sleep(FOR_EVER);
            }
        }
        to.write_all(&buffer[..filled])?;
    }
}

fn carry_back(mut from: TcpStream, mut to: TcpStream, swallowed: &AtomicBool) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let filled = from.read(&mut buffer)?;
        if swallowed.load(Ordering::SeqCst) {
            std::thread::sleep(FOR_EVER);
        }
        if filled == 0 {
            return to.shutdown(Shutdown::Write);
        }
        to.write_all(&buffer[..filled])?;
    }
}

/// Waits until no process has the other side of this connection open any more.
fn tell_release(near: &TcpStream) -> io::Result<()> {
    let (here, there) = (near.local_addr()?.port(), near.peer_addr()?.port());
    let since = Instant::now();
    while is_open(&std::fs::read_to_string("/proc/net/tcp")?, there, here) {
        std::thread::sleep(LOOK_EVERY);
    }
    println!("released {}", since.elapsed().as_millis());
    Ok(())
}

/// Whether a process has the socket from this port to that one, by the system's table: local and remote address in
/// hexadecimal digits, and as the tenth word the socket's inode, which is 0 once its process has closed it.
/// Source: `proc_net_tcp` in the kernel's documentation of its networking.
fn is_open(table: &str, from: u16, to: u16) -> bool {
    let (from, to) = (format!(":{from:04X}"), format!(":{to:04X}"));
    table.lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let &[_, local, remote, ..] = words.as_slice() else {
            return false;
        };
        local.ends_with(&from)
            && remote.ends_with(&to)
            && words.get(9).is_some_and(|inode| *inode != "0")
    })
}
