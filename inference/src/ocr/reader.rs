//! Reading all the text in one picture.

use std::sync::Arc;

use reelgraph_models::observation::{BoundingBox, TextLine};
use reelgraph_models::picture::Picture;

use super::crop::{LineCrop, cut_line};
use super::detect::{FoundLine, LineDetector, USUAL_SIDE_PX};
use super::geometry::{Point, RotatedBox};
use super::order::reading_order;
use super::recognize::{LineRecognizer, Reading};
use crate::catalog::ModelStore;
use crate::error::InferenceError;
use crate::pixels::Region;
use crate::runtime::{Runtime, Threads};

/// Name of the model card.
const CARD: &str = "ppocrv6-small";
/// Lines are looked for with the longer side between this and [`USUAL_SIDE_PX`].
const MIN_SIDE_PX: u32 = 640;
/// A page of small print is looked at a second time at up to this size.
const FINE_SIDE_PX: u32 = 1_920;
/// Text lower than this in the map is small print …
const SMALL_PRINT_PX: f32 = 14.0;
/// … if at least so many lines are so low.
const SMALL_PRINT_LINES: usize = 6;
/// From this height in the map of a glimpse on, its boxes are as good as those of the usual look at small lines.
const EXACT_HEIGHT_PX: f32 = 28.0;
/// Readings below it are not text, or not in a script that the recogniser knows (RapidOCR's setting).
pub(crate) const MIN_CONFIDENCE: f32 = 0.5;
/// The same of this few characters in a film, whose pictures hold many textures and no small signs that are worth it.
pub(crate) const MIN_SHORT_CONFIDENCE: f32 = 0.85;
const SHORT_CHARACTERS: usize = 2;
/// Below it a line may lie upside down, so the other way is tried too.
const DOUBTFUL_CONFIDENCE: f32 = 0.8;
/// Or it has fewer characters than its length has room for: parts of a line can be read the wrong way round. A Latin letter
/// takes half a line height, a Chinese character one.
const USUAL_ADVANCE_HEIGHTS: f32 = 1.0;
/// A character takes at most so many line heights, letter-spaced titles included.
const MAX_ADVANCE_HEIGHTS: f32 = 3.0;
/// Lines this many times as tall as wide are read downwards (PaddleOCR's setting).
const TALL_RATIO: f32 = 1.5;
/// A picture lower than this and at least twice as wide as tall is one line, cut out already.
const SINGLE_LINE_HEIGHT_PX: u32 = 64;
/// A picture in which no line is found may be one large word, if it is no larger than this.
const SINGLE_WORD_SIDE_PX: u32 = 400;
/// Confidence that makes such a word believable.
const SINGLE_WORD_CONFIDENCE: f32 = 0.85;

/// How readings are looked at.
#[derive(Debug, Clone, Copy)]
struct Care {
    min_confidence: f32,
    /// Readings of a character or two need this besides, since many a texture looks like one.
    min_short_confidence: f32,
    /// Doubtful lines are read the other way up as well.
    tries_upside_down: bool,
}

impl Care {
    const PICTURE: Self = Self { min_confidence: MIN_CONFIDENCE, min_short_confidence: 0.0, tries_upside_down: true };
    const FILM: Self =
        Self { min_confidence: MIN_CONFIDENCE, min_short_confidence: MIN_SHORT_CONFIDENCE, tries_upside_down: false };

    fn believes(self, reading: &Reading) -> bool {
        let is_short = reading.characters <= SHORT_CHARACTERS;
        reading.confidence >= self.min_confidence && !(is_short && reading.confidence < self.min_short_confidence)
    }
}

/// Where text may be, by a glimpse.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glimpsed {
    pub(crate) bounds: BoundingBox,
    shape: RotatedBox,
    /// So large that a closer look would not find it more exactly.
    pub(crate) is_exact: bool,
}

/// Reads text in pictures: Latin, Chinese and Japanese script.
#[derive(Debug)]
pub struct TextReader {
    detector: LineDetector,
    recognizer: LineRecognizer,
}

