//! A line on which a VPN drops: after so many bytes it carries nothing either way and closes nothing. Connections that
//! are made later are carried.
//!
//! It says `hole` when it begins to swallow, and `connection` for each connection after that: somebody gave the old one
//! up and tries again.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Longer than anybody waits for it.
const FOR_EVER: Duration = Duration::from_hours(24);

struct Hole {
    after_bytes: u64,
    carried: AtomicU64,
    begun: AtomicBool,
}

/// Serves until it is killed.
pub(super) fn serve(address: &str, after_bytes: u64) {
    let to: SocketAddr = address.parse().expect("an address");
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    println!("http://{}", listener.local_addr().expect("an address"));
    let hole = Arc::new(Hole {
        after_bytes,
        carried: AtomicU64::new(0),
        begun: AtomicBool::new(false),
    });
    for near in listener.incoming().flatten() {
        let later = hole.begun.load(Ordering::SeqCst);
        if later {
            println!("connection");
        }
        let Ok(far) = TcpStream::connect(to) else {
            continue;
        };
        let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) else {
            continue;
        };
        let swallows = (!later).then(|| hole.clone());
        let back = swallows.clone();
        std::thread::spawn(move || carry(near, far, swallows.as_deref()));
        std::thread::spawn(move || carry(far_too, near_too, back.as_deref()));
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, hole: Option<&Hole>) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let filled = from.read(&mut buffer)?;
        if filled == 0 {
            return to.shutdown(std::net::Shutdown::Write);
        }
        if let Some(hole) = hole {
            let carried = hole.carried.fetch_add(filled as u64, Ordering::SeqCst);
            if carried >= hole.after_bytes {
                if !hole.begun.swap(true, Ordering::SeqCst) {
                    println!("hole");
                }
                // Both streams stay open, and nobody reads them.
                std::thread::sleep(FOR_EVER);
            }
        }
        to.write_all(&buffer[..filled])?;
    }
}
