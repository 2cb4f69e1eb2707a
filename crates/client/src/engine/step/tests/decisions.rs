//! One decision at a time.

use super::*;

#[test]
fn a_good_day_on_every_contract() {
    for uploads in [None, Some(extensions(true)), Some(extensions(false))] {
        let mut world = World::new(uploads.clone());
        let Stage::Done(done) = world.run() else {
            panic!("{:?}", world.state.stage);
        };
        assert_eq!((done.attempts, done.bytes_sent), (1, SIZE_BYTES));
        assert_eq!(done.sha256.as_deref(), Some(SHA256));
        assert_eq!(world.completions.len(), 1);
        let request = &world.completions[0];
        assert_eq!(
            (request.file_size, request.duration),
            (SIZE_BYTES, Some(10))
        );
        assert_eq!(
            request.sha256.is_some(),
            uploads.is_some(),
            "no extension where none is advertised"
        );
        let kinds: Vec<String> = world
            .journal
            .iter()
            .map(|record| {
                serde_json::to_value(record).unwrap()["kind"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        assert_eq!(
            kinds,
            [
                "initiating",
                "reserved",
                "sending",
                "completing",
                "verifying",
                "done"
            ]
        );
    }
}

#[test]
fn what_passes_is_waited_for_and_never_given_up_on() {
    let mut world = World::new(None).suffering(vec![trouble(passing()); 200]);
    assert!(is_done(&world.run()));
    assert_eq!(world.longest_wait, Duration::from_mins(1));

    let mut world = World::new(None).suffering(vec![trouble(Trouble::NoWay); 50]);
    assert!(is_done(&world.run()));
    assert_eq!(
        world.tally().attempts,
        1,
        "no attempt is spent without a network"
    );
    assert_eq!(world.longest_wait, Duration::from_mins(1));
}

#[test]
fn a_refused_ticket_is_replaced_once() {
    for (uploads, places, renewals, orphans) in [
        (None, 2, 0, 1),
        (Some(extensions(true)), 1, 1, 0),
        (Some(extensions(false)), 1, 0, 0),
    ] {
        let refused = || trouble(Trouble::TicketRefused);
        let mut world = World::new(uploads.clone()).suffering_at_the_store([refused()]);
        assert!(is_done(&world.run()));
        assert_eq!(
            (world.places, world.renewals, world.orphans),
            (places, renewals, orphans)
        );
        assert_eq!(world.tally().attempts, 2);
        assert!(world.tally().restarted_because.is_some());

        // The second ticket in a row: for good, and without another round.
        let mut world = World::new(uploads).suffering_at_the_store([refused(), refused()]);
        assert!(matches!(world.run(), Stage::Failed(_)));
        assert_eq!(world.sends, 2);
    }
}

#[test]
fn two_broken_bodies_are_a_hidden_refusal() {
    for (breaks, renewals) in [(1, 0), (2, 1), (6, 1), (40, 1)] {
        let broken = vec![trouble(Trouble::BrokenBody); breaks];
        let mut world = World::new(Some(extensions(true))).suffering_at_the_store(broken);
        world.ticket_seconds = 604_800;
        assert!(is_done(&world.run()), "{breaks}");
        assert_eq!(world.renewals, renewals, "{breaks}");
    }
}

#[test]
fn a_lost_answer_is_no_second_object() {
    // The PUT arrived, its answer was lost: the next one meets the object, and the hash proves that it is ours.
    let lost = Mishap::LostAfterStoring(passing());
    let mut world = World::new(Some(extensions(true))).suffering_at_the_store([lost]);
    assert!(is_done(&world.run()));
    assert_eq!((world.sends, world.places), (2, 1));

    // Complete arrived, its answer was lost: repeated as it was, then confirmed by a look.
    for uploads in [None, Some(extensions(true))] {
        let mut world = World::new(uploads).suffering([Mishap::LostAfterCompleting]);
        assert!(is_done(&world.run()));
        assert_eq!(world.completions.len(), 2);
        assert_eq!(
            world.completions[0], world.completions[1],
            "the request is frozen"
        );
    }
}

#[test]
fn what_the_store_lacks_or_garbles_is_sent_again_and_not_for_ever() {
    for bad in [Trouble::Mismatch, Trouble::ObjectMissing] {
        let mut world = World::new(None).suffering_at_the_store(vec![trouble(bad); 2]);
        assert!(is_done(&world.run()), "{bad:?}");
        assert_eq!(world.sends, 3);

        let mut world = World::new(None).suffering_at_the_store(vec![trouble(bad); 3]);
        let stage = world.run();
        assert!(matches!(stage, Stage::Failed(_)), "{bad:?}");
        assert_eq!(world.sends, 3);
    }
    let mut world = World::new(None).suffering_at_the_store(vec![trouble(Trouble::Mismatch); 3]);
    assert!(matches!(world.run(), Stage::Failed(diagnosis) if diagnosis.code == Code::Integrity));
}

#[test]
fn a_short_ticket_is_renewed_before_it_dies() {
    // The wait that is asked for outlives the ticket.
    let busy = trouble(Trouble::Passing {
        retry_after: Some(Duration::from_secs(45)),
        slow_down: false,
    });
    let mut world = World::new(Some(extensions(true))).suffering_at_the_store([busy]);
    world.ticket_seconds = 60;
    assert!(is_done(&world.run()));
    assert_eq!(world.renewals, 1);
}

#[test]
fn waiting_for_sign_in_ends_with_the_right_account() {
    let mut world = World::new(None).suffering([trouble(Trouble::SignedOut)]);
    assert!(matches!(world.run(), Stage::Waiting(wait) if wait.cause == WaitCause::SignIn));
    assert!(!world.state.holds_turn, "others go on");

    let stranger = Account {
        user: "bert".into(),
        ..account()
    };
    assert!(world.feed(Event::SignedIn(stranger)).is_empty());
    assert!(is_done(&world.run_on(Event::SignedIn(account()))));
}

#[test]
fn a_job_without_an_account_takes_the_first() {
    let mut world = World::new(None);
    world.state.account = None;
    assert!(matches!(world.run(), Stage::Waiting(_)));
    world.feed(Event::SignedIn(account()));
    assert_eq!(world.state.account, Some(account()));
}

#[test]
fn sleep_costs_no_try() {
    let mut world = World::new(None).sending();
    world.feed(Event::Progressed(500_000));
    let (state, effects) = world.step(Event::WokeUp);
    assert!(
        matches!(
            effects[..],
            [Effect::Abort, Effect::Journal(_), Effect::Send(_)]
        ),
        "{effects:?}"
    );
    assert_eq!((state.tally.tries, state.tally.attempts), (0, 2));
    assert_eq!(
        (state.tally.bytes_sent, state.tally.acknowledged_bytes),
        (500_000, 0)
    );
    assert!(
        state.tally.restarted_because.is_some(),
        "going backwards is explained"
    );
}

#[test]
fn progress_forgives_what_failed_before() {
    let mut world = World::new(None).sending();
    world.state.tally.tries = 7;
    world.feed(Event::Progressed(10));
    assert_eq!(world.tally().tries, 0);
    world.state.tally.tries = 7;
    world.feed(Event::Progressed(10));
    assert_eq!(world.tally().tries, 7, "no further than before");
    world.feed(Event::Progressed(u64::MAX));
    assert_eq!(world.tally().acknowledged_bytes, SIZE_BYTES - 1);
}

#[test]
fn cancelling_tells_the_backend_where_it_can_be_told() {
    for (uploads, expected) in [
        (None, None),
        (Some(extensions(true)), Some("recording-1".into())),
    ] {
        let world = World::new(uploads).sending();
        let (state, effects) = world.step(Event::CancelWanted);
        assert_eq!(state.stage, Stage::Cancelled(expected.clone()));
        let journaled = Record::Cancelled { give_up: expected };
        assert!(
            matches!(&effects[..], [Effect::Abort, Effect::Journal(record), Effect::YieldTurn] if *record == journaled)
        );
    }
}

#[test]
fn a_journal_that_cannot_be_written_stops_everything() {
    let world = World::new(None).sending();
    let event = Event::JournalFailed(Diagnosis::of(Code::DiskUnwritable));
    let (state, effects) = world.step(event);
    assert!(
        matches!(effects[..], [Effect::Abort, Effect::YieldTurn]),
        "{effects:?}"
    );
    assert!(
        matches!(state.stage, Stage::Failed(diagnosis) if diagnosis.code == Code::DiskUnwritable)
    );
}

#[test]
fn too_large_is_said_before_the_first_byte() {
    for (size_bytes, most_bytes) in [(6 << 30, None), (2_000_000, Some(1_999_999))] {
        let mut world = World::new(Some(UploadCapabilities {
            max_file_size: most_bytes,
            ..extensions(true)
        }));
        world.state.job.identity.size_bytes = size_bytes;
        assert!(
            matches!(world.run(), Stage::Failed(diagnosis) if diagnosis.code == Code::TooLarge)
        );
        assert_eq!((world.places, world.sends), (0, 0));
    }
}

#[test]
fn a_task_id_that_a_base_backend_fails_at_is_no_endless_wait() {
    let mut world = World::new(None).suffering(vec![trouble(Trouble::ServerDefect); 9]);
    assert!(matches!(world.run(), Stage::Failed(_)));
    let mut world = World::new(None).suffering(vec![trouble(Trouble::ServerDefect); 9]);
    world.state.job.task = "0191f3c6-7d1a-7c50-9a3e-1f2b3c4d5e6f".parse().unwrap();
    assert!(is_done(&world.run()));
}

#[test]
fn a_link_that_does_not_open_is_asked_for_anew_and_not_for_ever() {
    let verifying = || {
        let mut world = World::new(None);
        (world.stored, world.complete, world.places) = (true, true, 1);
        world.state.contract = Some(Contract::Base);
        world.state.goal = Goal::Verify(
            Reservation {
                recording: "recording-1".into(),
                s3_key: world.key(),
                extended: false,
                multipart: None,
            },
            Some(SHA256.to_owned()),
        );
        world
    };
    let mut world = verifying().suffering(vec![trouble(Trouble::LinkRefused); 2]);
    assert!(is_done(&world.run()));
    let mut world = verifying().suffering(vec![trouble(Trouble::LinkRefused); 3]);
    assert!(matches!(world.run(), Stage::Failed(_)));
}

#[test]
fn a_silent_disk_costs_no_attempt_and_lets_others_go_first() {
    let mut world = World::new(None).sending();
    let diagnosis = Diagnosis::of(Code::DriveNotAnswering);
    let (state, effects) = world.step(Event::Failed {
        trouble: Trouble::DiskSilent,
        diagnosis: diagnosis.clone(),
    });
    assert!(
        matches!(
            effects[..],
            [Effect::Journal(_), Effect::YieldTurn, Effect::Wake(_)]
        ),
        "{effects:?}"
    );
    assert!(
        matches!(&state.stage, Stage::Waiting(wait) if wait.diagnosis == diagnosis && wait.next_try.is_some())
    );
    assert_eq!(state.tally.tries, 0);

    world = World::new(None).suffering_at_the_store(vec![trouble(Trouble::DiskSilent); 50]);
    assert!(is_done(&world.run()), "it is never given up on");
    assert_eq!(world.longest_wait, Duration::from_mins(1));
}

#[test]
fn a_link_to_something_else_is_never_done_and_spoils_its_place() {
    let mut world = World::new(Some(extensions(true)));
    let mut events = VecDeque::from([Event::Begun]);
    while let Some(event) = events.pop_front() {
        let event = match event {
            Event::Proven(_) => Event::Failed {
                trouble: Trouble::Lasting,
                diagnosis: Diagnosis::of(Code::Integrity),
            },
            other => other,
        };
        events.extend(world.feed(event));
    }
    assert!(
        matches!(&world.state.stage, Stage::Failed(diagnosis) if diagnosis.code == Code::Integrity && diagnosis.retryable)
    );
    world.restart();
    assert!(is_done(&world.run()));
    assert_eq!((world.places, world.sends), (2, 2), "in another place");
}

#[test]
fn a_done_job_that_is_started_again_proves_its_link_and_sends_nothing() {
    let mut world = World::new(None);
    assert!(is_done(&world.run()));
    world.restart();
    let Stage::Done(done) = world.run() else {
        panic!("{:?}", world.state.stage);
    };
    assert_eq!((done.attempts, done.bytes_sent), (1, SIZE_BYTES));
    assert_eq!((world.places, world.sends), (1, 1));

    // Somebody has deleted the recording since: that is no reason to bring it back.
    world.restart();
    world.mishaps.push_back(trouble(Trouble::Gone));
    assert!(
        matches!(world.run(), Stage::Failed(diagnosis) if diagnosis.code == Code::GivenUp && !diagnosis.retryable)
    );
    assert_eq!((world.places, world.sends), (1, 1));
}
