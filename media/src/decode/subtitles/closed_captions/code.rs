//! What a pair of bytes asks for.

use super::letters;

/// A control code, for one of the two channels of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    /// The next caption is written unseen (RCL) …
    PopOn,
    /// … letters appear at the bottom and push up what is there (RU2 to RU4) …
    RollUp,
    /// … or letters appear where they are written (RDC).
    PaintOn,
    /// What follows is no caption (TR, RTD).
    Text,
    /// What was written unseen takes the place of what is shown (EOC).
    EndOfCaption,
    /// What is shown goes (EDM).
    EraseShown,
    /// What was written unseen goes (ENM).
    EraseUnseen,
    /// A new line (CR).
    CarriageReturn,
    /// The letter before goes (BS).
    Backspace,
    /// The rest of the row goes (DER).
    DeleteToEnd,
    /// Writing goes on at this row and column (PAC).
    Place { row: usize, column: usize },
    /// Writing goes on so many columns further (TO1 to TO3).
    Tab(usize),
    /// A letter; a change of colour or slant shows as a blank.
    Letter(char),
    /// A letter in the place of the one before, which is for those who do not know this one.
    Replacement(char),
    /// Looks that make no difference to words.
    Looks,
}

/// The rows of a place, from 0, by the last three bits of the first byte: for the second below 0x60, and from it on.
const ROWS: [(usize, usize); 8] = [(10, 10), (0, 1), (2, 3), (11, 12), (13, 14), (4, 5), (6, 7), (8, 9)];

/// Columns from one indent of a place to the next.
const INDENT_COLUMNS: usize = 4;

/// The channel of a control pair, 0 or 1, and what it asks for; both bytes without parity, the first in `0x10..=0x1f`.
pub(super) fn read(first: u8, second: u8) -> Option<(usize, Code)> {
    let channel = usize::from((first >> 3) & 1);
    let code = match (first & 0x17, second) {
        (group, 0x40..=0x7f) => place(group, second)?,
        (0x11, 0x20..=0x2f) => Code::Letter(' '),
        (0x11, 0x30..=0x3f) => Code::Letter(letters::special(second)?),
        (table @ (0x12 | 0x13), 0x20..=0x3f) => Code::Replacement(letters::extended(table, second)?),
        // The second field may say the same with 0x15.
        (0x14 | 0x15, 0x20..=0x2f) => command(second),
        (0x17, 0x21..=0x23) => Code::Tab(usize::from(second & 3)),
        (0x10 | 0x17, 0x20..=0x2f) => Code::Looks,
        _ => return None,
    };
    Some((channel, code))
}

fn place(group: u8, second: u8) -> Option<Code> {
    let (upper, lower) = ROWS.get(usize::from(group & 7)).copied()?;
    let row = if second & 0x20 == 0 { upper } else { lower };
    let column = if second & 0x10 == 0 { 0 } else { usize::from((second >> 1) & 7) * INDENT_COLUMNS };
    Some(Code::Place { row, column })
}

fn command(second: u8) -> Code {
    match second {
        0x20 => Code::PopOn,
        0x21 => Code::Backspace,
        0x24 => Code::DeleteToEnd,
        0x25..=0x27 => Code::RollUp,
        0x29 => Code::PaintOn,
        0x2a | 0x2b => Code::Text,
        0x2c => Code::EraseShown,
        0x2d => Code::CarriageReturn,
        0x2e => Code::EraseUnseen,
        0x2f => Code::EndOfCaption,
        _ => Code::Looks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_as_the_rules_list_them() {
        assert_eq!(read(0x14, 0x20), Some((0, Code::PopOn)));
        assert_eq!(read(0x1d, 0x2f), Some((1, Code::EndOfCaption)));
        assert_eq!(read(0x14, 0x70), Some((0, Code::Place { row: 14, column: 0 })));
        assert_eq!(read(0x13, 0x5e), Some((0, Code::Place { row: 11, column: 28 })));
        assert_eq!(read(0x10, 0x4e), Some((0, Code::Place { row: 10, column: 0 })));
        assert_eq!(read(0x1f, 0x22), Some((1, Code::Tab(2))));
        assert_eq!(read(0x11, 0x37), Some((0, Code::Letter('♪'))));
        assert_eq!(read(0x12, 0x21), Some((0, Code::Replacement('É'))));
        assert_eq!(read(0x13, 0x34), Some((0, Code::Replacement('ß'))));
        assert_eq!(read(0x10, 0x35), None);
    }
}
