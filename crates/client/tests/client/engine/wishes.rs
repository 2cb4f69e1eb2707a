//! Uploads that are paused, limited, reordered and given up while they run, by their holder and by other programs.

use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use client::{Client, JobId, Phase, Snapshot, Upload, WaitCause, Wish};

use super::world::{Store, World, last, watch};

const SIZE_BYTES: usize = 3 << 20;

/// Slow enough to be stopped in the midst of it.
const CRAWL: Option<NonZeroU64> = NonZeroU64::new(400_000);

fn is_paused(snapshot: &Snapshot) -> bool {
    matches!(snapshot.phase, Phase::Waiting { cause, next_try: None, .. } if cause == WaitCause::Paused)
}

async fn until(upload: &mut Upload, wanted: impl Fn(&Snapshot) -> bool) {
    let all = async {
        while let Some(snapshot) = upload.changed().await {
            if wanted(&snapshot) {
                return;
            }
        }
        panic!("it ended before");
    };
    tokio::time::timeout(Duration::from_secs(30), all)
        .await
        .expect("it comes to that");
}

/// Begun, slow, and with some of it in the store.
async fn crawling(world: &World, client: &Client) -> Upload {
    let path = world.recording("demo.webm", SIZE_BYTES);
    let mut upload = world.upload(client, &path).await;
    upload.limit(CRAWL);
    until(&mut upload, |snapshot| {
        matches!(snapshot.phase, Phase::Sending { .. }) && snapshot.arrived_bytes > 100_000
    })
    .await;
    upload
}

#[tokio::test]
async fn a_paused_upload_frees_the_network_at_once_and_goes_on_where_it_was() {
    for world in [World::base().await, World::in_parts().await] {
        let client = world.client().await;
        let mut upload = crawling(&world, &client).await;
        upload.pause();
        let began = Instant::now();
        until(&mut upload, is_paused).await;
        assert!(began.elapsed() < Duration::from_secs(1));

        // Another one has the line to itself.
        let other = world
            .upload(&client, &world.recording("2.webm", 1 << 20))
            .await;
        assert!(matches!(last(&watch(other).await), Phase::Done(_)));
        assert!(is_paused(&upload.snapshot()));

        upload.limit(None);
        upload.resume();
        assert!(matches!(last(&watch(upload).await), Phase::Done(_)));
    }
}

#[tokio::test]
async fn a_limit_holds_while_the_upload_runs() {
    for world in [World::base().await, World::in_parts().await] {
        let client = world.client().await;
        let path = world.recording("demo.webm", 1 << 20);
        let upload = world.upload(&client, &path).await;
        upload.limit(NonZeroU64::new(500_000));
        let began = Instant::now();
        assert!(matches!(last(&watch(upload).await), Phase::Done(_)));
        // What was on its way before the limit came is not counted.
        let took = began.elapsed();
        assert!(took > Duration::from_secs(1), "{took:?}");
    }
}

