//! Captions from what was said: words become cues that a person can read in the time that they are shown, and cues become
//! the files that players and editors take.
//!
//! Rules of a cue (after the BBC's and Netflix's subtitle guidelines): at most two lines of 42 characters (16 in scripts
//! without blanks between words), shown for at least 0.8 and at most 7 seconds, at most 20 characters a second where the
//! speech leaves the time, broken where a sentence or a clause ends rather than in the middle of one.

mod channel;
mod cue;
mod format;
mod lines;
mod read;

pub use channel::CaptionChannel;
pub use cue::{Cue, cues};
pub use format::{CaptionFormat, write};
pub use read::{CaptionError, parse, plain_lines};
