//! Finding what somebody named.

/// Why there is not exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotFound {
    /// None has such a name.
    None,
    /// Several have it in theirs.
    Several,
}

/// The one of this name; else the one that has it in its name, whatever the case.
pub(crate) fn find<'a, T>(
    all: &'a [T],
    wanted: &str,
    name: impl Fn(&T) -> &str,
) -> Result<&'a T, NotFound> {
    if let Some(exact) = all.iter().find(|one| name(one) == wanted) {
        return Ok(exact);
    }
    let wanted = wanted.to_lowercase();
    let mut like = all
        .iter()
        .filter(|one| name(one).to_lowercase().contains(&wanted));
    match (like.next(), like.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(NotFound::None),
        (Some(_), Some(_)) => Err(NotFound::Several),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_name_is_enough_where_it_is_the_only_one() {
        let all = ["Notes", "Notes – Editor", "Terminal", "ÄPFEL"];
        let found = |wanted| find(&all, wanted, |name| name).copied();
        assert_eq!(found("Notes"), Ok("Notes"), "the exact one goes first");
        assert_eq!(found("editor"), Ok("Notes – Editor"));
        assert_eq!(found("äpfel"), Ok("ÄPFEL"));
        assert_eq!(found("note"), Err(NotFound::Several));
        assert_eq!(found("Browser"), Err(NotFound::None));
    }
}
