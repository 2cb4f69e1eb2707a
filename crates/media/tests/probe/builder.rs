//! WebM files, written element by element, so that each test can break the one thing it is about.
//!
//! Ids stand here a second time on purpose: a slip in the library's table must not be repeated by its tests.

pub(crate) const EBML: u32 = 0x1A45_DFA3;
pub(crate) const DOC_TYPE: u32 = 0x4282;
pub(crate) const MAX_SIZE_LENGTH: u32 = 0x42F3;
pub(crate) const VOID: u32 = 0xEC;
pub(crate) const CRC_32: u32 = 0xBF;
pub(crate) const SEGMENT: u32 = 0x1853_8067;
pub(crate) const SEEK_HEAD: u32 = 0x114D_9B74;
pub(crate) const SEEK: u32 = 0x4DBB;
pub(crate) const SEEK_ID: u32 = 0x53AB;
pub(crate) const SEEK_POSITION: u32 = 0x53AC;
pub(crate) const INFO: u32 = 0x1549_A966;
pub(crate) const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
pub(crate) const DURATION: u32 = 0x4489;
pub(crate) const TRACKS: u32 = 0x1654_AE6B;
pub(crate) const TRACK_ENTRY: u32 = 0xAE;
pub(crate) const TRACK_NUMBER: u32 = 0xD7;
pub(crate) const CODEC_ID: u32 = 0x86;
pub(crate) const CODEC_PRIVATE: u32 = 0x63A2;
pub(crate) const VIDEO: u32 = 0xE0;
pub(crate) const PIXEL_WIDTH: u32 = 0xB0;
pub(crate) const PIXEL_HEIGHT: u32 = 0xBA;
pub(crate) const ALPHA_MODE: u32 = 0x53C0;
pub(crate) const CONTENT_ENCODINGS: u32 = 0x6D80;
pub(crate) const DEFAULT_DURATION: u32 = 0x23_E383;
pub(crate) const CLUSTER: u32 = 0x1F43_B675;
pub(crate) const TIMESTAMP: u32 = 0xE7;
pub(crate) const SIMPLE_BLOCK: u32 = 0xA3;
pub(crate) const BLOCK_GROUP: u32 = 0xA0;
pub(crate) const BLOCK: u32 = 0xA1;
pub(crate) const BLOCK_DURATION: u32 = 0x9B;
pub(crate) const REFERENCE_BLOCK: u32 = 0xFB;
pub(crate) const CUES: u32 = 0x1C53_BB6B;

/// An element's id and its size in eight bytes.
pub(crate) fn header(id: u32, size: u64) -> Vec<u8> {
    let mut bytes = id_bytes(id);
    bytes.extend((size | 1 << 56).to_be_bytes());
    bytes
}

/// An element's id and a size that is left unknown, in one byte.
pub(crate) fn open_header(id: u32) -> Vec<u8> {
    let mut bytes = id_bytes(id);
    bytes.push(0xFF);
    bytes
}

pub(crate) fn element(id: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = header(id, content.len() as u64);
    bytes.extend(content);
    bytes
}

/// An element with a size of one byte.
pub(crate) fn short(id: u32, content: &[u8]) -> Vec<u8> {
    assert!(content.len() < 127);
    [&id_bytes(id)[..], &[0x80 | content.len() as u8], content].concat()
}

/// An element that leaves its size unknown.
pub(crate) fn open(id: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = open_header(id);
    bytes.extend(content);
    bytes
}

pub(crate) fn number(id: u32, value: u64) -> Vec<u8> {
    element(id, &value.to_be_bytes())
}

pub(crate) fn id_bytes(id: u32) -> Vec<u8> {
    id.to_be_bytes()
        .into_iter()
        .skip_while(|&byte| byte == 0)
        .collect()
}

pub(crate) fn track(number_: u64, codec_id: &str) -> Vec<u8> {
    track_with(number_, codec_id.as_bytes(), &[])
}

/// A track with further children.
pub(crate) fn track_with(number_: u64, codec_id: &[u8], more: &[u8]) -> Vec<u8> {
    let children = [
        number(TRACK_NUMBER, number_),
        element(CODEC_ID, codec_id),
        more.to_vec(),
    ];
    element(TRACK_ENTRY, &children.concat())
}

/// A frame of track `track`, so many ticks after its cluster's timestamp.
pub(crate) fn frame(track: u8, relative_ticks: i16) -> Vec<u8> {
    element(
        SIMPLE_BLOCK,
        &block_content(track, relative_ticks, &[0; 40]),
    )
}

pub(crate) fn block_content(track: u8, relative_ticks: i16, frame: &[u8]) -> Vec<u8> {
    let [high, low] = relative_ticks.to_be_bytes();
    [&[0x80 | track, high, low, 0x80], frame].concat()
}

/// The content of a cluster.
pub(crate) fn cluster(timestamp: u64, blocks: &[Vec<u8>]) -> Vec<u8> {
    [number(TIMESTAMP, timestamp), blocks.concat()].concat()
}

/// A file, part by part. [`Recording::bytes`] writes it.
#[derive(Clone)]
pub(crate) struct Recording {
    pub(crate) doc_type: Vec<u8>,
    /// Children of the Segment before the first cluster.
    pub(crate) head: Vec<Vec<u8>>,
    /// Clusters, and whatever follows them, headers included.
    pub(crate) body: Vec<Vec<u8>>,
    pub(crate) is_segment_open: bool,
}

impl Recording {
    /// Ten pictures a second for two seconds, in clusters of one; the size of everything stated, no duration.
    pub(crate) fn of_two_seconds() -> Self {
        let second = |from: u64| {
            let frames: Vec<_> = (0..10).map(|n| frame(1, n * 100)).collect();
            element(CLUSTER, &cluster(from, &frames))
        };
        Self {
            doc_type: b"webm".to_vec(),
            head: vec![info(&[]), element(TRACKS, &track(1, "V_VP9"))],
            body: vec![second(0), second(1_000)],
            is_segment_open: false,
        }
    }

    /// The same, as a live recorder writes it: no size but that of blocks is known.
    pub(crate) fn live() -> Self {
        let mut recording = Self::of_two_seconds();
        recording.is_segment_open = true;
        for cluster in &mut recording.body {
            *cluster = open(CLUSTER, &cluster[12..]);
        }
        recording
    }

    pub(crate) fn with_head(mut self, head: &[Vec<u8>]) -> Self {
        self.head = head.to_vec();
        self
    }

    pub(crate) fn with_tracks(self, tracks: &[Vec<u8>]) -> Self {
        self.with_head(&[info(&[]), element(TRACKS, &tracks.concat())])
    }

    pub(crate) fn with_body(mut self, body: &[Vec<u8>]) -> Self {
        self.body = body.to_vec();
        self
    }

    pub(crate) fn with_doc_type(mut self, doc_type: &[u8]) -> Self {
        self.doc_type = doc_type.to_vec();
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = element(EBML, &element(DOC_TYPE, &self.doc_type));
        let content = [self.head.concat(), self.body.concat()].concat();
        bytes.extend(if self.is_segment_open {
            open(SEGMENT, &content)
        } else {
            element(SEGMENT, &content)
        });
        bytes
    }
}

/// Info with a tick of a millisecond, and more.
pub(crate) fn info(more: &[Vec<u8>]) -> Vec<u8> {
    element(
        INFO,
        &[number(TIMESTAMP_SCALE, 1_000_000), more.concat()].concat(),
    )
}
