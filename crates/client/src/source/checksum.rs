//! The checksum of a part: what its ticket is signed for, so that the store takes these bytes and no others.

use std::fmt;

use crc_fast::{CrcAlgorithm, Digest as Crc};
use serde::{Deserialize, Serialize};

use crate::sum::{Sha256, hexadecimal};

/// Which sum a backend's store verifies. CRC-64/NVME costs a tenth of SHA-256.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChecksumKind {
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// CRC-64/NVME (NVM Express Command Set Specification, section 5.2.1.3.4).
    Crc64Nvme,
}

/// The checksum of one part.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Checksum {
    /// SHA-256.
    Sha256([u8; 32]),
    /// CRC-64/NVME.
    Crc64Nvme(u64),
}

/// A checksum that is being computed.
#[derive(Debug)]
pub(super) enum Summing {
    Sha256(Sha256),
    Crc64Nvme(Box<Crc>),
}

impl ChecksumKind {
    pub(super) fn begin(self) -> Summing {
        match self {
            Self::Sha256 => Summing::Sha256(Sha256::new()),
            Self::Crc64Nvme => Summing::Crc64Nvme(Box::new(Crc::new(CrcAlgorithm::Crc64Nvme))),
        }
    }
}

impl Summing {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(sum) => sum.update(bytes),
            Self::Crc64Nvme(sum) => sum.update(bytes),
        }
    }

    pub(super) fn finish(self) -> Checksum {
        match self {
            Self::Sha256(sum) => Checksum::Sha256(sum.finalize()),
            Self::Crc64Nvme(sum) => Checksum::Crc64Nvme(sum.finalize()),
        }
    }
}

impl Checksum {
    /// Which one it is.
    pub fn kind(&self) -> ChecksumKind {
        match self {
            Self::Sha256(_) => ChecksumKind::Sha256,
            Self::Crc64Nvme(_) => ChecksumKind::Crc64Nvme,
        }
    }

    /// As lower-case hexadecimal digits: 64 of SHA-256, 16 of CRC-64/NVME, its highest byte first.
    pub fn digits(&self) -> String {
        match self {
            Self::Sha256(sum) => hexadecimal(sum),
            Self::Crc64Nvme(sum) => format!("{sum:016x}"),
        }
    }

    /// Reads such digits, of either case; `None` for what is no sum of this kind.
    pub fn parse(kind: ChecksumKind, digits: &str) -> Option<Self> {
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        match kind {
            ChecksumKind::Crc64Nvme if digits.len() == 16 => {
                u64::from_str_radix(digits, 16).ok().map(Self::Crc64Nvme)
            }
            ChecksumKind::Sha256 if digits.len() == 64 => {
                let mut sum = [0; 32];
                for (byte, at) in sum.iter_mut().zip((0..64).step_by(2)) {
                    *byte = u8::from_str_radix(&digits[at..at + 2], 16).ok()?;
                }
                Some(Self::Sha256(sum))
            }
            _ => None,
        }
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values that the standards give.
    #[test]
    fn the_sums_are_those_of_the_standards() {
        for (kind, text, expected) in [
            (
                ChecksumKind::Sha256,
                "abc",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (ChecksumKind::Crc64Nvme, "123456789", "ae8b14860a799888"),
        ] {
            let mut sum = kind.begin();
            for byte in text.bytes() {
                sum.update(&[byte]);
            }
            let sum = sum.finish();
            assert_eq!(sum.digits(), expected);
            assert_eq!(Checksum::parse(kind, expected), Some(sum));
            assert_eq!(Checksum::parse(kind, &expected.to_uppercase()), Some(sum));
        }
    }

    #[test]
    fn what_is_no_sum_is_none() {
        for digits in ["", "00", "é", "+e8b14860a799888", "ae8b14860a79988g"] {
            assert_eq!(Checksum::parse(ChecksumKind::Crc64Nvme, digits), None);
            assert_eq!(Checksum::parse(ChecksumKind::Sha256, digits), None);
        }
        let crc = "ae8b14860a799888";
        assert_eq!(Checksum::parse(ChecksumKind::Sha256, crc), None);
    }
}
