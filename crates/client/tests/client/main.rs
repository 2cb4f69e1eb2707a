//! The client against real sockets: the backend in its variants, the keychain, uploads with their failures.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may end by a panic, also in what it is built of

mod backend;
mod engine;
