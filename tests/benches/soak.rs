//! `cargo xtask soak kill`: uploads that are killed, a thousand times over.
//!
//! ```text
//! soak kill --times N [--seed S] [--jobs J]
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it prints how it goes for whoever started it"
)]

use std::process::ExitCode;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use world::killing::{Plan, kill};

/// How often it says how it goes, in kills.
const TELL_EVERY: u32 = 25;

/// From so many kills on, time counts, too: uploads that wait for nothing get through and are wrong all the same.
const MANY: u32 = 1000;

/// What a thousand kills may take, and more of them in proportion.
const LONGEST: Duration = Duration::from_mins(45);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_none_or(|word| word != "kill") {
        // `cargo bench` and `cargo test --benches` run every target without knowing what it is for.
        println!("this is started by `cargo xtask soak kill`");
        return ExitCode::SUCCESS;
    }
    let plan = Plan {
        times: number(&words, "--times").unwrap_or(1000),
        seed: number(&words, "--seed").unwrap_or_else(seed_of_now),
        jobs: number(&words, "--jobs").unwrap_or_else(as_many_as_suit),
    };
    let (times, seed, jobs) = (plan.times, plan.seed, plan.jobs);
    println!("{times} kills, seed {seed}, {jobs} worlds side by side");
    let Ok(runtime) = tokio::runtime::Runtime::new() else {
        eprintln!("no threads can be started here");
        return ExitCode::FAILURE;
    };
    let told = std::sync::atomic::AtomicU32::new(0);
    let killing = kill(plan, move |toll| {
        let reached = toll.times() / TELL_EVERY;
        if reached > told.fetch_max(reached, std::sync::atomic::Ordering::SeqCst) {
            println!("{toll}");
        }
    });
    // Whoever ends this early ends the worlds with it: their programs go when they are dropped.
    let toll = runtime.block_on(async {
        tokio::select! {
            toll = killing => Some(toll),
            () = is_ended() => None,
        }
    });
    let Some(toll) = toll else {
        eprintln!("ended before {times} kills; seed {seed}");
        return ExitCode::FAILURE;
    };
    for failure in &toll.failures {
        println!("\nFAILED: {failure}");
    }
    println!("{toll}; seed {seed}");
    let longest = LONGEST * toll.times() / MANY;
    let is_late = times >= MANY && toll.elapsed > longest;
    if is_late {
        println!(
            "\nFAILED: it took more than {} minutes",
            longest.as_secs() / 60
        );
    }
    if !is_late && toll.failures.is_empty() && toll.times() >= times {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Returns when somebody wants this to end: by Ctrl+C, or by SIGTERM.
async fn is_ended() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminated) = signal(SignalKind::terminate()) else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = terminated.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}

/// The number behind this word.
fn number<N: FromStr>(words: &[String], name: &str) -> Option<N> {
    let at = words.iter().position(|word| word == name)?;
    words.get(at + 1)?.parse().ok()
}

fn seed_of_now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// Uploads here wait for processes to start more than they compute.
fn as_many_as_suit() -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    u32::try_from(cores * 2).unwrap_or(2)
}
