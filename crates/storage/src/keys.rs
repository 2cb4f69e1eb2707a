//! Names for objects.

/// Most characters that the file's name takes in a key.
pub const MAX_NAME_CHARACTERS: usize = 200;

/// `{tenant}/{task}/{user}/{timestamp}_{name}`: the timestamp in milliseconds since the epoch, the name as
/// [`object_name`] writes it.
///
/// The same arguments give the same key. Two recordings that begin in the same millisecond must not share one: keep keys
/// unique where they are recorded, and take the next millisecond when one is taken.
///
/// ```
/// let key = storage::keys::object_key("acme", "task-1", "ada", 1_764_000_000_000, "Démo (1).WebM");
/// assert_eq!(key, "acme/task-1/ada/1764000000000_d_mo__1_.webm");
/// ```
pub fn object_key(
    tenant: &str,
    task: &str,
    user: &str,
    at_milliseconds: u64,
    filename: &str,
) -> String {
    let name = object_name(filename);
    format!("{tenant}/{task}/{user}/{at_milliseconds}_{name}")
}

/// The file's name as a key holds it: lower-case, every character but `a-z`, `0-9`, `.`, `_` and `-` replaced by `_`, and
/// no more than [`MAX_NAME_CHARACTERS`], cut before the extension. An empty name is `_`.
pub fn object_name(filename: &str) -> String {
    let safe: String = filename
        .to_lowercase()
        .chars()
        .map(|character| match character {
            'a'..='z' | '0'..='9' | '.' | '_' | '-' => character,
            _ => '_',
        })
        .collect();
    if safe.is_empty() {
        return "_".to_owned();
    }
    shortened(safe)
}

/// Every character is one byte here, so that lengths are counts and any cut is between characters.
fn shortened(name: String) -> String {
    if name.len() <= MAX_NAME_CHARACTERS {
        return name;
    }
    let (stem, extension) = name.split_at(name.rfind('.').unwrap_or(name.len()));
    match MAX_NAME_CHARACTERS.checked_sub(extension.len()) {
        Some(room) if room > 0 => format!("{}{extension}", &stem[..room]),
        // An extension that fills the whole name is none.
        _ => name[..MAX_NAME_CHARACTERS].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_become_safe() {
        let long = "x".repeat(300);
        for (filename, expected) in [
            ("Demo.WEBM", "demo.webm".to_owned()),
            ("my demo (1).webm", "my_demo__1_.webm".to_owned()),
            ("a-b_c.d.webm", "a-b_c.d.webm".to_owned()),
            ("", "_".to_owned()),
            ("..", "..".to_owned()),
            (".webm", ".webm".to_owned()),
            ("...hidden.webm", "...hidden.webm".to_owned()),
            ("../../etc/passwd", ".._.._etc_passwd".to_owned()),
            ("C:\\x\\y.webm", "c__x_y.webm".to_owned()),
            ("запись.webm", "______.webm".to_owned()),
            ("録画🎬.webm", "___.webm".to_owned()),
            ("ÀÉ", "__".to_owned()),
            ("a\0b\n.webm", "a_b_.webm".to_owned()),
            (&long, "x".repeat(200)),
            (&format!("{long}.webm"), format!("{}.webm", "x".repeat(195))),
            (&format!("a.{long}"), format!("a.{}", "x".repeat(198))),
            (
                &format!("{}.webm", "録".repeat(300)),
                format!("{}.webm", "_".repeat(195)),
            ),
        ] {
            assert_eq!(object_name(filename), expected, "{filename}");
        }
    }

    proptest! {
        #[test]
        fn every_name_is_safe_short_and_stable(filename in any::<String>()) {
            let name = object_name(&filename);
            prop_assert!((1..=MAX_NAME_CHARACTERS).contains(&name.len()));
            prop_assert!(name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-')));
            prop_assert_eq!(object_name(&name), name);
        }

        #[test]
        fn the_extension_is_kept(stem in "[a-z ]{0,400}", extension in "[a-z0-9]{1,10}") {
            let name = object_name(&format!("{stem}.{extension}"));
            let ending = format!(".{extension}");
            prop_assert!(name.ends_with(&ending));
        }
    }
}
