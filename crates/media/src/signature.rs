//! What a file that isn't EBML looks like, so that its owner can be told.

use std::fmt;

/// What the first bytes of a file look like. A guess for people, not a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LooksLike {
    /// ISO base media: MP4, MOV, M4A, 3GP.
    Mp4,
    /// RIFF with `AVI `.
    Avi,
    /// RIFF with `WAVE`.
    Wav,
    /// RIFF with something else, such as WebP.
    Riff,
    /// Ogg, whatever is in it.
    Ogg,
    /// Flash video.
    Flv,
    /// An MPEG transport stream.
    MpegTs,
    /// MP3, with or without an ID3 tag.
    Mp3,
    /// A GIF picture.
    Gif,
    /// A PNG picture.
    Png,
    /// A JPEG picture.
    Jpeg,
    /// A PDF document.
    Pdf,
    /// A ZIP archive, and what is made of one: DOCX, APK, JAR.
    Zip,
    /// A web page: often an error page, saved in the recording's place.
    Html,
    /// Text.
    Text,
    /// Nothing but zeros: space that was reserved and never written.
    Zeros,
    /// Nothing known.
    Unknown,
}

impl fmt::Display for LooksLike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mp4 => "an MP4 or QuickTime movie",
            Self::Avi => "an AVI movie",
            Self::Wav => "a WAV sound file",
            Self::Riff => "a RIFF file",
            Self::Ogg => "an Ogg file",
            Self::Flv => "a Flash video",
            Self::MpegTs => "an MPEG transport stream",
            Self::Mp3 => "an MP3 sound file",
            Self::Gif => "a GIF picture",
            Self::Png => "a PNG picture",
            Self::Jpeg => "a JPEG picture",
            Self::Pdf => "a PDF document",
            Self::Zip => "a ZIP archive",
            Self::Html => "a web page",
            Self::Text => "plain text",
            Self::Zeros => "nothing but zeros",
            Self::Unknown => "no format that we know",
        })
    }
}

/// How many bytes [`looks_like`] wants: three packets of a transport stream.
pub(crate) const WANTED_BYTES: usize = 3 * MPEG_TS_PACKET_BYTES;

/// ISO/IEC 13818-1, 2.4.3.2: packets of 188 bytes, each beginning with 0x47.
const MPEG_TS_PACKET_BYTES: usize = 188;

/// What a file that begins with `bytes` looks like.
pub(crate) fn looks_like(bytes: &[u8]) -> LooksLike {
    let at = |offset: usize, magic: &[u8]| {
        bytes
            .get(offset..)
            .is_some_and(|rest| rest.starts_with(magic))
    };
    // The first box of an MP4 or MOV; the size before it can be anything.
    let first_box: &[&[u8]] = &[b"ftyp", b"moov", b"mdat", b"wide", b"pnot"];
    if first_box.iter().any(|name| at(4, name)) {
        LooksLike::Mp4
    } else if at(0, b"RIFF") && at(8, b"AVI ") {
        LooksLike::Avi
    } else if at(0, b"RIFF") && at(8, b"WAVE") {
        LooksLike::Wav
    } else if at(0, b"RIFF") {
        LooksLike::Riff
    } else if at(0, b"OggS") {
        LooksLike::Ogg
    } else if at(0, b"FLV\x01") {
        LooksLike::Flv
    } else if is_transport_stream(bytes) {
        LooksLike::MpegTs
    } else if at(0, b"ID3") || at(0, &[0xFF, 0xFB]) {
        LooksLike::Mp3
    } else if at(0, b"GIF8") {
        LooksLike::Gif
    } else if at(0, b"\x89PNG\r\n\x1a\n") {
        LooksLike::Png
    } else if at(0, &[0xFF, 0xD8, 0xFF]) {
        LooksLike::Jpeg
    } else if at(0, b"%PDF-") {
        LooksLike::Pdf
    } else if at(0, b"PK\x03\x04") || at(0, b"PK\x05\x06") {
        LooksLike::Zip
    } else if bytes.iter().all(|&byte| byte == 0) {
        LooksLike::Zeros
    } else if let Some(text) = as_text(bytes) {
        if is_web_page(text) {
            LooksLike::Html
        } else {
            LooksLike::Text
        }
    } else {
        LooksLike::Unknown
    }
}

fn is_transport_stream(bytes: &[u8]) -> bool {
    bytes.len() > MPEG_TS_PACKET_BYTES
        && bytes
            .iter()
            .step_by(MPEG_TS_PACKET_BYTES)
            .all(|&byte| byte == 0x47)
}

/// The bytes as text, if they are UTF-8 without control characters; a character cut off at the end is forgiven.
fn as_text(bytes: &[u8]) -> Option<&str> {
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(&bytes[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let is_plain = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\x0C');
    (!text.is_empty() && text.chars().all(is_plain)).then_some(text)
}

fn is_web_page(text: &str) -> bool {
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    ["<!doctype html", "<html", "<head", "<body", "<!--"]
        .iter()
        .any(|tag| {
            text.get(..tag.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(tag))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_that_people_take_for_webm() {
        let mut stream = vec![0xFF; WANTED_BYTES];
        stream.iter_mut().step_by(188).for_each(|byte| *byte = 0x47);
        let cases: &[(&[u8], LooksLike)] = &[
            (b"\0\0\0\x18ftypmp42", LooksLike::Mp4),
            (b"\0\0\0\x14ftypqt  ", LooksLike::Mp4),
            (b"\0\0\0\x08wide\0\0\0\0mdat", LooksLike::Mp4),
            (b"RIFF\0\0\0\0AVI LIST", LooksLike::Avi),
            (b"RIFF\0\0\0\0WAVEfmt ", LooksLike::Wav),
            (b"RIFF\0\0\0\0WEBPVP8 ", LooksLike::Riff),
            (b"OggS\0\x02", LooksLike::Ogg),
            (b"FLV\x01\x05", LooksLike::Flv),
            (&stream, LooksLike::MpegTs),
            (b"ID3\x04\0", LooksLike::Mp3),
            (b"\xFF\xFB\x90\x64", LooksLike::Mp3),
            (b"GIF89a", LooksLike::Gif),
            (b"\x89PNG\r\n\x1a\n\0", LooksLike::Png),
            (b"\xFF\xD8\xFF\xE0", LooksLike::Jpeg),
            (b"%PDF-1.7", LooksLike::Pdf),
            (b"PK\x03\x04\x14", LooksLike::Zip),
            (b"\xEF\xBB\xBF\n <!DOCTYPE html><html>", LooksLike::Html),
            (b"<HTML>\n", LooksLike::Html),
            (b"notes of the meeting\r\n\tone", LooksLike::Text),
            ("Grüße, 世".as_bytes(), LooksLike::Text),
            (&"Grüße, 世".as_bytes()[..11], LooksLike::Text),
            (b"\0\0\0\0\0", LooksLike::Zeros),
            (b"\x93\x07\xFE\x01", LooksLike::Unknown),
            (b"text, then \x07", LooksLike::Unknown),
            (b"\x47", LooksLike::Text),
        ];
        for (bytes, expected) in cases {
            assert_eq!(looks_like(bytes), *expected, "{bytes:?}");
        }
    }
}
