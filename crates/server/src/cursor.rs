//! Where a page ended, as callers are handed it and bring it back for the next one.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;

/// Behind what happened at this moment under this id.
pub(crate) fn write(at: Timestamp, id: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{}:{id}", at.as_millisecond()))
}

/// Moment and id; `None` where this server cannot have written it. No id has U+0000 in it, which PostgreSQL would refuse.
pub(crate) fn read(text: &str) -> Option<(Timestamp, String)> {
    let plain = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (milliseconds, id) = plain.split_once(':')?;
    let at = Timestamp::from_millisecond(milliseconds.parse().ok()?).ok()?;
    (!id.contains('\0')).then(|| (at, id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_noise_is_not() {
        let at = Timestamp::from_millisecond(1_764_000_000_123).unwrap();
        let id = "0191f3c6-7d1a-7c50-9a3e-1f2b3c4d5e6f";
        assert_eq!(read(&write(at, id)), Some((at, id.to_owned())));
        let with_nul = write(at, "a\0b");
        for noise in ["", "!", "eA", "OTk5OTk5OTk5OTk5OTk5OTk5OTk6eA", &with_nul] {
            assert_eq!(read(noise), None, "{noise}");
        }
    }
}
