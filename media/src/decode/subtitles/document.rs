//! Subtitles that MP4 carries as text (ISO/IEC 14496-30), which FFmpeg hands out as it finds them: a TTML document, or boxes
//! of WebVTT, for each stretch of the track.

use ffmpeg_next::Packet;
use reelgraph_models::captions::{CaptionFormat, parse, plain_lines};

use super::{MAX_CUE_CHARS, Shown, SubtitleCounts};
use crate::MediaError;
use crate::decode::clock::Clock;
use crate::decode::run::Output;
use crate::raw::{StreamFacts, TimeBase};

/// Most cues that are on display at once; a screen has room for a few.
const MAX_AT_ONCE: usize = 16;

/// A box of WebVTT begins with its length and its name, of four bytes each.
const BOX_HEAD_BYTES: usize = 8;

/// One track that is read.
pub(crate) struct DocumentTrack {
    stream: u32,
    time_base: TimeBase,
    is_ttml: bool,
    /// Cues that may go on in the next stretch.
    open: Vec<Piece>,
}

/// A cue as far as one stretch shows it, in microseconds.
#[derive(Debug, PartialEq)]
struct Piece {
    start_us: i64,
    end_us: i64,
    lines: Vec<String>,
}

impl DocumentTrack {
    /// FFmpeg's tags of what is read here.
    pub(super) const CODECS: [&str; 2] = ["stpp", "wvtt"];

    pub(super) fn new(stream: u32, facts: &StreamFacts) -> Self {
        Self { stream, time_base: facts.time_base, is_ttml: facts.codec == "stpp", open: Vec::new() }
    }

    /// Reads a packet, or with `None` gives out what is still shown.
    pub(super) fn push(
        &mut self,
        packet: Option<&Packet>,
        clock: &Clock,
        counts: &mut SubtitleCounts,
        output: &mut Output<'_>,
    ) -> Result<(), MediaError> {
        let mut pieces = packet.map(|packet| self.pieces(packet, clock, counts)).unwrap_or_default();
        for before in std::mem::take(&mut self.open) {
            let goes_on = |piece: &&mut Piece| piece.start_us == before.end_us && piece.lines == before.lines;
            match pieces.iter_mut().take(MAX_AT_ONCE).find(goes_on) {
                Some(piece) => piece.start_us = before.start_us,
                None => self.show(before, counts, output)?,
            }
        }
        for piece in pieces {
            match self.open.len() < MAX_AT_ONCE {
                true => self.open.push(piece),
                false => self.show(piece, counts, output)?,
            }
        }
        Ok(())
    }

    /// What a packet shows in its time.
    fn pieces(&self, packet: &Packet, clock: &Clock, counts: &mut SubtitleCounts) -> Vec<Piece> {
        let at_us = |ticks: i64| clock.sparse_micros(ticks, self.time_base);
        let stated = packet.pts().or(packet.dts());
        let span = stated.and_then(|from| Some((at_us(from)?, at_us(from.saturating_add(packet.duration()))?)));
        let bytes = packet.data().unwrap_or_default();
        let pieces = span.and_then(|(from_us, until_us)| match self.is_ttml {
            true => {
                // Times in a document count from the start of the track.
                let zero_us = at_us(0)?;
                document(bytes, zero_us, from_us, until_us)
            }
            false => cues(bytes)
                .map(|all| all.into_iter().map(|lines| Piece { start_us: from_us, end_us: until_us, lines }).collect()),
        });
        counts.damaged += u64::from(pieces.is_none());
        pieces.unwrap_or_default()
    }

    fn show(&self, piece: Piece, counts: &mut SubtitleCounts, output: &mut Output<'_>) -> Result<(), MediaError> {
        let Piece { start_us, end_us, lines } = piece;
        Shown { stream: self.stream, channel: None, start_us, end_us, lines }.emit(counts, output)
    }
}

/// What a TTML document shows between two times; `None` where it is none.
fn document(bytes: &[u8], zero_us: i64, from_us: i64, until_us: i64) -> Option<Vec<Piece>> {
    let cues = parse(bytes, CaptionFormat::Ttml, "").ok()?;
    let pieces = cues.into_iter().filter_map(|(_, cue)| {
        let start_us = cue.span.start().as_micros().saturating_add(zero_us).max(from_us);
        let end_us = cue.span.end().as_micros().saturating_add(zero_us).min(until_us);
        let lines = bounded(cue.lines);
        (start_us < end_us && !lines.is_empty()).then_some(Piece { start_us, end_us, lines })
    });
    Some(pieces.collect())
}

/// The lines of each cue in boxes of WebVTT; `None` where they are none.
fn cues(bytes: &[u8]) -> Option<Vec<Vec<String>>> {
    let mut cues = Vec::new();
    for (name, inside) in boxes(bytes)? {
        if &name != b"vttc" {
            continue;
        }
        for (name, text) in boxes(inside)? {
            let lines = std::str::from_utf8(text).ok().filter(|_| &name == b"payl");
            let lines = bounded(plain_lines(&lines.unwrap_or_default().lines().collect::<Vec<_>>()));
            if !lines.is_empty() {
                cues.push(lines);
            }
        }
    }
    Some(cues)
}

/// Boxes one behind the other.
fn boxes(mut bytes: &[u8]) -> Option<Vec<([u8; 4], &[u8])>> {
    let mut boxes = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (name, _) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok().filter(|length| *length >= BOX_HEAD_BYTES)?;
        let (this, behind) = bytes.split_at_checked(length)?;
        boxes.push((*name, this.get(BOX_HEAD_BYTES..)?));
        bytes = behind;
    }
    Some(boxes)
}

/// As many characters of lines as are kept.
fn bounded(lines: Vec<String>) -> Vec<String> {
    let mut left = MAX_CUE_CHARS;
    let cut = lines.into_iter().map_while(|line| {
        let line: String = line.chars().take(left).collect();
        left -= line.chars().count();
        (!line.trim().is_empty()).then_some(line)
    });
    cut.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_shows_what_lies_in_its_time() {
        let text = br#"<tt xmlns="http://www.w3.org/ns/ttml"><body><div>
            <p begin="1s" end="3s">One<br/>two</p><p begin="5s" end="6s">Later</p></div></body></tt>"#;
        let piece = |start_us, end_us| Piece { start_us, end_us, lines: vec!["One".to_owned(), "two".to_owned()] };
        let shown = |zero_us, from_us, until_us| document(text, zero_us, from_us, until_us);
        assert_eq!(shown(0, 0, 4_000_000), Some(vec![piece(1_000_000, 3_000_000)]));
        assert_eq!(shown(0, 2_000_000, 4_000_000), Some(vec![piece(2_000_000, 3_000_000)]));
        assert_eq!(shown(-500_000, 0, 2_000_000), Some(vec![piece(500_000, 2_000_000)]));
        assert_eq!(shown(0, 3_000_000, 5_000_000), Some(Vec::new()));
        assert_eq!(document(b"<tt", 0, 0, 1), None);
    }

    #[test]
    fn boxes_that_do_not_fit_are_none() {
        assert_eq!(cues(b"\0\0\0\x08vtte"), Some(Vec::new()));
        for broken in
            [b"\0\0\0\x09vtte".as_slice(), b"\0\0\0\x07vtte", b"\0\0\0\0vttc", b"\0\0", b"\xff\xff\xff\xffvttc"]
        {
            assert_eq!(cues(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn no_cue_is_longer_than_it_may_be() {
        let lines = bounded(vec!["x".repeat(1_999), "y".repeat(90), "z".to_owned()]);
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [1_999, 1]);
    }
}
