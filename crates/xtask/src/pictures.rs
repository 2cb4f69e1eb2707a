//! `cargo xtask pictures`: the window in each of its states, over our own backend, light and dark.

use crate::failure::Failure;
use crate::packages::{self, Purpose};
use crate::test::phases::cargo_on_everything;
use crate::{fixtures, processes, ui, workspace};

/// The window's tests that come through every state.
const TOUR: &[&str] = &[
    "--test",
    "window",
    "--",
    "tour",
    "organisation",
    "playing",
    "trimming",
    "folder",
];

/// Takes the pictures in `docs/pictures` anew.
pub(crate) fn take() -> Result<(), Failure> {
    packages::ensure(Purpose::Pictures)?;
    fixtures::make_all()?;
    ui::build()?;
    processes::run(&mut cargo_on_everything("build", &["--all-targets"]))?;
    let folder = workspace::root().join("docs").join("pictures");
    for look in ["light", "dark"] {
        processes::run(
            cargo_on_everything("test", TOUR)
                .env("REVUI_PICTURES", &folder)
                .env("REVUI_LOOK", look),
        )?;
    }
    println!("The pictures are in {}", folder.display());
    Ok(())
}
