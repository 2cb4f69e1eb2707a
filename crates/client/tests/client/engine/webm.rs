//! The least that is a recording: a header, a video track, and blocks of noise.

const EBML: u32 = 0x1A45_DFA3;
const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_A966;
const TRACKS: u32 = 0x1654_AE6B;
const CLUSTER: u32 = 0x1F43_B675;

fn element(id: u32, content: &[u8]) -> Vec<u8> {
    let id = id.to_be_bytes();
    let mut bytes: Vec<u8> = id.into_iter().skip_while(|byte| *byte == 0).collect();
    // A size of eight bytes (RFC 8794, section 4).
    bytes.extend((content.len() as u64 | 1 << 56).to_be_bytes());
    bytes.extend_from_slice(content);
    bytes
}

/// Ten seconds in about so many bytes.
pub(super) fn recording(size_bytes: usize) -> Vec<u8> {
    let mut noise = 0x2545_F491_u32;
    let mut block = |at_milliseconds: u16, bytes: usize| {
        let mut block = vec![0x81];
        block.extend(at_milliseconds.to_be_bytes());
        block.push(0x80);
        block.extend((0..bytes).map(|_| {
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            noise.to_be_bytes()[0]
        }));
        element(0xA3, &block)
    };
    let blocks = 10_u16;
    let mut cluster = element(0xE7, &[0]);
    for at in 0..blocks {
        cluster.extend(block(at * 1000, size_bytes / usize::from(blocks)));
    }
    let header = [element(0x4282, b"webm"), element(0x4287, &[2])].concat();
    let info = [
        element(0x002A_D7B1, &1_000_000_u32.to_be_bytes()),
        element(0x4489, &10_000_f64.to_be_bytes()),
    ]
    .concat();
    let track = [
        element(0xD7, &[1]),
        element(0x73C5, &[1]),
        element(0x83, &[1]),
        element(0x86, b"V_VP9"),
        element(0xE0, &[element(0xB0, &[64]), element(0xBA, &[36])].concat()),
    ]
    .concat();
    let segment = [
        element(INFO, &info),
        element(TRACKS, &element(0xAE, &track)),
        element(CLUSTER, &cluster),
    ]
    .concat();
    [element(EBML, &header), element(SEGMENT, &segment)].concat()
}
