//! Uploads in parts, over real sockets.

use std::path::Path;

use client::{Code, Phase, Snapshot};

use super::world::{Answer, Store, World, last, sha256, watch};

/// Twelve parts or so.
const SIZE_BYTES: usize = 3 << 20;

fn done(snapshots: &[Snapshot]) -> &client::Done {
    match last(snapshots) {
        Phase::Done(done) => done,
        other => panic!("{other:?}"),
    }
}

fn assert_arrived(world: &World, path: &Path) {
    let sent = std::fs::read(path).unwrap();
    let facts = world.facts();
    let (_, object) = facts.objects.iter().next().expect("an object");
    assert!(*object == sent, "the bytes are the file's");
    let complete = facts.complete.values().next().unwrap();
    assert_eq!(complete["sha256"], sha256(&sent));
}

#[tokio::test]
async fn the_bytes_arrive_in_parts_and_the_link_is_proven() {
    let world = World::in_parts().await;
    let client = world.client().await;
    let path = world.recording("demo.webm", SIZE_BYTES);
    let snapshots = watch(world.upload(&client, &path).await).await;
    let done = done(&snapshots);
    let size_bytes = std::fs::metadata(&path).unwrap().len();
    assert_eq!((done.attempts, done.bytes_sent), (1, size_bytes));
    assert_eq!(done.sha256, Some(sha256(&std::fs::read(&path).unwrap())));
    assert_arrived(&world, &path);
    let facts = world.facts();
    assert!(facts.puts.len() > 8, "{} parts", facts.puts.len());
    assert_eq!(facts.count("POST parts"), facts.puts.len());
    let headers: Vec<_> = facts.puts[0].1.keys().collect();
    assert_eq!(headers, ["content-length", "host", "x-amz-checksum-sha256"]);
}

#[tokio::test]
async fn progress_never_goes_back_and_never_shows_all_of_it() {
    let world = World::in_parts().await;
    let mut seen = 0;
    for snapshot in world.run().await {
        if matches!(snapshot.phase, Phase::Sending { .. }) {
            let arrived_bytes = snapshot.arrived_bytes;
            assert!(arrived_bytes >= seen && arrived_bytes < snapshot.size_bytes);
            seen = arrived_bytes;
        }
    }
}

#[tokio::test]
async fn what_happens_to_a_part_happens_to_it_alone() {
    let slow = "<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>";
    let denied = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
    for mishap in [
        Store::Reset(100_000),
        Store::Stall(1000),
        Store::Swallow,
        Store::Answer(500, &[], ""),
        Store::Answer(503, &[("retry-after", "0")], slow),
        Store::AnswerEarly(1000, 403, denied),
        Store::LoseAnswer,
        Store::Corrupt,
    ] {
        let world = World::in_parts().await.store_does([mishap]);
        let client = world.client().await;
        let path = world.recording("demo.webm", SIZE_BYTES);
        let snapshots = watch(world.upload(&client, &path).await).await;
        assert_eq!(done(&snapshots).attempts, 1);
        assert_arrived(&world, &path);
        let facts = world.facts();
        assert_eq!(facts.count("POST initiate"), 1);
        let parts = facts.parts.values().next().unwrap().len();
        assert_eq!(facts.puts.len(), parts + 1, "one part was sent twice");
    }
}

#[tokio::test]
async fn a_part_that_is_refused_twice_stops_the_upload_and_says_why() {
    let denied = "<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>";
    let world = World::in_parts()
        .await
        .store_does((0..20).map(|_| Store::Answer(403, &[], denied)));
    let snapshots = world.run().await;
    assert!(matches!(last(&snapshots), Phase::Failed(diagnosis)
        if diagnosis.code == Code::SignatureMismatch));
}

#[tokio::test]
async fn an_upload_that_the_store_forgot_begins_again_and_says_why() {
    let world = World::in_parts().await.store_does([Store::Sweep]);
    let client = world.client().await;
    let path = world.recording("demo.webm", SIZE_BYTES);
    let snapshots = watch(world.upload(&client, &path).await).await;
    done(&snapshots);
    assert_arrived(&world, &path);
    let facts = world.facts();
    assert_eq!((facts.uploads, facts.places), (2, 1));
}

