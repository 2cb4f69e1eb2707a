//! SHA-256, and checksums as text.

use std::fmt::Write;

use aws_lc_rs::digest::{self, Context, SHA256};

/// SHA-256 of what comes by. By the library that TLS brings along, for it has vector instructions where the processor has
/// none of its own for this: there it is more than twice as fast as `sha2`.
pub(crate) struct Sha256(Context);

impl Sha256 {
    /// Nothing has come by yet.
    pub(crate) fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    /// These came by.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// That was all.
    pub(crate) fn finalize(self) -> [u8; digest::SHA256_OUTPUT_LEN] {
        let mut sum = [0; digest::SHA256_OUTPUT_LEN];
        sum.copy_from_slice(self.0.finish().as_ref());
        sum
    }

    /// Of all of this.
    #[cfg(test)]
    pub(crate) fn digest(bytes: &[u8]) -> [u8; digest::SHA256_OUTPUT_LEN] {
        let mut sum = Self::new();
        sum.update(bytes);
        sum.finalize()
    }
}

impl std::fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sha256").finish_non_exhaustive()
    }
}

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
    use super::Sha256;

    #[test]
    fn a_sum_is_that_of_the_standard() {
        // FIPS 180-4's example: the message `abc`.
        let sum = super::hexadecimal(&Sha256::digest(b"abc"));
        assert_eq!(
            sum,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let mut in_pieces = Sha256::new();
        in_pieces.update(b"a");
        in_pieces.update(b"bc");
        assert_eq!(super::hexadecimal(&in_pieces.finalize()), sum);
    }

    #[test]
    fn leading_zeros_stay() {
        assert_eq!(super::hexadecimal(&[0, 0x0a, 0xff]), "000aff");
    }
}
