//! Takes secrets out of a text that leaves this computer. The engine writes none into its log; this stands behind it.

/// What stands in a secret's place.
const REMOVED: &str = "[removed]";

/// Words after which, up to the next white space or quote, a secret follows.
const ANNOUNCEMENTS: [&str; 7] = [
    "bearer ",
    "password=",
    "token=",
    "cookie: ",
    "x-amz-signature=",
    "x-amz-security-token=",
    "x-amz-credential=",
];

/// How every JSON web token begins: `{"` in base64url (RFC 7519).
const JSON_WEB_TOKEN: &str = "eyJ";

/// How an address with a query begins: `http:` and `https:`.
const ADDRESS: &str = "http";

/// Removes tokens, passwords and the query of every address, wherever they stand; the layout stays.
pub(crate) fn without_secrets(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut kept_from = 0;
    for start in beginnings(text) {
        // One inside another is gone with it.
        if start < kept_from {
            continue;
        }
        let end = start + length_of_word(&text[start..]);
        if end > start {
            clean.push_str(&text[kept_from..start]);
            clean.push_str(REMOVED);
            kept_from = end;
        }
    }
    clean.push_str(&text[kept_from..]);
    clean
}

/// Where secrets begin, in the order of the text.
fn beginnings(text: &str) -> Vec<usize> {
    // ASCII lower case keeps every byte's place.
    let lower = text.to_ascii_lowercase();
    let announced = ANNOUNCEMENTS.iter().flat_map(|word| {
        let hits = lower.match_indices(word);
        hits.map(|(at, word)| at + word.len())
    });
    let tokens = text.match_indices(JSON_WEB_TOKEN).map(|(at, _)| at);
    let queries = lower
        .match_indices(ADDRESS)
        .filter_map(|(at, _)| query_of(text, at));
    let mut beginnings: Vec<_> = announced.chain(tokens).chain(queries).collect();
    beginnings.sort_unstable();
    beginnings
}

/// Where the query of the address at this place begins, if it has one.
fn query_of(text: &str, address: usize) -> Option<usize> {
    let word = &text[address..address + length_of_word(&text[address..])];
    word.find('?').map(|mark| address + mark + 1)
}

fn length_of_word(text: &str) -> usize {
    text.find(|character: char| character.is_whitespace() || "\"'<>`".contains(character))
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_go_and_the_rest_stays() {
        for (text, clean) in [
            ("nothing secret here\n", "nothing secret here\n"),
            (
                "PUT https://store.example/a/b?X-Amz-Signature=abc&X-Amz-Date=1 failed",
                "PUT https://store.example/a/b?[removed] failed",
            ),
            (
                "http://a.example/x then \"https://b.example/y?z=1\" and so on",
                "http://a.example/x then \"https://b.example/y?[removed]\" and so on",
            ),
            (
                "Authorization: Bearer abc.def\nnext",
                "Authorization: Bearer [removed]\nnext",
            ),
            ("got eyJhbGciOi.J9.x back", "got [removed] back"),
            (
                "password=hunter2 token=t",
                "password=[removed] token=[removed]",
            ),
            // The first of a kind may be empty; the second is a secret all the same.
            (
                "token= token=a token=b",
                "token= token=[removed] token=[removed]",
            ),
            (
                "https://a.example/?q=1 https://b.example/?q=2",
                "https://a.example/?[removed] https://b.example/?[removed]",
            ),
            ("x-amz-signature=", "x-amz-signature="),
            ("file Ünïcödé.webm?", "file Ünïcödé.webm?"),
        ] {
            assert_eq!(without_secrets(text), clean);
        }
    }

    /// A secret of each kind, `CANARY` in it, as logs write them.
    const PLANTS: [&str; 10] = [
        "Bearer CANARY",
        "bearer CANARY.x.y",
        "password=CANARY",
        "TOKEN=CANARY",
        "Cookie: session=CANARY",
        "X-Amz-Signature=CANARY&X-Amz-Date=1",
        "x-amz-security-token=CANARY",
        "X-Amz-Credential=CANARY/20261124/eu-central-1/s3/aws4_request",
        "eyJCANARY.eyJCANARY.CANARY",
        "https://store.example/key?X-Amz-Signature=CANARY",
    ];

    /// What else stands in a log, also what nearly announces a secret.
    fn filler() -> impl Strategy<Value = String> {
        prop_oneof![
            "\\PC{0,12}",
            Just("token=".to_owned()),
            Just("bearer ".to_owned()),
            Just("https://".to_owned()),
            Just("http http".to_owned()),
            Just("ey".to_owned()),
            Just("?".to_owned()),
        ]
    }

    fn separator() -> impl Strategy<Value = &'static str> {
        prop_oneof![Just(" "), Just("\n"), Just("\""), Just("\t"), Just(" '")]
    }

    proptest! {
        #[test]
        fn no_planted_secret_is_left(
            parts in prop::collection::vec((filler(), separator(), 0..PLANTS.len(), separator()), 0..12),
            end in filler(),
        ) {
            let mut text = String::new();
            for (filler, before, plant, after) in &parts {
                text.extend([filler.as_str(), before, PLANTS[*plant], after]);
            }
            text.push_str(&end);
            let clean = without_secrets(&text);
            prop_assert!(!clean.contains("CANARY"), "{clean:?} of {text:?}");
        }

        #[test]
        fn what_has_no_secret_stays_as_it_is(text in "[a-d Ü\n/.:]{0,200}") {
            prop_assert_eq!(without_secrets(&text), text);
        }
    }
}
