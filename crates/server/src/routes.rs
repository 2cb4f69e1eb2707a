//! Handlers, by noun: they translate between HTTP and the rules, and decide nothing.

pub(crate) mod auth;
pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod operations;
pub(crate) mod recordings;
pub(crate) mod tasks;
