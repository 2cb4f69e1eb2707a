//! What an element's content says, by its type (RFC 8794, 7).

/// An unsigned integer, big-endian, of up to eight bytes; none at all is 0.
pub(crate) fn unsigned(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| {
        bytes
            .iter()
            .fold(0, |value, &byte| value << 8 | u64::from(byte))
    })
}

/// A float of zero, four or eight bytes.
pub(crate) fn float(bytes: &[u8]) -> Option<f64> {
    match bytes.len() {
        0 => Some(0.0),
        4 => bytes
            .try_into()
            .ok()
            .map(|bytes| f64::from(f32::from_be_bytes(bytes))),
        8 => bytes.try_into().ok().map(f64::from_be_bytes),
        _ => None,
    }
}

/// A string up to its first NUL, after which writers pad (RFC 8794, 7.4). Whatever isn't printable ASCII becomes `?`, since
/// the text comes from a stranger and goes to a person.
pub(crate) fn text(bytes: &[u8]) -> String {
    bytes
        .iter()
        .take_while(|&&byte| byte != 0)
        .map(|&byte| match byte {
            b' '..=b'~' => char::from(byte),
            _ => '?',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        assert_eq!(unsigned(&[]), Some(0));
        assert_eq!(unsigned(&[1, 0]), Some(256));
        assert_eq!(unsigned(&[255; 8]), Some(u64::MAX));
        assert_eq!(unsigned(&[0; 9]), None);
    }

    #[test]
    fn floats() {
        assert_eq!(float(&[]), Some(0.0));
        assert_eq!(float(&1.5f32.to_be_bytes()), Some(1.5));
        assert_eq!(float(&10_000.25f64.to_be_bytes()), Some(10_000.25));
        assert_eq!(float(&[0; 3]), None);
    }

    #[test]
    fn strings_end_at_their_padding() {
        assert_eq!(text(b"webm\0\0\0\0"), "webm");
        assert_eq!(text(b"\x1b[2Jwebm\xff"), "?[2Jwebm?");
        assert_eq!(text(b""), "");
    }
}
