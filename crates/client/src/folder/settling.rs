//! Which files of a folder are complete. A pure account: it is told what was seen of each and when, and knows no disk and no
//! clock.
//!
//! A file is complete once it has kept its size and its time for a while, and nobody has it in hand: whoever writes to it
//! has it in hand from the first write that the system tells of until the file is closed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// A file from outside, at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// Its size in bytes.
    pub(super) size_bytes: u64,
    /// When it was last written to, where the file system tells.
    pub(super) modified_at: Option<SystemTime>,
}

/// What the system tells of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// Somebody wrote to it.
    Written(PathBuf),
    /// Somebody who could write to it closed it.
    Closed(PathBuf),
    /// It has another name now.
    Renamed {
        /// The one before.
        from: PathBuf,
        /// And now.
        to: PathBuf,
    },
    /// Something appeared or went away.
    Changed,
    /// The system lost count of what happened.
    Unsure,
}

/// The files of a folder.
#[derive(Debug)]
pub(super) struct Settling {
    /// How long a file has to stay as it is.
    quiet: Duration,
    files: BTreeMap<PathBuf, Tracked>,
}

/// What is known of one.
#[derive(Debug, Clone, Copy)]
struct Tracked {
    look: Look,
    unchanged_since: Instant,
    in_hand: bool,
    /// Whether the last look missed it: that may be older than what the system has told.
    is_missed: bool,
    /// Whether it was handed out as it is now.
    is_through: bool,
}

impl Settling {
    /// Of a folder that nobody has looked into yet.
    pub(super) fn new(quiet: Duration) -> Self {
        Self {
            quiet,
            files: BTreeMap::new(),
        }
    }

    /// The folder held these a moment ago, and no others.
    pub(super) fn looked(&mut self, found: BTreeMap<PathBuf, Look>, now: Instant) {
        self.files.retain(|path, tracked| {
            let is_there = found.contains_key(path);
            let may_have_come_since = tracked.in_hand && !tracked.is_missed;
            tracked.is_missed = !is_there;
            is_there || may_have_come_since
        });
        for (path, look) in found {
            let tracked = self.files.entry(path).or_insert(Tracked::new(look, now));
            if tracked.look != look {
                *tracked = Tracked {
                    in_hand: tracked.in_hand,
                    ..Tracked::new(look, now)
                };
            }
        }
    }

    /// The system told something.
    pub(super) fn heard(&mut self, heard: Heard, now: Instant) {
        match heard {
            Heard::Written(path) => {
                let unseen = Tracked::new(Look::default(), now);
                self.files.entry(path).or_insert(unseen).in_hand = true;
            }
            Heard::Closed(path) => {
                if let Some(tracked) = self.files.get_mut(&path) {
                    tracked.in_hand = false;
                    tracked.unchanged_since = now;
                }
            }
            // Whoever writes to it goes on writing.
            Heard::Renamed { from, to } => {
                if let Some(tracked) = self.files.remove(&from) {
                    let moved = Tracked {
                        unchanged_since: now,
                        is_through: false,
                        ..tracked
                    };
                    self.files.insert(to, moved);
                }
            }
            Heard::Changed => {}
            // A word that never comes must not be waited for.
            Heard::Unsure => self
                .files
                .values_mut()
                .for_each(|file| file.in_hand = false),
        }
    }

    /// A file that is complete and was not handed out as it is.
    pub(super) fn take(&mut self, now: Instant) -> Option<PathBuf> {
        let quiet = self.quiet;
        let (path, tracked) = self
            .files
            .iter_mut()
            .find(|(_, file)| file.due_at(quiet).is_some_and(|due| due <= now))?;
        tracked.is_through = true;
        Some(path.clone())
    }

    /// A file that was handed out was not complete after all.
    pub(super) fn put_back(&mut self, path: &Path, now: Instant) {
        if let Some(tracked) = self.files.get_mut(path) {
            tracked.is_through = false;
            tracked.unchanged_since = now;
        }
    }

    /// When the next file will be complete, if nothing happens to it.
    pub(super) fn due_at(&self) -> Option<Instant> {
        let due = self
            .files
            .values()
            .filter_map(|file| file.due_at(self.quiet));
        due.min()
    }

    /// The files that were not handed out as they are.
    pub(super) fn unsettled(&self) -> impl Iterator<Item = &Path> {
        let files = self.files.iter();
        let open = files.filter(|(_, file)| !file.is_through && !file.is_missed);
        open.map(|(path, _)| path.as_path())
    }
}

impl Tracked {
    fn new(look: Look, now: Instant) -> Self {
        Self {
            look,
            unchanged_since: now,
            in_hand: false,
            is_missed: false,
            is_through: false,
        }
    }

