//! Recordings that end at every byte, and repairs that are interrupted at every step.

use media::Refusal;
use media::repair::{Plan, RepairError, Step};

use crate::mending::{assert_whole, copy, mend, plan};
use crate::samples::{Sample, WRITERS, Writer, sample};

#[test]
fn cut_at_every_byte_it_is_mended_or_refused() {
    for writer in WRITERS {
        let sample = sample(writer);
        for cut in 0..=sample.bytes.len() {
            cut_here(writer, &sample, cut);
        }
    }
}

fn cut_here(writer: Writer, sample: &Sample, cut: usize) {
    let part = &sample.bytes[..cut];
    let whole = sample.ends.iter().filter(|end| **end <= cut).count();
    let planned = match plan(part) {
        Ok(planned) => planned,
        Err(RepairError::Refused(Refusal::Empty | Refusal::Truncated { .. })) => {
            // Also within the header of the first cluster.
            assert!(cut < sample.head_bytes + 12, "{writer:?} {cut}");
            return;
        }
        Err(RepairError::NothingWhole) => {
            assert!(whole == 0, "{writer:?} {cut}");
            return;
        }
        Err(error) => panic!("{writer:?} {cut}: {error:?}"),
    };
    assert!(whole > 0, "{writer:?} {cut}");
    let copied = copy(part);
    assert_whole(&copied, sample, whole);
    assert_eq!(copy(&copied), copied);
    if let Ok(mended) = mend(part) {
        assert_whole(&mended, sample, whole);
        let closed = sample.clusters.iter().rev().find(|(_, end)| *end <= cut);
        let final_end = closed.map_or(sample.head_bytes, |(offset, _)| *offset);
        assert!(mended[sample.head_bytes..final_end] == part[sample.head_bytes..final_end]);
        if planned.needs().is_empty() {
            assert_eq!(mended, part);
        } else {
            assert_interruptible(part, &planned, &mended);
        }
    } else {
        assert!(
            matches!(writer, Writer::Browser | Writer::Peculiar),
            "{writer:?} {cut}"
        );
    }
}

/// Wherever a repair in place is interrupted, a second one ends where the first would have.
fn assert_interruptible(before: &[u8], plan: &Plan, after: &[u8]) {
    let steps = plan.in_place().expect("it was done");
    let mut file = before.to_vec();
    for step in &steps {
        if let Step::Write { offset, bytes } = step {
            // What is appended may be there in part. What is written over is little, and is there or not.
            let at = *offset as usize;
            if at == file.len() {
                for length in (1..bytes.len()).step_by(7) {
                    let partly = [&file[..], &bytes[..length]].concat();
                    assert!(
                        mend(&partly).expect("still in place") == after,
                        "{length} bytes of {step:?}"
                    );
                }
            }
        }
        carry_out(step, &mut file);
        assert!(mend(&file).expect("still in place") == after, "{step:?}");
    }
    assert!(file == after);
}

fn carry_out(step: &Step, file: &mut Vec<u8>) {
    match step {
        Step::Write { offset, bytes } => {
            let at = *offset as usize;
            file.resize(file.len().max(at + bytes.len()), 0);
            file[at..at + bytes.len()].copy_from_slice(bytes);
        }
        Step::Cut { size_bytes } => file.truncate(*size_bytes as usize),
        Step::Sync => {}
    }
}
