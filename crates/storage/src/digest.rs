//! Checksums as they are written: hexadecimal by us, Base64 by S3, and S3's checksum of an object that came in parts.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use crate::PartChecksum;

/// The composite checksum of an object whose parts have these checksums, in the parts' order: the SHA-256 of the parts'
/// digests one after the other, in Base64, and the number of parts behind a dash. Where the parts have SHA-256 it is what
/// [`crate::ObjectFacts::composite_sha256`] holds when the object is made of exactly these bytes; of other checksums no
/// store knows it, and it tells one list of parts from another. `None` when a digest is no hexadecimal one of the kinds
/// of [`PartChecksum`], or there is no part.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>
///
/// ```
/// let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// let composite = storage::composite([empty]).unwrap();
/// assert!(composite.ends_with("=-1"));
/// ```
pub fn composite<'a>(parts: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut sum = Sha256::new();
    let mut count = 0_usize;
    for part in parts {
        let kinds = [PartChecksum::Sha256, PartChecksum::Crc64Nvme];
        let mut digests = kinds.into_iter().filter_map(|kind| from_hex(kind, part));
        sum.update(digests.next()?);
        count += 1;
    }
    (count > 0).then(|| format!("{}-{count}", BASE64_STANDARD.encode(sum.finalize())))
}

/// As S3 writes it; `None` for what hasn't as many hexadecimal digits as it has to.
pub(crate) fn to_base64(kind: PartChecksum, hex: &str) -> Option<String> {
    from_hex(kind, hex).map(|digest| BASE64_STANDARD.encode(digest))
}

/// As we write it; `None` for what is no checksum of that kind of one piece (a composite value ends in `-N`).
pub(crate) fn to_hex(kind: PartChecksum, base64: &str) -> Option<String> {
    let digest = BASE64_STANDARD.decode(base64).ok()?;
    if 2 * digest.len() != kind.digits() {
        return None;
    }
    let mut hex = String::with_capacity(kind.digits());
    for byte in digest {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Some(hex)
}

fn from_hex(kind: PartChecksum, hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes();
    if digits.len() != kind.digits() {
        return None;
    }
    let pairs = digits.chunks_exact(2);
    pairs
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
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
    /// The check value of CRC-64/NVME, of the text `123456789`.
    const CRC_HEX: &str = "ae8b14860a799888";
    const CRC_BASE64: &str = "rosUhgp5mIg=";
    const EMPTY_BASE64: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    #[test]
    fn a_digest_is_rewritten_both_ways_and_a_composite_is_none() {
        let sha256 = PartChecksum::Sha256;
        assert_eq!(to_hex(sha256, EMPTY_BASE64).as_deref(), Some(EMPTY_HEX));
        assert_eq!(
            to_base64(sha256, &EMPTY_HEX.to_uppercase()).as_deref(),
            Some(EMPTY_BASE64)
        );
        assert_eq!(to_hex(sha256, &format!("{EMPTY_BASE64}-2")), None);
        assert_eq!(to_hex(sha256, "AAAAAA=="), None);
        for wrong in ["", "e3b0", CRC_HEX, &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(to_base64(sha256, wrong), None, "{wrong}");
        }
        let crc = PartChecksum::Crc64Nvme;
        assert_eq!(to_base64(crc, CRC_HEX).as_deref(), Some(CRC_BASE64));
        assert_eq!(to_hex(crc, CRC_BASE64).as_deref(), Some(CRC_HEX));
        assert_eq!(to_base64(crc, EMPTY_HEX), None);
        assert_eq!(to_hex(crc, EMPTY_BASE64), None);
    }

    #[test]
    fn a_composite_is_the_digest_of_digests_and_their_number() {
        // `printf '' | sha256sum | xxd -r -p` twice, through `sha256sum | xxd -r -p | base64`.
        let two = composite([EMPTY_HEX, EMPTY_HEX]).unwrap();
        assert_eq!(two, COMPOSITE_OF_TWO_EMPTY);
        assert_eq!(composite([]), None);
        assert_eq!(composite([EMPTY_HEX, "not a digest"]), None);
        let one = composite([CRC_HEX]).unwrap();
        assert!(one.ends_with("-1") && composite([CRC_HEX, CRC_HEX]) != Some(one));
    }

    const COMPOSITE_OF_TWO_EMPTY: &str = "LbpdvDOecxauomg/r4OcG3se4jE9t5IRJYgRjfBmqjU=-2";
}
