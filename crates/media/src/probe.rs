//! The one question that others ask of this room.

use std::io::{Read, Seek};

use crate::codec::Content;
use crate::ebml::{Extent, Stop, Window};
use crate::signature::{self, looks_like};
use crate::webm::{Document, Segment, Track, duration_seconds};
use crate::{AudioCodec, NotWebm, Refusal, VideoCodec};

/// An acceptable recording, and what is in it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Probe {
    /// With pictures or without.
    pub kind: Kind,
    /// How long it lasts, in seconds, to a tenth.
    ///
    /// A finished file's header says; otherwise it is the end of the last frame less the start of the first. `None` where
    /// that can't be found with little work, or where the answer is no length of a recording (not above 0, or over a year).
    pub duration_seconds: Option<f64>,
    /// Whether the file says where it ends.
    pub structure: Structure,
    /// Codec of the first video track.
    pub video_codec: Option<VideoCodec>,
    /// Codec of the first audio track.
    pub audio_codec: Option<AudioCodec>,
}

/// With pictures or without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// At least one video track.
    Video,
    /// Audio only.
    Audio,
}

impl Kind {
    /// The media type: `video/webm` or `audio/webm`.
    ///
    /// ```
    /// assert_eq!(media::Kind::Audio.media_type(), "audio/webm");
    /// ```
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Video => "video/webm",
            Self::Audio => "audio/webm",
        }
    }
}

/// Whether a file says where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Structure {
    /// Its `Segment` states a size, and the file has all of it.
    Closed,
    /// Its `Segment` leaves the size unknown, which is legal and what live recorders write (`MediaRecorder`,
    /// `ffmpeg -live 1`). The file ends between two elements, so nothing is known to be missing; but a recorder may still be
    /// writing it, which only the caller can tell, by looking at its size and age.
    Open,
}

/// Says whether the first `size_bytes` bytes of `source` are a WebM file, what is in it and how long it lasts.
///
/// Its header is read and judged; frames are not decoded. A file whose structure breaks somewhere in the middle passes, as it
/// does with players. The position of `source` afterwards is anywhere.
///
/// # Errors
///
/// A [`Refusal`]: the file is not an acceptable recording, and why; or reading failed.
///
/// ```no_run
/// use std::fs::File;
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let mut file = File::open("demo.webm")?;
/// let size_bytes = file.metadata()?.len();
/// let recording = media::probe(&mut file, size_bytes)?;
/// println!("{} of {:?} seconds", recording.kind.media_type(), recording.duration_seconds);
/// # Ok(())
/// # }
/// ```
pub fn probe(source: &mut (impl Read + Seek + ?Sized), size_bytes: u64) -> Result<Probe, Refusal> {
    if size_bytes == 0 {
        return Err(Refusal::Empty);
    }
    let mut source = source;
    let mut window = Window::new(&mut source, size_bytes);
    let document = read_document(&mut window)?;
    let segment = Segment::read(&mut window, document.end)?;
    let mut recording = describe(&segment)?;
    let first_cluster = segment.first_cluster.ok_or(NotWebm::NoFrames)?;
    recording.duration_seconds = duration_seconds(&mut window, &segment, first_cluster)?;
    Ok(recording)
}

/// The header of a WebM; anything else is refused by its name.
pub(crate) fn read_document(window: &mut Window<'_>) -> Result<Document, Refusal> {
    if !Document::begins(window)? {
        let looks_like = looks_like(window.peek(0, signature::WANTED_BYTES)?);
        return Err(Refusal::NotEbml { looks_like });
    }
    let document = Document::read(window)?;
    match document.doc_type.as_str() {
        "webm" => Ok(document),
        "matroska" => Err(refuse_matroska(window, &document)),
        _ => Err(NotWebm::DocType(document.doc_type).into()),
    }
}

/// A Matroska file is refused in any case; its codec is the better reason, since remuxing doesn't cure that.
fn refuse_matroska(window: &mut Window<'_>, document: &Document) -> Refusal {
    let reason = match Segment::read(window, document.end) {
        Ok(segment) => segment
            .tracks
            .iter()
            .find_map(|track| contents(track).err()),
        Err(Stop::Io(error)) => return Refusal::Io(error),
        Err(_) => None,
    };
    reason
        .unwrap_or_else(|| NotWebm::DocType(document.doc_type.clone()))
        .into()
}

fn contents(track: &Track) -> Result<Content, NotWebm> {
    Content::of(&track.codec_id).ok_or_else(|| NotWebm::Codec {
        codec_id: track.codec_id.clone(),
    })
}

/// The recording, but for its duration.
pub(crate) fn describe(segment: &Segment) -> Result<Probe, NotWebm> {
    let (mut video_codec, mut audio_codec) = (None, None);
    for track in &segment.tracks {
        match contents(track)? {
            Content::Video(codec) => video_codec = video_codec.or(Some(codec)),
            Content::Audio(codec) => audio_codec = audio_codec.or(Some(codec)),
            Content::Text => {}
        }
    }
    let kind = match (video_codec, audio_codec) {
        (Some(_), _) => Kind::Video,
        (None, Some(_)) => Kind::Audio,
        (None, None) => return Err(NotWebm::NoTracks),
    };
    Ok(Probe {
        kind,
        duration_seconds: None,
        structure: match segment.extent {
            Extent::Closed(_) => Structure::Closed,
            Extent::Open => Structure::Open,
        },
        video_codec,
        audio_codec,
    })
}
