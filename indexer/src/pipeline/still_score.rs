//! What makes a frame worth showing: sharp, lit, of some contrast and colour.

use reelgraph_models::picture::Picture;

/// Of so many rows and columns one sample is looked at.
const EVERY_ROWS: usize = 4;
const EVERY_COLUMNS: usize = 2;
/// Variance of the Laplacian, levels squared, from which a frame is as sharp as can be; a blurred one has below 20.
const SHARP_VARIANCE: f32 = 2_000.0;
/// Standard deviation of the brightness, and colourfulness, that are as good as more, levels of 255.
const FULL_CONTRAST: f32 = 55.0;
const FULL_COLOUR: f32 = 60.0;
/// Mean brightness below or above which a frame is black or white, and from which on it is neither, levels of 255.
const DARK: (f32, f32) = (10.0, 60.0);
const BRIGHT: (f32, f32) = (250.0, 225.0);
/// What is left of the score of a black frame, so that words on black are still better than nothing.
const UNLIT: f32 = 0.02;
/// What sharpness, contrast and colour count for.
const WEIGHTS: [f32; 3] = [0.45, 0.35, 0.2];
/// Tiles across and down by which frames are compared, and the mean difference, levels of 255, that makes another picture.
const TILES: usize = 4;
const OTHER_LEVELS: u32 = 24;

/// How a frame would do as a still.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct StillScore {
    /// `0..=1`; higher is better.
    pub(super) score: f32,
    tiles: [u8; TILES * TILES],
}

impl StillScore {
    /// Measures a frame; some 60,000 samples at the size of sampled frames.
    pub(super) fn of(picture: &Picture) -> Self {
        let (width, height) = (picture.width_px() as usize, picture.height_px() as usize);
        let rgb = picture.rgb();
        let mut sums = Sums::default();
        let mut tiles = [(0u32, 0u32); TILES * TILES];
        let row = |y: usize| rgb.get(y * width * 3..(y + 1) * width * 3).unwrap_or_default().as_chunks::<3>().0;
        for y in (0..height).step_by(EVERY_ROWS) {
            let (above, this, below) = (row(y.saturating_sub(1)), row(y), row((y + 1).min(height - 1)));
            let around = this.iter().zip(this.iter().skip(2)).zip(above.iter().skip(1)).zip(below.iter().skip(1));
            for (x, (centre, (((left, right), up), down))) in
                this.iter().skip(1).zip(around).enumerate().step_by(EVERY_COLUMNS)
            {
                let green = |pixel: &[u8; 3]| f32::from(pixel[1]);
                sums.add(centre, 4.0 * green(centre) - green(left) - green(right) - green(up) - green(down));
                if let Some((sum, count)) = tiles.get_mut(y * TILES / height * TILES + x * TILES / width) {
                    (*sum, *count) = (*sum + u32::from(centre[1]), *count + 1);
                }
            }
        }
        let tiles = tiles.map(|(sum, count)| (sum / count.max(1)) as u8);
        Self { score: sums.score(), tiles }
    }

    /// Whether the other frame shows something else, as behind a cut.
    pub(super) fn is_other_picture(&self, other: &Self) -> bool {
        let total: u32 = self.tiles.iter().zip(&other.tiles).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        total > OTHER_LEVELS * (TILES * TILES) as u32
    }
}

/// Sums and sums of squares over the samples.
#[derive(Default)]
struct Sums {
    count: f32,
    laplacian: [f64; 2],
    brightness: [f64; 2],
    /// Red against green, and yellow against blue (Hasler and Süsstrunk: Measuring colourfulness in natural images, 2003).
    red_green: [f64; 2],
    yellow_blue: [f64; 2],
}

impl Sums {
    fn add(&mut self, [red, green, blue]: &[u8; 3], laplacian: f32) {
        let [red, green, blue] = [red, green, blue].map(|level| f32::from(*level));
        self.count += 1.0;
        for (sums, value) in [
            (&mut self.laplacian, laplacian),
            (&mut self.brightness, 0.299 * red + 0.587 * green + 0.114 * blue),
            (&mut self.red_green, red - green),
            (&mut self.yellow_blue, 0.5 * (red + green) - blue),
        ] {
            let [sum, squares] = sums;
            *sum += f64::from(value);
            *squares += f64::from(value) * f64::from(value);
        }
    }

