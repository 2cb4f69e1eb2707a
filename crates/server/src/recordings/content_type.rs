//! Which content types are recordings.

/// Longest content type that is taken, in bytes.
const MAX_BYTES: usize = 255;

/// Whether this is `video/webm` or `audio/webm`, alone or with one `codecs` parameter (RFC 6381). It is signed as it
/// was written, so that the PUT may carry it as it was written.
pub(crate) fn is_recording(text: &str) -> bool {
    if text.len() > MAX_BYTES || text.trim() != text {
        return false;
    }
    let (kind, parameter) = match text.split_once(';') {
        Some((kind, parameter)) => (kind.trim_end(), Some(parameter.trim_start())),
        None => (text, None),
    };
    let known = [wire::VIDEO_WEBM, wire::AUDIO_WEBM]
        .iter()
        .any(|webm| kind.eq_ignore_ascii_case(webm));
    known && parameter.is_none_or(names_codecs)
}

fn names_codecs(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    let codecs = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .unwrap_or(value);
    name.eq_ignore_ascii_case("codecs")
        && !codecs.is_empty()
        && codecs
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"., -_".contains(&byte))
        && (codecs.len() < value.len() || !codecs.contains([',', ' ']))
}

#[cfg(test)]
mod tests {
    use super::is_recording;

    #[test]
    fn webm_with_or_without_codecs() {
        for good in [
            "video/webm",
            "audio/webm",
            "Video/WebM",
            "video/webm;codecs=vp9",
            "video/webm; codecs=\"vp9, opus\"",
            "audio/webm; codecs=opus",
            "video/webm;codecs=\"vp09.00.10.08,opus\"",
        ] {
            assert!(is_recording(good), "{good}");
        }
        for bad in [
            "",
            "video/mp4",
            "video/webm ",
            "video/webmx",
            "video/webm;",
            "video/webm; charset=utf-8",
            "video/webm; codecs=",
            "video/webm; codecs=\"\"",
            "video/webm; codecs=vp9, opus",
            "video/webm; codecs=vp9; x=1",
            "video/webm\r\nx: y",
        ] {
            assert!(!is_recording(bad), "{bad:?}");
        }
    }
}
