//! Which sampled frames show something new: those that differ from the last one that did.

use reelgraph_models::picture::{Frame, Picture};
use reelgraph_models::time::MediaTime;

/// Columns and rows of the thumbnail that frames are compared by.
const GRID: (u32, u32) = (32, 18);
/// Mean difference of the thumbnails, in grey levels, from which two frames count as different.
const CHANGED_LEVELS: u32 = 3;
/// Levels by which no part of two thumbnails differs where a picture stands still: so much is what a codec makes of it.
const STILL_LEVELS: u8 = 2;
/// A still picture is looked at again after this long, so that no window of 20 s goes without a frame.
const LONGEST_GAP: MediaTime = MediaTime::from_millis(4_000);

/// What a sampled frame is worth looking at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It differs from the last frame that was looked at, or that one is long ago.
    New,
    /// The last frame that was looked at is long ago, and nothing has moved since: whatever was seen in that one is seen again.
    Again,
    /// Nothing.
    Nothing,
}

/// Remembers the last frame that showed something new.
#[derive(Debug, Default)]
pub(crate) struct FrameSelector {
    last: Option<Last>,
}

#[derive(Debug)]
struct Last {
    /// When it was looked at, or seen again.
    at: MediaTime,
    grid: Vec<u8>,
}

impl FrameSelector {
    /// What `frame` is worth.
    pub(crate) fn look(&mut self, frame: &Frame) -> News {
        let grid = grey_grid(&frame.picture);
        let news = match &mut self.last {
            None => News::New,
            Some(last) if mean_difference(&last.grid, &grid) >= CHANGED_LEVELS => News::New,
            Some(last) if frame.at - last.at < LONGEST_GAP => News::Nothing,
            Some(last) if most_difference(&last.grid, &grid) <= STILL_LEVELS => {
                last.at = frame.at;
                News::Again
            }
            Some(_) => News::New,
        };
        if news == News::New {
            self.last = Some(Last { at: frame.at, grid });
        }
        news
    }
}

/// `[GRID.1 * GRID.0]` grey levels, each the mean of up to 16 pixels of its cell.
fn grey_grid(picture: &Picture) -> Vec<u8> {
    let (width, height) = (picture.width_px(), picture.height_px());
    let rgb = picture.rgb();
    let mut grid = Vec::with_capacity((GRID.0 * GRID.1) as usize);
    for row in 0..GRID.1 {
        for column in 0..GRID.0 {
            let mut sum = 0u32;
            for sample in 0..16u32 {
                let x = ((column * 4 + sample % 4) * width / (GRID.0 * 4)).min(width - 1);
                let y = ((row * 4 + sample / 4) * height / (GRID.1 * 4)).min(height - 1);
                let at = (y as usize * width as usize + x as usize) * 3;
                if let Some([red, green, blue]) = rgb.get(at..at + 3) {
                    // BT.601 luma weights in 1/256.
                    sum += (u32::from(*red) * 77 + u32::from(*green) * 150 + u32::from(*blue) * 29) >> 8;
                }
            }
            grid.push((sum / 16) as u8);
        }
    }
    grid
}

fn mean_difference(a: &[u8], b: &[u8]) -> u32 {
    let total: u32 = a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    total / (a.len().max(1) as u32)
}

fn most_difference(a: &[u8], b: &[u8]) -> u8 {
    a.iter().zip(b).fold(0, |most, (a, b)| a.abs_diff(*b).max(most))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "the pictures are made here")]
mod tests {
    use super::*;

    fn frame(at_ms: i64, level: u8) -> Frame {
        let picture = Picture::new(64, 36, vec![level; 64 * 36 * 3]).unwrap();
        Frame { at: MediaTime::from_millis(at_ms), picture }
    }

    #[test]
    fn a_still_picture_is_the_same_again_every_four_seconds() {
        let mut selector = FrameSelector::default();
        let news: Vec<News> = (0..20).map(|half| selector.look(&frame(half * 500, 80))).collect();
        let of = |wanted| news.iter().filter(|news| **news == wanted).count();
        assert_eq!((of(News::New), of(News::Again), of(News::Nothing)), (1, 2, 17));
    }

    #[test]
    fn what_a_codec_makes_of_a_still_picture_is_no_news_and_what_creeps_is() {
        let mut selector = FrameSelector::default();
        let news: Vec<News> = (0..20).map(|half| selector.look(&frame(half * 500, 80 + half as u8 % 3))).collect();
        assert_eq!(news.iter().filter(|news| **news == News::New).count(), 1, "{news:?}");
        let mut selector = FrameSelector::default();
        let news: Vec<News> = (0..20).map(|step| selector.look(&frame(step * 4_000, 80 + step as u8))).collect();
        assert_eq!(news.iter().filter(|news| **news == News::New).count(), 7, "every third level: {news:?}");
    }

    #[test]
    fn a_small_thing_that_has_moved_is_looked_at_after_four_seconds() {
        let mut selector = FrameSelector::default();
        let with_thing = |at_ms, column: usize| {
            let mut rgb = vec![80; 64 * 36 * 3];
            rgb.iter_mut().skip(column * 3).take(6).for_each(|sample| *sample = 200);
            Frame { at: MediaTime::from_millis(at_ms), picture: Picture::new(64, 36, rgb).unwrap() }
        };
        assert_eq!(selector.look(&with_thing(0, 4)), News::New);
        assert_eq!(selector.look(&with_thing(3_500, 30)), News::Nothing);
        assert_eq!(selector.look(&with_thing(4_000, 30)), News::New);
    }

    #[test]
    fn a_change_is_looked_at_at_once() {
        let mut selector = FrameSelector::default();
        assert_eq!(selector.look(&frame(0, 80)), News::New);
        assert_eq!(selector.look(&frame(500, 81)), News::Nothing);
        assert_eq!(selector.look(&frame(1_000, 90)), News::New);
    }

    #[test]
    fn a_picture_of_one_pixel_has_a_grid_too() {
        let picture = Picture::new(1, 1, vec![200; 3]).unwrap();
        assert_eq!(FrameSelector::default().look(&Frame { at: MediaTime::ZERO, picture }), News::New);
    }
}
