//! The `SeekHead`: where Tracks, Info and Cues stand, for files that put them behind the clusters.

use crate::ebml::{Children, Element, Id, Stop, Window, unsigned};

/// Where the `SeekHead` says that Info, Tracks and Cues are.
#[derive(Debug)]
pub(super) struct SeekHead {
    /// Where the Segment's content begins, which positions count from.
    origin: u64,
    info: Option<u64>,
    tracks: Option<u64>,
    /// Those that were named last.
    pub(super) cues: Option<u64>,
}

impl SeekHead {
    pub(super) fn new(origin: u64) -> Self {
        Self {
            origin,
            info: None,
            tracks: None,
            cues: None,
        }
    }

    /// Reads one `SeekHead`; a file may have two.
    pub(super) fn read(&mut self, window: &mut Window<'_>, seek_head: Element) -> Result<(), Stop> {
        let mut entries = Children::of(seek_head)?;
        while let Some(entry) = entries.next(window)? {
            if entry.id == Id::SEEK {
                self.read_entry(window, entry)?;
            }
        }
        Ok(())
    }

    fn read_entry(&mut self, window: &mut Window<'_>, entry: Element) -> Result<(), Stop> {
        let (mut id, mut position) = (None, None);
        let mut children = Children::of(entry)?;
        while let Some(child) = children.next(window)? {
            match child.id {
                Id::SEEK_ID => id = window.content(child, 4)?.and_then(unsigned),
                Id::SEEK_POSITION => position = window.content(child, 8)?.and_then(unsigned),
                _ => {}
            }
        }
        let offset = position.and_then(|position| self.origin.checked_add(position));
        if id == Some(Id::INFO.0.into()) {
            self.info = offset;
        } else if id == Some(Id::TRACKS.0.into()) {
            self.tracks = offset;
        } else if id == Some(Id::CUES.0.into()) {
            self.cues = offset;
        }
        Ok(())
    }

    /// The element has been met on the way; where the file says that it is no longer matters.
    pub(super) fn met(&mut self, id: Id) {
        match id {
            Id::INFO => self.info = None,
            Id::TRACKS => self.tracks = None,
            _ => {}
        }
    }

    /// What stands behind the first cluster, and was not met on the way there.
    pub(super) fn behind(
        &self,
        first_cluster: Option<u64>,
    ) -> impl Iterator<Item = (Id, u64)> + use<> {
        let behind = move |offset: &u64| first_cluster.is_some_and(|first| *offset > first);
        let info = self.info.filter(behind).map(|offset| (Id::INFO, offset));
        let tracks = self
            .tracks
            .filter(behind)
            .map(|offset| (Id::TRACKS, offset));
        info.into_iter().chain(tracks)
    }
}
