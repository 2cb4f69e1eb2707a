//! Whether the part of the desktop that is recorded is still there: screens are unplugged and plugged in again, and desktops
//! made smaller and larger, while somebody records.

use capture::{Area, Screen};

use crate::desktop::Desktop;
use crate::trouble::Trouble;

/// Watches a part of the desktop.
pub(crate) struct Watch {
    desktop: Desktop,
    area: Area,
    /// What of it each screen showed at first.
    pieces: Vec<Area>,
    name: String,
    seen: bool,
}

/// What has changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// Whether it reaches over the desktop's edge now.
    pub(crate) is_cut: bool,
    /// Whether all of it is to be seen, when that has changed.
    pub(crate) seen: Option<bool>,
}

impl Watch {
    /// Begins to watch.
    pub(crate) fn begin(area: Area) -> Result<Self, Trouble> {
        let desktop = Desktop::open()?;
        desktop.tell_of_changes()?;
        let monitors = desktop.monitors()?;
        Ok(Self {
            pieces: pieces(area, &monitors),
            name: name_of(area, &desktop.screens()?),
            desktop,
            area,
            seen: true,
        })
    }

    /// The screen that shows the most of it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What has changed since it was asked last. Does not wait.
    pub(crate) fn look(&mut self) -> Result<Option<Change>, Trouble> {
        if !self.desktop.has_changed()? {
            return Ok(None);
        }
        let (whole, monitors) = (self.desktop.whole_now()?, self.desktop.monitors()?);
        let is_cut = !whole.contains(&self.area);
        let seen = !is_cut && are_shown(&self.pieces, &monitors);
        let turned = std::mem::replace(&mut self.seen, seen) != seen;
        Ok(Some(Change {
            is_cut,
            seen: turned.then_some(seen),
        }))
    }
}

/// The parts of an area that these monitors show.
fn pieces(area: Area, monitors: &[Area]) -> Vec<Area> {
    let shown = monitors
        .iter()
        .filter_map(|monitor| monitor.intersection(&area));
    shown.collect()
}

/// Whether each is on a monitor: not on the one that it was on, which may be another one's mirror.
fn are_shown(pieces: &[Area], monitors: &[Area]) -> bool {
    let is_shown = |piece: &Area| monitors.iter().any(|monitor| monitor.contains(piece));
    pieces.iter().all(is_shown)
}

fn name_of(area: Area, screens: &[Screen]) -> String {
    let shown = |screen: &&Screen| {
        let piece = screen.area.intersection(&area);
        piece.map_or(0, |piece| u64::from(piece.width) * u64::from(piece.height))
    };
    let screen = screens.iter().max_by_key(shown);
    screen.map_or_else(String::new, |screen| screen.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn areas(texts: &[&str]) -> Vec<Area> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_part_is_shown_as_long_as_monitors_show_what_they_showed() {
        let two = ["1920x1080+0+0", "1280x720+1920+0"];
        for (recorded, before, after, expected) in [
            ("1920x1080+0+0", &two[..], &two[..1], true),
            ("1920x1080+0+0", &two[..], &two[1..], false),
            ("1920x1080+0+0", &two[..], &["1280x720+0+0"][..], false),
            // A mirror shows it, too.
            (
                "1280x720+0+0",
                &two[..1],
                &["1920x1080+0+0", "1280x720+0+0"],
                true,
            ),
            // Over both: one of them is gone.
            ("640x360+1600+0", &two[..], &two[..1], false),
            ("640x360+1600+0", &two[..], &["3200x1080+0+0"], true),
            // What no monitor showed is not missed.
            ("3200x1080+0+0", &two[..], &two[..], true),
            ("640x360+0+0", &[], &[], true),
            ("640x360+0+0", &two[..1], &[], false),
        ] {
            let pieces = pieces(recorded.parse().unwrap(), &areas(before));
            let shown = are_shown(&pieces, &areas(after));
            assert_eq!(shown, expected, "{recorded} of {before:?}, then {after:?}");
        }
    }

    #[test]
    fn a_part_is_called_after_the_screen_that_shows_most_of_it() {
        let screen = |number: u32, name: &str, area: &str| Screen {
            number,
            name: name.to_owned(),
            area: area.parse().unwrap(),
            probed: None,
        };
        let screens = [
            screen(1, "Left", "1920x1080+0+0"),
            screen(2, "Right", "1280x720+1920+0"),
        ];
        for (recorded, name) in [
            ("640x360+1500+0", "Left"),
            ("640x360+1900+0", "Right"),
            ("3200x1080+0+0", "Left"),
        ] {
            assert_eq!(name_of(recorded.parse().unwrap(), &screens), name);
        }
    }
}
