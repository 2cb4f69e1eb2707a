//! A recording that is made while it is sent: more and more of it becomes final, its header is written over at its end, and
//! what a crash leaves of it is the file.

use std::sync::Arc;

use super::super::super::{Event, State};
use super::super::cloud::Extensions;
use super::super::file::{BLOCK_BYTES, Recording};
use super::super::job;
use super::super::program::{Life, Program, Step, recall};
use super::world::World;
use super::{Budget, policy};
use crate::journal::Record;
use crate::source::Identity;

/// Blocks that become final while it is recorded, at most: of two parts the second may be sent meanwhile.
const MOST_FINAL_BLOCKS: u64 = 2;

impl World {
    /// A recording that has begun.
    pub(super) fn recording(
        step: Step,
        extensions: Option<Extensions>,
        awaits_word: bool,
        budget: Budget,
    ) -> Self {
        let size_bytes = (MOST_FINAL_BLOCKS + 1) * BLOCK_BYTES;
        let state = State::recording(job(size_bytes), awaits_word, policy());
        let mut program = Program::new(step, state);
        let growing = Record::Growing { awaits_word };
        program.journal.push(Arc::new(growing));
        let file = Recording::new(size_bytes);
        Self::begun(program, extensions, file, Some(0), budget)
    }

    /// Whether there is more to be recorded.
    pub(super) fn may_grow(&self) -> bool {
        self.final_blocks
            .is_some_and(|blocks| blocks < MOST_FINAL_BLOCKS)
    }

    /// One more block is final. Clusters end anywhere.
    pub(super) fn grow(&mut self) {
        let blocks = self.final_blocks.unwrap() + 1;
        self.final_blocks = Some(blocks);
        let final_bytes = blocks * BLOCK_BYTES + BLOCK_BYTES / 3;
        self.feed(Event::Grew(final_bytes), Life::Long);
    }

    /// Its user stops it.
    pub(super) fn seal(&mut self) {
        let blocks = self.final_blocks.unwrap() + 1;
        let identity = self.end_recording(blocks);
        let sealed = Event::Sealed {
            identity,
            duration_seconds: None,
            mended: None,
        };
        self.feed(sealed, Life::Long);
    }

    /// The program has died while it recorded: whoever starts it again finds so many blocks.
    pub(super) fn seal_in_a_crash(&mut self, blocks: u64) {
        let identity = self.end_recording(blocks);
        let program = &mut self.program;
        program.journal.push(Arc::new(Record::Sealed {
            identity,
            duration_seconds: None,
            mended: None,
        }));
        program.state = recall(&program.state, &program.journal);
    }

    /// What was sent of the header before this is not the file's.
    fn end_recording(&mut self, blocks: u64) -> Identity {
        self.final_blocks = None;
        let file = &mut self.file;
        file.blocks.truncate(usize::try_from(blocks).unwrap());
        file.size_bytes = blocks * BLOCK_BYTES;
        file.write_over(0);
        file.editions = vec![file.blocks.clone()];
        Identity {
            size_bytes: file.size_bytes,
            ..self.program.state.job.identity.clone()
        }
    }
}
