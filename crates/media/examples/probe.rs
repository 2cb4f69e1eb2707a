//! Says what `media` thinks of files, and how long it thought: `cargo run -p media --example probe -- demo.webm`.
#![allow(clippy::print_stdout)] // a program that prints

use std::fs::File;
use std::io;
use std::time::Instant;

fn main() -> io::Result<()> {
    for path in std::env::args_os().skip(1) {
        let mut file = File::open(&path)?;
        let size_bytes = file.metadata()?.len();
        let started = Instant::now();
        let outcome = media::probe(&mut file, size_bytes);
        let elapsed = started.elapsed();
        match outcome {
            Ok(recording) => println!(
                "{}: {recording:?} ({size_bytes} bytes, {elapsed:.1?})",
                path.display()
            ),
            Err(refusal) => println!(
                "{}: {refusal} ({size_bytes} bytes, {elapsed:.1?})",
                path.display()
            ),
        }
    }
    Ok(())
}
