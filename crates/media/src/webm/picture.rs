//! What a decoder must know of a track with pictures.

use super::track::Track;
use crate::ebml::{Children, Element, Extent, Id, Stop, Window, element};

/// The longest `CodecPrivate` of any codec of WebM is AV1's, of some dozen bytes.
const LONGEST_PRIVATE_BYTES: usize = 4 << 10;
/// The longest of the facts about pictures is how their sphere is spread out.
const LONGEST_FACT_BYTES: usize = 4 << 10;
/// More facts than there are.
const MOST_FACTS: usize = 32;

/// What is taken over from `Video`: size, shape, colours. Not whether there is an eye for each side or a second picture of
/// what is transparent: the one frame is shown as it is.
const FACTS: [Id; 11] = [
    Id::PIXEL_WIDTH,
    Id::PIXEL_HEIGHT,
    Id::PIXEL_CROP_BOTTOM,
    Id::PIXEL_CROP_TOP,
    Id::PIXEL_CROP_LEFT,
    Id::PIXEL_CROP_RIGHT,
    Id::DISPLAY_WIDTH,
    Id::DISPLAY_HEIGHT,
    Id::DISPLAY_UNIT,
    Id::COLOUR,
    Id::PROJECTION,
];

/// A track with pictures, as its decoder needs it.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) codec_id: String,
    pub(crate) codec_private: Option<Vec<u8>>,
    /// Children of `Video`, as the file has them.
    pub(crate) facts: Vec<u8>,
}

impl Picture {
    /// Reads a track's entry once more; `None` where its frames can't be decoded alone (encrypted, or compressed once more,
    /// which WebM doesn't allow), or where what is told of them is absurdly long.
    pub(crate) fn read(window: &mut Window<'_>, track: &Track) -> Result<Option<Self>, Stop> {
        let entry = window.element(track.offset, Extent::Open)?;
        let mut codec_private = None;
        let mut facts = Vec::new();
        let mut children = Children::of(entry)?;
        while let Some(child) = children.next(window)? {
            match child.id {
                Id::CODEC_PRIVATE => match window.content(child, LONGEST_PRIVATE_BYTES)? {
                    Some(bytes) => codec_private = Some(bytes.to_vec()),
                    None => return Ok(None),
                },
                Id::VIDEO => match read_facts(window, child)? {
                    Some(read) => facts = read,
                    None => return Ok(None),
                },
                Id::CONTENT_ENCODINGS => return Ok(None),
                _ => {}
            }
        }
        Ok(Some(Self {
            codec_id: track.codec_id.clone(),
            codec_private,
            facts,
        }))
    }
}

fn read_facts(window: &mut Window<'_>, video: Element) -> Result<Option<Vec<u8>>, Stop> {
    let mut facts = Vec::new();
    let mut count = 0;
    let mut children = Children::of(video)?;
    while let Some(child) = children.next(window)? {
        if !FACTS.contains(&child.id) {
            continue;
        }
        count += 1;
        let Some(content) = window.content(child, LONGEST_FACT_BYTES)? else {
            return Ok(None);
        };
        if count > MOST_FACTS {
            return Ok(None);
        }
        facts.extend(element(child.id, content));
    }
    Ok(Some(facts))
}
