//! Closed captions of line 21 (CEA-608, which FFmpeg calls EIA-608): pairs of bytes beside the pictures that write on a screen of
//! 15 rows by 32 columns. <https://www.law.cornell.edu/cfr/text/47/79.101> has the codes.
//!
//! In: triplets as ATSC A/53 part 4 wraps them, from the side data of pictures or the packets of a track. Out: cues of each of
//! the four channels, a line that scrolls up said once. Captions of CEA-708 in the same triplets are passed over: who sends
//! them in the United States sends these beside them.

mod channel;
mod code;
mod field;
mod letters;
mod screen;

use reelgraph_models::captions::CaptionChannel;

use self::field::Field;
use self::screen::Told;
use super::{Shown, SubtitleCounts};
use crate::MediaError;
use crate::decode::run::Output;

/// The captions of one stream.
pub(crate) struct ClosedCaptions {
    stream: u32,
    fields: [Field; 2],
    /// How far they have come, in microseconds.
    at_us: i64,
}

impl ClosedCaptions {
    pub(crate) fn new(stream: u32) -> Self {
        Self { stream, fields: Default::default(), at_us: 0 }
    }

    /// Reads the triplets that are shown at `at_us`; without a time, they are of the time before.
    pub(crate) fn push(
        &mut self,
        triplets: &[u8],
        at_us: Option<i64>,
        counts: &mut SubtitleCounts,
        output: &mut Output<'_>,
    ) -> Result<(), MediaError> {
        self.at_us = self.at_us.max(at_us.unwrap_or(self.at_us));
        let mut told = Vec::new();
        for [head, first, second] in triplets.as_chunks::<3>().0 {
            // The third bit says whether the bytes mean anything, the last two of which kind they are.
            let (is_valid, kind) = (head & 0b100 != 0, usize::from(head & 0b11));
            if let Some(field) = self.fields.get_mut(kind).filter(|_| is_valid) {
                counts.garbled += field.push([*first, *second], self.at_us, &mut told);
                self.emit(kind, &mut told, counts, output)?;
            }
        }
        Ok(())
    }

    /// Gives out what is still shown.
    pub(crate) fn finish(&mut self, counts: &mut SubtitleCounts, output: &mut Output<'_>) -> Result<(), MediaError> {
        let mut told = Vec::new();
        for kind in 0..self.fields.len() {
            if let Some(field) = self.fields.get_mut(kind) {
                field.finish(self.at_us, &mut told);
            }
            self.emit(kind, &mut told, counts, output)?;
        }
        Ok(())
    }

    fn emit(
        &self,
        field: usize,
        told: &mut Vec<(usize, Told)>,
        counts: &mut SubtitleCounts,
        output: &mut Output<'_>,
    ) -> Result<(), MediaError> {
        for (number, Told { start_us, end_us, lines }) in told.drain(..) {
            let channel = CaptionChannel::ALL.get(field * 2 + number).copied();
            Shown { stream: self.stream, channel, start_us, end_us, lines }.emit(counts, output)?;
        }
        Ok(())
    }
}
