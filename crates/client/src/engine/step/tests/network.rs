//! A network that is there again before anybody looks.

use super::*;

/// Runs until it waits; what is left of what was on its way then.
fn wait(world: &mut World) -> (WaitCause, VecDeque<Event>) {
    let mut events = VecDeque::from([Event::Begun]);
    loop {
        let event = events.pop_front().expect("it waits");
        let more = world.feed(event);
        if std::mem::take(&mut world.parts.aborted) {
            events.retain(|event| !is_of_parts(event));
        }
        events.extend(more);
        if let Stage::Waiting(wait) = &world.state.stage {
            return (wait.cause, events);
        }
    }
}

#[test]
fn the_wait_for_a_network_ends_when_it_changes() {
    for uploads in [None, Some(extensions(true)), Some(in_parts())] {
        let mut world = World::new(uploads).suffering_at_the_store([trouble(Trouble::NoWay)]);
        let (cause, mut events) = wait(&mut world);
        assert_eq!((cause, world.tally().probes), (WaitCause::Network, 1));
        events.extend(world.feed(Event::NetworkChanged));
        assert_eq!(world.tally().probes, 0, "the next look is soon");
        while let Some(event) = world.next(&mut events) {
            events.extend(world.feed(event));
        }
        assert!(is_done(&world.state.stage), "{:?}", world.state.stage);
        assert_eq!(world.waited, Duration::ZERO);
    }
}

#[test]
fn no_other_wait_ends_with_a_network() {
    let busy = Trouble::Passing {
        retry_after: Some(Duration::from_mins(2)),
        slow_down: true,
    };
    for uploads in [None, Some(in_parts())] {
        for (each, expected) in [
            (busy, WaitCause::BackOff),
            (Trouble::SignedOut, WaitCause::SignIn),
        ] {
            let mut world = World::new(uploads.clone()).suffering_at_the_store([trouble(each)]);
            let (cause, _) = wait(&mut world);
            assert_eq!(cause, expected);
            let before = world.state.stage.clone();
            assert_eq!(world.feed(Event::NetworkChanged).len(), 0);
            assert_eq!(world.state.stage, before);
            world.feed(Event::PauseWanted);
            let paused = world.state.stage.clone();
            world.feed(Event::NetworkChanged);
            assert_eq!(world.state.stage, paused);
        }
    }
}
