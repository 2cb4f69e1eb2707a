//! Who may import whom, as ARCHITECTURE.md draws it, and what no file may mention.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Our rooms, and what of ours each may import.
const ROOMS: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("media", &[]),
    ("storage", &[]),
    ("store", &[]),
    ("faults", &[]),
    ("xtask", &[]),
    ("client", &["wire", "media"]),
    ("server", &["wire", "storage", "store", "faults"]),
    ("capture", &["media"]),
    ("capture-helper", &["capture", "media"]),
    ("cli", &["client", "media", "wire", "capture"]),
    ("desktop", &["client", "media", "wire", "capture"]),
    (
        "world",
        &[
            "wire", "media", "storage", "store", "faults", "client", "server", "capture",
        ],
    ),
];

/// What is fenced off: crates whose names begin like this, and the rooms that may use them.
const FENCES: &[(&str, &[&str])] = &[
    ("tauri", &["desktop"]),
    ("axum", &["server", "world"]),
    ("aws-config", &["storage"]),
    ("aws-credential-types", &["storage"]),
    ("aws-sdk", &["storage"]),
    ("aws-smithy", &["storage"]),
    ("sqlx", &["server"]),
    ("s3s", &["store"]),
    ("clap", &["cli", "server"]),
    ("keyring", &["client"]),
    ("gstreamer", &["capture-helper"]),
];

/// Each package and what it imports; development dependencies count like others.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// Everything that breaks the rules.
fn violations(imports: &Imports) -> Vec<String> {
    let mut found = Vec::new();
    let rooms: BTreeMap<_, _> = ROOMS.iter().copied().collect();
    for (room, imported) in imports {
        let Some(allowed) = rooms.get(room.as_str()) else {
            found.push(format!("`{room}` is no room of this house"));
            continue;
        };
        for name in imported {
            if rooms.contains_key(name.as_str()) && !allowed.contains(&name.as_str()) {
                found.push(format!("`{room}` may not import `{name}`"));
            }
            for (fenced, inside) in FENCES {
                if is_of_family(name, fenced) && !inside.contains(&room.as_str()) {
                    found.push(format!("`{room}` may not use `{name}`"));
                }
            }
        }
    }
    found
}

/// `tauri` is of its own family, as are `tauri-build` and `clap_complete` of theirs; `taurine` is not.
fn is_of_family(name: &str, family: &str) -> bool {
    name.strip_prefix(family)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

fn workspace() -> Imports {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata");
    metadata
        .workspace_packages()
        .iter()
        .map(|package| {
            let imported = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind != DependencyKind::Unknown)
                .map(|dependency| dependency.name.clone())
                .collect();
            (package.name.to_string(), imported)
        })
        .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a workspace")
        .to_owned()
}

#[test]
fn every_room_imports_only_what_it_may() {
    assert_eq!(violations(&workspace()), Vec::<String>::new());
}

/// The checker does find what is wrong.
#[test]
fn a_planted_violation_is_found() {
    for (room, import) in [
        ("wire", "client"),
        ("client", "server"),
        ("media", "wire"),
        ("desktop", "cli"),
        ("server", "client"),
        ("cli", "world"),
        ("server", "tauri"),
        ("cli", "tauri-plugin-dialog"),
        ("client", "axum"),
        ("server", "aws-sdk-s3"),
        ("world", "aws-config"),
        ("storage", "sqlx"),
        ("client", "clap"),
        ("desktop", "clap_complete"),
        ("cli", "gstreamer"),
        ("capture", "client"),
        ("basement", "serde"),
    ] {
        let mut imports = workspace();
        imports
            .entry(room.to_owned())
            .or_default()
            .insert(import.to_owned());
        assert_eq!(violations(&imports).len(), 1, "{room} -> {import}");
    }
}

/// Paths of the machine that something was written on help nobody else.
#[test]
fn no_file_mentions_a_machine() {
    let listed = std::process::Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    assert!(listed.status.success());
    // Written so that this file does not mention them either.
    let machine: Vec<String> = ["/wo|rk/", "/ro|ot/", "/ho|me/", "/Us|ers/", "C:\\Us|ers\\"]
        .iter()
        .map(|path| path.replace('|', ""))
        .collect();
    let mut found = Vec::new();
    for name in String::from_utf8_lossy(&listed.stdout).lines() {
        // What others wrote, locked as it is.
        if name.ends_with("package-lock.json") {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(root().join(name)) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            if machine.iter().any(|path| line.contains(path.as_str())) {
                found.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
