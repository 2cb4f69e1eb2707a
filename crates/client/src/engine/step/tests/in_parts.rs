//! One decision about parts at a time.

use super::*;

fn world() -> World {
    World::new(Some(in_parts()))
}

fn kinds(journal: &[Record]) -> Vec<String> {
    journal
        .iter()
        .map(|record| {
            let record = serde_json::to_value(record).unwrap();
            record["kind"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn a_good_day_in_parts() {
    let mut world = world();
    let Stage::Done(done) = world.run() else {
        panic!("{:?}", world.state.stage);
    };
    assert_eq!((done.attempts, done.bytes_sent), (1, SIZE_BYTES));
    assert_eq!((world.sends, world.parts.passes), (0, 1));
    assert!(world.parts.sends.values().all(|sends| *sends == 1));
    assert_eq!(world.parts.most_in_flight, 2);
    assert!(world.parts.furthest_ahead <= 5, "the page cache holds it");
    let kinds = kinds(&world.journal);
    assert_eq!(kinds[..3], ["initiating", "reserved", "sending"]);
    assert_eq!(kinds[3..13], ["part_stored"; 10]);
    assert_eq!(kinds[13..], ["completing", "verifying", "done"]);
    let request = &world.completions[0];
    assert_eq!(request.sha256.as_deref(), Some(SHA256));
}

#[test]
fn a_recording_of_one_part_is_sent_in_one_piece() {
    let mut world = World::new(Some(UploadCapabilities {
        min_part_size: Some(SIZE_BYTES),
        ..in_parts()
    }));
    assert!(is_done(&world.run()));
    assert_eq!((world.sends, world.parts.sends.len()), (1, 0));
}

#[test]
fn as_many_are_on_their_way_as_there_are_lanes() {
    for lanes in [1, 3, 6, 100] {
        let mut world = world();
        let line = super::super::super::Line {
            lanes,
            bytes_per_second: None,
        };
        world.feed(Event::Measured(line));
        assert!(is_done(&world.run()));
        let expected = usize::try_from(lanes).unwrap().min(10);
        assert_eq!(world.parts.most_in_flight, expected);
    }
}

#[test]
fn what_passes_is_sent_again_and_the_rest_goes_on() {
    for each in [
        passing(),
        Trouble::Stalled,
        Trouble::BrokenBody,
        Trouble::TicketRefused,
        Trouble::Unclear,
    ] {
        let mut world = world().suffering_at_the_store([trouble(each)]);
        let Stage::Done(done) = world.run() else {
            panic!("{each:?}: {:?}", world.state.stage);
        };
        assert_eq!(done.attempts, 1, "the upload itself did not begin again");
        assert_eq!(done.bytes_sent, SIZE_BYTES + 1000);
        assert_eq!(world.parts.sends[&1], 2);
        assert_eq!((world.places, world.parts.passes), (1, 1));
        assert_eq!(world.tally().restarted_because, None, "it is made up for");
    }
}

#[test]
fn a_refused_ticket_is_replaced_once_for_each_part() {
    let refused = || trouble(Trouble::TicketRefused);
    // Of two parts each, not twice of one.
    let mut world = world().suffering_at_the_store([refused(), refused()]);
    assert!(is_done(&world.run()));

    let mut world = self::world().suffering_at_the_store((0..4).map(|_| refused()));
    assert!(matches!(world.run(), Stage::Failed(_)));
}

#[test]
fn a_store_that_asks_to_be_left_alone_is() {
    let busy = Trouble::Passing {
        retry_after: Some(Duration::from_mins(2)),
        slow_down: true,
    };
    let mut world = world().suffering_at_the_store([trouble(busy)]);
    assert!(is_done(&world.run()));
    assert_eq!(world.longest_wait, Duration::from_mins(2));
    assert!(kinds(&world.journal).contains(&"waiting".to_owned()));
}

#[test]
fn bytes_that_arrived_garbled_are_read_and_sent_again() {
    let garbled = || trouble(Trouble::Mismatch);
    let mut world = world().suffering_at_the_store([garbled()]);
    assert!(is_done(&world.run()));
    assert_eq!(world.parts.hashed_again, 1);

    let mut world = self::world().suffering_at_the_store((0..6).map(|_| garbled()));
    let Stage::Failed(diagnosis) = world.run() else {
        panic!("{:?}", world.state.stage);
    };
    assert_eq!(diagnosis.code, Code::Integrity);
}

#[test]
fn a_file_that_reads_differently_is_not_uploaded() {
    let mut world = world().suffering_at_the_store([trouble(passing())]);
    world.run();
    let mut world = self::world();
    world.feed(Event::Begun);
    let mut events = VecDeque::from([Event::TurnCame]);
    while world.parts.sends.is_empty() {
        let event = events.pop_front().unwrap();
        events.extend(world.feed(event));
    }
    world.feed(Event::PartHashed {
        number: 1,
        checksum: store::checksum(99),
    });
    let Stage::Failed(diagnosis) = &world.state.stage else {
        panic!("{:?}", world.state.stage);
    };
    assert_eq!(diagnosis.code, Code::SourceChanged);
}

#[test]
fn without_a_network_nothing_is_lost_and_nothing_is_tried() {
    let mut world = world().suffering_at_the_store([trouble(Trouble::NoWay)]);
    let Stage::Done(done) = world.run() else {
        panic!("{:?}", world.state.stage);
    };
    assert_eq!(done.attempts, 1);
    assert_eq!(world.parts.passes, 1, "the file is not read again");
}

#[test]
fn an_upload_that_the_store_lost_is_opened_again() {
    for (cannot_reopen, places) in [(false, 1), (true, 2)] {
        let mut world = world().suffering_at_the_store([Mishap::UploadSwept]);
        world.parts.cannot_reopen = cannot_reopen;
        assert!(is_done(&world.run()));
        assert_eq!(world.places, places);
        assert_eq!(world.parts.passes, 1, "the file is not read again");
    }
}

#[test]
fn an_upload_that_is_lost_again_and_again_is_given_in_on() {
    let mut world = world();
    for _ in 0..20 {
        world.at_store.push_back(trouble(Trouble::UploadLost));
    }
    assert!(matches!(world.run(), Stage::Failed(_)));
}

#[test]
fn a_completion_whose_answer_was_lost_is_asked_for_in_the_same_words() {
    let mut world = world().suffering([Mishap::LostAfterCompleting]);
    assert!(is_done(&world.run()));
    assert!(world.completions.len() <= 2);
    assert!(
        world.completions.windows(2).all(|pair| pair[0] == pair[1]),
        "frozen"
    );
    assert!(world.parts.sends.values().all(|sends| *sends == 1));
}

#[test]
fn tags_that_no_answer_had_are_listed() {
    let mut world = world();
    world.parts.answers_without_etag = true;
    assert!(is_done(&world.run()));
    assert!(world.parts.sends.values().all(|sends| *sends == 1));
}

/// Stops after so many parts, and begins again.
fn interrupted(stored: usize) -> World {
    let mut world = world();
    // Three records before the first part.
    world.dies_after = 3 + stored;
    world.run();
    world.restart();
    world
}

#[test]
fn after_a_restart_only_what_is_missing_is_sent() {
    for stored in [0, 1, 4, 7] {
        let mut world = interrupted(stored);
        let kept = world.parts.kept.len();
        let before: u32 = world.parts.sends.values().sum();
        let passes = world.parts.passes;
        assert!(is_done(&world.run()));
        let sent = world.parts.sends.values().sum::<u32>() - before;
        assert_eq!(usize::try_from(sent).unwrap(), 10 - kept, "{stored}");
        assert_eq!(
            world.parts.passes,
            passes + 1,
            "what is kept is compared with the file"
        );
        assert_eq!(world.places, 1);
    }
}

#[test]
fn a_part_that_is_not_what_the_file_has_is_sent_again() {
    type Damage = fn(&mut wire::StoredPart);
    let damages: [Damage; 4] = [
        |part| part.size -= 1,
        |part| part.checksum = Some(store::checksum(77).digits()),
        |part| part.checksum = Some("no sum".to_owned()),
        // The journal knows another tag.
        |part| part.etag = "\"other\"".to_owned(),
    ];
    for damage in damages {
        let mut world = interrupted(4);
        let before: u32 = world.parts.sends[&2];
        damage(world.parts.kept.get_mut(&2).unwrap());
        assert!(is_done(&world.run()));
        assert_eq!(world.parts.sends[&2], before + 1);
    }
}

#[test]
fn a_store_that_keeps_no_checksums_is_believed_where_the_journal_has_them() {
    let mut world = interrupted(4);
    for part in world.parts.kept.values_mut() {
        part.checksum = None;
    }
    assert!(is_done(&world.run()));
    assert_eq!(world.parts.sends[&1], 1);
}

#[test]
fn while_parts_are_checked_the_user_is_told_so() {
    let mut world = interrupted(4);
    let mut events = VecDeque::from([Event::Begun]);
    let mut said = false;
    while let Some(event) = events.pop_front() {
        events.extend(world.feed(event));
        let now = snapshot(&world.state, 0, &Speed::default());
        if let Phase::Sending {
            restarted_because: Some(why),
            ..
        } = now.phase
        {
            said |= why.code == Code::Interrupted && now.arrived_bytes == 0;
        }
    }
    assert!(said);
    assert_eq!(world.tally().restarted_because, None);
}

#[test]
fn a_list_that_makes_no_sense_is_an_error_of_its_own() {
    let part = |number| wire::StoredPart {
        part_number: number,
        size: 100_000,
        etag: "e".to_owned(),
        checksum: None,
    };
    let page = |numbers: &[u32], next| wire::StoredParts {
        parts: numbers.iter().map(|number| part(*number)).collect(),
        next,
    };
    for nonsense in [
        page(&[1, 1], None),
        page(&[2, 1], None),
        page(&[0], None),
        page(&[11], None),
        page(&[1], Some(1_000_000)),
        page(&[2], Some(1)),
        page(&[], Some(1)),
    ] {
        let mut world = interrupted(4);
        world.feed(Event::Begun);
        let mut events = VecDeque::from([Event::TurnCame]);
        while !matches!(events.front(), Some(Event::Listed(_))) {
            let event = events.pop_front().unwrap();
            events.extend(world.feed(event));
        }
        world.feed(Event::Listed(Box::new(nonsense.clone())));
        let Stage::Failed(diagnosis) = &world.state.stage else {
            panic!("{nonsense:?}: {:?}", world.state.stage);
        };
        assert_eq!(diagnosis.code, Code::UnexpectedAnswer);
    }
}

#[test]
fn a_sleep_drops_what_is_on_its_way_and_nothing_else() {
    let mut world = world();
    let mut events = VecDeque::from([Event::Begun]);
    while world.parts.kept.len() < 3 {
        let event = events.pop_front().unwrap();
        events.extend(world.feed(event));
    }
    events.retain(|event| !is_of_parts(event));
    events.extend(world.feed(Event::WokeUp));
    let why = world.tally().restarted_because.clone().unwrap();
    assert!(why.message.contains("slept"));
    while let Some(event) = world.next(&mut events) {
        events.extend(world.feed(event));
    }
    assert!(is_done(&world.state.stage));
    assert_eq!(world.tally().attempts, 1);
}

#[test]
fn more_than_one_put_carries_goes_in_parts() {
    let mut job = job();
    job.identity.size_bytes = 50_000_000_000;
    let mut world = world();
    world.state = State::new(job.clone(), Policy::default());
    world.feed(Event::Begun);
    let mut events = VecDeque::from([Event::TurnCame]);
    while world.places == 0 {
        let event = events.pop_front().unwrap();
        events.extend(world.feed(event));
    }

    let mut world = World::new(Some(extensions(true)));
    world.state = State::new(job, Policy::default());
    let Stage::Failed(diagnosis) = world.run() else {
        panic!("{:?}", world.state.stage);
    };
    assert_eq!(diagnosis.code, Code::TooLarge);
}

#[test]
fn a_disk_that_says_nothing_is_asked_again_and_what_it_said_is_compared() {
    let silent = || Event::ReadFailed {
        trouble: Trouble::DiskSilent,
        diagnosis: Diagnosis::of(Code::Unreadable),
    };
    let mut world = world();
    let mut events = VecDeque::from([Event::Begun]);
    while world.parts.kept.len() < 3 {
        let event = events.pop_front().unwrap();
        events.extend(world.feed(event));
    }
    world.feed(silent());
    assert!(matches!(world.state.stage, Stage::Waiting(_)));
    world.parts.aborted = false;
    let mut events = VecDeque::new();
    while let Some(event) = world.next(&mut events) {
        events.extend(world.feed(event));
    }
    assert!(is_done(&world.state.stage), "{:?}", world.state.stage);
    assert_eq!(world.parts.passes, 2);
}

/// Found by chance: parts that were hashed while it was looked for what a lost upload had left were waited for for ever.
#[test]
fn what_is_read_while_the_store_is_asked_is_missed_by_nobody() {
    let mishaps = [
        Mishap::UploadSwept,
        trouble(Trouble::TicketRefused),
        trouble(Trouble::Gone),
        trouble(Trouble::LinkRefused),
    ];
    let mut world = World::new(Some(in_parts()))
        .suffering(mishaps)
        .picking([0, 0, 0, 0, 0, 2, 0, 2]);
    let stage = world.run();
    assert!(is_done(&stage), "{stage:?}");
}
