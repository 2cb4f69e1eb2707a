//! The searches, and proof that they can fail.

use std::io::Write as _;
use std::time::{Duration, Instant};

use super::super::super::step::advance;
use super::super::super::{Effect, Event, Moment, Parts, State};
use super::super::cloud::Extensions;
use super::super::file::{BLOCK_BYTES, Recording};
use super::super::program::Step;
use super::Budget;
use super::search::{Found, search};
use super::world::World;
use crate::journal::Record;
use crate::source::ChecksumKind;

pub(super) const IN_PARTS: Option<Extensions> = Some(Extensions { multipart: true });
pub(super) const IN_ONE_PIECE: Option<Extensions> = Some(Extensions { multipart: false });

/// Longest that a search may compute, unoptimised: a search that nobody waits for is not made.
const LONGEST: Duration = Duration::from_mins(3);

fn everything() -> Budget {
    Budget {
        crashes: 2,
        mishaps: 1,
        sweeps: 1,
        ..Budget::default()
    }
}

fn searched(name: &str, step: Step, extensions: Option<Extensions>, budget: Budget) -> Found {
    searched_through(name, World::new(step, extensions, 2, budget))
}

/// Searches, and says how large it was.
pub(super) fn searched_through(name: &str, world: World) -> Found {
    let clock = Clock::start();
    let found = search(world);
    let took = clock.elapsed();
    tell(&format!(
        "{name}: {} worlds, {} steps between them, {} ends, at most {} steps deep, {:.1} s",
        found.worlds,
        found.steps,
        found.ends,
        found.depth,
        took.as_secs_f64()
    ));
    assert!(took < LONGEST, "{name}: {took:?}");
    found
}

/// How long this thread has computed, where the system tells: other programs have the rest of the time.
struct Clock {
    began: Instant,
    computed: Option<Duration>,
}

impl Clock {
    fn start() -> Self {
        Self {
            began: Instant::now(),
            computed: computed(),
        }
    }

    fn elapsed(&self) -> Duration {
        let computed = computed().zip(self.computed);
        computed.map_or_else(
            || self.began.elapsed(),
            |(now, then)| now.saturating_sub(then),
        )
    }
}

/// Source: <https://docs.kernel.org/scheduler/sched-stats.html>, `/proc/<pid>/schedstat`
fn computed() -> Option<Duration> {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = times.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// Not by a macro: of a test that passes the runner keeps what those print.
pub(super) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "MODEL: {line}");
}

fn holds(name: &str, extensions: Option<Extensions>, budget: Budget) {
    found_to_hold(name, World::new(advance, extensions, 2, budget));
}

pub(super) fn found_to_hold(name: &str, world: World) {
    let found = searched_through(name, world);
    assert!(found.wrong.is_none(), "{name}: {}", found.wrong.unwrap());
}

#[test]
fn two_parts_survive_everything() {
    holds("two parts", IN_PARTS, everything());
}

#[test]
fn two_parts_survive_everything_while_the_file_changes() {
    let budget = Budget {
        rewrites: 1,
        ..everything()
    };
    holds("two parts, everything, rewritten", IN_PARTS, budget);
}

#[test]
fn two_parts_of_a_file_that_changes_unseen() {
    let budget = Budget {
        crashes: 1,
        sweeps: 0,
        rewrites: 1,
        ..everything()
    };
    holds("two parts, rewritten", IN_PARTS, budget);
}

#[test]
fn two_parts_and_a_computer_that_sleeps() {
    let budget = Budget {
        crashes: 1,
        mishaps: 0,
        sleeps: 1,
        ..everything()
    };
    holds("two parts, asleep once", IN_PARTS, budget);
}

#[test]
fn two_parts_and_a_user_who_pauses() {
    let budget = Budget {
        crashes: 1,
        mishaps: 0,
        pauses: 1,
        ..everything()
    };
    holds("two parts, paused once", IN_PARTS, budget);
}

