//! The other side of `cargo xtask bench upload`: programs that uploads are measured against, and our transport without
//! the engine around it. Each runs as a process of its own, so that its time is not counted as the uploader's.
//!
//! ```text
//! upload discard                      an S3 that takes everything and keeps nothing, plain
//! upload discard CERTIFICATES         the same behind TLS; the authority's certificate is written there
//! upload without-parts BACKEND        the backend, with `multipart` taken out of what it advertises
//! upload black-hole ADDRESS BYTES     a line to there that swallows what comes after so many bytes
//! upload transport URL FILE           one PUT by the client's transport, nothing hashed
//! ```
//!
//! What serves says where as its first line.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that cannot do its part ends the measurement, and says why"
)]

mod black_hole;
mod discard;
mod transport;
mod without_parts;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["discard"] => discard::serve(None),
        ["discard", certificates] => discard::serve(Some(Path::new(certificates))),
        ["without-parts", backend] => without_parts::serve(backend),
        ["black-hole", address, bytes] => {
            black_hole::serve(address, bytes.parse().expect("a number of bytes"));
        }
        ["transport", url, file] => transport::send(url, Path::new(file)),
        // `cargo bench` and `cargo test --benches` run every target without knowing what it is for.
        _ => println!("this is started by `cargo xtask bench upload`"),
    }
    ExitCode::SUCCESS
}
