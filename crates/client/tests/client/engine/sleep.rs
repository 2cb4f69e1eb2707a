//! A lid that is closed for ten minutes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use client::engine::Clocks;
use client::transport::Limits;
use client::{Client, Phase};

use super::world::{Store, World, last, watch};

/// Seconds that the computer has slept.
#[derive(Clone, Default)]
struct Slept(Arc<AtomicU64>);

impl Slept {
    /// The wall clock goes on in a sleep, and the monotonic one does not.
    fn clocks(&self) -> Clocks {
        let slept = self.0.clone();
        Clocks::read_by(move || {
            let seconds = slept.load(Ordering::Relaxed);
            let wall = SystemTime::now() + Duration::from_secs(seconds);
            (wall, Instant::now())
        })
    }
}

/// A program with the patience that people get: nothing but the clocks tells it in time that its connections are dead.
async fn patient(world: &World, slept: &Slept) -> Client {
    let mut options = world.options();
    options.pace.limits = Limits::default();
    options.clocks = slept.clocks();
    world.client_of(options).await
}

#[tokio::test]
async fn new_bytes_go_within_five_seconds_of_waking() {
    for (world, held) in [
        (World::base().await, 1),
        (World::extended().await, 1),
        (World::in_parts().await, 2),
    ] {
        let world = world.store_does((0..held).map(|_| Store::Stall(1000)));
        let slept = Slept::default();
        let client = patient(&world, &slept).await;
        let path = world.recording("demo.webm", 3 << 20);
        let upload = world.upload(&client, &path).await;
        while world.facts().puts.len() < held {
            world.put_began.notified().await;
        }

        slept.0.store(600, Ordering::Relaxed);
        let woke = Instant::now();
        let snapshots = tokio::spawn(watch(upload));
        while world.facts().puts.len() == held {
            world.put_began.notified().await;
        }
        assert!(
            woke.elapsed() < Duration::from_secs(5),
            "{:?}",
            woke.elapsed()
        );
        let snapshots = snapshots.await.unwrap();
        assert!(
            matches!(last(&snapshots), Phase::Done(_)),
            "{:?}",
            last(&snapshots)
        );
        let said = snapshots.iter().any(|snapshot| {
            matches!(&snapshot.phase, Phase::Sending { restarted_because: Some(why), .. } if why.message.contains("slept"))
        });
        assert!(said, "it says why it sends them again");
    }
}
