//! What tells one world from another: everything that has a bearing on what can happen next, as a number.
//!
//! What a program would know if it began again is among it, told by the journal; the journal itself is not, because two
//! logs that tell the same are the same.

use std::fmt::{self, Write as _};
use std::hash::{DefaultHasher, Hasher};

use super::super::super::{Stage, State};
use super::super::program::{Program, recall};
use super::world::World;
use crate::{Code, Diagnosis};

/// What the journal tells, read again whenever it has grown.
#[derive(Debug, Clone, Default)]
pub(super) struct Recalled {
    records: usize,
    print: u64,
}

impl Recalled {
    pub(super) fn read(&mut self, program: &Program) {
        if self.records != program.journal.len() {
            let recalled = recall(&program.state, &program.journal);
            self.records = program.journal.len();
            self.print = print(&(essence(recalled), program.abandoned()));
        }
    }
}

impl World {
    /// The number.
    pub(super) fn fingerprint(&self) -> u64 {
        let program = &self.program;
        print(&(
            essence(program.state.clone()),
            (self.recalled.print, &program.notes, program.misheard),
            (&program.operation, &program.parts, &program.rehashing),
            (&program.pass, program.wake_at),
            (&self.cloud, &self.file, self.budget),
            (&self.adrift, &self.echo, &self.told, self.final_blocks),
        ))
    }
}

/// All that a thing shows of itself, as a number.
fn print(thing: &dyn fmt::Debug) -> u64 {
    let mut print = Print(DefaultHasher::new());
    write!(print, "{thing:?}").unwrap();
    print.0.finish()
}

/// A state without what is only shown or counted.
fn essence(mut state: State) -> State {
    let tally = &mut state.tally;
    tally.attempts = tally.attempts.min(1);
    tally.bytes_sent = 0;
    tally.acknowledged_bytes = 0;
    tally.restarted_because = None;
    tally.last_setback = tally
        .last_setback
        .take()
        .map(|_| Diagnosis::of(Code::Internal));
    if let Stage::Waiting(wait) = &mut state.stage {
        wait.diagnosis = Diagnosis::of(Code::Internal);
    }
    state
}

struct Print(DefaultHasher);

impl fmt::Write for Print {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}