/// A job stopped when the store had taken so many of its parts, and its program gone.
async fn interrupted(world: &World, path: &Path, taken: usize) -> client::JobId {
    let client = world.client().await;
    let upload = world.upload(&client, path).await;
    let job = upload.job().clone();
    while world
        .facts()
        .parts
        .values()
        .map(std::collections::BTreeMap::len)
        .sum::<usize>()
        < taken
    {
        world.put_began.notified().await;
    }
    assert_eq!(upload.stop().await.phase, Phase::Stopped);
    job
}

#[tokio::test]
async fn after_a_stop_only_what_is_missing_is_sent() {
    for page in [1000, 2] {
        let world = World::in_parts().await;
        world.facts().page = page;
        let path = world.recording("demo.webm", SIZE_BYTES);
        let job = interrupted(&world, &path, 4).await;
        let before = world.facts().taken_bytes;
        assert!(before < SIZE_BYTES, "it was stopped in its midst");

        let client = world.client().await;
        let snapshots = watch(client.resume(&job).await.unwrap()).await;
        assert_eq!(done(&snapshots).attempts, 2);
        assert_arrived(&world, &path);
        let said = snapshots.iter().any(|snapshot| {
            matches!(&snapshot.phase, Phase::Sending { restarted_because: Some(why), .. } if why.code == Code::Interrupted)
        });
        assert!(said, "it says that it checks what is there");
        let facts = world.facts();
        // At most the two that were on their way.
        let resent = facts.taken_bytes - std::fs::read(&path).unwrap().len();
        let part = facts.parts.values().next().unwrap()[&1].len();
        assert!(resent <= 2 * part, "{resent} bytes were sent twice");
        assert_eq!((facts.places, facts.uploads), (1, 1));
        if page == 2 {
            assert!(facts.count("GET parts") >= 2);
        }
    }
}

/// Most parts that are on their way at once.
const MOST_LANES: usize = 6;

#[tokio::test]
async fn of_2500_parts_only_those_that_were_on_their_way_are_sent_again() {
    const PART_BYTES: usize = 1024;
    // The largest that are chosen here: of larger ones, a thousand would be enough.
    let world = World::in_parts_of(PART_BYTES as u64 / 4).await;
    let path = world.recording("long.webm", 2_500 * PART_BYTES);
    let job = interrupted(&world, &path, 2_400).await;
    let listed = world.facts().count("GET parts");
    assert_eq!(listed, 0, "nothing was in doubt");

    let client = world.client().await;
    let snapshots = watch(client.resume(&job).await.unwrap()).await;
    assert_eq!(done(&snapshots).attempts, 2);
    assert_arrived(&world, &path);
    let facts = world.facts();
    assert_eq!(facts.count("GET parts"), 3, "a thousand on each page");
    assert!(facts.parts.values().next().unwrap().len() >= 2_500);
    let resent = facts.taken_bytes - std::fs::read(&path).unwrap().len();
    assert!(
        resent <= MOST_LANES * PART_BYTES,
        "{resent} bytes were sent twice"
    );
    assert_eq!((facts.places, facts.uploads), (1, 1));
}

/// Where parts must not go.
struct Elsewhere(std::net::TcpListener);

impl Elsewhere {
    /// From this part on, tickets lead there.
    fn misleading(world: &World, from: u32) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        world.facts().misled = Some((from, listener.local_addr().unwrap()));
        Self(listener)
    }

    /// The upload has failed for it, and nobody came there.
    fn was_refused(&self, snapshots: &[Snapshot]) {
        assert!(
            matches!(last(snapshots), Phase::Failed(diagnosis) if diagnosis.code == Code::UnsafeTicket),
            "{:?}",
            last(snapshots)
        );
        let nobody = self.0.accept().unwrap_err();
        assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock);
    }
}

