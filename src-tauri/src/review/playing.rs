//! Playing a file under review, for as long as it is.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Review, Sight, find};
use crate::decoder;
use crate::ipc::Failure;
use crate::playback::Played;
use crate::shell::{Shell, lock};

impl Review {
    /// A recording that can be sent, to be played; `None` for a file that cannot, or is here no longer.
    pub(super) fn playable(&self, id: &str) -> Option<PathBuf> {
        let mut candidates = lock(&self.candidates);
        let candidate = find(&mut candidates, id)?;
        let is_good = matches!(candidate.sight, Sight::Good(_) | Sight::Starting(_));
        is_good.then(|| candidate.path.clone())
    }

    /// Keeps what plays a file for as long as the file is here; where it is played from. Whoever asks again gets the same.
    fn keep_playing(&self, id: &str, played: Played) -> Option<String> {
        let mut candidates = lock(&self.candidates);
        let candidate = find(&mut candidates, id)?;
        let played = candidate.played.get_or_insert_with(|| Arc::new(played));
        Some(played.address().to_owned())
    }
}

/// Where the webview can play a file that is under review, until it is not any more; `None` where playing it would end the
/// page, or where there is nothing to be played.
pub(crate) async fn play(shell: &Shell, id: &str) -> Result<Option<String>, Failure> {
    let is_safe = tauri::async_runtime::spawn_blocking(decoder::is_safe).await;
    let path = shell.review.playable(id);
    let (true, Some(path)) = (is_safe.unwrap_or(false), path) else {
        return Ok(None);
    };
    let played = shell.playback.serve(path).map_err(|error| {
        tracing::warn!(%error, "a recording cannot be played");
        Failure::of_the_shell(
            "not_played",
            "The recording cannot be played here now.",
            "Close other programs and try again; it can be uploaded all the same.",
        )
    })?;
    Ok(shell.review.keep_playing(id, played))
}
