//! SHA-256 as it is written: hexadecimal by us, Base64 by S3, and S3's checksum of an object that came in parts.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

/// Length of a SHA-256 in bytes.
const SHA256_BYTES: usize = 32;

/// The composite checksum of an object whose parts have these SHA-256, in the parts' order: the SHA-256 of the parts'
/// digests one after the other, in Base64, and the number of parts behind a dash. It is what
/// [`crate::ObjectFacts::composite_sha256`] holds when the object is made of exactly these bytes. `None` when a digest is
/// not 64 hexadecimal digits, or there is no part.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>
///
/// ```
/// let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// let composite = storage::composite_sha256([empty]).unwrap();
/// assert!(composite.ends_with("=-1"));
/// ```
pub fn composite_sha256<'a>(parts: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut sum = Sha256::new();
    let mut count = 0_usize;
    for part in parts {
        sum.update(from_hex(part)?);
        count += 1;
    }
    (count > 0).then(|| format!("{}-{count}", BASE64_STANDARD.encode(sum.finalize())))
}

/// As S3 writes it; `None` for what is not 64 hexadecimal digits.
pub(crate) fn to_base64(hex: &str) -> Option<String> {
    from_hex(hex).map(|digest| BASE64_STANDARD.encode(digest))
}

/// As we write it; `None` for what is no SHA-256 of one piece (a composite value ends in `-N`).
pub(crate) fn to_hex(base64: &str) -> Option<String> {
    let digest = BASE64_STANDARD.decode(base64).ok()?;
    if digest.len() != SHA256_BYTES {
        return None;
    }
    let mut hex = String::with_capacity(2 * SHA256_BYTES);
    for byte in digest {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Some(hex)
}

fn from_hex(hex: &str) -> Option<[u8; SHA256_BYTES]> {
    let digits = hex.as_bytes();
    if digits.len() != 2 * SHA256_BYTES {
        return None;
    }
    let mut digest = [0; SHA256_BYTES];
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(digest)
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        b'A'..=b'F' => Some(character - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY_HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const EMPTY_BASE64: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    #[test]
    fn a_digest_is_rewritten_both_ways_and_a_composite_is_none() {
        assert_eq!(to_hex(EMPTY_BASE64).as_deref(), Some(EMPTY_HEX));
        assert_eq!(to_base64(EMPTY_HEX).as_deref(), Some(EMPTY_BASE64));
        assert_eq!(
            to_base64(&EMPTY_HEX.to_uppercase()).as_deref(),
            Some(EMPTY_BASE64)
        );
        assert_eq!(to_hex(&format!("{EMPTY_BASE64}-2")), None);
        assert_eq!(to_hex("AAAAAA=="), None);
        for wrong in ["", "e3b0", &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(to_base64(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_composite_is_the_digest_of_digests_and_their_number() {
        // `printf '' | sha256sum | xxd -r -p` twice, through `sha256sum | xxd -r -p | base64`.
        let two = composite_sha256([EMPTY_HEX, EMPTY_HEX]).unwrap();
        assert_eq!(two, COMPOSITE_OF_TWO_EMPTY);
        assert_eq!(composite_sha256([]), None);
        assert_eq!(composite_sha256([EMPTY_HEX, "not a digest"]), None);
    }

    const COMPOSITE_OF_TWO_EMPTY: &str = "LbpdvDOecxauomg/r4OcG3se4jE9t5IRJYgRjfBmqjU=-2";
}
