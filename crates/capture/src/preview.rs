//! A small picture of what would be recorded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A preview is no wider than so many pixels, and no higher than as many.
pub const PREVIEW_PIXELS: u32 = 480;

/// One picture of a target, or of a camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Of the recording, not of this picture; of a camera's, of this picture: pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The picture, as PNG; in base64 on its way.
    #[serde(serialize_with = "as_base64", deserialize_with = "from_base64")]
    pub png: Vec<u8>,
}

fn as_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_picture_is_read_as_it_is_written(width: u32, height: u32, png: Vec<u8>) {
            let preview = Preview { width, height, png };
            let line = serde_json::to_string(&preview).unwrap();
            prop_assert_eq!(serde_json::from_str::<Preview>(&line).unwrap(), preview);
        }
    }
}
