//! The codecs that WebM allows, and the names of those that people bring instead.

use std::fmt;

/// A video codec of WebM: VP8 and VP9 by the [container guidelines], AV1 by its own [Matroska mapping], which browsers and
/// muxers apply to WebM.
///
/// [container guidelines]: https://www.webmproject.org/docs/container/
/// [Matroska mapping]: https://github.com/ietf-wg-cellar/matroska-specification/blob/master/codec/av1.md
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VideoCodec {
    /// `V_VP8`.
    Vp8,
    /// `V_VP9`.
    Vp9,
    /// `V_AV1`.
    Av1,
}

/// An audio codec of WebM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AudioCodec {
    /// `A_OPUS`.
    Opus,
    /// `A_VORBIS`.
    Vorbis,
}

impl fmt::Display for VideoCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Vp8 => "VP8",
            Self::Vp9 => "VP9",
            Self::Av1 => "AV1",
        })
    }
}

impl fmt::Display for AudioCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opus => "Opus",
            Self::Vorbis => "Vorbis",
        })
    }
}

/// What a track of a WebM file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Video(VideoCodec),
    Audio(AudioCodec),
    /// `WebVTT`: captions, subtitles, chapters, metadata.
    Text,
}

impl Content {
    /// By Matroska's `CodecID` (RFC 9559, 5.1.4.1.21); `None` for whatever WebM doesn't allow.
    pub(crate) fn of(codec_id: &str) -> Option<Self> {
        match codec_id {
            "V_VP8" => Some(Self::Video(VideoCodec::Vp8)),
            "V_VP9" => Some(Self::Video(VideoCodec::Vp9)),
            "V_AV1" => Some(Self::Video(VideoCodec::Av1)),
            "A_OPUS" => Some(Self::Audio(AudioCodec::Opus)),
            "A_VORBIS" => Some(Self::Audio(AudioCodec::Vorbis)),
            _ if codec_id.starts_with("D_WEBVTT/") => Some(Self::Text),
            _ => None,
        }
    }
}

/// Codecs that recorders and converters put into Matroska, by the beginning of their `CodecID`; the first that fits counts.
const KNOWN_ELSEWHERE: &[(&str, &str)] = &[
    ("V_MPEG4/ISO/AVC", "H.264"),
    ("V_MPEGH/ISO/HEVC", "H.265"),
    ("V_MPEG4/", "MPEG-4 video"),
    ("V_MPEG2", "MPEG-2 video"),
    ("V_MPEG1", "MPEG-1 video"),
    ("V_MJPEG", "Motion JPEG"),
    ("V_THEORA", "Theora"),
    ("V_PRORES", "ProRes"),
    ("V_FFV1", "FFV1"),
    ("V_UNCOMPRESSED", "uncompressed video"),
    ("V_MS/VFW/FOURCC", "Video for Windows"),
    ("A_AAC", "AAC"),
    ("A_MPEG/L3", "MP3"),
    ("A_MPEG/", "MPEG audio"),
    ("A_AC3", "AC-3"),
    ("A_EAC3", "E-AC-3"),
    ("A_DTS", "DTS"),
    ("A_FLAC", "FLAC"),
    ("A_ALAC", "ALAC"),
    ("A_PCM/", "uncompressed audio"),
    ("A_MS/ACM", "Windows audio"),
    ("S_TEXT/", "text subtitles"),
    ("S_", "subtitles"),
];

/// What people call a codec that WebM doesn't allow, where it is known.
pub(crate) fn known_elsewhere(codec_id: &str) -> Option<&'static str> {
    KNOWN_ELSEWHERE
        .iter()
        .find(|(beginning, _)| codec_id.starts_with(beginning))
        .map(|&(_, name)| name)
}
