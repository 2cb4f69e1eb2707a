//! What its user wants of an upload while it goes on.

use super::*;

/// Runs until the store holds so many parts, or a single PUT has begun; what is on its way then.
pub(super) fn midway(world: &mut World, parts: usize) -> VecDeque<Event> {
    let mut events = VecDeque::from([Event::Begun]);
    while world.parts.kept.len() < parts && world.sends == 0 {
        let event = events.pop_front().expect("it goes on");
        events.extend(world.feed(event));
    }
    events
}

fn cause(world: &World) -> Option<WaitCause> {
    match &world.state.stage {
        Stage::Waiting(wait) => Some(wait.cause),
        _ => None,
    }
}

#[test]
fn a_paused_upload_rests_until_it_is_resumed() {
    for uploads in [None, Some(extensions(true)), Some(in_parts())] {
        let mut world = World::new(uploads);
        let mut events = midway(&mut world, 3);
        world.feed(Event::PauseWanted);
        assert_eq!(cause(&world), Some(WaitCause::Paused));
        assert!(!world.state.holds_turn, "others may go");
        assert!(matches!(world.journal.last(), Some(Record::Paused)));
        for nudge in [
            Event::WaitEnded,
            Event::RetryWanted,
            Event::WokeUp,
            Event::SignedIn(account()),
            Event::PauseWanted,
            Event::TurnCame,
        ] {
            assert_eq!(world.feed(nudge.clone()).len(), 0, "{nudge:?}");
            assert_eq!(cause(&world), Some(WaitCause::Paused), "{nudge:?}");
        }
        events.retain(is_of_the_pass);
        world.parts.aborted = false;
        events.push_back(Event::ResumeWanted);
        while let Some(event) = world.next(&mut events) {
            events.extend(world.feed(event));
        }
        assert!(is_done(&world.state.stage), "{:?}", world.state.stage);
        assert!(world.parts.passes <= 1, "the file is not read again");
    }
}

#[test]
fn a_pause_outlives_the_program() {
    for uploads in [None, Some(in_parts())] {
        let mut world = World::new(uploads);
        midway(&mut world, 3);
        world.feed(Event::PauseWanted);
        world.restart();
        world.run();
        assert_eq!(cause(&world), Some(WaitCause::Paused));
        assert!(is_done(&world.run_on(Event::ResumeWanted)));
    }
}

#[test]
fn a_paused_upload_can_be_given_up() {
    let mut world = World::new(Some(in_parts()));
    midway(&mut world, 3);
    world.feed(Event::PauseWanted);
    world.feed(Event::CancelWanted);
    assert!(matches!(world.state.stage, Stage::Cancelled(Some(_))));
}

#[test]
fn a_place_in_the_line_outlives_the_program() {
    for uploads in [None, Some(in_parts())] {
        let mut world = World::new(uploads);
        midway(&mut world, 3);
        for rank in [-7, -2] {
            let (_, effects) = world.step(Event::Moved(rank));
            assert!(
                matches!(effects[..], [Effect::Journal(Record::Moved { rank: set })] if set == rank)
            );
            world.feed(Event::Moved(rank));
        }
        world.restart();
        assert_eq!(world.state.rank, -2);
        assert!(is_done(&world.run()));
    }
}

#[test]
fn where_the_parts_go_outlives_the_program() {
    let mut world = World::new(Some(in_parts()));
    midway(&mut world, 3);
    let place = world.state.goal.reservation().expect("a place");
    let destination = Destination {
        recording: place.recording.clone(),
        host: "store.example:9000".to_owned(),
    };
    world.feed(Event::PartsLedTo(destination.clone()));
    world.restart();
    assert_eq!(world.state.destination, Some(destination));
}

#[test]
fn a_limit_holds_at_once_and_after_a_restart() {
    let limit = std::num::NonZeroU64::new(500_000);
    let mut world = World::new(Some(in_parts()));
    midway(&mut world, 3);
    let (_, effects) = world.step(Event::LimitWanted(limit));
    assert!(matches!(effects[..], [Effect::Journal(_), Effect::Limit(set)] if set == limit));
    world.feed(Event::LimitWanted(limit));
    world.restart();
    let (_, effects) = world.step(Event::Begun);
    assert!(matches!(effects[0], Effect::Limit(set) if set == limit));
}
