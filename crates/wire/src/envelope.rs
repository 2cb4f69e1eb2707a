//! Successes, bare or wrapped.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads a success body, whether the deployment sends it bare or wraps it as `{"data": …}`.
///
/// An object with a field `data` counts as wrapped: no shape of the contract has a field of that name.
pub fn read_success<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    let mut value: Value = serde_json::from_slice(body)?;
    match value.get_mut("data").map(Value::take) {
        Some(data) => serde_json::from_value(data),
        None => serde_json::from_value(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_and_wrapped_are_the_same() {
        let bare: Vec<u8> = read_success(b"[1,2]").unwrap();
        let wrapped: Vec<u8> = read_success(br#"{"data":[1,2],"statusCode":200}"#).unwrap();
        assert_eq!(bare, wrapped);
        assert!(read_success::<Vec<u8>>(b"<html>").is_err());
    }
}
