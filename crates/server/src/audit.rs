//! The audit trail: who did what to which recording, what came of it, and who changed what somebody may do.
//!
//! An event of a change is written in the change's own transaction: there is neither a change without an event nor an event
//! without a change. An event of something that is handed out (a link, a ticket) is written before it leaves. The table
//! takes new rows only; that is the database's to hold.

pub(crate) mod actor;
pub(crate) mod event;
pub(crate) mod reading;
pub(crate) mod table;

pub(crate) use actor::{Actor, Origin};
pub(crate) use event::{Action, Event};
