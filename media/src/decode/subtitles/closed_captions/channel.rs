//! One channel: the three ways in which captions appear, as words that are said once.

use super::code::Code;
use super::screen::{COLUMNS, Screen, Told};
use crate::decode::subtitles::OPEN_CUE_US;

/// How letters appear.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Style {
    /// Nobody has said yet, or what comes is no caption.
    #[default]
    Unknown,
    PopOn,
    RollUp,
    PaintOn,
}

/// The state of a channel.
#[derive(Debug, Default)]
pub(super) struct Channel {
    style: Style,
    shown: Screen,
    unseen: Screen,
    /// What is shown is whole: the next letter begins another caption.
    is_whole: bool,
    row: usize,
    column: usize,
}

impl Channel {
    /// Does what a code asks for; what was shown and is no more is told.
    pub(super) fn take(&mut self, code: Code, at_us: i64) -> Option<Told> {
        match code {
            Code::PopOn => self.style = Style::PopOn,
            Code::RollUp => return self.roll_up(at_us),
            Code::PaintOn => {
                // What another way has left is not gone on with.
                self.is_whole |= self.style != Style::PaintOn;
                self.style = Style::PaintOn;
            }
            Code::Text => self.style = Style::Unknown,
            Code::EndOfCaption => return self.end_of_caption(at_us),
            Code::EraseShown => return self.shown.take(at_us),
            Code::EraseUnseen => self.unseen = Screen::default(),
            Code::CarriageReturn if self.style == Style::RollUp => (self.is_whole, self.column) = (true, 0),
            Code::Backspace => self.back(),
            Code::DeleteToEnd => self.delete_to_end(),
            // All rows of a window that rolls are one: each line is said when the next begins.
            Code::Place { row, column } => {
                self.row = if self.style == Style::RollUp { 0 } else { row };
                self.column = column;
            }
            Code::Tab(columns) => self.column = (self.column + columns).min(COLUMNS - 1),
            Code::Letter(letter) => return self.write(letter, at_us),
            Code::Replacement(letter) => {
                self.back();
                return self.write(letter, at_us);
            }
            Code::CarriageReturn | Code::Looks => {}
        }
        None
    }

    /// Tells what is still shown at the end.
    pub(super) fn finish(&mut self, at_us: i64) -> Option<Told> {
        let latest_us = self.shown.since_us()?.saturating_add(OPEN_CUE_US);
        self.shown.take(at_us.max(latest_us))
    }

    fn roll_up(&mut self, at_us: i64) -> Option<Told> {
        if self.style == Style::RollUp {
            return None;
        }
        (self.style, self.row, self.column, self.unseen) = (Style::RollUp, 0, 0, Screen::default());
        self.shown.take(at_us)
    }

    fn end_of_caption(&mut self, at_us: i64) -> Option<Told> {
        self.style = Style::PopOn;
        let told = self.shown.take(at_us);
        // Who forgets to erase what was shown before does not want it in the next caption.
        self.shown = std::mem::take(&mut self.unseen);
        self.shown.show(at_us);
        told
    }

    /// Writes a letter where writing has come to. One that is shown at once, and stands in the place of another or behind a
    /// caption that is whole, begins a new one.
    fn write(&mut self, letter: char, at_us: i64) -> Option<Told> {
        let (row, column) = (self.row, self.column);
        if self.style == Style::Unknown || column >= COLUMNS {
            return None;
        }
        self.column += 1;
        if self.style == Style::PopOn {
            self.unseen.write(row, column, letter, at_us);
            return None;
        }
        let is_next = letter != ' ' && (self.is_whole || self.shown.has_letter_at(row, column));
        let told = if is_next { self.shown.take(at_us) } else { None };
        self.is_whole &= !is_next;
        if !self.is_whole {
            self.shown.write(row, column, letter, at_us);
        }
        told
    }

    /// The screen that is written on, but for a caption that is whole.
    fn page(&mut self) -> Option<&mut Screen> {
        match self.style {
            Style::PopOn => Some(&mut self.unseen),
            Style::RollUp | Style::PaintOn if !self.is_whole => Some(&mut self.shown),
            Style::Unknown | Style::RollUp | Style::PaintOn => None,
        }
    }

    fn back(&mut self) {
        self.column = self.column.saturating_sub(1);
        let (row, column) = (self.row, self.column);
        if let Some(page) = self.page() {
            page.blank(row, column..column + 1);
        }
    }

    fn delete_to_end(&mut self) {
        let (row, column) = (self.row, self.column);
        if let Some(page) = self.page() {
            page.blank(row, column..COLUMNS);
        }
    }
}
