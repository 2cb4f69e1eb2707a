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

    /// Takes a whole number that may be left out.
    pub(crate) fn optional_integer(&mut self, name: &str, min: u32, max: u32) -> Option<u32> {
        let must_be = format!("a whole number from {min} to {max}");
        self.optional(name, &must_be, |value| {
            let number = u32::try_from(value.as_u64()?).ok()?;
            (min..=max).contains(&number).then_some(number)
        })
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
        self.optional(name, "64 hexadecimal digits", |value| {
            let digits = text(value)?;
            let right = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            right.then(|| digits.to_ascii_lowercase())
        })
    }

    /// Ends the reading: what nobody took is unknown, and every flaw is returned.
    pub(crate) fn finish(mut self) -> Result<(), Refusal> {
        for name in self.object.keys() {
            self.flaws.push(Flaw::new(format!(
                "property {} should not exist",
                name.escape_debug()
            )));
        }
        if self.flaws.is_empty() {
            return Ok(());
        }
        Err(Refusal::Invalid(self.flaws))
    }
}

const TEXT: &str = "a string";
const SIZE: &str = "a whole number of at least 1";

fn text(value: Value) -> Option<String> {
    if let Value::String(text) = value {
        return Some(text);
    }
    None
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
}
