//! One moto for all tests of this binary, each of which has names of its own; it ends with the binary.

use std::sync::OnceLock;

pub(crate) use crate::moto_server::program;
use crate::moto_server::{self, MotoServer};

static MOTO: OnceLock<MotoServer> = OnceLock::new();

/// Where it listens, `http://127.0.0.1:…`. The first call starts it.
pub(crate) fn origin() -> &'static str {
    &MOTO.get_or_init(start).origin
}

fn start() -> MotoServer {
    moto_server::start().unwrap_or_else(|| panic!("no moto_server: `cargo xtask test` installs it"))
}