#[test]
fn two_parts_of_which_much_is_heard_twice() {
    let budget = Budget {
        crashes: 1,
        mishaps: 0,
        echoes: 1,
        ..everything()
    };
    holds("two parts, heard twice", IN_PARTS, budget);
}

#[test]
fn two_parts_that_are_swept_away_and_heard_of_twice() {
    let budget = Budget {
        mishaps: 0,
        echoes: 1,
        ..everything()
    };
    holds("two parts, two crashes, heard twice", IN_PARTS, budget);
}

#[test]
fn one_piece_survives_everything() {
    let budget = Budget {
        sweeps: 0,
        rewrites: 1,
        echoes: 1,
        ..everything()
    };
    holds("one piece, extensions", IN_ONE_PIECE, budget);
}

#[test]
fn one_piece_survives_everything_at_a_base_backend() {
    let budget = Budget {
        sweeps: 0,
        echoes: 1,
        ..everything()
    };
    holds("one piece, base contract", None, budget);
}

fn fails(name: &str, step: Step, extensions: Option<Extensions>, budget: Budget, law: &str) {
    let found = searched(name, step, extensions, budget);
    let wrong = found.wrong.expect("the search can fail");
    assert!(wrong.contains(law), "{wrong}");
    tell(&format!(
        "the mistake that was planted is found ({name}): {law}"
    ));
}

/// It does not write down which place it was given.
fn forgets_its_place(state: &mut State, event: Event, at: Moment) -> Vec<Effect> {
    let mut effects = advance(state, event, at);
    effects.retain(|effect| !matches!(effect, Effect::Journal(Record::Reserved { .. })));
    effects
}

/// It takes what the store lists for what the file has, without looking.
fn trusts_the_list(state: &mut State, event: Event, at: Moment) -> Vec<Effect> {
    let event = match event {
        Event::PartHashed { number, .. } if state.parts().is_some_and(Parts::is_checking) => {
            let range = state.parts().unwrap().plan().range(number);
            let checksum = Recording::new(2 * BLOCK_BYTES)
                .read(range)
                .checksum(ChecksumKind::Crc64Nvme);
            Event::PartHashed { number, checksum }
        }
        event => event,
    };
    advance(state, event, at)
}

/// It waits, and never asks to be woken.
fn never_wakes(state: &mut State, event: Event, at: Moment) -> Vec<Effect> {
    let mut effects = advance(state, event, at);
    effects.retain(|effect| !matches!(effect, Effect::Wake(_)));
    effects
}

/// It does not see what the store lists.
fn overlooks_the_list(state: &mut State, event: Event, at: Moment) -> Vec<Effect> {
    let event = match event {
        Event::Listed(_) => Event::Listed(Box::new(wire::StoredParts {
            parts: Vec::new(),
            next: None,
        })),
        event => event,
    };
    advance(state, event, at)
}

#[test]
fn a_list_that_is_overlooked_is_found() {
    let budget = Budget {
        crashes: 1,
        ..Budget::default()
    };
    fails(
        "overlooks the list",
        overlooks_the_list,
        IN_PARTS,
        budget,
        "is sent, and the store has it",
    );
}

#[test]
fn a_place_that_is_not_journaled_is_found() {
    let budget = Budget {
        crashes: 1,
        ..Budget::default()
    };
    fails(
        "forgets its place",
        forgets_its_place,
        None,
        budget,
        "a second object",
    );
}

#[test]
fn a_list_that_is_trusted_is_found() {
    let budget = Budget {
        crashes: 1,
        rewrites: 1,
        ..Budget::default()
    };
    fails(
        "trusts the list",
        trusts_the_list,
        IN_PARTS,
        budget,
        "the hash is not the object's",
    );
}

#[test]
fn a_wait_that_nobody_ends_is_found() {
    let budget = Budget {
        mishaps: 1,
        ..Budget::default()
    };
    fails("never wakes", never_wakes, IN_PARTS, budget, "it ends as");
}
