//! How long an Opus packet plays, from its first bytes.

/// The longest packet that Opus allows (RFC 6716, 3.4, requirement 5).
const LONGEST_MICROSECONDS: u64 = 120_000;

/// The length of a packet in nanoseconds, from its table-of-contents byte (RFC 6716, 3.1) and, where that says so, the count
/// of frames behind it (3.2.5). `None` where the packet is none.
pub(super) fn packet_nanoseconds(packet: &[u8]) -> Option<u64> {
    let contents = packet.first()?;
    let configuration = usize::from(contents >> 3);
    let frame_microseconds = match configuration {
        0..12 => [10_000, 20_000, 40_000, 60_000][configuration % 4],
        12..16 => [10_000, 20_000][configuration % 2],
        _ => [2_500, 5_000, 10_000, 20_000][configuration % 4],
    };
    let frames = match contents & 0b11 {
        0 => 1,
        1 | 2 => 2,
        _ => u64::from(packet.get(1)? & 0b11_1111),
    };
    let microseconds = frame_microseconds * frames;
    (1..=LONGEST_MICROSECONDS)
        .contains(&microseconds)
        .then_some(microseconds * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_by_the_table() {
        let cases: &[(&[u8], Option<u64>)] = &[
            (&[0 << 3], Some(10_000_000)),         // SILK, narrow band, 10 ms
            (&[3 << 3], Some(60_000_000)),         // SILK, 60 ms
            (&[13 << 3], Some(20_000_000)),        // hybrid, 20 ms
            (&[16 << 3], Some(2_500_000)),         // CELT, 2.5 ms
            (&[31 << 3 | 1], Some(40_000_000)),    // CELT, 20 ms, two frames
            (&[31 << 3 | 3, 3], Some(60_000_000)), // as Chromium's recorder writes them
            (&[31 << 3 | 3, 0x80 | 6], Some(120_000_000)),
            (&[31 << 3 | 3, 7], None), // too long
            (&[31 << 3 | 3, 0], None), // no frames
            (&[31 << 3 | 3], None),
            (&[], None),
        ];
        for (packet, expected) in cases {
            assert_eq!(packet_nanoseconds(packet), *expected, "{packet:x?}");
        }
    }
}
