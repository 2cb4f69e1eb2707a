//! What a link gives to whoever has it.

use std::path::Path;

/// Fails unless the link gives the bytes of this file.
pub(crate) async fn is(link: &str, file: &Path) {
    let answer = reqwest::get(link).await.expect("the link opens");
    let status = answer.status();
    let bytes = answer.bytes().await.expect("the bytes arrive");
    let said = || String::from_utf8_lossy(&bytes[..bytes.len().min(500)]).into_owned();
    assert!(status.is_success(), "the link gives {status}: {}", said());
    assert!(
        bytes == std::fs::read(file).expect("the file"),
        "other bytes came back"
    );
}
