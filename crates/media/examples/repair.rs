//! Says what recordings lack, and how long looking took: `cargo run --release -p media --example repair -- demo.webm`. With
//! `--copy TO` before it, a mended copy of the first is written.
#![allow(clippy::print_stdout)] // a program that prints

use std::error::Error;
use std::fs::File;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).peekable();
    let copy = arguments
        .next_if(|argument| argument == "--copy")
        .and_then(|_| arguments.next());
    for path in arguments {
        let mut file = File::open(&path)?;
        let size_bytes = file.metadata()?.len();
        let started = Instant::now();
        let plan = media::repair::plan(&mut file, size_bytes)?;
        println!(
            "{}: {:?}, {:.1} s, {} clusters, {} places ({size_bytes} bytes, {:.1?})",
            path.display(),
            plan.needs(),
            plan.duration_seconds(),
            plan.scan().clusters.len(),
            plan.index_points(),
            started.elapsed()
        );
        if let Some(to) = &copy {
            let started = Instant::now();
            let written = plan.copy(&mut file, &mut File::create(to)?)?;
            println!(
                "{}: {written} bytes, {:.1?}",
                to.display(),
                started.elapsed()
            );
            break;
        }
    }
    Ok(())
}
