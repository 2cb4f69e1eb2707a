//! What a link gives to whoever has it.

use std::path::Path;

/// Fails unless the link gives the bytes of this file.
pub(crate) async fn is(link: &str, file: &Path) {
    let answer = reqwest::get(link).await.expect("the link opens");
    assert_eq!(answer.status(), 200);
    let bytes = answer.bytes().await.expect("the bytes arrive");
    assert!(
        bytes == std::fs::read(file).expect("the file"),
        "other bytes came back"
    );
}
