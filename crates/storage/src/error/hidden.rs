//! An error where the SDK doesn't look for one: in the body of an answer whose status says success.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>

use quick_xml::Reader;
use quick_xml::events::Event;
use serde::Deserialize;

/// Code and message of `<Error><Code>…</Code><Message>…</Message></Error>`.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct HiddenError {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
}

impl HiddenError {
    /// Finds nothing in what is no XML, or no error.
    pub(crate) fn find(body: &[u8]) -> Self {
        let error = str::from_utf8(body)
            .ok()
            .filter(|text| root(text).as_deref() == Some("Error"));
        error
            .and_then(|text| quick_xml::de::from_str(text).ok())
            .unwrap_or_default()
    }
}

/// The name of the first element.
fn root(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => return Some(element.local_name().as_ref().to_owned()),
            Ok(Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_found_and_nothing_else() {
        let found = |body: &str| {
            let found = HiddenError::find(body.as_bytes());
            (found.code, found.message)
        };
        let error = "\n \n<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code>\
                     <Message>We encountered an internal error.</Message></Error>";
        assert_eq!(
            found(error),
            (
                Some("InternalError".to_owned()),
                Some("We encountered an internal error.".to_owned())
            )
        );
        for no_error in [
            "",
            "<html><body><p>Sign in</p></body>",
            "<CompleteMultipartUploadResult><Code>x</Code></CompleteMultipartUploadResult>",
            "<Error><Detail><Code>x</Code></Detail></Error>",
            "\u{0}\u{1}",
        ] {
            assert_eq!(found(no_error), (None, None), "{no_error}");
        }
    }
}
