//! What a resting upload shows of what has arrived: what the store keeps, and nothing else.

use super::wishes::midway;
use super::*;
use crate::engine::Line;

/// What an upload shows of what has arrived, in bytes, and whether that stays.
fn arrived(world: &World) -> (u64, bool) {
    let shown = snapshot(&world.state, 0, &Speed::default());
    (shown.arrived_bytes, shown.keeps_what_arrived)
}

#[test]
fn what_has_arrived_is_shown_while_it_rests_and_until_it_moves_again() {
    for restarts in [false, true] {
        let mut world = World::new(Some(in_parts()));
        midway(&mut world, 3);
        world.feed(Event::PauseWanted);
        let before = arrived(&world);
        assert!(before.0 > 0 && before.1, "{before:?}");
        if restarts {
            world.restart();
            world.run();
            assert_eq!(arrived(&world), before);
        }
        let mut events = VecDeque::from(world.feed(Event::ResumeWanted));
        assert_eq!(world.state.stage, Stage::Queued);
        while !matches!(world.state.goal, Goal::Send(..)) || world.state.stage == Stage::Queued {
            assert_eq!(arrived(&world), before);
            let event = events.pop_front().expect("it goes on");
            events.extend(world.feed(event));
        }
    }
}

#[test]
fn all_has_arrived_once_only_proof_is_left() {
    for uploads in [None, Some(in_parts())] {
        let mut world = World::new(uploads);
        let mut events = VecDeque::from([Event::Begun]);
        while !matches!(world.state.goal, Goal::Complete(..)) {
            let event = world.next(&mut events).expect("it goes on");
            events.extend(world.feed(event));
        }
        assert_eq!(arrived(&world), (SIZE_BYTES, true));
        world.restart();
        assert_eq!(arrived(&world), (SIZE_BYTES, true));
    }
}

/// One part on its way, half of it acknowledged, when the store holds so many others; which.
fn half_a_part(world: &mut World, stored: usize) -> u32 {
    world.feed(Event::Measured(Line {
        lanes: 1,
        bytes_per_second: None,
    }));
    let mut events = midway(world, stored + 1);
    let number = events.iter().find_map(|event| match event {
        Event::PartStored { number, .. } => Some(*number),
        _ => None,
    });
    events.retain(is_of_the_pass);
    while let Some(read) = events.pop_front() {
        events.extend(world.feed(read));
    }
    world.feed(Event::Progressed(50_000));
    number.expect("a part is on its way")
}

#[test]
fn what_is_lost_on_its_way_is_not_shown_as_arrived() {
    let asks_for_a_pause = Trouble::Passing {
        retry_after: Some(Duration::from_mins(2)),
        slow_down: true,
    };
    // Everything else waits, too, or nothing else is left.
    for (stored, trouble) in [(2, asks_for_a_pause), (9, passing())] {
        // What the failure says of it may be less than was seen, or more.
        for acknowledged_bytes in [0, 40_000, 50_000, 60_000] {
            let mut world = World::new(Some(in_parts()));
            let number = half_a_part(&mut world, stored);
            let kept_bytes = stored as u64 * 100_000;
            assert_eq!(world.tally().acknowledged_bytes, kept_bytes + 50_000);
            world.feed(Event::PartFailed {
                number,
                acknowledged_bytes,
                trouble,
                diagnosis: Diagnosis::of(Code::StoreRefused),
            });
            assert_eq!(arrived(&world), (kept_bytes, true), "{trouble:?}");
            world.feed(Event::PauseWanted);
            assert_eq!(arrived(&world), (kept_bytes, true), "{trouble:?}");
        }
    }
}

#[test]
fn what_a_pause_drops_is_not_shown_as_arrived() {
    let mut world = World::new(Some(in_parts()));
    half_a_part(&mut world, 2);
    world.feed(Event::PauseWanted);
    assert_eq!(arrived(&world), (200_000, true));
}
