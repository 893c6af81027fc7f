//! A line that was read, as it looked.

use fast_image_resize::FilterType;
use reelgraph_models::observation::{BoundingBox, TextLine};
use reelgraph_models::picture::Picture;

use super::similarity::normalized;
use crate::pixels::{Region, resize};

/// Columns and rows that a line is compared at.
const THUMBNAIL: (u32, u32) = (192, 24);
/// Columns of the thumbnail that are judged together: about a letter or two.
const BLOCK_COLUMNS: usize = 16;
/// Mean difference of two thumbnails, in levels, up to which they show the same line: above the noise of compression.
const SAME_LEVELS: u32 = 10;
/// The same for one block: below another letter.
const SAME_BLOCK_LEVELS: u32 = 24;
/// A value that differs by no more from one reading to the next belongs to what stays.
const STEADY_LEVELS: u8 = 24;
/// Least part of the thumbnail that stays, for it to be judged by that alone: letters cover a tenth to a third of a line.
const LEAST_STEADY: f32 = 0.08;
/// Step across two columns that makes an edge of a letter, and the part of them that must be left: what stays may be the
/// ground of letters that fade.
const EDGE_LEVELS: u8 = 24;
const EDGES_LEFT: f32 = 0.6;
/// Boxes of one line in two frames overlap at least so much, intersection over union.
const SAME_PLACE: f32 = 0.7;

/// A line as it looked when it was read.
///
/// Letters over a moving picture stay where the picture between them changes. So, where the same was read at the same place
/// before, only the values that did not change are compared from then on.
#[derive(Debug)]
pub(crate) struct KnownLine {
    line: TextLine,
    /// Where the thumbnail was taken.
    place: BoundingBox,
    thumbnail: Vec<u8>,
    /// Which of its values are compared; of none, all.
    steady: Vec<bool>,
}

impl KnownLine {
    /// `line` as it looks in `picture`; `before` are the lines known so far. `None` where it has no area.
    pub(crate) fn of(picture: &Picture, line: &TextLine, before: &[Self]) -> Option<Self> {
        let is_same = |old: &&Self| {
            old.line.bounds.iou(line.bounds) >= SAME_PLACE && normalized(&old.line.text) == normalized(&line.text)
        };
        if let Some(old) = before.iter().find(is_same) {
            let thumbnail = thumbnail(picture, old.place)?;
            let steady = old.still_steady(&thumbnail);
            let kept = steady.iter().filter(|steady| **steady).count();
            if kept as f32 >= LEAST_STEADY * steady.len() as f32 {
                return Some(Self { line: line.clone(), place: old.place, thumbnail, steady });
            }
        }
        let thumbnail = thumbnail(picture, line.bounds)?;
        let steady = vec![true; thumbnail.len()];
        Some(Self { line: line.clone(), place: line.bounds, thumbnail, steady })
    }

    pub(crate) fn line(&self) -> &TextLine {
        &self.line
    }

    pub(crate) fn bounds(&self) -> BoundingBox {
        self.line.bounds
    }

    /// Whether `picture` shows the line as it was.
    pub(crate) fn looks_the_same(&self, picture: &Picture) -> bool {
        thumbnail(picture, self.place)
            .is_some_and(|now| self.is_like(&now) && edges(&now) as f32 >= EDGES_LEFT * edges(&self.thumbnail) as f32)
    }

    fn is_like(&self, now: &[u8]) -> bool {
        const BLOCKS: usize = THUMBNAIL.0 as usize / BLOCK_COLUMNS;
        // Sum of differences and count of values, of each block.
        let mut blocks = [(0_u32, 0_u32); BLOCKS];
        let values = self.thumbnail.iter().zip(now).zip(&self.steady).enumerate();
        for (index, ((then, now), _)) in values.filter(|(_, (_, steady))| **steady) {
            let column = index / 3 % THUMBNAIL.0 as usize;
            if let Some((sum, count)) = blocks.get_mut(column / BLOCK_COLUMNS) {
                *sum += u32::from(then.abs_diff(*now));
                *count += 1;
            }
        }
        let (sum, count) = blocks.iter().fold((0, 0), |all, block| (all.0 + block.0, all.1 + block.1));
        sum <= SAME_LEVELS * count && blocks.iter().all(|(sum, count)| *sum <= SAME_BLOCK_LEVELS * count)
    }

