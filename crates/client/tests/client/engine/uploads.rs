//! What an upload does when nothing is wrong, and when its user changes their mind.

use std::time::{Duration, Instant};

use client::{Code, Phase, WaitCause};

use super::world::{Answer, Store, World, last, sha256, watch};

#[tokio::test]
async fn the_bytes_arrive_and_the_link_is_proven() {
    for world in [World::base().await, World::extended().await] {
        let client = world.client().await;
        let path = world.recording("Démo.webm", 3 << 20);
        let snapshots = watch(world.upload(&client, &path).await).await;
        let Phase::Done(done) = last(&snapshots) else {
            panic!("{:?}", last(&snapshots));
        };
        let sent = std::fs::read(&path).unwrap();
        assert_eq!(done.sha256, Some(sha256(&sent)));
        assert_eq!(done.bytes_sent, sent.len() as u64);
        assert_eq!(done.duration_seconds, Some(10.0));
        assert!(done.link.url.reveal().contains("canary-link"));

        let facts = world.facts();
        assert_eq!(facts.objects["/bucket/recording-1"], sent);
        assert_eq!(facts.complete["recording-1"]["duration"], 10);
        drop(facts);

        // The journal keeps it until whoever shows the link says that it is shown.
        let kept = client.stored().unwrap();
        assert_eq!((kept.len(), kept[0].busy), (1, false));
        client.forget(&kept[0].snapshot.job).unwrap();
        assert!(client.stored().unwrap().is_empty(), "nothing is left over");
    }
}

#[tokio::test]
async fn exactly_the_signed_headers_are_sent() {
    for (world, expected) in [
        (
            World::base().await,
            vec!["content-length", "content-type", "host"],
        ),
        (
            World::extended().await,
            vec!["content-length", "content-type", "host", "if-none-match"],
        ),
    ] {
        assert!(matches!(last(&world.run().await), Phase::Done(_)));
        let facts = world.facts();
        let (target, headers) = &facts.puts[0];
        assert_eq!(headers.keys().collect::<Vec<_>>(), expected);
        assert!(
            target.ends_with("X-Amz-Signature=canary-ticket"),
            "{target}"
        );
    }
}

#[tokio::test]
async fn progress_grows_and_is_never_whole_before_the_end() {
    let world = World::base().await;
    let client = world.client().await;
    let path = world.recording("demo.webm", 40 << 20);
    let mut seen = 0;
    for snapshot in watch(world.upload(&client, &path).await).await {
        if matches!(snapshot.phase, Phase::Sending { .. }) {
            let arrived_bytes = snapshot.arrived_bytes;
            assert!(arrived_bytes >= seen && arrived_bytes < snapshot.size_bytes);
            seen = arrived_bytes;
        }
    }
}

#[tokio::test]
async fn one_is_sent_at_a_time_and_the_others_say_how_many_go_first() {
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
    assert_eq!(
        second.changed().await.unwrap().phase,
        Phase::Queued { ahead: 1 }
    );
    assert_eq!(
        third.changed().await.unwrap().phase,
        Phase::Queued { ahead: 2 }
    );
    first.cancel().await.unwrap();
    let (second, third) = tokio::join!(watch(second), watch(third));
    assert!(matches!(
        (last(&second), last(&third)),
        (Phase::Done(_), Phase::Done(_))
    ));
}

#[tokio::test]
async fn cancelling_takes_less_than_a_second_and_tells_the_backend() {
    let world = World::extended().await.store_does([Store::Stall(1000)]);
    let client = world.client().await;
    let upload = world
        .upload(&client, &world.recording("demo.webm", 8 << 20))
        .await;
    world.put_began.notified().await;
    let began = Instant::now();
    upload.cancel().await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(world.facts().given_up, ["recording-1"]);
    assert!(client.stored().unwrap().is_empty());
    assert_eq!(
        std::fs::read_dir(world.home().join("jobs"))
            .unwrap()
            .count(),
        0
    );
}

#[tokio::test]
async fn what_the_backend_could_not_be_told_it_is_told_at_the_next_start() {
    let world = World::extended()
        .await
        .store_does([Store::Stall(1000)])
        .backend_answers(
            "DELETE upload",
            [Answer::Status(
                503,
                &[],
                serde_json::json!({"statusCode": 503, "message": "no"}),
            )],
        );
    let client = world.client().await;
    let upload = world
        .upload(&client, &world.recording("demo.webm", 8 << 20))
        .await;
    world.put_began.notified().await;
    upload.cancel().await.unwrap();
    assert!(world.facts().given_up.is_empty());
    drop(client);

    let next = world.client().await;
    assert!(next.stored().unwrap().is_empty(), "it is no job any more");
    while world.facts().given_up.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.facts().given_up, ["recording-1"]);
}

