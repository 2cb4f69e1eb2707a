//! What happens beside lost requests: to the program, the computer, the file, the session and the store.

use jiff::SignedDuration;

use super::super::super::{Event, Lanes};
use super::super::program::recall;
use super::sky::Sky;
use super::storm::milliseconds;
use crate::journal::Record;

/// Something that happens out of the blue.
#[derive(Debug, Clone, Copy)]
enum Mischief {
    Crash,
    Restart,
    Sleep,
    ClockSet,
    SignedOut,
    Pause,
    Retry,
    Sweep,
    Change,
    Cancel,
}

const ALL: [Mischief; 13] = [
    Mischief::Crash,
    Mischief::Crash,
    Mischief::Crash,
    Mischief::Restart,
    Mischief::Sleep,
    Mischief::Sleep,
    Mischief::ClockSet,
    Mischief::SignedOut,
    Mischief::Pause,
    Mischief::Retry,
    Mischief::Sweep,
    Mischief::Change,
    Mischief::Cancel,
];

impl Sky {
    pub(super) fn plan_mischief(&mut self) {
        let most = u64::try_from(self.storm.mischief_every.as_millis()).unwrap();
        self.mischief_at = self.now + milliseconds(self.lot.between(1, 2 * most));
    }

    pub(super) fn mischief(&mut self) {
        match self.lot.one_of(&ALL) {
            Mischief::Crash => self.crash(),
            Mischief::Restart => {
                self.feed(Event::StopWanted);
                self.crash();
            }
            Mischief::Sleep => self.sleep(),
            Mischief::ClockSet => self.set_clock(),
            Mischief::SignedOut => {
                let back_at = self.now + milliseconds(self.lot.between(1, 120_000));
                self.signed_out_until = Some(back_at);
            }
            Mischief::Pause => {
                let until = self.now + milliseconds(self.lot.between(1, 120_000));
                self.paused_until = Some(until);
                self.feed(Event::PauseWanted);
            }
            Mischief::Retry => drop(self.feed(Event::RetryWanted)),
            Mischief::Sweep => self.sweep(),
            Mischief::Change if self.storm.changes => self.has_changed = true,
            Mischief::Cancel if self.storm.cancels => {
                self.was_cancelled = true;
                self.feed(Event::CancelWanted);
            }
            Mischief::Change | Mischief::Cancel => {}
        }
    }

    /// The program ends without a word, and begins again with nothing but its log.
    pub(super) fn crash(&mut self) {
        let notes = self.program.notes.len() as u64;
        let kept = usize::try_from(self.lot.between(0, notes)).unwrap();
        self.crashes += 1;
        self.program.crash(kept);
        self.collect();
        self.end_recording_in_a_crash();
        if self.storm.rewrites && self.lot.happens(0.3) {
            let last = self.file.blocks.len() as u64 - 1;
            let block = usize::try_from(self.lot.between(0, last)).unwrap();
            self.file.write_over(block);
        }
        // What is read from the disk is what was written, word for word.
        let read: Vec<_> = self
            .program
            .journal
            .iter()
            .map(|record| {
                let written = serde_json::to_string(&**record).unwrap();
                std::sync::Arc::new(serde_json::from_str::<Record>(&written).unwrap())
            })
            .collect();
        assert_eq!(read, self.program.journal);
        self.program.state = recall(&self.program.state, &read);
        self.lanes = Lanes::default();
        self.told_bytes = 0;
        self.begin();
    }

    /// Ten minutes with the lid closed: time goes on, and no connection lives through it.
    fn sleep(&mut self) {
        let slept = milliseconds(self.lot.between(6_000, 600_000));
        self.now += slept;
        if let Some(wake_at) = &mut self.program.wake_at {
            *wake_at += slept;
        }
        for flight in self.flights.values_mut() {
            flight.due = flight.due.map(|due| due + slept);
        }
        self.feed(Event::WokeUp);
    }

    /// The computer's clock is set, up to twenty minutes either way; waits do not notice.
    fn set_clock(&mut self) {
        let off = SignedDuration::from_secs(i64::try_from(self.lot.between(0, 2_400)).unwrap())
            - SignedDuration::from_mins(20);
        let by = off - self.clock_is_off;
        self.clock_is_off = off;
        if let Some(wake_at) = &mut self.program.wake_at {
            *wake_at += by;
        }
    }

    /// The store throws away what had arrived.
    fn sweep(&mut self) {
        let Some(upload) = self.cloud.open_upload() else {
            return;
        };
        // A store that does it again and again is given in on.
        if self.sweeps == 3 {
            return;
        }
        self.sweeps += 1;
        let kept = self.cloud.uploads[upload].kept.values();
        self.excused += kept
            .map(|content| content.range.end - content.range.start)
            .sum::<u64>();
        self.cloud.sweep(upload);
    }
}
