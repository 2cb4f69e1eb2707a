//! Which errors of a database pass by themselves.

use sqlx::Error;

/// Classes of PostgreSQL's codes that say "not now" (its documentation, appendix A): no connection, resources that are
/// used up, an operator's intervention (a statement that ran out of time among them).
const PASSING_CLASSES: [&str; 3] = ["08", "53", "57"];

/// Codes that say so of one transaction: two that cannot both be, a lock not had in time, a transaction left too long, a
/// server that only reads because another is about to take over.
const PASSING_CODES: [&str; 5] = ["40001", "40P01", "55P03", "25P03", "25006"];

/// SQLite's primary codes for a file that somebody else is writing to: busy, locked.
const SQLITE_BUSY: [u32; 2] = [5, 6];

/// Whether the same request may well succeed a little later.
pub(crate) fn is_passing(error: &Error) -> bool {
    if is_ended(error) {
        return true;
    }
    match error {
        Error::PoolTimedOut | Error::PoolClosed | Error::Tls(_) => true,
        Error::Database(refused) => refused.code().is_some_and(|code| code_passes(&code)),
        _ => false,
    }
}

/// Whether the connection has ended, and another may do.
pub(super) fn is_ended(error: &Error) -> bool {
    match error {
        Error::Io(_) => true,
        Error::Database(refused) => refused
            .code()
            .is_some_and(|code| code.len() == 5 && code.starts_with("57P")),
        _ => false,
    }
}

fn code_passes(code: &str) -> bool {
    if code.len() == 5 {
        return PASSING_CODES.contains(&code)
            || PASSING_CLASSES.iter().any(|class| code.starts_with(class));
    }
    // An extended code of SQLite's holds the primary one in its lowest byte.
    code.parse::<u32>()
        .is_ok_and(|code| SQLITE_BUSY.contains(&(code & 0xff)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_is_wrong() {
        for (code, passes) in [
            ("08006", true),
            ("53300", true),
            ("57P01", true),
            ("57014", true),
            ("40P01", true),
            ("5", true),
            ("517", true),
            ("23505", false),
            ("42501", false),
            ("42P01", false),
            ("1", false),
            ("2067", false),
            ("", false),
        ] {
            assert_eq!(code_passes(code), passes, "{code}");
        }
        assert!(is_passing(&Error::PoolTimedOut));
        assert!(!is_passing(&Error::RowNotFound));
    }
}