    /// `None` while it cannot be complete: somebody has it in hand, there is nothing in it, or it was handed out.
    fn due_at(&self, quiet: Duration) -> Option<Instant> {
        let is_seen = !self.is_missed && self.look.size_bytes > 0;
        let may_be = is_seen && !self.is_through && !self.in_hand;
        may_be.then(|| self.unchanged_since + quiet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const QUIET: Duration = Duration::from_secs(5);

    /// What happens, and which file is handed out by it.
    enum Then {
        /// The folder is looked into: the size of `a`, where it is there.
        Sees(Option<u64>),
        Hears(Heard),
        /// Time passes, in seconds.
        Waits(u64),
        /// `a` is handed out, or nothing is.
        Takes(bool),
    }
    use Then::{Hears, Sees, Takes, Waits};

    fn a() -> PathBuf {
        PathBuf::from("a.webm")
    }

    fn found(name: PathBuf, size_bytes: u64) -> BTreeMap<PathBuf, Look> {
        let look = Look {
            size_bytes,
            modified_at: None,
        };
        BTreeMap::from([(name, look)])
    }

    fn tell(story: Vec<Then>) {
        let mut settling = Settling::new(QUIET);
        let mut now = Instant::now();
        for (line, then) in story.into_iter().enumerate() {
            match then {
                Sees(Some(size_bytes)) => settling.looked(found(a(), size_bytes), now),
                Sees(None) => settling.looked(BTreeMap::new(), now),
                Hears(heard) => settling.heard(heard, now),
                Waits(seconds) => now += Duration::from_secs(seconds),
                Takes(expected) => {
                    assert_eq!(settling.take(now), expected.then(a), "line {line}");
                }
            }
        }
    }

    #[test]
    fn a_file_is_complete_once_it_stays_as_it_is() {
        tell(vec![
            Sees(Some(10)),
            Takes(false),
            Waits(4),
            Takes(false),
            Sees(Some(11)),
            Waits(4),
            Takes(false),
            Waits(1),
            Takes(true),
            Waits(100),
            Takes(false),
        ]);
    }

    #[test]
    fn whoever_writes_is_waited_for_however_long_nothing_comes() {
        tell(vec![
            Hears(Heard::Written(a())),
            Sees(Some(10)),
            Waits(1000),
            Takes(false),
            Hears(Heard::Closed(a())),
            Waits(4),
            Takes(false),
            Waits(1),
            Takes(true),
        ]);
        // The system lost count: its word that the file was closed may never come.
        tell(vec![
            Sees(Some(10)),
            Hears(Heard::Written(a())),
            Hears(Heard::Unsure),
            Waits(5),
            Takes(true),
        ]);
    }

    #[test]
    fn a_look_that_is_older_than_what_was_heard_takes_nothing_out_of_its_writers_hand() {
        tell(vec![
            Hears(Heard::Written(a())),
            Sees(None),
            Sees(Some(10)),
            Waits(1000),
            Takes(false),
            Hears(Heard::Closed(a())),
            Waits(5),
            Takes(true),
        ]);
        // Two looks without it: it went away, and what comes under its name later is another file.
        tell(vec![
            Hears(Heard::Written(a())),
            Sees(None),
            Sees(None),
            Sees(Some(10)),
            Waits(5),
            Takes(true),
        ]);
    }

    #[test]
    fn an_empty_file_is_not_complete() {
        tell(vec![
            Sees(Some(0)),
            Waits(1000),
            Takes(false),
            Sees(Some(1)),
            Waits(5),
            Takes(true),
        ]);
    }

    #[test]
    fn what_changes_later_counts_anew_and_what_went_away_is_forgotten() {
        tell(vec![
            Sees(Some(10)),
            Waits(5),
            Takes(true),
            Sees(Some(20)),
            Waits(5),
            Takes(true),
            Sees(None),
            Waits(5),
            Takes(false),
            Sees(Some(20)),
            Waits(5),
            Takes(true),
        ]);
    }

    #[test]
    fn a_new_name_keeps_its_writer() {
        let part = PathBuf::from("a.webm.part");
        let renamed = Heard::Renamed {
            from: part.clone(),
            to: a(),
        };
        tell(vec![
            Hears(Heard::Written(part)),
            Hears(renamed),
            Sees(Some(10)),
            Waits(100),
            Takes(false),
            Hears(Heard::Closed(a())),
            Waits(5),
            Takes(true),
        ]);
    }

    #[test]
    fn one_that_was_not_complete_after_all_waits_again() {
        let mut settling = Settling::new(QUIET);
        let now = Instant::now();
        settling.looked(found(a(), 10), now);
        assert_eq!(settling.due_at(), Some(now + QUIET));
        assert_eq!(settling.take(now + QUIET), Some(a()));
        assert_eq!((settling.due_at(), settling.unsettled().count()), (None, 0));
        settling.put_back(&a(), now + QUIET);
        assert_eq!(settling.due_at(), Some(now + QUIET * 2));
        assert_eq!(settling.unsettled().count(), 1);
    }

    proptest! {
        /// Whatever is seen and heard, a file that is handed out has been quiet, is not in hand, and comes once as it is.
        #[test]
        fn nothing_is_handed_out_too_early(steps in prop::collection::vec((0_u64..4, 0_u64..4, 0_u8..3), 1..60)) {
            let mut settling = Settling::new(QUIET);
            let mut now = Instant::now();
            let (mut size, mut changed_at, mut in_hand, mut handed_out) = (None, now, false, None);
            for (seconds, seen, heard) in steps {
                now += Duration::from_secs(seconds);
                match heard {
                    1 => {
                        settling.heard(Heard::Written(a()), now);
                        in_hand = true;
                    }
                    2 if in_hand => {
                        settling.heard(Heard::Closed(a()), now);
                        (in_hand, changed_at) = (false, now);
                    }
                    _ => {}
                }
                if size.replace(seen) != Some(seen) {
                    changed_at = now;
                    handed_out = None;
                }
                settling.looked(found(a(), seen), now);
                if let Some(path) = settling.take(now) {
                    prop_assert_eq!(path, a());
                    prop_assert!(!in_hand && seen > 0 && now - changed_at >= QUIET);
                    prop_assert_eq!(handed_out.replace(seen), None);
                }
            }
        }
    }
}
