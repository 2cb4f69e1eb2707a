//! Jobs that outlive their program.

use client::{Code, JobId, Phase};

use super::world::{Store, World, last, watch};

/// A job stopped in the midst of its first attempt, and its program gone.
async fn interrupted(world: &World) -> JobId {
    let client = world.client().await;
    let upload = world
        .upload(&client, &world.recording("demo.webm", 8 << 20))
        .await;
    let job = upload.job().clone();
    world.put_began.notified().await;
    assert_eq!(upload.stop().await.phase, Phase::Stopped);
    job
}

#[tokio::test]
async fn a_stopped_job_goes_on_and_says_that_it_starts_again() {
    for (world, places) in [(World::base().await, 2), (World::extended().await, 1)] {
        let world = world.store_does([Store::Stall(1000)]);
        let job = interrupted(&world).await;
        let next = world.client().await;
        let stored = next.stored().unwrap();
        assert_eq!(stored.len(), 1);
        assert_eq!(
            (&stored[0].snapshot.job, &stored[0].snapshot.phase),
            (&job, &Phase::Stopped)
        );
        assert!(!stored[0].busy);

        let snapshots = watch(next.resume(&job).await.unwrap()).await;
        let Phase::Done(done) = last(&snapshots) else {
            panic!("{:?}", last(&snapshots));
        };
        assert_eq!(done.attempts, 2);
        let said = snapshots.iter().any(|snapshot| {
            matches!(&snapshot.phase, Phase::Sending { restarted_because: Some(why), .. } if why.code == Code::Interrupted)
        });
        assert!(said);
        assert_eq!(world.facts().places, places);
    }
}

#[tokio::test]
async fn a_dropped_upload_stops_and_can_be_taken_up() {
    let world = World::base().await.store_does([Store::Stall(1000)]);
    let client = world.client().await;
    let upload = world
        .upload(&client, &world.recording("demo.webm", 8 << 20))
        .await;
    let job = upload.job().clone();
    world.put_began.notified().await;
    let mut snapshots = upload.watch();
    drop(upload);
    snapshots
        .wait_for(|snapshot| snapshot.phase == Phase::Stopped)
        .await
        .unwrap();
    let again = client.resume(&job).await.unwrap();
    assert!(matches!(last(&watch(again).await), Phase::Done(_)));
}

#[tokio::test]
async fn a_log_cut_at_any_byte_never_loses_the_file_or_hangs() {
    let world = World::base().await.store_does([Store::Stall(1000)]);
    let job = interrupted(&world).await;
    let log = world.home().join("jobs").join(job.as_str()).join("log");
    let whole = std::fs::read(&log).unwrap();
    // Where records end, a byte on either side, and here and there between.
    let cuts = (0..whole.len())
        .step_by(97)
        .chain([1, whole.len() - 1, whole.len()]);
    for cut in cuts {
        std::fs::create_dir_all(log.parent().unwrap()).unwrap();
        std::fs::write(&log, &whole[..cut]).unwrap();
        let client = world.client().await;
        match client.resume(&job).await {
            Ok(upload) => assert!(
                matches!(last(&watch(upload).await), Phase::Done(_)),
                "cut at {cut}"
            ),
            Err(error) => {
                assert_eq!(error.diagnosis().code, Code::UnknownJob, "cut at {cut}");
                assert!(client.stored().unwrap().is_empty());
            }
        }
    }
}

#[tokio::test]
async fn a_job_that_another_program_drives_is_left_alone() {
    let world = World::base().await.store_does([Store::Stall(1000)]);
    let client = world.client().await;
    let upload = world
        .upload(&client, &world.recording("demo.webm", 8 << 20))
        .await;
    world.put_began.notified().await;

    let other = world.client().await;
    let stored = other.stored().unwrap();
    assert!(stored[0].busy);
    let error = other.resume(upload.job()).await.unwrap_err();
    assert_eq!(error.diagnosis().code, Code::JobBusy);
    assert!(
        client.stored().unwrap().is_empty(),
        "its own program drives it"
    );
    upload.cancel().await.unwrap();
}

#[tokio::test]
async fn a_failed_job_is_kept_retried_and_forgotten() {
    let world = World::base()
        .await
        .store_does([Store::Answer(413, &[], ""), Store::Answer(413, &[], "")]);
    assert!(matches!(last(&world.run().await), Phase::Failed(_)));
    let client = world.client().await;
    let stored = client.stored().unwrap();
    assert!(
        matches!(&stored[0].snapshot.phase, Phase::Failed(diagnosis) if diagnosis.code == Code::TooLarge)
    );
    let job = stored[0].snapshot.job.clone();

    assert!(matches!(
        last(&watch(client.resume(&job).await.unwrap()).await),
        Phase::Failed(_)
    ));
    client.forget(&job).unwrap();
    client.forget(&job).unwrap();
    assert!(client.stored().unwrap().is_empty());
    let error = client.resume(&job).await.unwrap_err();
    assert_eq!(error.diagnosis().code, Code::UnknownJob);
}

#[tokio::test]
async fn a_stored_job_is_given_up_at_the_backend() {
    let world = World::extended().await.store_does([Store::Stall(1000)]);
    let job = interrupted(&world).await;
    let client = world.client().await;
    assert!(client.forget(&job).is_err(), "it is not finished");
    client.cancel(&job).await.unwrap();
    assert_eq!(world.facts().given_up, ["recording-1"]);
    assert!(client.stored().unwrap().is_empty());
}

