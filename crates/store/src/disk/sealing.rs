//! Encryption at rest: SSE-S3 as far as one machine can.
//!
//! Every object has a data key of its own. Its bytes are cut into chunks of 64 KiB, each sealed with AES-256-GCM; the
//! nonce is the chunk's number and whether it is the last one, so that chunks cannot be swapped, repeated or left off
//! (the STREAM construction: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
//! Misuse-Resistance", 2015). The data key is wrapped with the folder's master key, the object's record as associated data.
//!
//! The master key lies in the same folder: this protects a copied or discarded object file, not a copied folder.

use std::io;

use aws_lc_rs::aead::{
    AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, RandomizedNonceKey, UnboundKey,
};
use aws_lc_rs::error::Unspecified;
use zeroize::Zeroizing;

/// Length of a master or data key.
pub(crate) const KEY_BYTES: usize = 32;

/// Clear bytes of every chunk but the last, which may be shorter.
pub(crate) const CHUNK_BYTES: u64 = 64 * 1024;

/// What sealing adds to a chunk.
const TAG_BYTES: u64 = 16;

/// Length of a wrapped data key: nonce, key, tag.
pub(crate) const WRAPPED_BYTES: usize = NONCE_LEN + KEY_BYTES + 16;

/// A master or data key in the clear; wiped when dropped.
pub(crate) type KeyBytes = Zeroizing<[u8; KEY_BYTES]>;

/// A new random key.
pub(crate) fn new_key() -> io::Result<KeyBytes> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    aws_lc_rs::rand::fill(key.as_mut()).map_err(|Unspecified| io::Error::other("no randomness"))?;
    Ok(key)
}

/// Wraps and unwraps the data keys.
pub(crate) struct MasterKey(RandomizedNonceKey);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey([redacted])")
    }
}

impl MasterKey {
    pub(crate) fn new(key: &KeyBytes) -> io::Result<Self> {
        RandomizedNonceKey::new(&AES_256_GCM, key.as_ref())
            .map(Self)
            .map_err(|Unspecified| damaged("master key"))
    }

    /// Binds `data_key` to `record`: neither is worth anything without the other.
    pub(crate) fn wrap(
        &self,
        data_key: &KeyBytes,
        record: &[u8],
    ) -> io::Result<[u8; WRAPPED_BYTES]> {
        let mut sealed = data_key.to_vec();
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(record), &mut sealed)
            .map_err(|Unspecified| damaged("data key"))?;
        let mut wrapped = [0; WRAPPED_BYTES];
        wrapped[..NONCE_LEN].copy_from_slice(nonce.as_ref());
        wrapped[NONCE_LEN..].copy_from_slice(&sealed);
        Ok(wrapped)
    }

    /// Fails if the record, the wrapped key or the master key is not the one it was.
    pub(crate) fn unwrap(
        &self,
        wrapped: &[u8; WRAPPED_BYTES],
        record: &[u8],
    ) -> io::Result<KeyBytes> {
        let (nonce, sealed) = wrapped.split_at(NONCE_LEN);
        let nonce =
            Nonce::try_assume_unique_for_key(nonce).map_err(|Unspecified| damaged("data key"))?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let opened = self
            .0
            .open_in_place(nonce, Aad::from(record), &mut sealed)
            .map_err(|Unspecified| damaged("object's record"))?;
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        key.copy_from_slice(opened);
        Ok(key)
    }
}

/// Length of `clear_bytes` bytes once sealed.
pub(crate) fn sealed_length(clear_bytes: u64) -> u64 {
    clear_bytes + clear_bytes.div_ceil(CHUNK_BYTES) * TAG_BYTES
}

/// Where a chunk lies in the file, sealed: its offset and length, and whether it is the last.
pub(crate) struct ChunkPlace {
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) last: bool,
}

/// The place of chunk `number` of an object of `size_bytes`.
pub(crate) fn chunk_place(number: u64, size_bytes: u64) -> ChunkPlace {
    let begin = number * CHUNK_BYTES;
    let clear = (size_bytes - begin).min(CHUNK_BYTES);
    ChunkPlace {
        offset: number * (CHUNK_BYTES + TAG_BYTES),
        length: clear + TAG_BYTES,
        last: begin + clear == size_bytes,
    }
}

/// Seals an object's bytes as they come.
pub(crate) struct Sealer {
    key: LessSafeKey,
    number: u64,
    /// Clear bytes of the chunk that is being filled. A full one waits too: it may be the last.
    filling: Vec<u8>,
    sealed: Vec<u8>,
}

impl Sealer {
    pub(crate) fn new(data_key: &KeyBytes) -> io::Result<Self> {
        Ok(Self {
            key: chunk_key(data_key)?,
            number: 0,
            filling: Vec::with_capacity(chunk_capacity()),
            sealed: Vec::new(),
        })
    }

    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.filling.len() == chunk_capacity() {
                self.seal(false)?;
            }
            let room = chunk_capacity() - self.filling.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.filling.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Seals what is left. An empty object has no chunk.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if self.filling.is_empty() {
            return Ok(());
        }
        self.seal(true)
    }

    /// The bytes sealed since the buffer was last cleared, to be written and cleared by the caller.
    pub(crate) fn sealed(&mut self) -> &mut Vec<u8> {
        &mut self.sealed
    }

    fn seal(&mut self, last: bool) -> io::Result<()> {
        let tag = self
            .key
            .seal_in_place_separate_tag(nonce(self.number, last), Aad::empty(), &mut self.filling)
            .map_err(|Unspecified| damaged("chunk"))?;
        self.sealed.extend_from_slice(&self.filling);
        self.sealed.extend_from_slice(tag.as_ref());
        self.filling.clear();
        self.number += 1;
        Ok(())
    }
}

