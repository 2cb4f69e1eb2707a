//! Files, looked at and compared.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// SHA-256 of a file, in lower-case hexadecimal digits.
pub fn sha256_of(path: &Path) -> String {
    let mut file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut sum = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let filled = file.read(&mut buffer).expect("a file can be read");
        if filled == 0 {
            break;
        }
        sum.update(&buffer[..filled]);
    }
    let mut digits = String::with_capacity(64);
    for byte in sum.finalize() {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// Every file in a folder and the folders in it.
pub fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
