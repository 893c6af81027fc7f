//! The words that a file carries: subtitle tracks, and closed captions in a track of their own or inside the pictures. All
//! become lines of text, each with when it is shown.

mod closed_captions;
mod document;
mod markup;
mod text;

use ffmpeg_next::Packet;
use reelgraph_models::captions::CaptionChannel;
use reelgraph_models::probe::Probe;
use reelgraph_models::time::{MediaTime, Span};

pub(crate) use self::closed_captions::ClosedCaptions;
use self::document::DocumentTrack;
use self::text::TextTrack;
use super::clock::Clock;
use super::event::{DecodeEvent, SubtitleCue};
use super::run::Output;
use crate::probe::Opened;
use crate::raw::{SubtitleDecoder, TimeBase};
use crate::{Limits, MediaError};

/// Most tracks of a file that are read; films for the whole world have some forty.
const MAX_TRACKS: usize = 64;

/// Most characters of one cue that are kept; two lines for reading have under a hundred.
const MAX_CUE_CHARS: usize = 2_000;

/// How long a cue is shown that says no end and is followed by no other, in microseconds.
const OPEN_CUE_US: i64 = 5_000_000;

/// One track that is read.
pub(crate) enum SubtitlePath {
    Text(TextTrack),
    /// FFmpeg knows no decoder for it.
    Document(DocumentTrack),
    /// Its packets hold what closed captions inside pictures hold.
    ClosedCaptions(Box<ClosedCaptions>, TimeBase),
}

/// What was seen on the way, in all tracks together.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct SubtitleCounts {
    pub(crate) cues: u64,
    /// Packets that could not be decoded, and cues without a usable time.
    pub(crate) damaged: u64,
    /// Cues beyond the most that are taken.
    pub(crate) dropped: u64,
    /// Bytes of closed captions that arrived damaged.
    pub(crate) garbled: u64,
    /// Where the last cue ends.
    pub(crate) end: Option<MediaTime>,
}

impl SubtitlePath {
    /// Opens the tracks that are text, each with its position in the file.
    pub(crate) fn open_all(opened: &Opened, probe: &Probe, limits: &Limits) -> Result<Vec<(usize, Self)>, MediaError> {
        let mut tracks = Vec::new();
        for info in probe.streams.iter().filter(|info| info.is_subtitle_text()).take(MAX_TRACKS) {
            let Some(stream) = opened.streams.get(info.index as usize) else { continue };
            if info.is_closed_captions() {
                let track = Box::new(ClosedCaptions::new(info.index));
                tracks.push((stream.index, Self::ClosedCaptions(track, stream.time_base)));
                continue;
            }
            if DocumentTrack::CODECS.contains(&stream.codec.as_str()) {
                tracks.push((stream.index, Self::Document(DocumentTrack::new(info.index, stream))));
                continue;
            }
            match SubtitleDecoder::open(&opened.input, stream, limits.max_pixels) {
                Ok(decoder) => tracks.push((stream.index, Self::Text(TextTrack::new(decoder, info.index, stream)))),
                Err(ffmpeg_next::Error::Other { errno: libc::ENOMEM }) => return Err(MediaError::OutOfMemory),
                // Its description says that it has a decoder; one that will not open leaves the others alone.
                Err(_) => {}
            }
        }
        Ok(tracks)
    }

    /// Decodes a packet, or with `None` gives out what is still shown.
    pub(crate) fn push(
        &mut self,
        packet: Option<&Packet>,
        clock: &Clock,
        counts: &mut SubtitleCounts,
        output: &mut Output<'_>,
    ) -> Result<(), MediaError> {
        match (self, packet) {
            (Self::Text(track), packet) => track.push(packet, clock, counts, output),
            (Self::Document(track), packet) => track.push(packet, clock, counts, output),
            (Self::ClosedCaptions(track, time_base), Some(packet)) => {
                let stated = packet.pts().or(packet.dts()).and_then(|pts| clock.sparse_micros(pts, *time_base));
                track.push(packet.data().unwrap_or_default(), stated, counts, output)
            }
            (Self::ClosedCaptions(track, _), None) => track.finish(counts, output),
        }
    }
}

/// Lines that were on display from one time to another, in microseconds.
struct Shown {
    stream: u32,
    channel: Option<CaptionChannel>,
    start_us: i64,
    end_us: i64,
    lines: Vec<String>,
}

impl Shown {
    fn emit(self, counts: &mut SubtitleCounts, output: &mut Output<'_>) -> Result<(), MediaError> {
        let Self { stream, channel, start_us, end_us, lines } = self;
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
        output.emit(DecodeEvent::Subtitle(SubtitleCue { stream, channel, span, lines }))
    }
}
