//! Patterns of paths: `*` stands for any characters, also none and also `/`.

/// A pattern of a whole path, `/recordings/*.webm`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Every character but `*` stands for itself.
    pub fn new(pattern: impl Into<String>) -> Self {
        Self(pattern.into())
    }

    /// Whether `path` is one that is meant.
    pub fn matches(&self, path: &str) -> bool {
        let mut pieces = self.0.split('*');
        // `split` has at least one piece.
        let Some(mut rest) = pieces.next().and_then(|first| path.strip_prefix(first)) else {
            return false;
        };
        let mut pieces: Vec<_> = pieces.collect();
        let Some(last) = pieces.pop() else {
            return rest.is_empty();
        };
        for piece in pieces {
            match rest.find(piece) {
                Some(at) => rest = &rest[at + piece.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, path, expected) in [
            ("/a", "/a", true),
            ("/a", "/ab", false),
            ("*", "", true),
            ("/a/*", "/a/b/c", true),
            ("/a/*", "/a", false),
            ("*.webm", "/a/b.webm", true),
            ("*.webm", "/a/b.webm.txt", false),
            ("/*/b/*", "/a/b/c", true),
            ("/*/b/*", "/a/c/b", false),
            ("/a*a", "/a", false),
            ("/a*a", "/aa", true),
            ("*ab*ab", "/ab", false),
            ("**", "/x", true),
        ] {
            assert_eq!(
                Pattern::new(pattern).matches(path),
                expected,
                "{pattern} {path}"
            );
        }
    }
}
