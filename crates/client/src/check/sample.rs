//! The recording that a check sends.

/// EBML header of a WebM (RFC 8794, section 11.2; document type `webm`, read version 2), and a `Void` element of unknown
/// use behind it that players pass over.
const HEAD: [u8; 36] = [
    0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x86, 0x81, 0x01, 0x42, 0xf7, 0x81, 0x01, 0x42, 0xf2, 0x81,
    0x04, 0x42, 0xf3, 0x81, 0x08, 0x42, 0x82, 0x84, b'w', b'e', b'b', b'm', 0x42, 0x87, 0x81, 0x02,
    0x42, 0x85, 0x81, 0x02,
];

/// Bytes after the head: enough for several reads, little enough for any line.
const NOISE_BYTES: usize = 48 * 1024;

/// A small file that begins as a WebM does, and is like no other: a link that gives it gives this one.
pub(super) fn recording() -> Vec<u8> {
    let mut bytes = HEAD.to_vec();
    bytes.extend((0..NOISE_BYTES).map(|_| rand::random::<u8>()));
    bytes
}
