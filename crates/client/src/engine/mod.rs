//! The upload engine: what to do next, decided in one pure function and done in one loop.
//!
//! [`step`] takes a [`State`], an [`Event`] and a [`Moment`], and returns the next state and the [`Effect`]s that it
//! allows: no I/O, no clock, no randomness. The loop (`drive`) executes effects and feeds events. Each [`Goal`] is one
//! thing to achieve on the way from a file to a proven link; an upload works on its goal, queues for its turn, waits, or
//! is final.
//!
//! It knows no window, and no policy is hidden in it: the numbers are in [`Policy`].

mod clocks;
mod drive;
mod effect;
mod event;
mod lanes;
mod parts;
mod policy;
mod queue;
mod recall;
mod speed;
mod state;
mod step;
mod trouble;
mod view;

#[cfg(test)]
mod trial;

pub use clocks::Clocks;
pub use effect::{Call, Effect};
pub use event::{Event, Moment};
pub use lanes::Lanes;
pub use parts::{
    BadList, Hashing, Listed, PartLimits, PartOrder, PartPlan, PartSizes, PartToRead, Parts,
    ReadsDifferently, Setback, TooManyParts,
};
pub use policy::Policy;
pub use state::{
    Contract, Destination, Frozen, Goal, Growth, Line, Lost, Stage, State, Tally, Ticket, Wait,
};
pub use step::step;
pub use trouble::Trouble;

pub(crate) use clocks::SleepWatch;
pub(crate) use drive::{Command, Drive, Shown, account_of};
pub(crate) use lanes::SharedLanes;
pub(crate) use queue::{Move, Queue};
pub(crate) use recall::known;
pub(crate) use speed::Speed;
pub(crate) use view::{is_forgettable, snapshot, stored_phase, stored_rank};