/// Opens an object's chunks, in any order.
pub(crate) struct Opener(LessSafeKey);

impl Opener {
    pub(crate) fn new(data_key: &KeyBytes) -> io::Result<Self> {
        chunk_key(data_key).map(Self)
    }

    /// The clear bytes of chunk `number`, made in place of the sealed ones.
    pub(crate) fn open<'a>(
        &self,
        number: u64,
        last: bool,
        sealed: &'a mut [u8],
    ) -> io::Result<&'a [u8]> {
        self.0
            .open_in_place(nonce(number, last), Aad::empty(), sealed)
            .map(|clear| &*clear)
            .map_err(|Unspecified| damaged("chunk"))
    }
}

fn chunk_key(data_key: &KeyBytes) -> io::Result<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, data_key.as_ref())
        .map(LessSafeKey::new)
        .map_err(|Unspecified| damaged("data key"))
}

/// Unique for the key, for a data key seals one object once.
fn nonce(number: u64, last: bool) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes[NONCE_LEN - 1] = u8::from(last);
    Nonce::assume_unique_for_key(bytes)
}

fn chunk_capacity() -> usize {
    // 64 KiB fit into every usize that Rust's standard library runs on.
    usize::try_from(CHUNK_BYTES).unwrap_or(usize::MAX)
}

pub(crate) fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the {what} is damaged"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seal_in_pieces(key: &KeyBytes, clear: &[u8], piece: usize) -> Vec<u8> {
        let mut sealer = Sealer::new(key).unwrap();
        for bytes in clear.chunks(piece) {
            sealer.push(bytes).unwrap();
        }
        sealer.finish().unwrap();
        std::mem::take(sealer.sealed())
    }

    fn open_all(key: &KeyBytes, sealed: &[u8], size_bytes: u64) -> io::Result<Vec<u8>> {
        let opener = Opener::new(key)?;
        let mut clear = Vec::new();
        for number in 0..size_bytes.div_ceil(CHUNK_BYTES) {
            let place = chunk_place(number, size_bytes);
            let begin = usize::try_from(place.offset).unwrap();
            let end = begin + usize::try_from(place.length).unwrap();
            let mut chunk = sealed[begin..end].to_vec();
            clear.extend_from_slice(opener.open(number, place.last, &mut chunk)?);
        }
        Ok(clear)
    }

    #[test]
    fn every_length_around_a_chunk_comes_back() {
        let key = new_key().unwrap();
        let chunk = chunk_capacity();
        for length in [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 3 * chunk + 7] {
            let clear: Vec<u8> = (0..=255).cycle().take(length).collect();
            let sealed = seal_in_pieces(&key, &clear, 10_000);
            let size_bytes = length as u64;
            assert_eq!(sealed.len() as u64, sealed_length(size_bytes), "{length}");
            assert_eq!(
                open_all(&key, &sealed, size_bytes).unwrap(),
                clear,
                "{length}"
            );
        }
    }

    #[test]
    fn swapped_shortened_or_changed_chunks_do_not_open() {
        let key = new_key().unwrap();
        let chunk = chunk_capacity();
        let sealed = seal_in_pieces(&key, &vec![7; 2 * chunk], chunk);
        let half = sealed.len() / 2;

        let swapped = [&sealed[half..], &sealed[..half]].concat();
        assert!(open_all(&key, &swapped, 2 * CHUNK_BYTES).is_err());
        assert!(
            open_all(&key, &sealed[..half], CHUNK_BYTES).is_err(),
            "the last chunk left off"
        );
        let mut changed = sealed.clone();
        changed[100] ^= 1;
        assert!(open_all(&key, &changed, 2 * CHUNK_BYTES).is_err());
        assert!(open_all(&new_key().unwrap(), &sealed, 2 * CHUNK_BYTES).is_err());
    }

    #[test]
    fn a_data_key_belongs_to_its_record_and_master() {
        let master = MasterKey::new(&new_key().unwrap()).unwrap();
        let data_key = new_key().unwrap();
        let wrapped = master.wrap(&data_key, b"record").unwrap();
        assert_eq!(*master.unwrap(&wrapped, b"record").unwrap(), *data_key);
        assert!(master.unwrap(&wrapped, b"Record").is_err());
        let other = MasterKey::new(&new_key().unwrap()).unwrap();
        assert!(other.unwrap(&wrapped, b"record").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn how_the_bytes_arrive_does_not_matter(length in 0usize..200_000, piece in 1usize..90_000) {
            let key = new_key().unwrap();
            let clear: Vec<u8> = (0..=255).cycle().take(length).collect();
            let sealed = seal_in_pieces(&key, &clear, piece);
            prop_assert_eq!(open_all(&key, &sealed, length as u64).unwrap(), clear);
        }
    }
}
