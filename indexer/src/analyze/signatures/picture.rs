//! A frame's luminance without the bars around it.

/// Columns and rows of the frames that are looked at.
pub(super) const WIDTH: usize = 48;
pub(super) const HEIGHT: usize = 27;
/// Rows or columns whose lightest and darkest pixel are at most this far apart may be a bar; compression leaves little more
/// than this on what was one colour.
const BAR_RANGE: f32 = 8.0;
/// A bar is at most this light on the average; brightened copies have bars of dark grey.
const BAR_LEVEL: f32 = 64.0;
/// Most rows of one bar: what is left of 2.76:1, the widest there is, inside 4:3, and something to spare.
const MAX_BAR_ROWS: usize = 10;
/// Most columns of one bar: what is left of 9:16 inside 16:9.
const MAX_BAR_COLUMNS: usize = 16;

/// Luminance, `[27][48]`, `0..=255`, and which part of it is picture.
pub(super) struct Picture {
    luma: Vec<f32>,
    /// Rows of each horizontal bar: as many at the top as at the bottom.
    pub(super) bar_rows: usize,
    /// Columns of each vertical bar: as many at the left as at the right.
    pub(super) bar_columns: usize,
}

impl Picture {
    /// From 48×27 packed RGB; what is missing is black.
    pub(super) fn of_rgb(rgb: &[u8]) -> Self {
        // ITU-R BT.601, as any film's luminance is near enough to.
        let luma_of = |[red, green, blue]: &[u8; 3]| {
            0.299 * f32::from(*red) + 0.587 * f32::from(*green) + 0.114 * f32::from(*blue)
        };
        let (pixels, _) = rgb.as_chunks::<3>();
        let mut luma: Vec<f32> = pixels.iter().map(luma_of).collect();
        luma.resize(WIDTH * HEIGHT, 0.0);
        let mut picture = Self { luma, bar_rows: 0, bar_columns: 0 };
        picture.bar_rows = picture.bar_rows();
        picture.bar_columns = picture.bar_columns();
        picture
    }

    /// Rows of the picture inside the bars.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[f32]> {
        let columns = self.bar_columns..WIDTH - self.bar_columns;
        let rows = self.luma.chunks_exact(WIDTH).skip(self.bar_rows).take(HEIGHT - 2 * self.bar_rows);
        rows.map(move |row| row.get(columns.clone()).unwrap_or_default())
    }

    /// Bars are as wide on one side as on the other, so the narrower side counts: a dark sky alone is none.
    fn bar_rows(&self) -> usize {
        let is_bar = |row: &&[f32]| is_bar(row.iter().copied());
        let top = self.luma.chunks_exact(WIDTH).take(MAX_BAR_ROWS).take_while(is_bar).count();
        let bottom = self.luma.chunks_exact(WIDTH).rev().take(MAX_BAR_ROWS).take_while(is_bar).count();
        top.min(bottom)
    }

    fn bar_columns(&self) -> usize {
        let is_bar = |column: &usize| is_bar(self.rows().filter_map(|row| row.get(*column).copied()));
        let left = (0..MAX_BAR_COLUMNS).take_while(is_bar).count();
        let right = (WIDTH - MAX_BAR_COLUMNS..WIDTH).rev().take_while(is_bar).count();
        left.min(right)
    }
}

fn is_bar(levels: impl Iterator<Item = f32>) -> bool {
    let (mut low, mut high, mut sum, mut count) = (f32::MAX, f32::MIN, 0.0, 0.0_f32);
    for level in levels {
        (low, high, sum, count) = (low.min(level), high.max(level), sum + level, count + 1.0);
    }
    high - low <= BAR_RANGE && sum <= BAR_LEVEL * count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(level: impl Fn(usize, usize) -> u8) -> (usize, usize) {
        let rgb: Vec<u8> = (0..WIDTH * HEIGHT).flat_map(|at| [level(at % WIDTH, at / WIDTH); 3]).collect();
        let picture = Picture::of_rgb(&rgb);
        (picture.bar_rows, picture.bar_columns)
    }

    fn textured(x: usize, y: usize) -> u8 {
        80 + ((x * 7 + y * 13) % 90) as u8
    }

    #[test]
    fn bars_are_taken_off_in_pairs() {
        assert_eq!(bars(textured), (0, 0));
        assert_eq!(bars(|x, y| if (3..24).contains(&y) { textured(x, y) } else { 16 }), (3, 0));
        assert_eq!(bars(|x, y| if (6..42).contains(&x) { textured(x, y) } else { 30 }), (0, 6));
        let both = |x, y| (3..24).contains(&y) && (6..42).contains(&x);
        assert_eq!(bars(|x, y| if both(x, y) { textured(x, y) } else { 0 }), (3, 6));
    }

    #[test]
    fn a_dark_sky_or_a_white_frame_is_no_bar() {
        assert_eq!(bars(|x, y| if y < 8 { 10 } else { textured(x, y) }), (0, 0));
        assert_eq!(bars(|x, y| if (3..24).contains(&y) { textured(x, y) } else { 250 }), (0, 0));
    }

    #[test]
    fn something_is_left_even_of_a_black_frame() {
        assert_eq!(bars(|_, _| 0), (MAX_BAR_ROWS, MAX_BAR_COLUMNS));
        assert_eq!(Picture::of_rgb(&[]).rows().count(), HEIGHT - 2 * MAX_BAR_ROWS);
    }
}
