//! A subtitle track that FFmpeg decodes, packet by packet, to lines of text.

use ffmpeg_next::Packet;
use reelgraph_models::captions::plain_lines;

use super::markup::script_lines;
use super::{MAX_CUE_CHARS, OPEN_CUE_US, Shown, SubtitleCounts};
use crate::MediaError;
use crate::decode::clock::Clock;
use crate::decode::run::Output;
use crate::raw::{StreamFacts, SubtitleDecoder, SubtitleText, TimeBase};

/// A cue that states more than this, in microseconds, states nothing: muxers write differences of broken times.
const LONGEST_CUE_US: i64 = 600_000_000;

/// One track that is read.
pub(crate) struct TextTrack {
    decoder: SubtitleDecoder,
    stream: u32,
    time_base: TimeBase,
    /// Whether the track is an ASS script, in which braces are comments.
    is_script: bool,
    /// Whether the decoder leaves tags and character references in the text: of WebVTT it makes letters, a script has none.
    has_markup: bool,
    /// A cue without an end of its own: it stays until the next.
    open: Option<(i64, Vec<String>)>,
}

impl TextTrack {
    pub(super) fn new(decoder: SubtitleDecoder, stream: u32, facts: &StreamFacts) -> Self {
        let is_script = matches!(facts.codec.as_str(), "ass" | "ssa");
        let has_markup = !is_script && facts.codec != "webvtt";
        Self { decoder, stream, time_base: facts.time_base, is_script, has_markup, open: None }
    }

    /// Decodes a packet, or with `None` gives out what is still shown.
    pub(super) fn push(
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
        let mut lines = script_lines(&text.events, self.is_script, MAX_CUE_CHARS);
        if self.has_markup {
            lines = plain_lines(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        }
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
        Shown { stream: self.stream, channel: None, start_us, end_us, lines }.emit(counts, output)
    }
}