impl TextReader {
    /// Loads the `ppocrv6-small` models.
    ///
    /// # Errors
    /// [`InferenceError::FileMissing`] and its like where the model is not in the store; [`InferenceError::LoadGraph`].
    pub fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        let files = store.open(CARD)?;
        Ok(Self {
            detector: LineDetector::load(runtime, &files, threads)?,
            recognizer: LineRecognizer::load(runtime, &files, threads)?,
        })
    }

    /// Reads the lines of a picture of any size, in reading order. Lines that cannot be read with confidence are left out.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub fn read(&mut self, picture: &Picture) -> Result<Vec<TextLine>, InferenceError> {
        let (width_px, height_px) = (picture.width_px(), picture.height_px());
        if height_px < SINGLE_LINE_HEIGHT_PX && width_px >= 2 * height_px {
            return self.read_whole(picture, MIN_CONFIDENCE);
        }
        let long_side_px = width_px.max(height_px);
        let mut found = self.detector.find(picture, long_side_px.clamp(MIN_SIDE_PX, USUAL_SIDE_PX))?;
        if long_side_px > USUAL_SIDE_PX && is_small_print(&found) {
            found = self.detector.find(picture, long_side_px.min(FINE_SIDE_PX))?;
        }
        if found.is_empty() && long_side_px <= SINGLE_WORD_SIDE_PX {
            return self.read_whole(picture, SINGLE_WORD_CONFIDENCE);
        }
        let shapes = found.iter().map(|line| in_reading_direction(line.shape)).collect();
        self.read_shapes(picture, shapes, Care::PICTURE)
    }

    /// Where in a part of the picture text may be, by a small and cheap look: coarse, without small print, and with some
    /// textures that are no text.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub(crate) fn glimpse(&mut self, picture: &Picture, part: BoundingBox) -> Result<Vec<Glimpsed>, InferenceError> {
        let found = self.detector.glimpse(picture, Region::of(picture, part))?;
        let glimpsed = |line: &FoundLine| {
            let bounds = line.shape.bounds(picture.width_px(), picture.height_px())?;
            let is_exact = line.map_height_px >= EXACT_HEIGHT_PX;
            Some(Glimpsed { bounds, shape: line.shape, is_exact })
        };
        Ok(found.iter().filter_map(glimpsed).collect())
    }

    /// Reads what was glimpsed as it was found, without a closer look.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub(crate) fn read_glimpsed(
        &mut self,
        picture: &Picture,
        glimpsed: &[Glimpsed],
    ) -> Result<Vec<TextLine>, InferenceError> {
        let shapes = glimpsed.iter().map(|region| in_reading_direction(region.shape)).collect();
        self.read_shapes(picture, shapes, Care::FILM)
    }

    /// As [`Self::read`], in parts of the picture; `None` where a part cuts a line off.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub(crate) fn read_parts(
        &mut self,
        picture: &Picture,
        parts: &[BoundingBox],
    ) -> Result<Option<Vec<TextLine>>, InferenceError> {
        let long_side_px = picture.width_px().max(picture.height_px()).clamp(MIN_SIDE_PX, USUAL_SIDE_PX);
        let mut shapes = Vec::new();
        for part in parts {
            let region = Region::of(picture, *part);
            let found = self.detector.find_in(picture, region, long_side_px)?;
            shapes.extend(found.iter().map(|line| in_reading_direction(line.shape)));
        }
        let lines = self.read_shapes(picture, shapes, Care::FILM)?;
        let is_whole = |line: &TextLine| !parts.iter().any(|part| cuts_off(*part, line.bounds));
        Ok(lines.iter().all(is_whole).then_some(lines))
    }

    /// `lines` of a picture in reading order, taken to be upright.
    pub(crate) fn in_order(lines: Vec<TextLine>, picture: &Picture) -> Vec<TextLine> {
        let upright = |line: &TextLine| RotatedBox::upright(line.bounds, picture.width_px(), picture.height_px());
        let order = reading_order(&lines.iter().map(upright).collect::<Vec<_>>());
        order.into_iter().filter_map(|index| lines.get(index).cloned()).collect()
    }

    fn read_whole(&mut self, picture: &Picture, min_confidence: f32) -> Result<Vec<TextLine>, InferenceError> {
        let (half_width, half_height) = (picture.width_px() as f32 / 2.0, picture.height_px() as f32 / 2.0);
        let shape =
            RotatedBox { center: Point { x: half_width, y: half_height }, half_width, half_height, cos: 1.0, sin: 0.0 };
        self.read_shapes(picture, vec![shape], Care { min_confidence, ..Care::PICTURE })
    }

    fn read_shapes(
        &mut self,
        picture: &Picture,
        shapes: Vec<RotatedBox>,
        care: Care,
    ) -> Result<Vec<TextLine>, InferenceError> {
        let (mut shapes, crops) = cut_all(picture, shapes)?;
        let mut readings = self.recognizer.read(&crops)?;
        if care.tries_upside_down {
            self.try_upside_down(picture, &mut shapes, &mut readings)?;
        }
        let (shapes, readings): (Vec<RotatedBox>, Vec<Reading>) = shapes
            .into_iter()
            .zip(readings)
            .filter(|(shape, reading)| care.believes(reading) && fills(shape, reading))
            .unzip();
        let line = |index: usize| {
            let (shape, reading) = (shapes.get(index)?, readings.get(index)?);
            let bounds = shape.bounds(picture.width_px(), picture.height_px())?;
            Some(TextLine { text: reading.text.trim().to_owned(), bounds, confidence: reading.confidence })
        };
        Ok(reading_order(&shapes).into_iter().filter_map(line).collect())
    }

    /// Reads doubtful lines the other way up as well and keeps the better reading.
    fn try_upside_down(
        &mut self,
        picture: &Picture,
        shapes: &mut [RotatedBox],
        readings: &mut [Reading],
    ) -> Result<(), InferenceError> {
        let doubtful: Vec<usize> = readings
            .iter()
            .enumerate()
            .filter(|(index, reading)| {
                let sparse =
                    shapes.get(*index).is_some_and(|shape| advance_heights(shape, reading) > USUAL_ADVANCE_HEIGHTS);
                sparse || reading.confidence < DOUBTFUL_CONFIDENCE
            })
            .map(|(index, _)| index)
            .collect();
        let turned = doubtful.iter().filter_map(|index| shapes.get(*index)).map(|shape| shape.half_turned()).collect();
        let (turned, crops) = cut_all(picture, turned)?;
        if turned.len() != doubtful.len() {
            return Ok(());
        }
        for ((index, shape), reading) in doubtful.into_iter().zip(turned).zip(self.recognizer.read(&crops)?) {
            if let (Some(kept_shape), Some(kept)) = (shapes.get_mut(index), readings.get_mut(index))
                && reading.strength() > kept.strength()
            {
                (*kept_shape, *kept) = (shape, reading);
            }
        }
        Ok(())
    }
}

