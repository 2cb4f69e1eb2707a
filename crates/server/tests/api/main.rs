//! The backend as its callers meet it: real HTTP on a real socket, real SQLite, the real embedded store, presigned URLs
//! that are really used.

#![allow(clippy::unwrap_used)] // a test that fails may panic, in its fixtures too

mod accounts;
mod completing;
mod deleting;
mod guide;
mod initiating;
mod lifecycle;
mod listing;
mod log;
mod program;
mod protocol;
mod roles;
mod world;
