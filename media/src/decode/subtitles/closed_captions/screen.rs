//! What is written: rows of letters, and since when they are shown.

use std::ops::Range;

/// Rows of a screen.
const ROWS: usize = 15;
/// Columns of a row.
pub(super) const COLUMNS: usize = 32;

/// How long a caption stays at most, in microseconds: a screen goes blank when it was told nothing for 16 seconds.
const LONGEST_US: i64 = 16_000_000;

/// A caption that was shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) start_us: i64,
    pub(super) end_us: i64,
    pub(super) lines: Vec<String>,
}

/// A screen, shown or not.
#[derive(Debug, Default)]
pub(super) struct Screen {
    rows: [[Option<char>; COLUMNS]; ROWS],
    since_us: Option<i64>,
}

impl Screen {
    pub(super) fn has_letter_at(&self, row: usize, column: usize) -> bool {
        self.rows.get(row).and_then(|row| row.get(column)).copied().flatten().is_some()
    }

    /// Writes a letter; a blank takes one away.
    pub(super) fn write(&mut self, row: usize, column: usize, letter: char, at_us: i64) {
        if let Some(cell) = self.rows.get_mut(row).and_then(|row| row.get_mut(column)) {
            *cell = Some(letter).filter(|letter| *letter != ' ');
            self.since_us = self.since_us.or(cell.map(|_| at_us));
        }
    }

    /// Takes away what stands in these columns of a row.
    pub(super) fn blank(&mut self, row: usize, columns: Range<usize>) {
        let cells = self.rows.get_mut(row).and_then(|row| row.get_mut(columns));
        cells.into_iter().flatten().for_each(|cell| *cell = None);
    }

    /// Says that what is written is shown from now on.
    pub(super) fn show(&mut self, at_us: i64) {
        self.since_us = Some(at_us);
    }

    /// Takes away everything and tells it, if there is anything that was shown for any time.
    pub(super) fn take(&mut self, at_us: i64) -> Option<Told> {
        let Self { rows, since_us } = std::mem::take(self);
        let start_us = since_us.filter(|start_us| *start_us < at_us)?;
        let lines: Vec<String> = rows.iter().map(|row| words(row)).filter(|line| !line.is_empty()).collect();
        let end_us = at_us.min(start_us.saturating_add(LONGEST_US));
        (!lines.is_empty()).then_some(Told { start_us, end_us, lines })
    }

    /// Since when something is shown.
    pub(super) fn since_us(&self) -> Option<i64> {
        self.since_us
    }
}

/// The words of a row with one blank between them.
fn words(row: &[Option<char>]) -> String {
    let text: String = row.iter().map(|cell| cell.unwrap_or(' ')).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
