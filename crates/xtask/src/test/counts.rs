//! How many tests ran, read from what test runners print.

use std::ops::AddAssign;

/// Tests (and checks, each as one) by how they ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
    /// Of those that passed, the ones that said that they could not run here.
    announced: usize,
}

impl Counts {
    /// One check that holds.
    pub(crate) const HOLDS: Self = Self {
        passed: 1,
        failed: 0,
        skipped: 0,
        announced: 0,
    };

    /// One check that doesn't.
    pub(crate) const BROKEN: Self = Self {
        passed: 0,
        failed: 1,
        skipped: 0,
        announced: 0,
    };

    /// Whether nothing failed.
    pub(crate) fn all_hold(self) -> bool {
        self.failed == 0
    }

    /// Tests that did not run, whether their runner knows it or not.
    pub(crate) fn skipped(self) -> usize {
        self.skipped + self.announced
    }

    /// Counts what a line of a test runner's output reports, if it reports anything.
    pub(crate) fn read_line(&mut self, line: &str) {
        if let Some(result) = line.strip_prefix("test result: ") {
            self.add_words(result, "; ");
        } else if let Some(result) = line.trim_start().strip_prefix("Tests  ") {
            self.add_words(result, " | ");
        } else if line.contains("SKIPPED: ") {
            // A test that cannot run here says so and returns: to its runner it passes.
            self.announced += 1;
        }
    }

    /// Reads `5 passed; 1 failed` (libtest) and `1 failed | 5 passed (6)` (vitest).
    fn add_words(&mut self, result: &str, separator: &str) {
        for part in result.split(separator) {
            let words: Vec<_> = part.split_whitespace().collect();
            for pair in words.windows(2) {
                let Ok(number) = pair[0].parse::<usize>() else {
                    continue;
                };
                match pair[1] {
                    "passed" => self.passed += number,
                    "failed" => self.failed += number,
                    "ignored" | "skipped" | "todo" => self.skipped += number,
                    _ => {}
                }
            }
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.announced += other.announced;
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed.saturating_sub(self.announced),
            self.failed,
            self.skipped()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(lines: &[&str]) -> String {
        let mut counts = Counts::default();
        for line in lines {
            counts.read_line(line);
        }
        counts.to_string()
    }

    #[test]
    fn both_runners_are_read() {
        assert_eq!(
            counted(&[
                "test wire::reads ... ok",
                "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.02s",
                "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.02s",
            ]),
            "16 passed, 2 failed, 1 skipped"
        );
        assert_eq!(
            counted(&[
                " Test Files  2 passed (2)",
                "      Tests  1 failed | 30 passed | 2 skipped (33)",
                "   Duration  1.20s",
            ]),
            "30 passed, 1 failed, 2 skipped"
        );
    }

    #[test]
    fn a_test_that_says_it_was_skipped_did_not_pass() {
        assert_eq!(
            counted(&[
                "SKIPPED: no Xvfb here",
                "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s",
            ]),
            "2 passed, 0 failed, 1 skipped"
        );
    }
}
