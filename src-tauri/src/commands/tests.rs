use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// All `quote…quote` texts of a passage that are names of commands once `prefix` is taken off.
fn names(passage: &str, quote: char, prefix: &str) -> BTreeSet<String> {
    passage
        .split(quote)
        .filter_map(|text| text.strip_prefix(prefix))
        .map(|name| name.replace('-', "_"))
        .filter(|name| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        })
        .collect()
}

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0
}

#[test]
fn commands_build_script_capability_and_ui_agree() {
    let source = read("src/commands.rs");
    let registered: BTreeSet<String> = between(&source, "generate_handler![", "]")
        .split(',')
        .filter_map(|path| path.trim().rsplit("::").next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    assert!(registered.len() > 20);

    let build = read("build.rs");
    assert_eq!(
        names(between(&build, "COMMANDS: &[&str] = &[", "];"), '"', ""),
        registered
    );
    assert_eq!(
        names(&read("capabilities/main.json"), '"', "allow-"),
        registered
    );

    let interface = read("../ui/src/tauri/index.ts");
    let called: BTreeSet<String> = interface
        .match_indices("invoke<")
        .filter_map(|(at, _)| interface[at..].split_once("('")?.1.split('\'').next())
        .map(str::to_owned)
        .collect();
    assert_eq!(called, registered);
}