#[tokio::test]
async fn a_limit_that_is_lifted_is_lifted_at_once() {
    let world = World::in_parts().await;
    let client = world.client().await;
    let upload = crawling(&world, &client).await;
    upload.limit(None);
    let began = Instant::now();
    assert!(matches!(last(&watch(upload).await), Phase::Done(_)));
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn another_program_pauses_limits_and_resumes() {
    let world = World::in_parts().await;
    let client = world.client().await;
    let mut upload = crawling(&world, &client).await;
    let job = upload.job().clone();

    let other = world.client().await;
    other.wish(&job, Wish::Pause).await.unwrap();
    until(&mut upload, is_paused).await;
    let lifted = Wish::Limit {
        bytes_per_second: None,
    };
    other.wish(&job, lifted).await.unwrap();
    other.wish(&job, Wish::Resume).await.unwrap();
    assert!(matches!(last(&watch(upload).await), Phase::Done(_)));
}

#[tokio::test]
async fn another_program_gives_an_upload_up() {
    let world = World::in_parts().await;
    let client = world.client().await;
    let upload = crawling(&world, &client).await;
    let job = upload.job().clone();
    let other = world.client().await;
    other.wish(&job, Wish::Cancel).await.unwrap();
    assert_eq!(last(&watch(upload).await), &Phase::Cancelled);
    while world.facts().given_up.is_empty() {
        tokio::task::yield_now().await;
    }
}

/// Stopped, and its program gone.
async fn stopped(world: &World) -> JobId {
    let client = world.client().await;
    let upload = crawling(world, &client).await;
    let job = upload.job().clone();
    upload.stop().await;
    job
}

#[tokio::test]
async fn what_is_wished_of_an_upload_that_nobody_drives_holds_when_somebody_does() {
    let world = World::in_parts().await;
    let job = stopped(&world).await;
    let client = world.client().await;
    client.wish(&job, Wish::Pause).await.unwrap();
    assert!(is_paused(&client.stored().unwrap()[0].snapshot));

    let next = world.client().await;
    let mut upload = next.resume(&job).await.unwrap();
    until(&mut upload, is_paused).await;
    upload.limit(None);
    upload.resume();
    assert!(matches!(last(&watch(upload).await), Phase::Done(_)));
}

#[tokio::test]
async fn an_upload_that_has_ended_is_not_paused() {
    let world = World::in_parts().await;
    let client = world.client().await;
    let upload = world
        .upload(&client, &world.recording("demo.webm", SIZE_BYTES))
        .await;
    let job = upload.job().clone();
    assert!(matches!(last(&watch(upload).await), Phase::Done(_)));
    assert!(client.wish(&job, Wish::Pause).await.is_err());
    client.forget(&job).unwrap();
}

#[tokio::test]
async fn an_upload_that_is_moved_to_the_front_goes_next() {
    let world = World::base().await.store_does([Store::Stall(0)]);
    let client = world.client().await;
    let first = world
        .upload(&client, &world.recording("1.webm", 1 << 20))
        .await;
    world.put_began.notified().await;
    let mut second = world
        .upload(&client, &world.recording("2.webm", 1 << 20))
        .await;
    let mut third = world
        .upload(&client, &world.recording("3.webm", 1 << 20))
        .await;
    third.move_to_front();
    until(&mut third, |snapshot| {
        snapshot.phase == Phase::Queued { ahead: 1 }
    })
    .await;
    until(&mut second, |snapshot| {
        snapshot.phase == Phase::Queued { ahead: 2 }
    })
    .await;
    first.cancel().await.unwrap();
    let (second, third) = tokio::join!(finished(second), finished(third));
    assert!(third < second);
}

/// When it was done.
async fn finished(upload: Upload) -> jiff::Timestamp {
    match last(&watch(upload).await) {
        Phase::Done(done) => done.finished_at,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_order_that_was_given_holds_in_the_next_program() {
    let world = World::in_parts().await;
    let client = world.client().await;
    let first = crawling(&world, &client).await;
    let mut waiting = Vec::new();
    for name in ["2.webm", "3.webm", "4.webm"] {
        let path = world.recording(name, 1 << 20);
        waiting.push(world.upload(&client, &path).await);
    }
    waiting[2].move_to_front();
    until(&mut waiting[2], |snapshot| {
        snapshot.phase == Phase::Queued { ahead: 1 }
    })
    .await;
    waiting[0].move_down();
    until(&mut waiting[0], |snapshot| {
        snapshot.phase == Phase::Queued { ahead: 3 }
    })
    .await;
    for upload in waiting {
        upload.stop().await;
    }
    first.stop().await;

    let next = world.client().await;
    let stored = next.stored().unwrap();
    let names: Vec<_> = stored.iter().map(|job| &*job.snapshot.file_name).collect();
    assert_eq!(names, ["demo.webm", "4.webm", "3.webm", "2.webm"]);
    let mut ends = Vec::new();
    for job in &stored {
        let upload = next.resume(&job.snapshot.job).await.unwrap();
        upload.limit(None);
        ends.push(tokio::spawn(finished(upload)));
    }
    let mut times = Vec::new();
    for end in ends {
        times.push(end.await.unwrap());
    }
    assert!(times.is_sorted(), "{times:?}");
}
