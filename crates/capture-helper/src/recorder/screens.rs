//! Screens that are unplugged, or made smaller, while they are recorded.

use capture::protocol::{Event, Source};

use super::Recorder;
use crate::outlet::{note, tell};
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
    pub(super) fn look_at_screens(&mut self) {
        let Some(watch) = &mut self.watch else { return };
        let change = match watch.look() {
            Ok(Some(change)) => change,
            Ok(None) => return,
            Err(trouble) => {
                note(&format!("the screens are not watched any more: {trouble}"));
                self.watch = None;
                return;
            }
        };
        let Change { is_cut, seen } = change;
        if let Some(seen) = seen {
            let (source, name) = (Source::Screen, watch.name().to_owned());
            tell(&if seen {
                Event::DeviceBack { source, name }
            } else {
                Event::DeviceLost { source, name }
            });
        }
        if is_cut {
            self.take_over("the desktop does not reach so far any more");
        }
    }

    /// The source of the desktop failed; whether the recording goes on all the same.
    pub(super) fn survives(&mut self, trouble: &Trouble) -> bool {
        self.take_over(&trouble.to_string())
    }

    fn take_over(&mut self, because: &str) -> bool {
        match self.pipeline.take_over() {
            Ok(false) => false,
            Ok(true) => {
                note(&format!("pictures are taken without a source: {because}"));
                true
            }
            Err(trouble) => {
                note(&format!("nothing takes the source's place: {trouble:?}"));
                false
            }
        }
    }
}
