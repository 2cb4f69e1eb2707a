//! Handlers, by noun: they translate between HTTP and the rules, and decide nothing.

pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod operations;
pub(crate) mod recordings;
pub(crate) mod support;
pub(crate) mod tasks;
