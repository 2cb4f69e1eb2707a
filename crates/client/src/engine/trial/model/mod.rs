//! Searched to its end: a recording of two parts (or of one piece), two crashes, one reply that is lost, late or doubled,
//! one rule of the store's that sweeps the parts away, one change of the file that nothing outside shows; and a recording
//! of up to three parts that is sent while it is made, which may end, or its program, at any moment.
//!
//! Every order of what can happen is tried, state by state, and each state is held to the [`laws`](super::laws). Time
//! stands still: a wait can end at any moment after it began, so every order of waits is among those tried.
//!
//! `cargo test --package client --lib engine::trial::model` makes the searches, and says how many worlds each has and how
//! long it took; and which of the mistakes that are planted for it, it has found.
//!
//! There is no checker from a registry behind it, but a hundred lines of our own ([`search`]): stateright brings a web
//! server along, wants every state hashable field by field (the engine's hold numbers of floating point and shared
//! parts), and what it says of *eventually* does not hold where paths meet or return, which is the question here. To
//! have the whole graph answers that one plainly: it has no cycle, and each of its ends is an end of the upload.

mod action;
mod growth;
mod print;
mod recordings;
mod search;
mod tests;
mod world;

use std::time::Duration;

use super::super::Policy;

/// What may go wrong, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Budget {
    /// The program ends without a word and begins again.
    crashes: u8,
    /// A request or its reply is lost, or late, or the request arrives twice.
    mishaps: u8,
    /// A reply is heard a second time, at any time after the first.
    echoes: u8,
    /// The computer sleeps: every connection is dead.
    sleeps: u8,
    /// The user has it rest, and go on again.
    pauses: u8,
    /// The store throws the parts away.
    sweeps: u8,
    /// While the program does not run, the file is written over in a way that its size and its time do not show.
    rewrites: u8,
    /// A crash takes the end of a file that is being recorded, what was final of it among it.
    cuts: u8,
}

/// All waits are alike, and none gives up the turn: time stands still.
fn policy() -> Policy {
    Policy {
        first_delay: Duration::from_secs(1),
        longest_delay: Duration::from_secs(1),
        longest_slow_down: Duration::from_secs(1),
        first_probe: Duration::from_secs(1),
        longest_probe: Duration::from_secs(1),
        ..super::policy(1)
    }
}
