//! How often progress is told: each time it passes another step, and again from the start when it begins again.

use crate::output::quantity::percent_on_the_way;

/// The last step that was told.
#[derive(Debug)]
pub(super) struct Pace {
    step_percent: u8,
    told: Option<(u32, u8)>,
}

impl Pace {
    /// A step each `step_percent`, from 1 to 100.
    pub(super) fn every(step_percent: u8) -> Self {
        Self {
            step_percent,
            told: None,
        }
    }

    /// The percent to tell, if there is something new to tell.
    pub(super) fn step(&mut self, attempt: u32, sent_bytes: u64, total_bytes: u64) -> Option<u8> {
        let percent = percent_on_the_way(sent_bytes, total_bytes);
        let step = percent / self.step_percent;
        if self.told == Some((attempt, step)) {
            return None;
        }
        self.told = Some((attempt, step));
        Some(percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tenth_is_told_once_an_attempt() {
        let mut pace = Pace::every(10);
        let told: Vec<_> = [
            (1, 0),
            (1, 5),
            (1, 12),
            (1, 19),
            (1, 55),
            (2, 0),
            (2, 9),
            (2, 100),
        ]
        .into_iter()
        .filter_map(|(attempt, sent)| pace.step(attempt, sent, 100))
        .collect();
        assert_eq!(told, [0, 12, 55, 0, 99]);
    }
}