#[tokio::test]
async fn a_part_whose_ticket_leads_to_another_host_is_sent_to_nobody() {
    let world = World::in_parts().await;
    // The third is taken up when one of the first two has arrived.
    let elsewhere = Elsewhere::misleading(&world, 3);
    elsewhere.was_refused(&world.run().await);
    assert!(world.facts().objects.is_empty());
}

#[tokio::test]
async fn the_next_program_sends_no_part_to_another_host_either() {
    let world = World::in_parts().await;
    let path = world.recording("demo.webm", SIZE_BYTES);
    let job = interrupted(&world, &path, 4).await;
    let elsewhere = Elsewhere::misleading(&world, 1);
    let client = world.client().await;
    elsewhere.was_refused(&watch(client.resume(&job).await.unwrap()).await);
    assert!(world.facts().objects.is_empty());

    world.facts().misled = None;
    done(&watch(client.resume(&job).await.unwrap()).await);
    assert_arrived(&world, &path);
}

#[tokio::test]
async fn a_part_that_went_bad_in_the_store_is_sent_again() {
    let world = World::in_parts().await;
    let path = world.recording("demo.webm", SIZE_BYTES);
    let job = interrupted(&world, &path, 4).await;
    for part in world.facts().parts.values_mut() {
        part.get_mut(&2).unwrap()[7] ^= 1;
    }
    let client = world.client().await;
    done(&watch(client.resume(&job).await.unwrap()).await);
    assert_arrived(&world, &path);
}

#[tokio::test]
async fn an_upload_that_was_swept_away_meanwhile_is_opened_again() {
    let world = World::in_parts().await;
    let path = world.recording("demo.webm", SIZE_BYTES);
    let job = interrupted(&world, &path, 4).await;
    world.facts().sweep();
    let client = world.client().await;
    done(&watch(client.resume(&job).await.unwrap()).await);
    assert_arrived(&world, &path);
}

#[tokio::test]
async fn a_lost_answer_to_complete_is_asked_for_again_with_the_same_words() {
    let world = World::in_parts()
        .await
        .backend_answers("POST complete", [Answer::Lost]);
    done(&world.run().await);
    let facts = world.facts();
    let requests: Vec<_> = facts
        .calls
        .iter()
        .filter(|(name, _)| name == "POST complete")
        .collect();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0], requests[1]);
}

#[tokio::test]
async fn cancelling_takes_less_than_a_second_and_tells_the_backend() {
    let world = World::in_parts()
        .await
        .store_does((0..2).map(|_| Store::Stall(1000)));
    let client = world.client().await;
    let upload = world
        .upload(&client, &world.recording("demo.webm", SIZE_BYTES))
        .await;
    world.put_began.notified().await;
    let began = std::time::Instant::now();
    upload.cancel().await.unwrap();
    assert!(began.elapsed() < std::time::Duration::from_secs(1));
    assert_eq!(world.facts().given_up, ["recording-1"]);
}

#[tokio::test]
async fn a_file_that_changes_in_its_midst_never_becomes_an_object() {
    let world = World::in_parts()
        .await
        .store_does((0..2).map(|_| Store::Stall(1000)));
    let client = world.client().await;
    let path = world.recording("demo.webm", SIZE_BYTES);
    let upload = world.upload(&client, &path).await;
    world.put_began.notified().await;
    let file = std::fs::File::options().append(true).open(&path).unwrap();
    std::io::Write::write_all(&mut &file, b"more").unwrap();
    let snapshots = watch(upload).await;
    assert!(matches!(last(&snapshots), Phase::Failed(diagnosis)
        if diagnosis.code == Code::SourceChanged));
    assert!(world.facts().objects.is_empty());
}

#[tokio::test]
async fn no_ticket_and_no_token_reaches_the_disk() {
    let world = World::in_parts().await;
    let path = world.recording("demo.webm", SIZE_BYTES);
    let job = interrupted(&world, &path, 4).await;
    let log = world.home().join("jobs").join(job.as_str()).join("log");
    let log = String::from_utf8_lossy(&std::fs::read(log).unwrap()).into_owned();
    assert!(log.contains("part_stored") && log.contains("parts_lead_to"));
    assert!(!log.contains("canary") && !log.contains("X-Amz"));
}
