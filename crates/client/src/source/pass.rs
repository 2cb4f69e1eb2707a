//! What is made of a recording's bytes on their way to the network.

use crate::sum::{Sha256, hexadecimal};

/// What is made of the bytes on their way.
pub trait Pass: Send + 'static {
    /// What comes of it.
    type Sum: Send;

    /// Buffers in all, at least two: one is read into while another is on its way.
    const BUFFERS: usize;

    /// Nothing has come by yet.
    fn begin() -> Self;

    /// These came by.
    fn update(&mut self, bytes: &[u8]);

    /// That was all.
    fn finish(self) -> Self::Sum;
}

/// SHA-256 of what came by, as hexadecimal digits.
#[derive(Debug)]
pub struct Hashed(Sha256);

impl Pass for Hashed {
    type Sum = String;

    /// Hashing takes about as long as encrypting: with two more, neither waits for each piece of the other.
    const BUFFERS: usize = 4;

    fn begin() -> Self {
        Self(Sha256::new())
    }

    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self) -> String {
        hexadecimal(&self.0.finalize())
    }
}

/// Nothing: the checksum of these bytes is known, and the store compares it.
#[derive(Debug)]
pub struct Unhashed;

impl Pass for Unhashed {
    type Sum = ();

    /// Reading is far faster than sending, and several parts are read at once.
    const BUFFERS: usize = 2;

    fn begin() -> Self {
        Self
    }

    fn update(&mut self, _: &[u8]) {}

    fn finish(self) {}
}
