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
    /// The version of EBML. RFC 8794, 11.2.2.
    EBML_VERSION = 0x4286, "EBMLVersion";
    /// The oldest version of EBML that a reader must know. RFC 8794, 11.2.3.
    EBML_READ_VERSION = 0x42F7, "EBMLReadVersion";
    /// The longest element id of the document, in bytes. RFC 8794, 11.2.4.
    EBML_MAX_ID_LENGTH = 0x42F2, "EBMLMaxIDLength";
    /// The longest element size of the document, in bytes. RFC 8794, 11.2.5.
    EBML_MAX_SIZE_LENGTH = 0x42F3, "EBMLMaxSizeLength";
    /// What the document is: `webm`. RFC 8794, 11.2.6.
    DOC_TYPE = 0x4282, "DocType";
    /// The version of that. RFC 8794, 11.2.7.
    DOC_TYPE_VERSION = 0x4287, "DocTypeVersion";
    /// The oldest version of that which a reader must know. RFC 8794, 11.2.8.
    DOC_TYPE_READ_VERSION = 0x4285, "DocTypeReadVersion";
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
    /// A number by which other Segments name it. RFC 9559, 5.1.2.1.
    SEGMENT_UID = 0x73A4, "SegmentUUID";
    /// Length of a tick in nanoseconds. RFC 9559, 5.1.2.9.
    TIMESTAMP_SCALE = 0x002A_D7B1, "TimestampScale";
    /// Length of the recording in ticks. RFC 9559, 5.1.2.10.
    DURATION = 0x4489, "Duration";
    /// What put the file together. RFC 9559, 5.1.2.13.
    MUXING_APP = 0x4D80, "MuxingApp";
    /// What had it put together. RFC 9559, 5.1.2.14.
    WRITING_APP = 0x5741, "WritingApp";
    /// Some seconds of media. RFC 9559, 5.1.3.
    CLUSTER = 0x1F43_B675, "Cluster";
    /// What a Cluster's blocks count from, in ticks. RFC 9559, 5.1.3.1.
    TIMESTAMP = 0xE7, "Timestamp";
    /// The Cluster's place in the Segment. RFC 9559, 5.1.3.2.
    POSITION = 0xA7, "Position";
    /// The size of the Cluster before it. RFC 9559, 5.1.3.3.
    PREV_SIZE = 0xAB, "PrevSize";
    /// Tracks that have nothing in the Cluster; no longer used. RFC 9559, appendix A.
    SILENT_TRACKS = 0x5854, "SilentTracks";
    /// A frame, or several laced together. RFC 9559, 5.1.3.4.
    SIMPLE_BLOCK = 0xA3, "SimpleBlock";
    /// A Block with facts about it. RFC 9559, 5.1.3.5.
    BLOCK_GROUP = 0xA0, "BlockGroup";
    /// As a `SimpleBlock`, within a `BlockGroup`. RFC 9559, 5.1.3.5.1.
    BLOCK = 0xA1, "Block";
    /// An encrypted `SimpleBlock`; no longer used. RFC 9559, appendix A.
    ENCRYPTED_BLOCK = 0xAF, "EncryptedBlock";
    /// How long the Block lasts, in ticks. RFC 9559, 5.1.3.5.3.
    BLOCK_DURATION = 0x9B, "BlockDuration";
    /// Another frame that the Block's cannot be decoded without. RFC 9559, 5.1.3.5.5.
    REFERENCE_BLOCK = 0xFB, "ReferenceBlock";
    /// What the recording consists of. RFC 9559, 5.1.4.
    TRACKS = 0x1654_AE6B, "Tracks";
    /// One track. RFC 9559, 5.1.4.1.
    TRACK_ENTRY = 0xAE, "TrackEntry";
    /// The number that blocks name their track by. RFC 9559, 5.1.4.1.1.
    TRACK_NUMBER = 0xD7, "TrackNumber";
    /// The number that other elements name it by. RFC 9559, 5.1.4.1.2.
    TRACK_UID = 0x73C5, "TrackUID";
    /// Pictures, sound or something else. RFC 9559, 5.1.4.1.3.
    TRACK_TYPE = 0x83, "TrackType";
    /// Length of a frame in nanoseconds, whatever the tick. RFC 9559, 5.1.4.1.13.
    DEFAULT_DURATION = 0x0023_E383, "DefaultDuration";
    /// The codec, by its registered name. RFC 9559, 5.1.4.1.21.
    CODEC_ID = 0x86, "CodecID";
    /// What the decoder must know before the first frame. RFC 9559, 5.1.4.1.22.
    CODEC_PRIVATE = 0x63A2, "CodecPrivate";
    /// Facts about pictures. RFC 9559, 5.1.4.1.28.
    VIDEO = 0xE0, "Video";
    /// Width of a coded picture, in pixels. RFC 9559, 5.1.4.1.28.6.
    PIXEL_WIDTH = 0xB0, "PixelWidth";
    /// Height of a coded picture, in pixels. RFC 9559, 5.1.4.1.28.7.
    PIXEL_HEIGHT = 0xBA, "PixelHeight";
    /// Pixels not to be shown. RFC 9559, 5.1.4.1.28.8.
    PIXEL_CROP_BOTTOM = 0x54AA, "PixelCropBottom";
    /// Pixels not to be shown. RFC 9559, 5.1.4.1.28.9.
    PIXEL_CROP_TOP = 0x54BB, "PixelCropTop";
    /// Pixels not to be shown. RFC 9559, 5.1.4.1.28.10.
    PIXEL_CROP_LEFT = 0x54CC, "PixelCropLeft";
    /// Pixels not to be shown. RFC 9559, 5.1.4.1.28.11.
    PIXEL_CROP_RIGHT = 0x54DD, "PixelCropRight";
    /// Width of a shown picture. RFC 9559, 5.1.4.1.28.12.
    DISPLAY_WIDTH = 0x54B0, "DisplayWidth";
    /// Height of a shown picture. RFC 9559, 5.1.4.1.28.13.
    DISPLAY_HEIGHT = 0x54BA, "DisplayHeight";
    /// What those two are measured in. RFC 9559, 5.1.4.1.28.14.
    DISPLAY_UNIT = 0x54B2, "DisplayUnit";
    /// What colours the numbers mean. RFC 9559, 5.1.4.1.28.16.
    COLOUR = 0x55B0, "Colour";
    /// How the picture is turned. RFC 9559, 5.1.4.1.28.41.
    PROJECTION = 0x7670, "Projection";
    /// How frames are compressed or encrypted once more. RFC 9559, 5.1.4.1.31.
    CONTENT_ENCODINGS = 0x6D80, "ContentEncodings";
    /// The index for seeking. RFC 9559, 5.1.5.
    CUES = 0x1C53_BB6B, "Cues";
    /// A place to begin playing at. RFC 9559, 5.1.5.1.
    CUE_POINT = 0xBB, "CuePoint";
    /// When it is, in ticks. RFC 9559, 5.1.5.1.1.
    CUE_TIME = 0xB3, "CueTime";
    /// Where a track has it. RFC 9559, 5.1.5.1.2.
    CUE_TRACK_POSITIONS = 0xB7, "CueTrackPositions";
    /// The track. RFC 9559, 5.1.5.1.2.1.
    CUE_TRACK = 0xF7, "CueTrack";
    /// The Cluster's place, in bytes from the start of the Segment's content. RFC 9559, 5.1.5.1.2.2.
    CUE_CLUSTER_POSITION = 0xF1, "CueClusterPosition";
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

    /// Whether the element belongs into a Cluster. Where noise may stand, only what belongs there counts.
    pub(crate) fn belongs_in_cluster(self) -> bool {
        matches!(
            self,
            Self::TIMESTAMP
                | Self::SILENT_TRACKS
                | Self::POSITION
                | Self::PREV_SIZE
                | Self::SIMPLE_BLOCK
                | Self::BLOCK_GROUP
                | Self::ENCRYPTED_BLOCK
                | Self::VOID
                | Self::CRC_32
        )
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
