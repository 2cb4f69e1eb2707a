//! Checksums as text.

use std::fmt::Write;

/// Lower-case hexadecimal digits, as the contract writes SHA-256.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    #[test]
    fn leading_zeros_stay() {
        assert_eq!(super::hexadecimal(&[0, 0x0a, 0xff]), "000aff");
    }
}
