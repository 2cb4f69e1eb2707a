//! Small readers of documents.

use serde_json::{Map, Value};

use super::WriteError;

pub(super) fn text(document: &Value, key: &str) -> Option<String> {
    document[key].as_str().map(str::to_owned)
}

pub(super) fn number(document: &Value, key: &str) -> Option<i32> {
    document[key]
        .as_i64()
        .and_then(|number| i32::try_from(number).ok())
}

pub(super) fn flag(document: &Value, key: &str) -> Option<bool> {
    document[key].as_bool()
}

pub(super) fn list<'a>(document: &'a Value, key: &str) -> &'a [Value] {
    document[key]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

pub(super) fn texts(document: &Value, key: &str) -> Option<Vec<String>> {
    let texts = document[key].as_array()?.iter();
    Some(
        texts
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect(),
    )
}

pub(super) fn required(document: &Value, key: &'static str) -> Result<String, WriteError> {
    text(document, key).ok_or(WriteError::Untranslatable { what: key })
}

/// An object of what is there.
pub(super) fn object<const N: usize>(entries: [(&str, Option<Value>); N]) -> Value {
    let present = entries
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(present.collect::<Map<_, _>>())
}

/// For the SDK's builders, which refuse what is incomplete.
pub(super) fn untranslatable<E>(what: &'static str) -> impl FnOnce(E) -> WriteError {
    move |_| WriteError::Untranslatable { what }
}
