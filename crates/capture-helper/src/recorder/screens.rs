//! Screens that are unplugged, or made smaller, while they are recorded.

use capture::protocol::{Event, Source};

use super::Recorder;
use super::devices::tell_seen;
use crate::outlet::note;
use crate::plan::Picture;
use crate::trouble::Trouble;
use crate::watch::{Change, Watch};

/// What watches the screens for a recording of this. One that cannot be watched is recorded all the same.
pub(super) fn watch(picture: &Picture) -> Option<Watch> {
    let Picture::Desktop(area) = picture else {
        return None;
    };
    Watch::begin(*area)
        .inspect_err(|trouble| note(&format!("the screens are not watched: {trouble}")))
        .ok()
}

impl Recorder<'_> {
    pub(super) fn look_at_screens(&mut self) -> Option<Event> {
        let watch = self.watch.as_mut()?;
        let change = match watch.look() {
            Ok(Some(change)) => change,
            Ok(None) => return None,
            Err(trouble) => {
                note(&format!("the screens are not watched any more: {trouble}"));
                self.watch = None;
                return None;
            }
        };
        let Change { is_cut, seen } = change;
        if let Some(seen) = seen {
            tell_seen(Source::Screen, watch.name().to_owned(), seen);
        }
        let because = "the desktop does not reach so far any more";
        if is_cut && let Err(trouble) = self.take_over(because) {
            return self.fail(trouble);
        }
        None
    }

    /// The source of the desktop failed; whether the recording goes on all the same.
    pub(super) fn survives(&mut self, trouble: &Trouble) -> bool {
        self.take_over(&trouble.to_string())
            .unwrap_or_else(|trouble| {
                note(&format!("nothing takes the source's place: {trouble:?}"));
                false
            })
    }

    /// Whether there was a place to take.
    fn take_over(&mut self, because: &str) -> Result<bool, Trouble> {
        let taken = self.pipeline.take_over()?;
        if taken {
            note(&format!("pictures are taken without a source: {because}"));
        }
        Ok(taken)
    }
}