    fn still_steady(&self, now: &[u8]) -> Vec<bool> {
        let values = self.thumbnail.iter().zip(now).zip(&self.steady);
        values.map(|((then, now), steady)| *steady && then.abs_diff(*now) <= STEADY_LEVELS).collect()
    }
}

/// Steps from left to right, in green.
fn edges(thumbnail: &[u8]) -> usize {
    let green = |pixel: &[u8]| pixel.get(1).copied().unwrap_or_default();
    let rows = thumbnail.chunks_exact(THUMBNAIL.0 as usize * 3);
    rows.map(|row| {
        let (left, right) = (row.chunks_exact(3), row.chunks_exact(3).skip(2));
        left.zip(right).filter(|(left, right)| green(left).abs_diff(green(right)) >= EDGE_LEVELS).count()
    })
    .sum()
}

/// The line in few pixels, `[24, 192, 3]` u8 RGB.
fn thumbnail(picture: &Picture, bounds: BoundingBox) -> Option<Vec<u8>> {
    resize(picture, Region::of(picture, bounds), THUMBNAIL.0, THUMBNAIL.1, FilterType::Box).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "the pictures are made here")]
mod tests {
    use super::*;

    const LINE: BoundingBox = BoundingBox { left: 0.1, top: 0.2, right: 0.9, bottom: 0.8 };

    /// White bars at `bars` over a ground of `level`.
    fn picture(level: u8, bars: &[u32]) -> Picture {
        let pixel = |x: u32| if bars.iter().any(|bar| x.abs_diff(*bar) < 3) { 255 } else { level };
        let row: Vec<u8> = (0..240).flat_map(|x| [pixel(x); 3]).collect();
        Picture::new(240, 40, row.repeat(40)).unwrap()
    }

    fn line() -> TextLine {
        TextLine { text: "Llll".to_owned(), bounds: LINE, confidence: 0.9 }
    }

    #[test]
    fn letters_over_a_picture_that_moves_are_known_once_they_were_read_twice() {
        let bars = [40, 80, 120, 160];
        let once = KnownLine::of(&picture(20, &bars), &line(), &[]).unwrap();
        assert!(once.looks_the_same(&picture(24, &bars)) && !once.looks_the_same(&picture(120, &bars)));
        let twice = KnownLine::of(&picture(120, &bars), &line(), &[once]).unwrap();
        assert!(twice.looks_the_same(&picture(60, &bars)), "only the ground is another");
        assert!(!twice.looks_the_same(&picture(120, &[40, 80, 120, 175])), "a letter has moved");
        assert!(!twice.looks_the_same(&picture(120, &[])), "it is gone");
    }

    #[test]
    fn letters_that_fade_away_are_gone_though_their_ground_stays() {
        let bars = [40, 80, 120, 160];
        let faded = |letters: u8| {
            let clear = picture(20, &bars);
            let rgb: Vec<u8> = clear.rgb().iter().map(|level| if *level > 20 { letters } else { 20 }).collect();
            Picture::new(240, 40, rgb).unwrap()
        };
        let once = KnownLine::of(&faded(255), &line(), &[]).unwrap();
        let twice = KnownLine::of(&faded(180), &line(), &[once]).unwrap();
        assert!(twice.looks_the_same(&faded(170)));
        assert!(!twice.looks_the_same(&faded(20)));
    }

    #[test]
    fn another_letter_is_another_line() {
        let once = KnownLine::of(&picture(20, &[40, 80, 120, 160]), &line(), &[]).unwrap();
        assert!(!once.looks_the_same(&picture(20, &[40, 80, 120])));
    }
}
