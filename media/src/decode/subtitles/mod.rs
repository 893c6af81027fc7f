//! The subtitle tracks of a decode: lines of text, each with when it is shown.

mod markup;

use ffmpeg_next::Packet;
use reelgraph_models::time::{MediaTime, Span};

use self::markup::plain_lines;
use super::clock::Clock;
use super::event::{DecodeEvent, SubtitleCue};
use super::run::Output;
use crate::MediaError;
use crate::raw::{StreamFacts, SubtitleDecoder, SubtitleText, TimeBase};

/// Most tracks of a file that are read; films for the whole world have some forty.
pub(crate) const MAX_TRACKS: usize = 64;

/// Most characters of one cue that are kept; two lines for reading have under a hundred.
const MAX_CUE_CHARS: usize = 2_000;

/// A cue that states more than this, in microseconds, states nothing: muxers write differences of broken times.
const LONGEST_CUE_US: i64 = 600_000_000;

/// How long a cue is shown that says no end and is followed by no other, in microseconds.
const OPEN_CUE_US: i64 = 5_000_000;

/// One track that is read.
pub(crate) struct SubtitlePath {
    decoder: SubtitleDecoder,
    stream: u32,
    time_base: TimeBase,
    /// Whether the track is an ASS script, in which braces are comments.
    is_script: bool,
    /// A cue without an end of its own: it stays until the next.
    open: Option<(i64, Vec<String>)>,
}

/// What was seen on the way, in all tracks together.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct SubtitleCounts {
    pub(crate) cues: u64,
    /// Packets that could not be decoded, and cues without a usable time.
    pub(crate) damaged: u64,
    /// Cues beyond the most that are taken.
    pub(crate) dropped: u64,
    /// Where the last cue ends.
    pub(crate) end: Option<MediaTime>,
}

impl SubtitlePath {
    pub(crate) fn new(decoder: SubtitleDecoder, stream: u32, facts: &StreamFacts) -> Self {
        let is_script = matches!(facts.codec.as_str(), "ass" | "ssa");
        Self { decoder, stream, time_base: facts.time_base, is_script, open: None }
    }

    /// Decodes a packet, or with `None` gives out what is still shown.
    pub(crate) fn push(
        &mut self,
        packet: Option<&Packet>,
        clock: &Clock,
        counts: &mut SubtitleCounts,
        output: &mut Output<'_>,
    ) -> Result<(), MediaError> {
        let Some(packet) = packet else { return self.close(None, counts, output) };
        let text = match self.decoder.decode(packet).map_err(|error| MediaError::ffmpeg("decode subtitles", error))? {
            SubtitleText::Shown(text) => text,
            SubtitleText::Nothing => Default::default(),
            SubtitleText::Damaged => {
                counts.damaged += 1;
                return Ok(());
            }
        };
        let stated = packet.pts().or(packet.dts()).and_then(|pts| clock.sparse_micros(pts, self.time_base));
        let Some(at_us) = stated else {
            counts.damaged += 1;
            return Ok(());
        };
        let start_us = at_us.saturating_add(text.shown_after_us);
        // A packet without text takes away what is shown.
        self.close(Some(start_us), counts, output)?;
        let lines = plain_lines(&text.events, self.is_script, MAX_CUE_CHARS);
        if lines.is_empty() {
            return Ok(());
        }
        let lasts_us = text.hidden_after_us.unwrap_or_else(|| self.time_base.micros(packet.duration()));
        if !(1..=LONGEST_CUE_US).contains(&lasts_us) {
            self.open = Some((start_us, lines));
            return Ok(());
        }
        let end_us = at_us.saturating_add(lasts_us);
        self.show(start_us, end_us, lines, counts, output)
    }

    fn close(
        &mut self,
        until_us: Option<i64>,
        counts: &mut SubtitleCounts,
        output: &mut Output<'_>,
    ) -> Result<(), MediaError> {
        let Some((start_us, lines)) = self.open.take() else { return Ok(()) };
        let latest_us = start_us.saturating_add(OPEN_CUE_US);
        self.show(start_us, until_us.map_or(latest_us, |until_us| until_us.min(latest_us)), lines, counts, output)
    }

    fn show(
        &self,
        start_us: i64,
        end_us: i64,
        lines: Vec<String>,
        counts: &mut SubtitleCounts,
        output: &mut Output<'_>,
    ) -> Result<(), MediaError> {
        let (start, end) = (MediaTime::from_micros(start_us.max(0)), MediaTime::from_micros(end_us));
        let Ok(span) = Span::new(start, end) else {
            // What is over before the asset begins is nothing that is missing.
            counts.damaged += u64::from(end_us > 0);
            return Ok(());
        };
        if counts.cues >= SubtitleCue::MAX_PER_FILE {
            counts.dropped += 1;
            return Ok(());
        }
        counts.cues += 1;
        counts.end = counts.end.max(Some(end));
        output.emit(DecodeEvent::Subtitle(SubtitleCue { stream: self.stream, span, lines }))
    }
}
