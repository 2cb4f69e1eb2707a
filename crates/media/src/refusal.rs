//! Why a file is not an acceptable recording.

use std::io;

use crate::LooksLike;
use crate::codec::known_elsewhere;
use crate::ebml::Stop;

/// Why a file is not an acceptable recording.
///
/// Texts taken from the file (a `DocType`, a `CodecID`) are printable ASCII of at most 64 characters.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Zero bytes.
    #[error("the file is empty")]
    Empty,
    /// Another format, or none.
    #[error("not a WebM file: it looks like {looks_like}")]
    NotEbml {
        /// What its first bytes look like.
        looks_like: LooksLike,
    },
    /// EBML, the markup below WebM, but not WebM.
    #[error("not a WebM file: {reason}")]
    NotWebm {
        /// What it has that WebM doesn't allow, or lacks.
        reason: NotWebm,
    },
    /// The file ends inside one of its elements: a copy or download that broke off, a recorder that was killed, or one that
    /// is still writing (which only the caller can tell, by looking twice).
    #[error(
        "the file ends inside its {element} at byte {offset}; at least {missing_bytes} more bytes belong to it"
    )]
    Truncated {
        /// Matroska's name of the element: `Segment`, `Cluster`, `SimpleBlock` …
        element: &'static str,
        /// Where the element begins, in bytes from the start of the file.
        offset: u64,
        /// How many bytes are missing, at least.
        missing_bytes: u64,
    },
    /// Reading failed, or the file has fewer bytes than the caller said (`UnexpectedEof`): it shrank meanwhile.
    #[error("the file could not be read")]
    Io(#[source] io::Error),
}

/// What an EBML file has that WebM doesn't allow, or lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotWebm {
    /// Its `DocType` (RFC 8794, 11.2.6) isn't `webm`.
    ///
    /// Matroska is refused also where every codec in it is WebM's: Firefox plays nothing but `webm`, so the link would work
    /// for some reviewers only, and the upload would be declared as a `video/webm` that it isn't. Remuxing takes seconds.
    #[error("its type is `{0}`, not `webm`")]
    DocType(String),
    /// A track's `CodecID` (RFC 9559, 5.1.4.1.21) is none of WebM's, whatever the `DocType` says.
    #[error("{}", describe_codec(.codec_id))]
    Codec {
        /// As the file has it: `V_MPEG4/ISO/AVC`.
        codec_id: String,
    },
    /// Neither video nor audio.
    #[error("it has neither a video nor an audio track")]
    NoTracks,
    /// Tracks, but nothing recorded on them.
    #[error("nothing was recorded in it")]
    NoFrames,
    /// Its header breaks the rules of EBML or Matroska.
    #[error("its header makes no sense at byte {offset}")]
    Malformed {
        /// Where, in bytes from the start of the file.
        offset: u64,
    },
}

fn describe_codec(codec_id: &str) -> String {
    match known_elsewhere(codec_id) {
        Some(name) => format!("it contains {name} (`{codec_id}`), which WebM does not allow"),
        None => format!("it contains the codec `{codec_id}`, which WebM does not allow"),
    }
}

impl From<NotWebm> for Refusal {
    fn from(reason: NotWebm) -> Self {
        Self::NotWebm { reason }
    }
}

/// As for a header, without which nothing can be said about a file. What stops the search for a duration is judged there.
impl From<Stop> for Refusal {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Io(error) => Self::Io(error),
            Stop::Cut {
                element,
                offset,
                missing_bytes,
            } => Self::Truncated {
                element,
                offset,
                missing_bytes,
            },
            Stop::Damaged { offset } | Stop::Spent { offset } => {
                NotWebm::Malformed { offset }.into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codecs_are_called_what_people_call_them() {
        let text = |codec_id: &str| {
            Refusal::from(NotWebm::Codec {
                codec_id: codec_id.to_owned(),
            })
            .to_string()
        };
        assert_eq!(
            text("V_MPEG4/ISO/AVC"),
            "not a WebM file: it contains H.264 (`V_MPEG4/ISO/AVC`), which WebM does not allow"
        );
        assert_eq!(
            text("X_NEW"),
            "not a WebM file: it contains the codec `X_NEW`, which WebM does not allow"
        );
    }
}
