//! What is recorded: a display with the time at its top, and below it a page that somebody scrolls.

use std::collections::BTreeSet;
use std::path::Path;

use super::film::Film;
use super::page::Page;
use super::pattern::Pattern;
use super::stage::Stage;

/// Rows at the top that show the time: a multiple of what the encoder takes for one block.
pub(crate) const CLOCK_ROWS: u16 = 64;

/// It is shown until it is dropped.
pub(crate) struct Scene {
    pub(crate) pattern: Pattern,
    _page: Page,
    pub(crate) stage: Stage,
}

impl Scene {
    pub(crate) async fn of_size(size: (u16, u16)) -> Self {
        let stage = Stage::start_alone_of_size(size).await;
        Self {
            pattern: Pattern::show_of_height(&stage, CLOCK_ROWS),
            _page: Page::show_below(&stage, CLOCK_ROWS),
            stage,
        }
    }

    /// The numbers that a recording of it shows.
    pub(crate) async fn numbers(file: &Path) -> Vec<u64> {
        let film = Film::of(file).await;
        film.numbers_in(&CLOCK_ROWS.to_string(), "0").await
    }

    /// How many pictures of these show what was no longer there: a later number had been on the screen by then. Where the
    /// screen itself stood still for longer than a picture, on a busy machine, nothing is missing.
    pub(crate) fn missing(&self, numbers: &[u64]) -> usize {
        let shown: BTreeSet<u64> = self.pattern.shown().into_iter().collect();
        let mut missing = 0;
        let mut held = 0;
        for pair in numbers.windows(2) {
            let (before, after) = (pair[0], pair[1]);
            if after == before {
                held += 1;
                continue;
            }
            // Two clocks that are not one rub: a number may be taken twice where each of the next pictures has its own.
            let passed_over = shown.range(before + 1..after.max(before + 1)).count();
            missing += held.min(passed_over / 2);
            held = 0;
        }
        missing
    }
}
