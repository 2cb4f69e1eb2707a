//! Finding on from bytes that make no sense: the next place where a cluster begins.

use super::tail::{CLUSTER_HEAD_BYTES, begins_like_cluster};
use crate::ebml::{Id, Stop, Window};

/// The first place from `from` on, and before `end`, where what stands there begins like a cluster.
pub(super) fn next_cluster(
    window: &mut Window<'_>,
    from: u64,
    end: u64,
) -> Result<Option<u64>, Stop> {
    let id = Id::CLUSTER.0.to_be_bytes();
    let mut from = from;
    while from < end {
        let bytes = window.peek_on(from, CLUSTER_HEAD_BYTES)?;
        let found = bytes.windows(id.len()).position(|bytes| bytes == id);
        // An id may begin in the last bytes at hand and end behind them; where the file ends, none does.
        let passed = found.unwrap_or((bytes.len() + 1).saturating_sub(id.len()).max(1));
        from += passed as u64;
        if found.is_some() {
            if begins_like_cluster(window.peek(from, CLUSTER_HEAD_BYTES)?) {
                return Ok((from < end).then_some(from));
            }
            from += 1;
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const CLUSTER: [u8; 8] = [0x1F, 0x43, 0xB6, 0x75, 0x83, 0xE7, 0x81, 0];

    fn find(bytes: &[u8], from: u64) -> Option<u64> {
        let mut source = Cursor::new(bytes);
        let mut window = Window::of_torn(&mut source, bytes.len() as u64);
        next_cluster(&mut window, from, bytes.len() as u64).unwrap()
    }

    #[test]
    fn a_cluster_is_found_wherever_it_begins() {
        for noise in [0, 1, 11, 509, 510, 511, 512, 65_533, 200_000] {
            let bytes = [&vec![0x1F; noise][..], &CLUSTER, &[0; 30]].concat();
            assert_eq!(find(&bytes, 0), Some(noise as u64));
            assert_eq!(find(&bytes, noise as u64), Some(noise as u64));
            assert_eq!(find(&bytes, noise as u64 + 1), None);
        }
    }

    #[test]
    fn an_id_alone_is_no_cluster() {
        let fakes = [0x1F, 0x43, 0xB6, 0x75, 0xFF, 0xA3].repeat(5_000);
        assert_eq!(find(&fakes, 0), None);
        let then_one = [&fakes[..], &CLUSTER].concat();
        assert_eq!(find(&then_one, 0), Some(fakes.len() as u64));
        assert_eq!(find(&CLUSTER[..6], 0), None);
        assert_eq!(find(&[], 0), None);
    }
}
