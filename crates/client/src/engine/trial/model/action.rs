//! What can happen, and when.

use super::super::program::Operation;
use super::world::World;

/// Something that can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// The pass over the file gets on.
    Read,
    /// A part was read again.
    Rehash(u32),
    /// The file was read for its hash.
    Hash,
    /// The other side answers.
    Answer(Slot),
    /// One more block of a recording is final.
    Grow,
    /// The recording ends.
    Seal,
    /// Its user wants it uploaded.
    Approve,
    /// A wait ends.
    Wake,
    /// What was adrift arrives.
    Arrive(usize),
    /// The program is told that it failed, and what it asked for goes adrift: it was lost, or its reply, or it is late.
    Break(Slot),
    /// It is answered, and the request arrives a second time.
    Double(Slot),
    /// It is answered, and the answer will be heard again.
    Repeat(Slot),
    /// The answer is heard again.
    Echo,
    /// The computer slept.
    Sleep,
    /// The user wants it to rest.
    Pause,
    /// The user wants it to go on.
    Resume,
    /// The store throws away an upload.
    Sweep,
    /// The program ends, so many notes were on the disk, and it begins again; the file may be another.
    Crash {
        /// Notes that the disk kept.
        notes: usize,
        /// Which block was written over.
        rewrites: Option<usize>,
    },
    /// The program ends while it records, and the file has lost its end, a final block among it.
    Cut {
        /// Notes that the disk kept.
        notes: usize,
    },
    /// It ends after so many records of what comes of an answer.
    DieAfter(Slot, usize),
}

/// Something that a program waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Operation,
    Part(u32),
}

impl World {
    /// Everything that can happen now: first what happens with a good network, then what does not.
    pub(super) fn actions(&self) -> (Vec<Action>, Vec<Action>) {
        let mut good = Vec::new();
        let mut bad = Vec::new();
        let slots = self.slots();
        if self.program.reads() {
            good.push(Action::Read);
        }
        good.extend(self.program.rehashing.keys().map(|n| Action::Rehash(*n)));
        if matches!(self.program.operation, Some(Operation::Hash)) {
            good.push(Action::Hash);
        }
        good.extend(slots.iter().map(|slot| Action::Answer(*slot)));
        if self.may_grow() {
            good.push(Action::Grow);
        }
        if self.final_blocks.is_some() {
            good.push(Action::Seal);
        }
        if self.program.state.awaits_word && !self.program.state.stage.is_final() {
            good.push(Action::Approve);
        }
        if self.program.wake_at.is_some() {
            good.push(Action::Wake);
        }
        bad.extend((0..self.adrift.len()).map(Action::Arrive));
        if self.echo.is_some() {
            bad.push(Action::Echo);
        }
        if self.budget.sweeps > 0 && self.cloud.open_upload().is_some() {
            bad.push(Action::Sweep);
        }
        if self.budget.mishaps > 0 {
            for slot in &slots {
                bad.extend([Action::Break(*slot), Action::Double(*slot)]);
            }
        }
        if self.budget.echoes > 0 {
            bad.extend(slots.iter().map(|slot| Action::Repeat(*slot)));
        }
        if self.budget.sleeps > 0 && !self.program.state.stage.is_final() {
            bad.push(Action::Sleep);
        }
        if self.program.state.paused && !self.program.state.stage.is_final() {
            good.push(Action::Resume);
        } else if self.budget.pauses > 0 && !self.program.state.stage.is_final() {
            bad.push(Action::Pause);
        }
        // A program that has come to the end may die before its log is removed; and who failed is tried again.
        if self.budget.crashes > 0 {
            self.push_crashes(&slots, &mut bad);
        }
        (good, bad)
    }

    fn push_crashes(&self, slots: &[Slot], actions: &mut Vec<Action>) {
        for notes in 0..=self.program.notes.len() {
            actions.push(Action::Crash {
                notes,
                rewrites: None,
            });
            if self.budget.cuts > 0 && self.final_blocks >= Some(2) {
                actions.push(Action::Cut { notes });
            }
            if self.budget.rewrites > 0 {
                actions.extend((0..self.file.blocks.len()).map(|block| Action::Crash {
                    notes,
                    rewrites: Some(block),
                }));
            }
        }
        for slot in slots {
            // To die before the first record is to die before the answer; after the last, before what it allows, is to
            // die with that on its way and lost.
            let before = self.program.journal.len() + self.program.notes.len();
            let mut after = self.clone();
            after.act(Action::Answer(*slot));
            let records = after.program.journal.len().saturating_sub(before);
            actions.extend((1..records).map(|record| Action::DieAfter(*slot, record)));
        }
    }

    fn slots(&self) -> Vec<Slot> {
        let remote = matches!(self.program.operation, Some(Operation::Remote(_)));
        let operation = remote.then_some(Slot::Operation);
        let parts = self.program.parts.keys().map(|number| Slot::Part(*number));
        operation.into_iter().chain(parts).collect()
    }
}
