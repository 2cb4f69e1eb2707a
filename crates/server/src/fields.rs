//! A request's fields, taken one by one; everything that is wrong with them is said at once.
//!
//! Deriving a deserialiser would stop at the first mistake. Here each field is taken by name, flaws are collected, and
//! what nobody took is unknown.

use serde_json::{Map, Value};
use wire::ErrorCode;

use crate::refusal::{Flaw, Refusal};

/// The fields of one JSON object, and what was found wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    object: Map<String, Value>,
    flaws: Vec<Flaw>,
}

impl Fields {
    pub(crate) fn new(object: Map<String, Value>) -> Self {
        Self {
            object,
            flaws: Vec::new(),
        }
    }

    /// Notes a flaw.
    pub(crate) fn flaw(&mut self, code: ErrorCode, message: impl Into<String>) {
        self.flaws.push(Flaw {
            code,
            message: message.into(),
        });
    }

    /// Whether a field is there; `null` counts as left out.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(|value| !value.is_null())
    }

    /// Takes a field that may be left out; `null` counts as left out.
    fn optional<T>(
        &mut self,
        name: &str,
        must_be: &str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.object.remove(name).filter(|value| !value.is_null())?;
        let read = read(value);
        if read.is_none() {
            self.flaw(
                ErrorCode::InvalidRequest,
                format!("{name} must be {must_be}"),
            );
        }
        read
    }

    /// Takes a field that must be there.
    fn required<T>(
        &mut self,
        name: &str,
        must_be: &str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.object.remove(name).and_then(read);
        if value.is_none() {
            self.flaw(
                ErrorCode::InvalidRequest,
                format!("{name} must be {must_be}"),
            );
        }
        value
    }

    /// Takes a text that may be left out.
    pub(crate) fn optional_text(&mut self, name: &str) -> Option<String> {
        self.optional(name, TEXT, text)
    }

    /// Takes a text that must be there.
    pub(crate) fn required_text(&mut self, name: &str) -> Option<String> {
        self.required(name, TEXT, text)
    }

    /// Takes a reason that must be there: some words, without the spaces around them.
    pub(crate) fn required_reason(&mut self, name: &str) -> Option<String> {
        let must_be = format!("a text of 1 to {} characters", wire::MAX_REASON_CHARACTERS);
        self.required(name, &must_be, |value| {
            let reason = value.as_str()?.trim();
            let right = (1..=wire::MAX_REASON_CHARACTERS).contains(&reason.chars().count());
            right.then(|| reason.to_owned())
        })
    }

    /// Takes a whole number that must be there.
    pub(crate) fn required_integer(&mut self, name: &str, min: u32, max: u32) -> Option<u32> {
        let must_be = format!("a whole number from {min} to {max}");
        self.required(name, &must_be, |value| integer(&value, min, max))
    }

    /// Takes a whole number that may be left out.
    pub(crate) fn optional_integer(&mut self, name: &str, min: u32, max: u32) -> Option<u32> {
        let must_be = format!("a whole number from {min} to {max}");
        self.optional(name, &must_be, |value| integer(&value, min, max))
    }

    /// Takes a size in bytes that may be left out: at least 1, a number or a decimal string.
    pub(crate) fn optional_size(&mut self, name: &str) -> Option<u64> {
        self.optional(name, SIZE, size)
    }

    /// Takes a size in bytes that must be there.
    pub(crate) fn required_size(&mut self, name: &str) -> Option<u64> {
        self.required(name, SIZE, size)
    }

    /// Takes a yes or no that may be left out.
    pub(crate) fn optional_flag(&mut self, name: &str) -> Option<bool> {
        self.optional(name, "true or false", |value| value.as_bool())
    }

    /// Takes a SHA-256 that may be left out: 64 hexadecimal digits, returned in lower case.
    pub(crate) fn optional_sha256(&mut self, name: &str) -> Option<String> {
        self.optional(name, SHA256, sha256)
    }

    /// Takes a SHA-256 that must be there: 64 hexadecimal digits, returned in lower case.
    pub(crate) fn required_sha256(&mut self, name: &str) -> Option<String> {
        self.required(name, SHA256, sha256)
    }

    /// Takes a CRC-64/NVME that may be left out: 16 hexadecimal digits, returned in lower case.
    pub(crate) fn optional_crc64nvme(&mut self, name: &str) -> Option<String> {
        self.optional(name, CRC64NVME, |value| digits(value, 16))
    }

    /// Takes a checksum of either kind that must be there.
    pub(crate) fn required_checksum(&mut self, name: &str) -> Option<String> {
        self.required(name, "16 or 64 hexadecimal digits", |value| {
            let length = value.as_str()?.len();
            digits(value, if length == 16 { 16 } else { 64 })
        })
    }

    /// Takes a list of objects that may be left out, each read by `read`, which takes its fields. Of all the objects only
    /// the first with flaws is told of, for a list can be long.
    pub(crate) fn optional_objects<T>(
        &mut self,
        name: &str,
        most: usize,
        mut read: impl FnMut(&mut Fields) -> Option<T>,
    ) -> Option<Vec<T>> {
        let must_be = format!("a list of 1 to {most} objects");
        let objects = self.optional(name, &must_be, |value| {
            let Value::Array(values) = value else {
                return None;
            };
            let objects: Option<Vec<Map<String, Value>>> = values
                .into_iter()
                .map(|value| match value {
                    Value::Object(object) => Some(object),
                    _ => None,
                })
                .collect();
            objects.filter(|objects| (1..=most).contains(&objects.len()))
        })?;
        let mut all = Vec::with_capacity(objects.len());
        for (index, object) in objects.into_iter().enumerate() {
            let mut fields = Self::new(object);
            let one = read(&mut fields);
            fields.note_unknown();
            if !fields.flaws.is_empty() {
                let within = fields.flaws.into_iter().map(|flaw| Flaw {
                    message: format!("{name}[{index}].{}", flaw.message),
                    ..flaw
                });
                self.flaws.extend(within);
                return None;
            }
            all.push(one?);
        }
        Some(all)
    }

    /// Ends the reading: what nobody took is unknown, and every flaw is returned.
    pub(crate) fn finish(mut self) -> Result<(), Refusal> {
        self.note_unknown();
        if self.flaws.is_empty() {
            return Ok(());
        }
        Err(Refusal::Invalid(self.flaws))
    }

    fn note_unknown(&mut self) {
        let unknown = self
            .object
            .keys()
            .map(|name| Flaw::new(format!("property {} should not exist", name.escape_debug())));
        self.flaws.extend(unknown);
    }
}

