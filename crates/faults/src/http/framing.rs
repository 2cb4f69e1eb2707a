//! Where a body ends: RFC 9112, section 6.3.

use std::io;

/// What is left of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Framing {
    /// So many bytes.
    Sized(u64),
    /// Chunks (section 7.1), of which this is the state.
    Chunked(Chunk),
    /// Whatever comes before the connection ends.
    UntilEnd,
}

/// The place inside a chunked body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Chunk {
    /// In a line that says a chunk's size: so far, and whether the digits are over.
    Size { bytes: u64, over: bool },
    /// In a chunk.
    Data(u64),
    /// In the line's end behind a chunk.
    DataEnd,
    /// In a line of trailers: whether anything is on it yet.
    Trailer { empty: bool },
    /// Behind it all.
    Done,
}

impl Framing {
    pub(crate) const CHUNKED: Self = Self::Chunked(Chunk::Size {
        bytes: 0,
        over: false,
    });

    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Self::Sized(0) | Self::Chunked(Chunk::Done))
    }

    /// How many of `bytes`, which come next, belong to the body.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::UntilEnd => Ok(bytes.len()),
            Self::Sized(left) => {
                let taken = bytes
                    .len()
                    .min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= taken as u64;
                Ok(taken)
            }
            Self::Chunked(chunk) => chunk.take(bytes),
        }
    }
}

impl Chunk {
    fn take(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut at = 0;
        while at < bytes.len() && *self != Self::Done {
            if let Self::Data(left) = self {
                let length = (bytes.len() - at).min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= length as u64;
                at += length;
                if *left == 0 {
                    *self = Self::DataEnd;
                }
            } else {
                self.step(bytes[at])?;
                at += 1;
            }
        }
        Ok(at)
    }

    /// One byte that is not a chunk's data.
    fn step(&mut self, byte: u8) -> io::Result<()> {
        *self = match (&*self, byte) {
            (Self::Size { bytes: 0, .. }, b'\n') => Self::Trailer { empty: true },
            (Self::Size { bytes, .. }, b'\n') => Self::Data(*bytes),
            (Self::Size { bytes, over: false }, digit) if digit.is_ascii_hexdigit() => {
                // The value of a hexadecimal digit always exists.
                let digit = char::from(digit).to_digit(16).unwrap_or_default();
                let bytes = bytes.checked_mul(16).ok_or_else(malformed)? + u64::from(digit);
                Self::Size { bytes, over: false }
            }
            (Self::Size { bytes, .. }, b';' | b'\r' | b' ' | b'\t')
            | (Self::Size { bytes, over: true }, _) => Self::Size {
                bytes: *bytes,
                over: true,
            },
            (Self::DataEnd, b'\r') => Self::DataEnd,
            (Self::DataEnd, b'\n') => Self::Size {
                bytes: 0,
                over: false,
            },
            (Self::Trailer { empty: true }, b'\n') => Self::Done,
            (Self::Trailer { .. }, b'\n') => Self::Trailer { empty: true },
            (Self::Trailer { empty }, b'\r') => Self::Trailer { empty: *empty },
            (Self::Trailer { .. }, _) => Self::Trailer { empty: false },
            _ => return Err(malformed()),
        };
        Ok(())
    }
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a chunk that is none")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CHUNKED: &[u8] = b"4\r\nWiki\r\nA;note=x\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n";

    #[test]
    fn bodies_end_where_they_say() {
        for (mut framing, length) in [
            (Framing::Sized(0), 0),
            (Framing::Sized(3), 3),
            (Framing::CHUNKED, CHUNKED.len()),
        ] {
            let bytes = [CHUNKED, b"GET / HTTP/1.1"].concat();
            assert_eq!(framing.take(&bytes).unwrap(), length);
            assert!(framing.is_done());
        }
        let mut framing = Framing::UntilEnd;
        assert_eq!(framing.take(b"abc").unwrap(), 3);
        assert!(!framing.is_done());
    }

    #[test]
    fn what_is_no_chunk_is_an_error() {
        for wrong in ["g\r\n", "4\r\nWikix", "fffffffffffffffff\r\n", "1x\r\n"] {
            let mut framing = Framing::CHUNKED;
            assert!(framing.take(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn how_the_bytes_arrive_does_not_matter(sizes in prop::collection::vec(1_usize..20, 1..20)) {
            let bytes = [CHUNKED, b"next"].concat();
            let (mut framing, mut rest, mut taken) = (Framing::CHUNKED, bytes.as_slice(), 0);
            for size in sizes.into_iter().cycle() {
                let (piece, later) = rest.split_at(size.min(rest.len()));
                let now = framing.take(piece).unwrap();
                taken += now;
                if framing.is_done() || now < piece.len() {
                    break;
                }
                rest = later;
            }
            prop_assert_eq!(taken, CHUNKED.len());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut framing = Framing::CHUNKED;
            let _ = framing.take(&bytes);
        }
    }
}