#[tokio::test]
async fn a_file_that_changed_meanwhile_is_not_sent() {
    let world = World::base().await.store_does([Store::Stall(1000)]);
    let job = interrupted(&world).await;
    world.recording("demo.webm", 1 << 20);
    let client = world.client().await;
    let snapshots = watch(client.resume(&job).await.unwrap()).await;
    assert!(matches!(last(&snapshots), Phase::Failed(diagnosis)
        if diagnosis.code == Code::SourceChanged && !diagnosis.retryable));
    assert!(world.facts().objects.is_empty());
}

#[tokio::test]
async fn a_link_that_nobody_saw_is_shown_by_the_next_program() {
    for world in [World::base().await, World::extended().await] {
        let Phase::Done(first) = last(&world.run().await).clone() else {
            panic!("it is done");
        };
        // The program was killed before it printed the link: nothing was forgotten.
        let next = world.client().await;
        let stored = next.stored().unwrap();
        assert_eq!(stored[0].snapshot.phase, Phase::Stopped);
        let job = stored[0].snapshot.job.clone();
        let Phase::Done(second) = last(&watch(next.resume(&job).await.unwrap()).await).clone()
        else {
            panic!("it is done");
        };
        assert_eq!(
            (&second.recording, &second.sha256, second.attempts),
            (&first.recording, &first.sha256, first.attempts)
        );
        {
            let facts = world.facts();
            assert_eq!(
                (facts.puts.len(), facts.count("POST complete"), facts.places),
                (1, 1, 1),
                "nothing is sent or asked for anew"
            );
        }
        next.forget(&job).unwrap();
        assert!(next.stored().unwrap().is_empty());
    }
}

#[tokio::test]
async fn whoever_is_told_the_end_finds_the_job_free() {
    let world = World::base().await;
    let client = world.client().await;
    let path = world.recording("demo.webm", 1 << 20);
    for _ in 0..20 {
        let upload = world.upload(&client, &path).await;
        // As the window does it: by a receiver of its own, while somebody else holds the upload.
        let mut snapshots = upload.watch();
        snapshots
            .wait_for(|snapshot| matches!(snapshot.phase, Phase::Done(_)))
            .await
            .unwrap();
        client.forget(upload.job()).unwrap();
    }
    assert!(client.stored().unwrap().is_empty());
}

#[tokio::test]
async fn two_programs_that_go_on_at_once_send_once() {
    for _ in 0..4 {
        let world = World::base().await.store_does([Store::Stall(1000)]);
        let job = interrupted(&world).await;
        let programs = [world.client().await, world.client().await];
        let [one, other] = programs.each_ref().map(|program| async {
            match program.resume(&job).await {
                Ok(upload) => Ok(last(&watch(upload).await).clone()),
                Err(error) => Err(error.diagnosis().code),
            }
        });
        let (one, other) = tokio::join!(one, other);
        let ends = [one, other];
        // The one that lost finds the job busy; or done already, and then it shows the same link.
        assert!(
            ends.iter()
                .all(|end| matches!(end, Ok(Phase::Done(_)) | Err(Code::JobBusy))),
            "{ends:?}"
        );
        assert!(ends.iter().any(Result::is_ok), "{ends:?}");
        assert_eq!(world.facts().puts.len(), 2, "the stopped attempt, and one");
        assert_eq!(world.facts().objects.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_at_a_job_keeps_nobody_from_going_on_with_it() {
    let world = World::base()
        .await
        .store_does((0..40).map(|_| Store::Stall(1000)));
    let job = interrupted(&world).await;
    let (client, onlooker) = (world.client().await, world.client().await);
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let looking = std::thread::spawn(move || {
        let mut looks = 0;
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            looks += onlooker.stored().unwrap().len();
        }
        looks
    });
    for _ in 0..30 {
        let upload = client.resume(&job).await.unwrap();
        assert_eq!(upload.stop().await.phase, Phase::Stopped);
    }
    drop(stop);
    assert!(looking.join().unwrap() > 0);
}

/// A record as it lies in a log: its length, a sum over both, and itself.
fn frame(payload: &str) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
    let sum = crc32c::crc32c(&[&length, payload.as_bytes()].concat()).to_le_bytes();
    [&length, &sum, payload.as_bytes()].concat()
}

#[tokio::test]
async fn a_job_of_a_newer_program_is_neither_damaged_nor_removed() {
    let world = World::base().await;
    let client = world.client().await;
    let newer = r#"{"v":2,"at":"2027-01-01T00:00:00Z","kind":"queued","job":{}}"#;
    let [damaged, newer] = [
        (
            "019abc00-0000-7000-8000-000000000001",
            b"no record".to_vec(),
        ),
        ("019abc00-0000-7000-8000-000000000002", frame(newer)),
    ]
    .map(|(job, log)| {
        let job = JobId::parse(job).unwrap();
        let folder = world.home().join("jobs").join(job.as_str());
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("log"), log).unwrap();
        job
    });
    assert_eq!(client.damaged().unwrap(), [damaged]);
    for refused in [
        client.cancel(&newer).await.unwrap_err(),
        client.resume(&newer).await.unwrap_err(),
    ] {
        let diagnosis = refused.diagnosis();
        assert!(diagnosis.message.contains("newer version"), "{diagnosis:?}");
    }
    let log = world.home().join("jobs").join(newer.as_str()).join("log");
    assert!(log.is_file());
}
