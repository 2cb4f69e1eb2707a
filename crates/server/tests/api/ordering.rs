//! `revui-server storage …`, as an operator starts it.

use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

/// What an order ended with.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// Names of the checks that ended so, in order.
    pub(crate) fn checks(&self, outcome: &str) -> Vec<String> {
        let json = self.json();
        let checks = json["checks"].as_array().unwrap().iter();
        checks
            .filter(|check| check["outcome"] == outcome)
            .map(|check| check["id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// All that is said of a check.
    pub(crate) fn said_of(&self, id: &str) -> String {
        let json = self.json();
        let checks = json["checks"].as_array().unwrap().iter();
        let of = checks.filter(|check| check["id"] == id);
        of.map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }
}

/// `revui-server storage` with these arguments, and nothing in its environment but these variables.
pub(crate) async fn order(arguments: &[&str], variables: &[(&str, String)]) -> Ended {
    let folder = TempDir::new().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_revui-server"))
        .current_dir(folder.path())
        .env_clear()
        .envs(variables.iter().map(|(name, value)| (*name, value)))
        .arg("storage")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ended {
        code: output.status.code(),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}
