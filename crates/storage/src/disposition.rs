//! `Content-Disposition` for downloads.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but `attr-char`. Source: RFC 8187, section 3.2.1.
const NOT_ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// `attachment` under the name that people gave the file: `filename` for clients that know no other, `filename*` with the
/// whole name where the plain one could not hold it. Source: RFC 6266, section 4.3 and appendix D.
pub(crate) fn attachment(filename: &str) -> String {
    let whole: String = filename.chars().map(without_path).collect();
    let plain: String = whole.chars().map(plain_character).collect();
    let mut disposition = format!("attachment; filename=\"{plain}\"");
    if plain != whole {
        let encoded = utf8_percent_encode(&whole, NOT_ATTR_CHAR);
        // Writing to a String cannot fail.
        let _ = write!(disposition, "; filename*=UTF-8''{encoded}");
    }
    disposition
}

/// Neither a folder nor a control character is part of a name to save under.
fn without_path(character: char) -> char {
    match character {
        '/' | '\\' => '_',
        control if control.is_control() => '_',
        other => other,
    }
}

/// `%` is replaced too: some clients decode it even here (RFC 6266, appendix D).
fn plain_character(character: char) -> char {
    match character {
        '"' | '%' => '_',
        ' '..='~' => character,
        _ => '_',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_keep_what_a_header_can_hold() {
        for (name, expected) in [
            ("Demo 1.webm", "attachment; filename=\"Demo 1.webm\""),
            (
                "Prüfung €.webm",
                "attachment; filename=\"Pr_fung _.webm\"; filename*=UTF-8''Pr%C3%BCfung%20%E2%82%AC.webm",
            ),
            (
                "a\"b%.webm",
                "attachment; filename=\"a_b_.webm\"; filename*=UTF-8''a%22b%25.webm",
            ),
            ("../x\\y\r\n.webm", "attachment; filename=\".._x_y__.webm\""),
            ("", "attachment; filename=\"\""),
        ] {
            assert_eq!(attachment(name), expected, "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn any_name_is_one_line_of_visible_ascii(name in any::<String>()) {
            let disposition = attachment(&name);
            prop_assert!(disposition.chars().all(|character| (' '..='~').contains(&character)));
            prop_assert_eq!(disposition.matches('"').count(), 2);
        }
    }
}
