//! The searches over recordings that are sent while they are made.

use super::super::super::step::advance;
use super::super::super::{Effect, Event, Moment, State};
use super::super::program::Step;
use super::Budget;
use super::tests::{IN_ONE_PIECE, IN_PARTS, found_to_hold, searched_through, tell};
use super::world::World;

fn recording(step: Step, budget: Budget) -> World {
    World::recording(step, IN_PARTS, false, budget)
}

#[test]
fn a_recording_survives_two_crashes_and_a_mishap() {
    let budget = Budget {
        crashes: 2,
        mishaps: 1,
        ..Budget::default()
    };
    found_to_hold(
        "a recording, two crashes and a mishap",
        recording(advance, budget),
    );
}

#[test]
fn a_recording_survives_everything_once() {
    let budget = Budget {
        crashes: 1,
        mishaps: 1,
        sweeps: 1,
        ..Budget::default()
    };
    found_to_hold("a recording, everything once", recording(advance, budget));
}

#[test]
fn a_recording_whose_end_a_crash_has_taken() {
    let budget = Budget {
        crashes: 1,
        cuts: 1,
        ..Budget::default()
    };
    found_to_hold("a recording, cut", recording(advance, budget));
}

#[test]
fn a_recording_and_a_computer_that_sleeps_and_a_user_who_pauses() {
    let budget = Budget {
        sleeps: 1,
        pauses: 1,
        ..Budget::default()
    };
    found_to_hold(
        "a recording, asleep and paused once",
        recording(advance, budget),
    );
}

#[test]
fn a_recording_under_review() {
    let budget = Budget {
        crashes: 1,
        ..Budget::default()
    };
    let world = World::recording(advance, IN_PARTS, true, budget);
    found_to_hold("a recording under review", world);
}

#[test]
fn a_recording_in_one_piece() {
    let budget = Budget {
        crashes: 2,
        mishaps: 1,
        ..Budget::default()
    };
    let world = World::recording(advance, IN_ONE_PIECE, false, budget);
    found_to_hold("a recording in one piece, extensions", world);
    let world = World::recording(advance, None, false, budget);
    found_to_hold("a recording in one piece, base contract", world);
}

/// It takes what is final of the first part for all of it.
fn sends_the_header_early(state: &mut State, event: Event, at: Moment) -> Vec<Effect> {
    let mut effects = advance(state, event, at);
    if state.is_recording()
        && let Some(parts) = state.parts_mut()
        && parts.count() > 1
    {
        let kind = parts.kind();
        let early = parts.read_header_early();
        effects.extend(early.map(|part| Effect::HashPart { part, kind }));
    }
    effects
}

/// It never hears that the recording has ended.
fn overhears_the_end(state: &mut State, event: Event, at: Moment) -> Vec<Effect> {
    match event {
        Event::Sealed { .. } => Vec::new(),
        event => advance(state, event, at),
    }
}

#[test]
fn mistakes_about_recordings_are_found() {
    for (name, step, law) in [
        (
            "sends the header early",
            sends_the_header_early as Step,
            "the bytes are not the source's",
        ),
        ("overhears the end", overhears_the_end, "it ends as"),
    ] {
        let found = searched_through(name, recording(step, Budget::default()));
        let wrong = found.wrong.expect("the search can fail");
        assert!(wrong.contains(law), "{wrong}");
        tell(&format!(
            "the mistake that was planted is found ({name}): {law}"
        ));
    }
}
