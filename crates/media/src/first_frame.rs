//! The frame that a person knows a recording by.

use std::io::{self, Read, Seek};

use crate::codec::Content;
use crate::ebml::{Stop, Window};
use crate::webm::{Document, Picture, Segment, first_keyframe, still};

/// Takes out the first frame of a recording's first track with pictures: a WebM of its own, with this one track and this one
/// frame, whatever else the file holds. Whoever plays WebM can show it; here it is not decoded.
///
/// The frame is the first that needs no other to be decoded, which is the first of all unless a recording was cut. `None` where
/// there is none at the beginning of the first `size_bytes` bytes of `source`: no WebM, no pictures, encrypted ones, a frame of
/// more than 4 MiB, a beginning that makes no sense. The position of `source` afterwards is anywhere.
///
/// # Errors
///
/// Reading failed, or `source` is shorter than `size_bytes` (`UnexpectedEof`).
///
/// ```no_run
/// use std::fs::{self, File};
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let mut file = File::open("demo.webm")?;
/// let size_bytes = file.metadata()?.len();
/// if let Some(still) = media::first_frame(&mut file, size_bytes)? {
///     fs::write("first-frame.webm", still)?;
/// }
/// # Ok(())
/// # }
/// ```
pub fn first_frame(
    source: &mut (impl Read + Seek + ?Sized),
    size_bytes: u64,
) -> io::Result<Option<Vec<u8>>> {
    let mut source = source;
    match take(&mut Window::new(&mut source, size_bytes)) {
        Ok(still) => Ok(still),
        Err(Stop::Io(error)) => Err(error),
        Err(Stop::Cut { .. } | Stop::Damaged { .. } | Stop::Spent { .. }) => Ok(None),
    }
}

fn take(window: &mut Window<'_>) -> Result<Option<Vec<u8>>, Stop> {
    if window.size_bytes() == 0 || !Document::begins(window)? {
        return Ok(None);
    }
    let document = Document::read(window)?;
    if document.doc_type != "webm" {
        return Ok(None);
    }
    let segment = Segment::read(window, document.end)?;
    let pictures = segment
        .tracks
        .iter()
        .find(|track| matches!(Content::of(&track.codec_id), Some(Content::Video(_))));
    let (Some(track), Some(first_cluster)) = (pictures, segment.first_cluster) else {
        return Ok(None);
    };
    let Some(picture) = Picture::read(window, track)? else {
        return Ok(None);
    };
    let frame = first_keyframe(window, &segment, first_cluster, track.number)?;
    Ok(frame.map(|frame| still(&picture, &frame)))
}