#[tokio::test]
async fn a_session_that_ends_is_waited_for() {
    let world = World::base().await;
    let client = world.client().await;
    world.facts().tokens_are_good = false;
    let mut upload = world
        .upload(&client, &world.recording("demo.webm", 1 << 20))
        .await;
    loop {
        let snapshot = upload.changed().await.unwrap();
        if let Phase::Waiting {
            cause, next_try, ..
        } = snapshot.phase
        {
            assert_eq!((cause, next_try), (WaitCause::SignIn, None));
            break;
        }
    }
    world.facts().tokens_are_good = true;
    let credentials = client::Credentials::Token(World::token());
    client
        .sign_in(
            &world.server(),
            credentials,
            client::Keeping::KeychainOrMemory,
        )
        .await
        .unwrap();
    assert!(matches!(last(&watch(upload).await), Phase::Done(_)));
}

#[tokio::test]
async fn a_file_that_is_still_written_is_told_from_one_that_is_cut_off() {
    let world = World::base().await;
    let client = world.client().await;
    let path = world.recording("demo.webm", 1 << 20);
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_len(500_000).unwrap();
    let (looked, growth) = tokio::join!(client.inspect(&path), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        append(&path, b"more");
    });
    assert_eq!(looked.unwrap_err().diagnosis().code, Code::StillGrowing);
    let () = growth;

    let long_ago = std::time::SystemTime::now() - Duration::from_mins(1);
    file.set_modified(long_ago).unwrap();
    let error = client.inspect(&path).await.unwrap_err();
    assert_eq!(error.diagnosis().code, Code::Truncated);
}

#[tokio::test]
async fn six_gigabytes_are_refused_at_once() {
    let world = World::base().await;
    let client = world.client().await;
    let path = world.recording("demo.webm", 1 << 20);
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_len(6_000_000_000).unwrap();
    let error = client.inspect(&path).await.unwrap_err();
    assert_eq!(error.diagnosis().code, Code::TooLarge);
}

#[tokio::test]
async fn a_changed_file_never_becomes_an_object() {
    type Happening = fn(&std::path::Path);
    let cases: [(Happening, Code); 4] = [
        (|path| std::fs::remove_file(path).unwrap(), Code::SourceGone),
        (|path| append(path, b"more"), Code::SourceChanged),
        (
            |path| {
                std::fs::File::options()
                    .write(true)
                    .open(path)
                    .unwrap()
                    .set_len(1 << 20)
                    .unwrap();
            },
            Code::SourceChanged,
        ),
        (
            |path| std::fs::write(path, b"replaced").unwrap(),
            Code::SourceChanged,
        ),
    ];
    for (happening, expected) in cases {
        // The first attempt stalls, so that the file can change in its midst; the second would send the rest.
        let world = World::base().await.store_does([Store::Stall(1000)]);
        let client = world.client().await;
        let path = world.recording("demo.webm", 8 << 20);
        let upload = world.upload(&client, &path).await;
        world.put_began.notified().await;
        happening(&path);
        let snapshots = watch(upload).await;
        assert!(
            matches!(last(&snapshots), Phase::Failed(diagnosis) if diagnosis.code == expected),
            "{:?}",
            last(&snapshots)
        );
        assert!(world.facts().objects.is_empty());
    }
}

#[tokio::test]
async fn a_link_to_something_of_another_size_is_never_done() {
    let world = World::extended().await;
    world.facts().stated_size_bytes = Some(7);
    let snapshots = world.run().await;
    let Phase::Failed(diagnosis) = last(&snapshots) else {
        panic!("{:?}", last(&snapshots));
    };
    assert_eq!(diagnosis.code, Code::Integrity);
    assert!(diagnosis.message.contains("7 bytes"), "{diagnosis}");

    world.facts().stated_size_bytes = None;
    let client = world.client().await;
    let job = client.stored().unwrap()[0].snapshot.job.clone();
    let snapshots = watch(client.resume(&job).await.unwrap()).await;
    assert!(matches!(last(&snapshots), Phase::Done(_)));
    assert_eq!(world.facts().places, 2, "the first place is spoilt");
}

fn append(path: &std::path::Path, bytes: &[u8]) {
    use std::io::Write;
    let mut file = std::fs::File::options().append(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
}
