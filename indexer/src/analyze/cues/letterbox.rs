//! Bars above and below or at the sides, from the sampled frames.

use reelgraph_models::observation::BoundingBox;
use reelgraph_models::picture::Picture;

/// A line is part of a bar while its mean and its brightest sample stay below, levels of 255; FFmpeg's `cropdetect` has 24.
const BAR_MEAN: u32 = 20;
const BAR_BRIGHTEST: u32 = 64;
/// Of so many pixels of a line one is looked at.
const EVERY: usize = 4;
/// Frames whose picture is darker than this are not asked: there is no telling where it ends.
const DARK_MEAN: u32 = 32;
/// Share of the frames that may show more picture, such as words written into a bar.
const EXCEPTIONS: f64 = 0.1;
/// Fewest frames that make a judgement.
const ENOUGH_FRAMES: usize = 3;
/// The narrowest pair of bars, each as a share of the side, and how much two of a pair may differ.
const NARROWEST: f32 = 0.02;
const PAIR_APART: f32 = 0.02;
/// Insets are kept in so many parts of a side.
const PARTS: u32 = 1_000;

/// Collects how far in the picture begins at each side; 8 bytes a frame.
#[derive(Debug, Default)]
pub(super) struct Letterbox {
    /// Top, bottom, left, right, in parts of a thousand.
    insets: Vec<[u16; 4]>,
}

impl Letterbox {
    pub(super) fn push(&mut self, picture: &Picture) {
        self.insets.extend(insets(picture));
    }

    /// What is left for the picture, where stable bars take something away.
    pub(super) fn finish(&mut self) -> Option<BoundingBox> {
        let insets = std::mem::take(&mut self.insets);
        if insets.len() < ENOUGH_FRAMES {
            return None;
        }
        let mut sides = [0.0f32; 4];
        for (side, stable) in sides.iter_mut().enumerate() {
            let mut values: Vec<u16> = insets.iter().filter_map(|inset| inset.get(side).copied()).collect();
            values.sort_unstable();
            let place = (values.len() as f64 * EXCEPTIONS) as usize;
            *stable = f32::from(values.get(place).copied().unwrap_or_default()) / PARTS as f32;
        }
        let [top, bottom, left, right] = sides;
        let is_pair = |a: f32, b: f32| a.min(b) >= NARROWEST && (a - b).abs() <= PAIR_APART;
        let (top, bottom) = if is_pair(top, bottom) { (top, bottom) } else { (0.0, 0.0) };
        let (left, right) = if is_pair(left, right) { (left, right) } else { (0.0, 0.0) };
        (top + left > 0.0).then_some(BoundingBox { left, top, right: 1.0 - right, bottom: 1.0 - bottom })
    }
}

/// Lines of nothing but black at the top, bottom, left and right; `None` of a dark frame.
fn insets(picture: &Picture) -> Option<[u16; 4]> {
    let (width, height) = (picture.width_px() as usize, picture.height_px() as usize);
    let rgb = picture.rgb();
    let luma = |x: usize, y: usize| {
        let at = (y * width + x) * 3;
        match rgb.get(at..at + 3) {
            Some(&[red, green, blue]) => (u32::from(red) * 77 + u32::from(green) * 150 + u32::from(blue) * 29) >> 8,
            _ => 0,
        }
    };
    let is_bar = |line: &mut dyn Iterator<Item = u32>| {
        let (mut sum, mut count) = (0, 0);
        for level in line {
            if level > BAR_BRIGHTEST {
                return false;
            }
            (sum, count) = (sum + level, count + 1);
        }
        sum <= BAR_MEAN * count
    };
    let row_is_bar = |y: usize| is_bar(&mut (0..width).step_by(EVERY).map(|x| luma(x, y)));
    let column_is_bar = |x: usize| is_bar(&mut (0..height).step_by(EVERY).map(|y| luma(x, y)));
    let top = (0..height).take_while(|y| row_is_bar(*y)).count();
    let bottom = (top..height).rev().take_while(|y| row_is_bar(*y)).count();
    let left = (0..width).take_while(|x| column_is_bar(*x)).count();
    let right = (left..width).rev().take_while(|x| column_is_bar(*x)).count();
    let (mut sum, mut count) = (0, 0);
    for y in (top..height - bottom).step_by(EVERY * 2) {
        for x in (left..width - right).step_by(EVERY * 2) {
            (sum, count) = (sum + luma(x, y), count + 1);
        }
    }
    let parts = |inset: usize, side: usize| (inset as u32 * PARTS / side.max(1) as u32) as u16;
    (sum >= DARK_MEAN * count && count > 0).then_some([
        parts(top, height),
        parts(bottom, height),
        parts(left, width),
        parts(right, width),
    ])
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "the pictures are made here")]
mod tests {
    use super::*;

    /// 160×90 of that grey between bars of so many rows.
    fn picture(bar_rows: usize, level: u8) -> Picture {
        let row = |y: usize| if (bar_rows..90 - bar_rows).contains(&y) { level } else { 3 };
        Picture::new(160, 90, (0..90).flat_map(|y| vec![row(y); 160 * 3]).collect::<Vec<u8>>()).unwrap()
    }

    fn found(pictures: &[Picture]) -> Option<BoundingBox> {
        let mut letterbox = Letterbox::default();
        pictures.iter().for_each(|picture| letterbox.push(picture));
        letterbox.finish()
    }

    #[test]
    fn bars_that_stay_are_found_to_the_line() {
        let pictures: Vec<Picture> =
            (0..20).map(|index| picture(if index == 7 { 0 } else { 12 }, 90 + index)).collect();
        let left = found(&pictures).unwrap();
        assert!((left.top - 12.0 / 90.0).abs() < 0.002 && (left.bottom - 78.0 / 90.0).abs() < 0.002, "{left:?}");
        assert_eq!((left.left, left.right), (0.0, 1.0));
    }

    #[test]
    fn dark_frames_and_full_ones_have_no_bars() {
        assert_eq!(found(&vec![picture(12, 10); 20]), None, "too dark to tell");
        assert_eq!(found(&vec![picture(0, 120); 20]), None);
        assert_eq!(found(&[picture(12, 120)]), None, "one frame is too few");
        let mixed: Vec<Picture> = (0..20).map(|index| picture(if index % 2 == 0 { 12 } else { 0 }, 120)).collect();
        assert_eq!(found(&mixed), None, "they do not stay");
    }
}