    fn mean_and_variance(&self, [sum, squares]: [f64; 2]) -> (f32, f32) {
        let count = f64::from(self.count.max(1.0));
        let mean = sum / count;
        (mean as f32, (squares / count - mean * mean).max(0.0) as f32)
    }

    fn score(&self) -> f32 {
        let (brightness, spread) = self.mean_and_variance(self.brightness);
        let (_, edges) = self.mean_and_variance(self.laplacian);
        let (red_green, yellow_blue) =
            (self.mean_and_variance(self.red_green), self.mean_and_variance(self.yellow_blue));
        let colour = (red_green.1 + yellow_blue.1).sqrt() + 0.3 * red_green.0.hypot(yellow_blue.0);
        let [sharp, contrast, colourful] = WEIGHTS;
        let worth = sharp * (edges.ln_1p() / SHARP_VARIANCE.ln_1p()).min(1.0)
            + contrast * (spread.sqrt() / FULL_CONTRAST).min(1.0)
            + colourful * (colour / FULL_COLOUR).min(1.0);
        let lit = ramp(brightness, DARK) * ramp(brightness, BRIGHT);
        worth * (UNLIT + (1.0 - UNLIT) * lit)
    }
}

/// 0 at the first bound, 1 at the second, a line between.
fn ramp(value: f32, (from, to): (f32, f32)) -> f32 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "the pictures are made here")]
mod tests {
    use super::*;

    fn picture(colour: impl Fn(u32, u32) -> [u8; 3]) -> Picture {
        let pixels = (0..180).flat_map(|y| (0..320).map(move |x| (x, y)));
        Picture::new(320, 180, pixels.flat_map(|(x, y)| colour(x, y)).collect::<Vec<u8>>()).unwrap()
    }

    /// A garden; `blur` is how many pixels its edges take.
    fn garden(blur: u32, light: f32) -> Picture {
        picture(move |x, y| {
            let phase = (x + y / 3) % 24;
            let stripe = if blur == 0 {
                if phase < 12 { 1.0 } else { 0.0 }
            } else {
                (phase.abs_diff(12) as f32 / 12.0).min(1.0)
            };
            [60.0 + 120.0 * stripe, 120.0 + 60.0 * stripe, 40.0 + 30.0 * (1.0 - stripe)]
                .map(|level| (level * light) as u8)
        })
    }

    #[test]
    fn a_sharp_lit_frame_beats_a_blurred_one_a_half_faded_one_and_black() {
        let score = |picture: &Picture| StillScore::of(picture).score;
        let best = score(&garden(0, 1.0));
        assert!(best > 0.5, "{best}");
        assert!(best > score(&garden(12, 1.0)) + 0.05, "blurred");
        assert!(best > score(&garden(0, 0.3)) + 0.1, "half faded");
        assert!(score(&picture(|_, _| [2; 3])) < 0.01, "black");
        let words = score(&picture(|x, y| if y > 80 && y < 90 && x % 7 < 3 { [220; 3] } else { [0; 3] }));
        assert!(words > score(&picture(|_, _| [2; 3])) && words < 0.1, "words on black: {words}");
        assert!(score(&picture(|_, _| [255; 3])) < 0.01, "white");
    }

    #[test]
    fn another_picture_is_told_from_the_same_one_a_moment_later() {
        let of = |picture: &Picture| StillScore::of(picture);
        assert!(!of(&garden(0, 1.0)).is_other_picture(&of(&garden(0, 0.95))));
        assert!(of(&garden(0, 1.0)).is_other_picture(&of(&picture(|_, _| [20, 10, 80]))));
    }

    #[test]
    fn a_picture_of_one_pixel_has_a_score_too() {
        assert!((0.0..=1.0).contains(&StillScore::of(&Picture::new(1, 1, vec![200; 3]).unwrap()).score));
    }
}
