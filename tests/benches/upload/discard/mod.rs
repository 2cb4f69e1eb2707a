//! An S3 that discards: it reads bodies as fast as they come, counts them, and remembers of each object what a client or
//! a backend may ask for afterwards. It checks no signature. A thread for each connection and large buffers keep its own
//! share of the processors small.

mod http;
mod objects;
mod operations;
mod tls;

use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use self::http::{Answer, Request};
use self::objects::Objects;

/// How much is read at once. Small enough to stay in the processor's own cache.
const BUFFER_BYTES: usize = 256 * 1024;

/// After this long without a byte S3 ends a connection, whatever was being sent.
const IDLE_LIMIT: Duration = Duration::from_secs(20);

/// Serves until it is killed.
pub(super) fn serve(certificates: Option<&Path>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("an address");
    let tls = certificates.map(tls::configure);
    let scheme = if tls.is_some() { "https" } else { "http" };
    println!("{scheme}://{address}");
    let objects = Arc::new(Objects::default());
    for stream in listener.incoming() {
        let Ok(stream) = stream else { continue };
        let (tls, objects) = (tls.clone(), objects.clone());
        std::thread::spawn(move || {
            // A connection that breaks is the client's business, and it will tell.
            let _ = match tls {
                Some(tls) => tls::accept(&tls, stream).and_then(|stream| talk(stream, &objects)),
                None => prepared(&stream).and_then(|()| talk(stream, &objects)),
            };
        });
    }
}

fn prepared(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(IDLE_LIMIT))
}

/// Answers one request after the other: read and written by turns, as HTTP/1.1 is without pipelining.
fn talk(stream: impl Read + Write, objects: &Objects) -> io::Result<()> {
    let mut stream = BufReader::with_capacity(BUFFER_BYTES, stream);
    while !stream.fill_buf()?.is_empty() {
        let request = Request::read(&mut stream)?;
        if request.expects_continue() {
            stream
                .get_mut()
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            stream.get_mut().flush()?;
        }
        let body = match http::take_body(&request, &mut stream, objects.received()) {
            Ok(body) => body,
            Err(error) if is_timeout(&error) => {
                return operations::timed_out()
                    .write(&request, &mut BufWriter::new(stream.get_mut()));
            }
            Err(error) => return Err(error),
        };
        let answer: Answer = operations::answer(&request, &body, objects);
        answer.write(&request, &mut BufWriter::new(stream.get_mut()))?;
    }
    Ok(())
}

/// What a socket whose read timed out says differs between systems.
fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}
