//! Deciding where to look closely in each frame of a video.

use reelgraph_models::observation::{BoundingBox, TextLine};
use reelgraph_models::picture::Picture;

use super::areas::{close_looks, covers};
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
                return self.read(picture, reader, None).map(Some);
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
        let same: Vec<bool> = self.known.iter().map(|line| line.looks_the_same(picture)).collect();
        let (same, other): (Vec<_>, Vec<_>) = self.known.iter().zip(same).partition(|(_, same)| *same);
        closer.retain(|region| !same.iter().any(|(line, _)| covers(line.bounds(), *region)));
        closer.extend(other.iter().map(|(line, _)| line.bounds()));
        if closer.is_empty() {
            return Ok(None);
        }
        let parts = close_looks(&closer, picture.width_px(), picture.height_px());
        self.read(picture, reader, parts).map(Some)
    }

    /// Reads what lies in `parts`, or the whole picture; what is known elsewhere stays.
    fn read(
        &mut self,
        picture: &Picture,
        reader: &mut TextReader,
        parts: Option<Vec<BoundingBox>>,
    ) -> Result<Vec<TextLine>, InferenceError> {
        let found = match &parts {
            Some(parts) => reader.read_parts(picture, parts)?,
            None => None,
        };
        let (mut lines, parts) = match (found, parts) {
            (Some(lines), Some(parts)) => (lines, parts),
            _ => {
                self.owes_full_look = false;
                (reader.read(picture)?, Vec::new())
            }
        };
        let before = std::mem::take(&mut self.known);
        if !parts.is_empty() {
            let elsewhere = |line: &&KnownLine| !parts.iter().any(|part| covers(*part, line.bounds()));
            lines.extend(before.iter().filter(elsewhere).map(|line| line.line().clone()));
            lines = TextReader::in_order(lines, picture);
        }
        let known = lines.iter().take(MAX_KNOWN_LINES).filter_map(|line| KnownLine::of(picture, line, &before));
        self.known = known.collect();
        Ok(lines)
    }
}
