//! Where the programs under test are.

use std::path::PathBuf;

/// The program of this name: in `REVUI_BIN_DIR`, else where cargo puts what it builds together with this test.
pub fn program(name: &str) -> PathBuf {
    let folder = std::env::var_os("REVUI_BIN_DIR").map_or_else(beside_this_test, PathBuf::from);
    let path = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.is_file(),
        "{} is not there: build the programs first, or set REVUI_BIN_DIR",
        path.display()
    );
    path
}

/// Test binaries lie in `deps`, one folder below the programs.
fn beside_this_test() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let folder = test
        .ancestors()
        .nth(2)
        .expect("a test lies in a target folder");
    folder.to_owned()
}
