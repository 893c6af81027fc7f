//! Deciding where to look closely in each frame of a video.

use reelgraph_models::observation::{BoundingBox, TextLine};
use reelgraph_models::picture::Picture;

use super::areas::{close_looks, covers, overlap};
use super::change::{TextChange, TextGate};
use super::known::KnownLine;
use super::reader::TextReader;
use crate::error::InferenceError;

/// Lines remembered of one picture; one with more is clutter, and the rest of it is read again with each change.
const MAX_KNOWN_LINES: usize = 512;

/// Looks at the frames of one video in their order, and reads only where text may be new.
///
/// Frames without a change that could be text are not looked at ([`TextGate`]). In others a small and cheap look at the part
/// that changed says where text may be. What is there and was read before, looking as it did, is not read again; the rest is
/// looked at closely, and only there. A new scene that then stands still is read in full, once, for small print.
#[derive(Debug, Default)]
pub struct TextWatch {
    gate: TextGate,
    known: Vec<KnownLine>,
    /// The scene under way was only glimpsed at.
    owes_full_look: bool,
}

impl TextWatch {
    /// The lines of `picture` in reading order, or `None` where they are those of the picture before.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub fn look(
        &mut self,
        picture: &Picture,
        reader: &mut TextReader,
    ) -> Result<Option<Vec<TextLine>>, InferenceError> {
        let changed = match self.gate.change(picture) {
            TextChange::None if std::mem::take(&mut self.owes_full_look) => {
                return self.read(picture, reader).map(Some);
            }
            TextChange::None => return Ok(None),
            TextChange::Gone => None,
            TextChange::Possible(part) => Some(part),
            TextChange::Scene { has_letters } => {
                self.owes_full_look = has_letters;
                Some(BoundingBox { left: 0.0, top: 0.0, right: 1.0, bottom: 1.0 })
            }
        };
        let mut closer = match changed {
            Some(part) => reader.glimpse(picture, part)?,
            None => Vec::new(),
        };
        let (same, other): (Vec<&KnownLine>, Vec<&KnownLine>) =
            self.known.iter().partition(|line| line.looks_the_same(picture));
        closer.retain(|region| !same.iter().any(|line| covers(line.bounds(), *region)));
        closer.extend(other.iter().map(|line| line.bounds()));
        if closer.is_empty() {
            return Ok(None);
        }
        let (parts, kept) = parts_and_rest(closer, same, picture);
        let kept = kept.into_iter().map(|line| line.line().clone()).collect();
        match parts {
            Some(parts) => self.read_parts(picture, reader, &parts, kept),
            None => self.read(picture, reader).map(Some),
        }
    }

    /// Reads what lies in `parts`; `kept` is what is known to be elsewhere. `None` where that is all there was, and is.
    fn read_parts(
        &mut self,
        picture: &Picture,
        reader: &mut TextReader,
        parts: &[BoundingBox],
        kept: Vec<TextLine>,
    ) -> Result<Option<Vec<TextLine>>, InferenceError> {
        let Some(mut lines) = reader.read_parts(picture, parts)? else { return self.read(picture, reader).map(Some) };
        if lines.is_empty() && kept.len() == self.known.len() {
            return Ok(None);
        }
        lines.extend(kept);
        let lines = TextReader::in_order(lines, picture);
        self.remember(picture, &lines);
        Ok(Some(lines))
    }

    fn read(&mut self, picture: &Picture, reader: &mut TextReader) -> Result<Vec<TextLine>, InferenceError> {
        self.owes_full_look = false;
        let lines = reader.read(picture)?;
        self.remember(picture, &lines);
        Ok(lines)
    }

    fn remember(&mut self, picture: &Picture, lines: &[TextLine]) {
        let before = std::mem::take(&mut self.known);
        let known = lines.iter().take(MAX_KNOWN_LINES).filter_map(|line| KnownLine::of(picture, line, &before));
        self.known = known.collect();
    }
}

/// The parts to look at for `closer`, or `None` for the whole picture, and the lines of `same` that lie outside: no part cuts
/// through a line.
fn parts_and_rest<'k>(
    mut closer: Vec<BoundingBox>,
    mut same: Vec<&'k KnownLine>,
    picture: &Picture,
) -> (Option<Vec<BoundingBox>>, Vec<&'k KnownLine>) {
    loop {
        let Some(parts) = close_looks(&closer, picture.width_px(), picture.height_px()) else {
            return (None, Vec::new());
        };
        let (touched, rest): (Vec<_>, Vec<_>) =
            same.into_iter().partition(|line| parts.iter().any(|part| overlap(*part, line.bounds())));
        if touched.is_empty() {
            return (Some(parts), rest);
        }
        closer.extend(touched.into_iter().map(KnownLine::bounds));
        same = rest;
    }
}