/// Cuts out every shape; those without area in the picture are left out of both lists.
fn cut_all(picture: &Picture, shapes: Vec<RotatedBox>) -> Result<(Vec<RotatedBox>, Vec<LineCrop>), InferenceError> {
    let mut kept = (Vec::with_capacity(shapes.len()), Vec::with_capacity(shapes.len()));
    for shape in shapes {
        if let Some(crop) = cut_line(picture, &shape)? {
            kept.0.push(shape);
            kept.1.push(crop);
        }
    }
    Ok(kept)
}

/// Whether a line reaches the left or right edge of the part that it was found in, and the picture goes on there.
fn cuts_off(part: BoundingBox, line: BoundingBox) -> bool {
    let is_inside = line.top < part.bottom && part.top < line.bottom;
    let at_left = part.left > 0.0 && line.left <= part.left && part.left < line.right;
    let at_right = part.right < 1.0 && line.left < part.right && part.right <= line.right;
    is_inside && (at_left || at_right)
}

fn in_reading_direction(shape: RotatedBox) -> RotatedBox {
    if shape.half_height > shape.half_width * TALL_RATIO { shape.quarter_turned() } else { shape }
}

/// Whether there are enough characters for the line's length: a script that the recogniser does not know often comes out as
/// a lone dot.
fn fills(shape: &RotatedBox, reading: &Reading) -> bool {
    reading.characters > 0 && advance_heights(shape, reading) <= MAX_ADVANCE_HEIGHTS
}

/// Line length a character, in line heights.
fn advance_heights(shape: &RotatedBox, reading: &Reading) -> f32 {
    shape.half_width / (shape.half_height * reading.characters.max(1) as f32)
}

fn is_small_print(found: &[FoundLine]) -> bool {
    let small = found.iter().filter(|line| line.map_height_px < SMALL_PRINT_PX).count();
    small >= SMALL_PRINT_LINES && small * 2 >= found.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_reading_needs_no_less_than_a_long_one() {
        let reading = |text: &str, confidence| Reading { text: text.to_owned(), characters: text.len(), confidence };
        let single_word = Care { min_confidence: SINGLE_WORD_CONFIDENCE, ..Care::PICTURE };
        for text in ["7", "STOP"] {
            assert!(single_word.believes(&reading(text, 0.9)) && !single_word.believes(&reading(text, 0.7)), "{text}");
            assert!(
                Care::PICTURE.believes(&reading(text, 0.7)) && !Care::PICTURE.believes(&reading(text, 0.4)),
                "{text}"
            );
        }
        assert!(Care::FILM.believes(&reading("STOP", 0.7)) && !Care::FILM.believes(&reading("7", 0.7)));
    }
}
