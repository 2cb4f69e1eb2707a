//! Byte counts: a number in requests, a decimal string in responses, either when read.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};

/// A count of bytes, read from a JSON number or a decimal string, written as a decimal string: a 64-bit count does not
/// survive JavaScript's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, utoipa::ToSchema)]
#[schema(value_type = String, pattern = "^[0-9]+$")]
pub struct ByteSize(pub u64);

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(u64),
    Text(String),
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        size_serde::deserialize(deserializer).map(Self)
    }
}

/// What a size in a request may be: a number or a decimal string, and at least 1.
pub(crate) fn requested_size() -> Schema {
    either_form().into()
}

fn either_form() -> OneOfBuilder {
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1));
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^0*[1-9][0-9]{0,18}$"));
    OneOfBuilder::new()
        .description(Some("In bytes"))
        .item(number)
        .item(text)
}

/// The same where the field may be left out; `null` counts as left out.
pub(crate) fn optional_size() -> Schema {
    let nothing = ObjectBuilder::new().schema_type(Type::Null);
    either_form().item(nothing).into()
}

/// For fields that are plain `u64` here and number-or-string on the wire: `#[serde(with = "wire::size_serde")]`.
pub mod size_serde {
    use super::{Deserialize, Deserializer, Error, NumberOrText, Serializer};

    /// Writes a JSON number, as requests have it.
    pub fn serialize<S: Serializer>(bytes: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(*bytes)
    }

    /// Reads a JSON number or a decimal string.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        match NumberOrText::deserialize(deserializer)? {
            NumberOrText::Number(bytes) => Ok(bytes),
            NumberOrText::Text(text) => text
                .parse()
                .map_err(|_| D::Error::custom(format!("`{text}` is no count of bytes"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_and_strings_writes_strings() {
        for json in ["1024000", "\"1024000\""] {
            assert_eq!(
                serde_json::from_str::<ByteSize>(json).unwrap(),
                ByteSize(1_024_000)
            );
        }
        let beyond_javascript = ByteSize(9_007_199_254_740_993);
        assert_eq!(
            serde_json::to_string(&beyond_javascript).unwrap(),
            "\"9007199254740993\""
        );
        for bad in ["-1", "\"\"", "\"1e3\"", "null", "1.5"] {
            assert!(serde_json::from_str::<ByteSize>(bad).is_err(), "{bad}");
        }
    }
}
