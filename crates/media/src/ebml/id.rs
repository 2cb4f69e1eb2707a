//! The elements that are looked at, by id, with the names that the specifications give them.

/// An element's id, with its length marker: `0x1A45DFA3`, not `0x0A45DFA3`. At most four bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) u32);

macro_rules! elements {
    ($($(#[$doc:meta])* $constant:ident = $id:literal, $name:literal;)*) => {
        impl Id {
            $($(#[$doc])* pub(crate) const $constant: Self = Self($id);)*

            /// The specification's name of the element, if it is one of these.
            pub(crate) fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$constant => Some($name),)*
                    _ => None,
                }
            }
        }
    };
}

// The whole registry: https://www.iana.org/assignments/matroska/
elements! {
    /// Opens every EBML document. RFC 8794, 11.2.1.
    EBML = 0x1A45_DFA3, "EBML";
    /// The longest element id of the document, in bytes. RFC 8794, 11.2.4.
    EBML_MAX_ID_LENGTH = 0x42F2, "EBMLMaxIDLength";
    /// The longest element size of the document, in bytes. RFC 8794, 11.2.5.
    EBML_MAX_SIZE_LENGTH = 0x42F3, "EBMLMaxSizeLength";
    /// What the document is: `webm`. RFC 8794, 11.2.6.
    DOC_TYPE = 0x4282, "DocType";
    /// Bytes to be ignored. RFC 8794, 11.3.2.
    VOID = 0xEC, "Void";
    /// A checksum over its siblings; the first child where there is one. RFC 8794, 11.3.1.
    CRC_32 = 0xBF, "CRC-32";

    /// Everything but the EBML header. RFC 9559, 5.1.
    SEGMENT = 0x1853_8067, "Segment";
    /// Where the other children of the Segment begin. RFC 9559, 5.1.1.
    SEEK_HEAD = 0x114D_9B74, "SeekHead";
    /// One line of a `SeekHead`. RFC 9559, 5.1.1.1.
    SEEK = 0x4DBB, "Seek";
    /// The id of the element that a Seek leads to. RFC 9559, 5.1.1.1.1.
    SEEK_ID = 0x53AB, "SeekID";
    /// Its place, in bytes from the start of the Segment's content. RFC 9559, 5.1.1.1.2.
    SEEK_POSITION = 0x53AC, "SeekPosition";
    /// Facts about the whole Segment. RFC 9559, 5.1.2.
    INFO = 0x1549_A966, "Info";
    /// Length of a tick in nanoseconds. RFC 9559, 5.1.2.9.
    TIMESTAMP_SCALE = 0x002A_D7B1, "TimestampScale";
    /// Length of the recording in ticks. RFC 9559, 5.1.2.10.
    DURATION = 0x4489, "Duration";
    /// Some seconds of media. RFC 9559, 5.1.3.
    CLUSTER = 0x1F43_B675, "Cluster";
    /// What a Cluster's blocks count from, in ticks. RFC 9559, 5.1.3.1.
    TIMESTAMP = 0xE7, "Timestamp";
    /// The Cluster's place in the Segment. RFC 9559, 5.1.3.2.
    POSITION = 0xA7, "Position";
    /// The size of the Cluster before it. RFC 9559, 5.1.3.3.
    PREV_SIZE = 0xAB, "PrevSize";
    /// A frame, or several laced together. RFC 9559, 5.1.3.4.
    SIMPLE_BLOCK = 0xA3, "SimpleBlock";
    /// A Block with facts about it. RFC 9559, 5.1.3.5.
    BLOCK_GROUP = 0xA0, "BlockGroup";
    /// As a `SimpleBlock`, within a `BlockGroup`. RFC 9559, 5.1.3.5.1.
    BLOCK = 0xA1, "Block";
    /// How long the Block lasts, in ticks. RFC 9559, 5.1.3.5.3.
    BLOCK_DURATION = 0x9B, "BlockDuration";
    /// What the recording consists of. RFC 9559, 5.1.4.
    TRACKS = 0x1654_AE6B, "Tracks";
    /// One track. RFC 9559, 5.1.4.1.
    TRACK_ENTRY = 0xAE, "TrackEntry";
    /// The number that blocks name their track by. RFC 9559, 5.1.4.1.1.
    TRACK_NUMBER = 0xD7, "TrackNumber";
    /// Length of a frame in nanoseconds, whatever the tick. RFC 9559, 5.1.4.1.13.
    DEFAULT_DURATION = 0x0023_E383, "DefaultDuration";
    /// The codec, by its registered name. RFC 9559, 5.1.4.1.21.
    CODEC_ID = 0x86, "CodecID";
    /// The index for seeking. RFC 9559, 5.1.5.
    CUES = 0x1C53_BB6B, "Cues";
    /// Attached files; not WebM's, but skipped all the same. RFC 9559, 5.1.6.
    ATTACHMENTS = 0x1941_A469, "Attachments";
    /// Chapters. RFC 9559, 5.1.7.
    CHAPTERS = 0x1043_A770, "Chapters";
    /// Tags. RFC 9559, 5.1.8.
    TAGS = 0x1254_C367, "Tags";
}

impl Id {
    /// Whether RFC 9559 lets the element leave its size unknown (`unknownsizeallowed`).
    pub(crate) fn may_have_unknown_size(self) -> bool {
        matches!(self, Self::SEGMENT | Self::CLUSTER)
    }

    /// Whether the element can't be inside a Cluster, so that it ends one of unknown size (RFC 8794, 6.2).
    pub(crate) fn ends_cluster(self) -> bool {
        self.ends_segment()
            || matches!(
                self,
                Self::SEEK_HEAD
                    | Self::INFO
                    | Self::CLUSTER
                    | Self::TRACKS
                    | Self::CUES
                    | Self::ATTACHMENTS
                    | Self::CHAPTERS
                    | Self::TAGS
            )
    }

    /// Whether the element can't be inside a Segment, so that it ends one of unknown size.
    pub(crate) fn ends_segment(self) -> bool {
        matches!(self, Self::EBML | Self::SEGMENT)
    }
}
