//! Large and wild: recordings of up to forty parts, in virtual time, through storms that are drawn by lot.
//!
//! A storm has everything: faults of each kind of trouble, answers that are lost after the deed, requests that arrive
//! late or twice, crashes, sleep, clocks that are set, sessions that end, parts that the store sweeps away, files that
//! change. After it the network is good, and the upload has a time within which it must end. Everything comes from one
//! number, the seed; a failure prints it with the command that repeats it.

mod flight;
mod growth;
mod lot;
mod mischief;
mod motion;
mod sky;
mod storm;
mod tests;
