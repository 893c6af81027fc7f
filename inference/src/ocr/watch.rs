//! Deciding where to look closely in each frame of a video.

use reelgraph_models::observation::{BoundingBox, TextLine};
use reelgraph_models::picture::Picture;

use super::areas::{close_looks, covers, overlap};
use super::change::{TextChange, TextGate};
use super::detect::GLIMPSE_SIDE_PX;
use super::known::KnownLine;
use super::reader::{MIN_CONFIDENCE, MIN_SHORT_CONFIDENCE, TextReader};
use crate::error::InferenceError;

/// Lines remembered of one picture; one with more is clutter, and the rest of it is read again with each change.
const MAX_KNOWN_LINES: usize = 512;

/// Looks at the frames of one video in their order, and reads only where text may be new.
///
/// Frames without a change that could be text are not looked at ([`TextGate`]). In others a small and cheap look at the part
/// that changed says where text may be. What is there and was read before, looking as it did, is not read again. What is large
/// is read where it was found; for what is small there is a closer look, only there, or at the whole of a new scene. A scene in
/// which nothing was found and that then stands still is read in full, once, for small print.
#[derive(Debug, Default)]
pub struct TextWatch {
    gate: TextGate,
    known: Vec<KnownLine>,
    /// The scene under way was only glimpsed at.
    owes_full_look: bool,
}

impl TextWatch {
    /// What its readings depend on besides the model.
    pub fn parameters() -> String {
        format!(
            "glimpse_side_px={GLIMPSE_SIDE_PX},min_confidence={MIN_CONFIDENCE},min_short_confidence={MIN_SHORT_CONFIDENCE}"
        )
    }

    /// The lines of `picture` in reading order, or `None` where they are those of the picture before.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub fn look(
        &mut self,
        picture: &Picture,
        reader: &mut TextReader,
    ) -> Result<Option<Vec<TextLine>>, InferenceError> {
        let change = self.gate.change(picture);
        let is_new = matches!(change, TextChange::Scene { .. });
        let changed = match change {
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
        let mut glimpsed = match changed {
            Some(part) => reader.glimpse(picture, part)?,
            None => Vec::new(),
        };
        let (same, other): (Vec<&KnownLine>, Vec<&KnownLine>) =
            self.known.iter().partition(|line| line.looks_the_same(picture));
        glimpsed.retain(|region| !same.iter().any(|line| covers(line.bounds(), region.bounds)));
        if glimpsed.is_empty() && other.is_empty() {
            return Ok(None);
        }
        let is_coarse = glimpsed.iter().any(|region| !region.is_exact);
        if is_new && is_coarse {
            return self.read(picture, reader).map(Some);
        }
        // What is large is read where it was glimpsed: most textures are, too, and prove to be none.
        let fresh = if is_coarse { Vec::new() } else { reader.read_glimpsed(picture, &glimpsed)? };
        self.owes_full_look |= !is_coarse && fresh.len() < glimpsed.len();
        let is_replaced =
            |line: &KnownLine| !is_coarse && glimpsed.iter().any(|region| overlap(region.bounds, line.bounds()));
        let mut closer: Vec<BoundingBox> =
            other.iter().filter(|line| !is_replaced(line)).map(|line| line.bounds()).collect();
        if is_coarse {
            closer.extend(glimpsed.iter().map(|region| region.bounds));
        }
        let (parts, kept) =
            parts_and_rest(closer, same.into_iter().map(KnownLine::line).chain(&fresh).collect(), picture);
        let kept: Vec<TextLine> = kept.into_iter().cloned().collect();
        let Some(mut lines) = parts.map(|parts| reader.read_parts(picture, &parts)).transpose()?.flatten() else {
            return self.read(picture, reader).map(Some);
        };
        if lines.is_empty() && fresh.is_empty() && kept.len() == self.known.len() {
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
fn parts_and_rest<'l>(
    mut closer: Vec<BoundingBox>,
    mut same: Vec<&'l TextLine>,
    picture: &Picture,
) -> (Option<Vec<BoundingBox>>, Vec<&'l TextLine>) {
    loop {
        let Some(parts) = close_looks(&closer, picture.width_px(), picture.height_px()) else {
            return (None, Vec::new());
        };
        let (touched, rest): (Vec<_>, Vec<_>) =
            same.into_iter().partition(|line| parts.iter().any(|part| overlap(*part, line.bounds)));
        if touched.is_empty() {
            return (Some(parts), rest);
        }
        closer.extend(touched.into_iter().map(|line| line.bounds));
        same = rest;
    }
}
