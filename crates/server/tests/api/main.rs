//! The backend as its callers meet it: real HTTP on a real socket, a real database (SQLite, or
//! PostgreSQL where `REVUI_TEST_DATABASE` says so), the real embedded store, presigned URLs
//! that are really used.

#![allow(clippy::unwrap_used)] // a test that fails may panic, in its fixtures too

mod access;
mod accounts;
mod assembling;
mod audit;
#[cfg(target_os = "linux")]
mod balancer;
mod captured;
mod checking;
#[cfg(target_os = "linux")]
mod cluster;
mod completing;
mod credentials;
mod deleting;
mod described;
mod draining;
mod forged_tokens;
mod fragments;
mod gateway;
mod going_wrong;
mod guide;
mod holds;
mod https;
mod in_parts;
mod initiating;
mod isolation;
mod issuer;
#[cfg(target_os = "linux")]
mod killed;
mod lifecycle;
mod limits;
mod listing;
mod log;
mod lost_answers;
#[cfg(target_os = "linux")]
mod many;
mod moto;
mod openapi;
mod ordering;
mod parts;
mod policies;
mod program;
mod protocol;
mod providers;
mod provisioning;
mod proxied;
mod quotas;
mod retention;
mod rights;
mod roles;
mod rows;
mod several_servers;
mod skip;
mod sockets;
mod storage_orders;
mod support;
mod sweeping;
mod sweeping_all;
mod time;
mod verifying;
mod watching;
mod world;