const SHA256: &str = "64 hexadecimal digits";
const CRC64NVME: &str = "16 hexadecimal digits";
const TEXT: &str = "a string";
const SIZE: &str = "a whole number of at least 1";

fn text(value: Value) -> Option<String> {
    if let Value::String(text) = value {
        return Some(text);
    }
    None
}

fn integer(value: &Value, min: u32, max: u32) -> Option<u32> {
    let number = u32::try_from(value.as_u64()?).ok()?;
    (min..=max).contains(&number).then_some(number)
}

fn sha256(value: Value) -> Option<String> {
    digits(value, 64)
}

fn digits(value: Value, count: usize) -> Option<String> {
    let digits = text(value)?;
    let right = digits.len() == count && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    right.then(|| digits.to_ascii_lowercase())
}

fn size(value: Value) -> Option<u64> {
    let size = match value {
        Value::String(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok()
        }
        value => value.as_u64(),
    };
    size.filter(|size| *size >= 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: &str) -> Fields {
        Fields::new(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn every_flaw_is_said_at_once() {
        let mut fields = fields(r#"{"a":1,"n":0,"f":"x","s":-1,"x":1,"h":"zz","z":null}"#);
        fields.required_text("a");
        fields.required_text("missing");
        fields.optional_integer("n", 1, 10);
        fields.optional_flag("f");
        fields.required_size("s");
        fields.optional_sha256("h");
        assert_eq!(fields.optional_text("z"), None);
        let Err(Refusal::Invalid(flaws)) = fields.finish() else {
            panic!("accepted");
        };
        let messages: Vec<&str> = flaws.iter().map(|flaw| flaw.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "a must be a string",
                "missing must be a string",
                "n must be a whole number from 1 to 10",
                "f must be true or false",
                "s must be a whole number of at least 1",
                "h must be 64 hexadecimal digits",
                "property x should not exist",
            ]
        );
    }

    #[test]
    fn a_size_is_a_number_or_a_decimal_string() {
        let mut fields = fields(r#"{"a":5,"b":"9007199254740993","c":"","d":"+1","e":1.5}"#);
        assert_eq!(fields.optional_size("a"), Some(5));
        assert_eq!(fields.optional_size("b"), Some(9_007_199_254_740_993));
        for bad in ["c", "d", "e"] {
            assert_eq!(fields.optional_size(bad), None, "{bad}");
        }
        assert!(fields.finish().is_err());
    }
    #[test]
    fn of_a_list_the_first_object_with_flaws_is_told_of() {
        let read = |fields: &mut Fields| fields.required_text("a");
        for (json, expected) in [
            (r#"{"l":[{"a":"x"},{"a":"y"}]}"#, vec![]),
            ("{}", vec![]),
            (r#"{"l":[]}"#, vec!["l must be a list of 1 to 3 objects"]),
            (r#"{"l":{}}"#, vec!["l must be a list of 1 to 3 objects"]),
            (r#"{"l":[1]}"#, vec!["l must be a list of 1 to 3 objects"]),
            (
                r#"{"l":[{"a":""},{"a":""},{"a":""},{"a":""}]}"#,
                vec!["l must be a list of 1 to 3 objects"],
            ),
            (
                r#"{"l":[{"a":"x"},{"a":1,"b":1},{}]}"#,
                vec![
                    "l[1].a must be a string",
                    "l[1].property b should not exist",
                ],
            ),
        ] {
            let mut fields = fields(json);
            let list = fields.optional_objects("l", 3, read);
            let messages: Vec<String> = match fields.finish() {
                Err(Refusal::Invalid(flaws)) => {
                    flaws.into_iter().map(|flaw| flaw.message).collect()
                }
                _ => Vec::new(),
            };
            assert_eq!(messages, expected, "{json}");
            assert_eq!(list.is_some(), json.contains("\"y\""), "{json}");
        }
    }
}
