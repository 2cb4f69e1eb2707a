//! `initiate` and `complete`, one after the other, by many clients at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::Options;
use crate::ground::{BUSY, Ground, token};
use crate::process::Process;
use crate::store::OBJECT_BYTES;

/// Clients at once, where the services are compared.
const CLIENTS: usize = 32;

/// Pairs before anything counts: connections are made, statements prepared, code compiled.
const WARMING_UP: usize = 300;

/// Clients at once, where memory is looked at, and their pairs.
const CROWD: usize = 500;
const CROWD_PAIRS: usize = 5000;

/// What one service does.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Measured {
    /// Of the service's own process.
    pub(crate) cpu_seconds_per_thousand: f64,
    pub(crate) pairs_a_second: f64,
    pub(crate) median_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) peak_mib: f64,
}

/// Medians of ours and theirs, measured by turns.
pub(crate) async fn compare(ground: &Ground, options: &Options) -> [Measured; 2] {
    let servers = [ground.ours().await, ground.theirs().await];
    let token = token(&servers[0], BUSY).await;
    for server in &servers {
        run(server, &token, CLIENTS, WARMING_UP).await;
    }
    let mut rounds = [Vec::new(), Vec::new()];
    for _ in 0..options.rounds {
        for (server, rounds) in servers.iter().zip(&mut rounds) {
            rounds.push(measure(server, &token, CLIENTS, options.pairs).await);
        }
    }
    rounds.map(|rounds| medians(&rounds))
}

/// Ours before a crowd.
pub(crate) async fn crowd(ground: &Ground) -> Measured {
    let server = ground.ours().await;
    let token = token(&server, BUSY).await;
    measure(&server, &token, CROWD, CROWD_PAIRS).await
}

fn medians(rounds: &[Measured]) -> Measured {
    let median = |of: fn(&Measured) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Measured {
        cpu_seconds_per_thousand: median(|round| round.cpu_seconds_per_thousand),
        pairs_a_second: median(|round| round.pairs_a_second),
        median_ms: median(|round| round.median_ms),
        p99_ms: median(|round| round.p99_ms),
        peak_mib: median(|round| round.peak_mib),
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
async fn measure(server: &Process, token: &str, clients: usize, pairs: usize) -> Measured {
    let before = server.processor_time();
    let began = Instant::now();
    let mut took = run(server, token, clients, pairs).await;
    let wall = began.elapsed();
    let cpu = server.processor_time().saturating_sub(before);
    took.sort();
    let at = |share: f64| {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index"
        )]
        let index = ((took.len() - 1) as f64 * share) as usize;
        took[index].as_secs_f64() * 1000.0
    };
    Measured {
        cpu_seconds_per_thousand: cpu.as_secs_f64() * 1000.0 / pairs as f64,
        pairs_a_second: pairs as f64 / wall.as_secs_f64(),
        median_ms: at(0.5),
        p99_ms: at(0.99),
        peak_mib: server.peak_bytes() as f64 / (1024.0 * 1024.0),
    }
}

/// So many pairs by so many clients, each with a connection of its own: how long each took.
async fn run(server: &Process, token: &str, clients: usize, pairs: usize) -> Vec<Duration> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let left = Arc::new(AtomicUsize::new(pairs));
    let mut running = JoinSet::new();
    for _ in 0..clients {
        let (origin, token, left) = (server.origin.clone(), token.to_owned(), Arc::clone(&left));
        running.spawn(async move {
            let http = reqwest::Client::builder().no_proxy().build().unwrap();
            let mut took = Vec::new();
            while left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    left.checked_sub(1)
                })
                .is_ok()
            {
                let number = NUMBER.fetch_add(1, Ordering::Relaxed);
                let began = Instant::now();
                pair(&http, &origin, &token, number).await;
                took.push(began.elapsed());
            }
            took
        });
    }
    running.join_all().await.into_iter().flatten().collect()
}

async fn pair(http: &reqwest::Client, origin: &str, token: &str, number: usize) {
    let ask = async |path: String, body: Value, expected: u16| -> Value {
        let url = format!("{origin}/api/recordings/{path}");
        let answer = http.post(url).bearer_auth(token).json(&body);
        let answer = answer.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let body = answer.json().await.expect("a body");
        assert_eq!(status, expected, "{path}: {body}");
        body
    };
    let order = json!({"taskId": "bench", "filename": format!("{number}.webm"), "contentType": "video/webm"});
    let place = ask("initiate".to_owned(), order, 201).await;
    let id = place["recordingId"].as_str().expect("an id");
    let claim = json!({"s3Key": place["s3Key"], "fileSize": OBJECT_BYTES, "duration": 7});
    let done = ask(format!("{id}/complete"), claim, 200).await;
    assert_eq!(done["uploadStatus"], "COMPLETE");
}
