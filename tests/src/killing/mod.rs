//! Uploads during which client, backend and store are killed, each at a random moment, until the recording is there.
//!
//! What must hold of every one: it ends COMPLETE and once, its bytes are the file's, nothing of it is left in the store
//! beside the object, and nothing that the store had answered for was sent again. The journeys run a few of them, `cargo
//! xtask soak kill` a thousand.

mod chance;
mod client;
mod goods;
mod ground;
mod life;
mod tally;

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use self::chance::Chance;
use self::ground::Ground;
use self::life::{LARGEST_BYTES, Life, Pace};

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Victim {
    /// `revui`; `revui resume` goes on with it.
    Client,
    /// `revui-server`, which signs.
    Backend,
    /// The embedded store.
    Store,
}

impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Backend => "backend",
            Self::Store => "store",
        })
    }
}

/// How much is to be killed.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Kills in all, at least: the last uploads may bring a few more.
    pub times: u32,
    /// Decides sizes, victims and moments.
    pub seed: u64,
    /// Worlds side by side.
    pub jobs: u32,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Toll {
    /// How often each was killed.
    pub kills: BTreeMap<Victim, u32>,
    /// Uploads that got through with everything as it must be.
    pub uploads: u32,
    /// Bytes of their files.
    pub size_bytes: u64,
    /// Bytes that were sent to the store for them.
    pub carried_bytes: u64,
    /// Uploads of those that went in parts.
    pub in_parts: u32,
    /// Uploads in parts that were begun at the store and never used, because whoever began them was killed. The sweep
    /// ended them.
    pub strays: usize,
    /// What did not hold, with the upload's story.
    pub failures: Vec<String>,
    /// How long it took.
    pub elapsed: Duration,
}

impl Toll {
    /// Kills in all.
    pub fn times(&self) -> u32 {
        self.kills.values().sum()
    }

    fn add(&mut self, life: &Life) {
        self.uploads += 1;
        self.size_bytes += life.size_bytes;
        self.carried_bytes += life.carried_bytes;
        self.in_parts += u32::from(life.of_parts);
        self.strays += life.strays;
        for victim in &life.killed {
            *self.kills.entry(*victim).or_default() += 1;
        }
    }
}

impl fmt::Display for Toll {
    #[allow(clippy::cast_precision_loss, reason = "a ratio of sums")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kills: Vec<_> = self
            .kills
            .iter()
            .map(|(victim, times)| format!("{victim} {times}"))
            .collect();
        write!(
            f,
            "{} kills ({}), {} uploads through ({} in parts), {:.2} bytes sent for each of theirs, {} strays swept, {} failures, \
             {:.0} s",
            self.times(),
            kills.join(", "),
            self.uploads,
            self.in_parts,
            self.carried_bytes as f64 / self.size_bytes.max(1) as f64,
            self.strays,
            self.failures.len(),
            self.elapsed.as_secs_f64()
        )
    }
}

/// What happened to one upload, told when it went wrong.
#[derive(Clone, Default)]
struct Story(Arc<Mutex<Vec<String>>>);

impl Story {
    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, line: &str) {
        self.lines().push(line.to_owned());
    }
}

/// Kills until it is enough, telling of each upload as it ends.
pub async fn kill(plan: Plan, tell: impl Fn(&Toll) + Send + Sync + 'static) -> Toll {
    let shared = Arc::new(Shared {
        plan,
        uploads_begun: AtomicU32::new(0),
        toll: Mutex::default(),
        noise: chance::noise(usize::try_from(LARGEST_BYTES).unwrap_or(usize::MAX)),
        began: Instant::now(),
        tell: Box::new(tell),
    });
    let jobs: Vec<_> = (0..plan.jobs.max(1))
        .map(|_| tokio::spawn(job(shared.clone())))
        .collect();
    for job in jobs {
        if let Err(error) = job.await {
            let why = message(error.into_panic());
            shared.toll().failures.push(format!("no world: {why}"));
        }
    }
    std::mem::take(&mut *shared.toll())
}

struct Shared {
    plan: Plan,
    uploads_begun: AtomicU32,
    toll: Mutex<Toll>,
    noise: Vec<u8>,
    began: Instant,
    tell: Box<dyn Fn(&Toll) + Send + Sync>,
}

impl Shared {
    fn toll(&self) -> MutexGuard<'_, Toll> {
        self.toll.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_enough(&self) -> bool {
        let toll = self.toll();
        // A few failures tell as much as many, and each may have cost minutes.
        toll.times() >= self.plan.times || toll.failures.len() >= 5
    }
}

/// One ground after the other: where something went wrong, the next upload begins on a new one.
async fn job(shared: Arc<Shared>) {
    while !shared.is_enough() {
        let mut ground = Ground::start().await;
        let pace = Pace::find(&mut ground, &shared.noise).await;
        while !shared.is_enough() {
            let Some(further) = one(&shared, ground, pace).await else {
                break;
            };
            ground = further;
        }
    }
}

/// One upload; the ground, if it is still good for another.
async fn one(shared: &Arc<Shared>, mut ground: Ground, pace: Pace) -> Option<Ground> {
    let number = shared.uploads_begun.fetch_add(1, Ordering::SeqCst);
    let story = Story::default();
    let (teller, seed) = (story.clone(), shared.plan.seed);
    let of_life = shared.clone();
    let life = tokio::spawn(async move {
        let chance = Chance::of(seed, number);
        let name = format!("killed-{number}");
        let life = life::live(&mut ground, &name, &of_life.noise, pace, chance, &teller).await;
        (ground, life)
    })
    .await;
    let mut toll = shared.toll();
    let further = match life {
        Ok((ground, life)) => {
            toll.add(&life);
            Some(ground)
        }
        Err(error) => {
            let story = story.lines().join("; ");
            let why = message(error.into_panic());
            toll.failures
                .push(format!("upload {number} of seed {seed}: {story}\n{why}"));
            None
        }
    };
    toll.elapsed = shared.began.elapsed();
    (shared.tell)(&toll);
    further
}

/// What a panic says.
fn message(panic: Box<dyn Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(other) => other
            .downcast::<&str>()
            .map_or_else(|_| "it panicked".to_owned(), |text| (*text).to_owned()),
    }
}
