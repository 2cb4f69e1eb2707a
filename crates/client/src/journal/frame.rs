//! How records lie in a log: for each, the length of its payload (4 bytes), a CRC-32C over length and payload (4 bytes),
//! both little-endian, and the payload.
//!
//! The sum covers the length too, and no payload is empty: a tail of zeros, which some file systems leave after a crash,
//! is no record.

/// Bytes before each payload.
pub(super) const HEADER_BYTES: usize = 8;

/// No record of ours comes near this, in bytes; a length beyond it is damage. The longest is a frozen request with
/// 10,000 parts: about 1.6 MB.
const LONGEST_PAYLOAD_BYTES: usize = 4 * 1024 * 1024;

/// The payload that `write` appends, with its header before it: there is never a second copy of a long one.
pub(super) fn encode(write: impl FnOnce(&mut Vec<u8>) -> Option<()>) -> Option<Vec<u8>> {
    let mut frame = vec![0; HEADER_BYTES];
    write(&mut frame)?;
    let (header, payload) = frame.split_first_chunk_mut::<HEADER_BYTES>()?;
    if payload.is_empty() || payload.len() > LONGEST_PAYLOAD_BYTES {
        return None;
    }
    let length = u32::try_from(payload.len()).ok()?.to_le_bytes();
    let (first, second) = header.split_at_mut(length.len());
    first.copy_from_slice(&length);
    second.copy_from_slice(&sum(length, payload).to_le_bytes());
    Some(frame)
}

/// The payloads of the intact frames from the beginning on, and where they end.
pub(super) fn decode(log: &[u8]) -> (Vec<&[u8]>, usize) {
    let mut payloads = Vec::new();
    let mut end = 0;
    while let Some(payload) = first(&log[end..]) {
        payloads.push(payload);
        end += HEADER_BYTES + payload.len();
    }
    (payloads, end)
}

fn first(log: &[u8]) -> Option<&[u8]> {
    let (length, rest) = log.split_first_chunk::<4>()?;
    let (stated, rest) = rest.split_first_chunk::<4>()?;
    let payload_bytes = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    if payload_bytes == 0 || payload_bytes > LONGEST_PAYLOAD_BYTES {
        return None;
    }
    let payload = rest.get(..payload_bytes)?;
    (sum(*length, payload) == u32::from_le_bytes(*stated)).then_some(payload)
}

fn sum(length: [u8; 4], payload: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&length), payload)
}

#[cfg(test)]
pub(super) fn framed(payload: &[u8]) -> Vec<u8> {
    encode(|to| {
        to.extend_from_slice(payload);
        Some(())
    })
    .unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_written_is_read(payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..200), 0..8)) {
            let log: Vec<u8> = payloads.iter().flat_map(|payload| framed(payload)).collect();
            let (read, end) = decode(&log);
            prop_assert_eq!(end, log.len());
            prop_assert_eq!(read, payloads);
        }

        #[test]
        fn a_cut_or_flipped_log_yields_a_prefix(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..60), 1..5),
            at in any::<prop::sample::Index>(),
            flip in 1_u8..,
        ) {
            let log: Vec<u8> = payloads.iter().flat_map(|payload| framed(payload)).collect();
            let at = at.index(log.len());
            let (cut, end) = decode(&log[..at]);
            prop_assert!(end <= at);
            prop_assert!(payloads.iter().map(Vec::as_slice).zip(&cut).all(|(written, read)| written == *read));

            let mut damaged = log.clone();
            damaged[at] ^= flip;
            let (read, end) = decode(&damaged);
            prop_assert!(end <= at, "the damaged frame is not believed");
            prop_assert!(payloads.iter().map(Vec::as_slice).zip(&read).all(|(written, read)| written == *read));
        }

        #[test]
        fn noise_is_no_log(noise in prop::collection::vec(any::<u8>(), 0..400)) {
            let (_, end) = decode(&noise);
            prop_assert!(end <= noise.len());
        }
    }

    #[test]
    fn a_tail_of_zeros_is_no_record() {
        assert_eq!(decode(&[0; 64]), (vec![], 0));
        assert_eq!(encode(|_| Some(())), None);
    }
}
