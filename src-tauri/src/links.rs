//! Links that have been proven to open, by recording. The webview names a recording; the address stays here.

use std::collections::HashMap;
use std::sync::Mutex;

use client::Link;
use tauri::AppHandle;
use tauri_plugin_opener::OpenerExt;
use wire::RecordingId;

use crate::ipc::{self, Failure};
use crate::overview;
use crate::shell::{Shell, lock};

/// A recording's newest link, and what is told beside it.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    /// The name people know it by.
    pub(crate) file_name: String,
    /// SHA-256 of its bytes, where it is known.
    pub(crate) sha256: String,
    /// The link.
    pub(crate) link: Link,
}

impl Shared {
    /// `[name](link)`, with the name's own brackets escaped.
    /// Source: <https://spec.commonmark.org/0.31.2/#links>
    pub(crate) fn as_markdown(&self) -> String {
        let name: String = self
            .file_name
            .chars()
            .flat_map(|character| {
                let escape =
                    matches!(character, '[' | ']' | '\\' | '`' | '*' | '_' | '<').then_some('\\');
                escape.into_iter().chain([character])
            })
            .collect();
        format!("[{name}](<{}>)", self.link.url.reveal())
    }
}

/// The newest link of each recording that was shown.
#[derive(Default)]
pub(crate) struct Links(Mutex<HashMap<RecordingId, Shared>>);

impl Links {
    /// Keeps a link in place of an older one.
    pub(crate) fn keep(&self, recording: &RecordingId, file_name: &str, sha256: &str, link: Link) {
        let shared = Shared {
            file_name: file_name.to_owned(),
            sha256: sha256.to_owned(),
            link,
        };
        lock(&self.0).insert(recording.clone(), shared);
    }

    /// Keeps a fresh link of a recording that was shown before.
    pub(crate) fn renew(&self, recording: &RecordingId, link: Link) {
        if let Some(shared) = lock(&self.0).get_mut(recording) {
            shared.link = link;
        }
    }

    /// The newest link of a recording.
    pub(crate) fn find(&self, recording: &RecordingId) -> Option<Shared> {
        lock(&self.0).get(recording).cloned()
    }

    /// As [`Links::find`], for a command.
    pub(crate) fn get(&self, recording: &RecordingId) -> Result<Shared, Failure> {
        self.find(recording).ok_or_else(|| Failure {
            code: "unknown_link".to_owned(),
            message: "There is no link to this recording here.".to_owned(),
            hint: "Choose the recording in the list to get a fresh link.".to_owned(),
            retryable: false,
        })
    }

    /// Forgets all of them: another user may sign in.
    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }
}

/// A fresh link of a recording that is shown.
pub(crate) async fn renew(shell: &Shell, id: &RecordingId) -> Result<ipc::Link, Failure> {
    let link = shell.client.link(id).await?;
    shell.links.renew(id, link.clone());
    shell.touch();
    Ok(overview::link(&link))
}

/// Opens a link with whatever the system opens links with.
pub(crate) fn open(app: &AppHandle, shared: &Shared) -> Result<(), Failure> {
    open_address(app, shared.link.url.reveal())
}

/// The same, of any address.
pub(crate) fn open_address(app: &AppHandle, address: &str) -> Result<(), Failure> {
    app.opener().open_url(address, None::<&str>).map_err(|_| {
        Failure::of_the_shell(
            "not_opened",
            "No program could be started to open the link.",
            "Copy the link and open it in a browser.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_the_markdown() {
        let shared = Shared {
            file_name: "retro [week 47]_final.webm".to_owned(),
            sha256: String::new(),
            link: Link {
                url: String::from("https://store.example/a(b)?X-Amz-Signature=1").into(),
                expires_at: None,
            },
        };
        assert_eq!(
            shared.as_markdown(),
            r"[retro \[week 47\]\_final.webm](<https://store.example/a(b)?X-Amz-Signature=1>)"
        );
    }
}
