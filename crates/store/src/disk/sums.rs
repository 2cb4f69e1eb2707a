//! Digests of a body, made in one pass while it is written.

use std::fmt::Write as _;

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1};
use serde::{Deserialize, Serialize};

/// A checksum that S3 knows.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
    Md5,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 6] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
        Self::Md5,
    ];

    /// The header, or trailer, that claims it.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
            Self::Md5 => "content-md5",
        }
    }

    /// Length of the digest in bytes.
    pub(crate) fn digest_bytes(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// Which digests to make beside SHA-256, which is always made.
pub(crate) type Wanted = Vec<Algorithm>;

/// Digests in the making.
pub(crate) struct Sums {
    sha256: Context,
    claimed: ChecksumHasher,
    md5: Option<Md5>,
}

/// Finished digests.
#[derive(Debug)]
pub(crate) struct Digests {
    sha256: Vec<u8>,
    claimed: s3s::dto::Checksum,
    md5: Option<String>,
}

impl Sums {
    pub(crate) fn new(wanted: &[Algorithm]) -> Self {
        let wants = |algorithm| wanted.contains(&algorithm);
        Self {
            sha256: Context::new(&SHA256),
            claimed: ChecksumHasher {
                crc32: wants(Algorithm::Crc32).then(Crc32::new),
                crc32c: wants(Algorithm::Crc32c).then(Crc32c::new),
                crc64nvme: wants(Algorithm::Crc64Nvme).then(Crc64Nvme::new),
                sha1: wants(Algorithm::Sha1).then(Sha1::new),
                sha256: None,
            },
            md5: wants(Algorithm::Md5).then(Md5::new),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.claimed.update(bytes);
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
    }

    pub(crate) fn finish(self) -> Digests {
        Digests {
            sha256: self.sha256.finish().as_ref().to_vec(),
            claimed: self.claimed.finalize(),
            md5: self.md5.map(|md5| BASE64_STANDARD.encode(md5.finalize())),
        }
    }
}

impl Digests {
    /// The digest in Base64, as S3 writes it; `None` if it was not wanted.
    pub(crate) fn base64(&self, algorithm: Algorithm) -> Option<String> {
        match algorithm {
            Algorithm::Crc32 => self.claimed.checksum_crc32.clone(),
            Algorithm::Crc32c => self.claimed.checksum_crc32c.clone(),
            Algorithm::Crc64Nvme => self.claimed.checksum_crc64nvme.clone(),
            Algorithm::Sha1 => self.claimed.checksum_sha1.clone(),
            Algorithm::Sha256 => Some(BASE64_STANDARD.encode(&self.sha256)),
            Algorithm::Md5 => self.md5.clone(),
        }
    }

    /// SHA-256 in lower-case hexadecimal.
    pub(crate) fn sha256_hex(&self) -> String {
        hex(&self.sha256)
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A SHA-256 of 64 hexadecimal digits.
pub(crate) fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if text.len() != 2 * digest.len() {
        return None;
    }
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digest_is_the_published_one() {
        // Check values of `123456789`: the CRC catalogue's, and RFC 1321, FIPS 180-4.
        let mut sums = Sums::new(&Algorithm::ALL);
        sums.update(b"12345");
        sums.update(b"6789");
        let digests = sums.finish();
        for (algorithm, hexadecimal) in [
            (Algorithm::Crc32, "cbf43926"),
            (Algorithm::Crc32c, "e3069283"),
            (Algorithm::Crc64Nvme, "ae8b14860a799888"),
            (Algorithm::Sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
            (
                Algorithm::Sha256,
                "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
            ),
            (Algorithm::Md5, "25f9e794323b453885f5181f1b624d0b"),
        ] {
            let digest = BASE64_STANDARD
                .decode(digests.base64(algorithm).unwrap())
                .unwrap();
            assert_eq!(hex(&digest), hexadecimal, "{algorithm:?}");
            assert_eq!(digest.len(), algorithm.digest_bytes());
        }
    }
}
