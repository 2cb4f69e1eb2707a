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

/// Removes tokens, passwords and the query of every address, word by word; the layout stays.
pub(crate) fn without_secrets(text: &str) -> String {
    text.split_inclusive('\n')
        .map(line_without_secrets)
        .collect()
}

fn line_without_secrets(line: &str) -> String {
    let mut clean = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((start, end)) = next_secret(rest) {
        clean.push_str(&rest[..start]);
        clean.push_str(REMOVED);
        rest = &rest[end..];
    }
    clean.push_str(rest);
    clean
}

/// Where the first secret of the text begins and ends.
fn next_secret(text: &str) -> Option<(usize, usize)> {
    // ASCII lower case keeps every byte's place.
    let lower = text.to_ascii_lowercase();
    let announced = ANNOUNCEMENTS
        .iter()
        .filter_map(|word| lower.find(word).map(|at| at + word.len()));
    let token = text.match_indices(JSON_WEB_TOKEN).map(|(at, _)| at).next();
    let query = lower
        .find("http")
        .and_then(|address| query_of(text, address));
    announced
        .chain(token)
        .chain(query)
        .map(|start| (start, start + length_of_word(&text[start..])))
        .filter(|(start, end)| end > start)
        .min()
}

/// Where the query of the first address at or after `from` begins.
fn query_of(text: &str, from: usize) -> Option<usize> {
    let mut from = from;
    loop {
        let word = &text[from..from + length_of_word(&text[from..])];
        if let Some(question_mark) = word.find('?') {
            return Some(from + question_mark + 1);
        }
        from += word.len().max(1);
        from += text.get(from..)?.to_ascii_lowercase().find("http")?;
    }
}

fn length_of_word(text: &str) -> usize {
    text.find(|character: char| character.is_whitespace() || "\"'<>`".contains(character))
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
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
            ("x-amz-signature=", "x-amz-signature="),
            ("file Ünïcödé.webm?", "file Ünïcödé.webm?"),
        ] {
            assert_eq!(without_secrets(text), clean);
        }
    }
}
