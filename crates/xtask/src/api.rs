//! The backend's calls, asked by curl: as the setup guide does, and with another program than ours.

use std::process::Command;

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::processes;

/// `curl`, quiet but for errors.
pub(crate) fn curl() -> Command {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--fail"]);
    command
}

/// An access token for the command line: `revui login` would need a keychain, which such a machine may not have.
pub(crate) fn sign_in(server: &str, email: &str, password: &str) -> Result<String, Failure> {
    let account = json!({ "email": email, "password": password });
    let answer = processes::capture_with_input(
        curl()
            .args(["--header", "Content-Type: application/json", "--data", "@-"])
            .arg(format!("{server}/api/auth/login")),
        &account.to_string(),
    )?;
    text_at(&answer, "/accessToken")
}

/// A presigned URL of the base contract for one `.webm`.
pub(crate) fn presigned(server: &str, token: &str, task: &str) -> Result<String, Failure> {
    let order = json!({ "taskId": task, "filename": "bench.webm", "contentType": "video/webm" });
    // By standard input, since everybody on this computer may read a command line.
    let config = format!(
        "header = \"Authorization: Bearer {token}\"\nheader = \"Content-Type: application/json\"\ndata = {}\n",
        Value::from(order.to_string())
    );
    let answer = processes::capture_with_input(
        curl()
            .args(["--config", "-"])
            .arg(format!("{server}/api/recordings/initiate")),
        &config,
    )?;
    text_at(&answer, "/uploadUrl")
}

/// Whether the backend says that it takes uploads in parts.
pub(crate) fn takes_parts(server: &str) -> Result<bool, Failure> {
    let address = format!("{server}/api/recordings/health");
    let answer = processes::capture(curl().arg(address))?;
    let health: Option<Value> = serde_json::from_str(&answer).ok();
    Ok(health.is_some_and(|health| health["uploads"]["multipart"] == true))
}

/// The text at this place of a JSON answer (RFC 6901).
pub(crate) fn text_at(answer: &str, pointer: &str) -> Result<String, Failure> {
    serde_json::from_str::<Value>(answer)
        .ok()
        .and_then(|answer| answer.pointer(pointer)?.as_str().map(str::to_owned))
        .ok_or_else(|| Failure::Unexpected {
            what: format!("the backend's answer has no {pointer}"),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_in_answers() {
        assert_eq!(
            text_at(r#"{"accessToken":"a.b.c"}"#, "/accessToken").unwrap(),
            "a.b.c"
        );
        assert_eq!(text_at(r#"[{"id":"r-1"}]"#, "/0/id").unwrap(), "r-1");
        for answer in ["[]", "{}", "<html>", r#"[{"id":1}]"#] {
            assert!(text_at(answer, "/0/id").is_err(), "{answer}");
        }
    }
}
