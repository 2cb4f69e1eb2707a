//! What holds for every sequence of mishaps.

use proptest::prelude::*;

use super::*;

fn any_trouble() -> impl Strategy<Value = Mishap> {
    prop_oneof![
        Just(trouble(Trouble::NoWay)),
        Just(trouble(Trouble::DiskSilent)),
        Just(trouble(passing())),
        Just(trouble(Trouble::Passing {
            retry_after: Some(Duration::from_secs(4_000)),
            slow_down: true
        })),
        Just(trouble(Trouble::Stalled)),
        Just(trouble(Trouble::UploadLost)),
        Just(Mishap::UploadSwept),
        Just(trouble(Trouble::ServerDefect)),
        Just(trouble(Trouble::TicketRefused)),
        Just(trouble(Trouble::BrokenBody)),
        Just(trouble(Trouble::ObjectExists)),
        Just(trouble(Trouble::Mismatch)),
        Just(trouble(Trouble::ObjectMissing)),
        Just(trouble(Trouble::Unclear)),
        Just(trouble(Trouble::Gone)),
        Just(trouble(Trouble::LinkRefused)),
        Just(Mishap::LostAfterStoring(passing())),
        Just(Mishap::LostAfterStoring(Trouble::BrokenBody)),
        Just(Mishap::LostAfterCompleting),
    ]
}

fn transient() -> impl Strategy<Value = Mishap> {
    prop_oneof![
        Just(trouble(Trouble::Stalled)),
        Just(trouble(Trouble::NoWay)),
        Just(trouble(passing())),
        Just(trouble(Trouble::BrokenBody)),
        Just(Mishap::LostAfterStoring(passing())),
        Just(Mishap::LostAfterCompleting),
    ]
}

fn any_contract() -> impl Strategy<Value = Option<UploadCapabilities>> {
    prop_oneof![
        Just(None),
        Just(Some(extensions(true))),
        Just(Some(extensions(false))),
        Just(Some(in_parts()))
    ]
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Begun),
        Just(Event::TurnCame),
        Just(Event::WaitEnded),
        Just(Event::RetryWanted),
        Just(Event::WokeUp),
        Just(Event::NetworkChanged),
        Just(Event::PauseWanted),
        Just(Event::ResumeWanted),
        Just(Event::LimitWanted(None)),
        Just(Event::SignedIn(account())),
        Just(Event::Learned(None)),
        (0..2 * SIZE_BYTES).prop_map(Event::Progressed),
        (0..12_u32).prop_map(|number| Event::PartHashed {
            number,
            checksum: store::checksum(number)
        }),
        (0..12_u32).prop_map(|number| Event::PartStored {
            number,
            etag: Some("e".to_owned())
        }),
        (0..12_u32).prop_map(|number| Event::PartFailed {
            number,
            acknowledged_bytes: 7,
            trouble: passing(),
            diagnosis: Diagnosis::of(Code::StoreRefused)
        }),
        Just(Event::Hashed(SHA256.to_owned())),
        Just(Event::Stored(Stored {
            etag: None,
            sha256: SHA256.to_owned()
        })),
        Just(Event::Proven(DownloadUrl::from(
            "https://bucket.example/k".to_owned()
        ))),
        any_trouble().prop_map(|mishap| match mishap {
            Mishap::Trouble(trouble) => failed(trouble),
            _ => failed(passing()),
        }),
    ]
}

proptest! {
    /// Whatever goes wrong for a while, it ends: proven, or explained.
    #[test]
    fn it_ends(
        uploads in any_contract(),
        mishaps in prop::collection::vec(any_trouble(), 0..40),
        picks in prop::collection::vec(any::<usize>(), 0..200),
    ) {
        let mut world = World::new(uploads).suffering(mishaps).picking(picks);
        let stage = world.run();
        prop_assert!(matches!(stage, Stage::Done(_) | Stage::Failed(_)), "{stage:?}");
    }

    /// What passes never ends an upload: once the network is good, it is done.
    #[test]
    fn what_passes_is_survived(
        uploads in any_contract(),
        mishaps in prop::collection::vec(transient(), 0..60),
        picks in prop::collection::vec(any::<usize>(), 0..200),
    ) {
        let mut world = World::new(uploads).suffering(mishaps).picking(picks);
        let stage = world.run();
        prop_assert!(is_done(&stage), "{stage:?}");
    }

    /// Events out of order bring nothing down, and nothing to Done but a link proven while verifying.
    #[test]
    fn stray_events_prove_nothing(uploads in any_contract(), strays in prop::collection::vec(any_event(), 0..60)) {
        let mut world = World::new(uploads);
        for stray in strays {
            let verifying = matches!((&stray, &world.state.goal), (Event::Proven(_), Goal::Verify(..)));
            let at = Moment { time: world.time, jitter: 0.5 };
            let (state, _) = step(world.state.clone(), stray, at);
            prop_assert!(!is_done(&state.stage) || verifying || is_done(&world.state.stage));
            world.state = state;
        }
    }

    /// A program that dies right after any of its records goes on from there, and ends as well.
    #[test]
    fn a_crash_anywhere_is_survived(
        uploads in any_contract(),
        mishaps in prop::collection::vec(transient(), 0..6),
        deaths in prop::collection::vec(0_usize..30, 1..4),
        picks in prop::collection::vec(any::<usize>(), 0..200),
    ) {
        let mut world = World::new(uploads).suffering(mishaps).picking(picks);
        for death in deaths {
            world.dies_after = world.journal.len() + death;
            world.run();
            if is_done(&world.state.stage) {
                break;
            }
            world.restart();
        }
        let stage = world.run();
        prop_assert!(is_done(&stage), "{stage:?}");
    }
}
