//! From luminance to signs of its lowest frequencies: a discrete cosine transform, type II.
//!
//! Signs survive what copies go through: contrast scales all coefficients alike, brightness moves only the mean, which is
//! left out, compression and scaling touch the high frequencies first. After the perceptual hash of Zauner ("Implementation
//! and Benchmarking of Perceptual Image Hash Functions", 2010), but with zero in place of the median as the threshold, so that
//! a mirror only turns the signs of odd frequencies.

use std::f32::consts::PI;

use reelgraph_models::signature::{FREQUENCIES, Signature};

use super::picture::Picture;

/// Cells that the picture inside its bars is averaged to.
const ACROSS: usize = 24;
const DOWN: usize = 16;
/// Frequencies that are computed each way: one more than the highest of [`FREQUENCIES`].
const FREQUENCIES_ACROSS: usize = 10;
const FREQUENCIES_DOWN: usize = 9;
/// Standard deviation of the cells below which nothing is to be seen, in levels of 255.
const MIN_CONTRAST: f32 = 2.5;

/// The cosines, computed once.
pub(super) struct Transform {
    across: Vec<[f32; ACROSS]>,
    down: Vec<[f32; DOWN]>,
}

impl Transform {
    pub(super) fn new() -> Self {
        Self { across: cosines(FREQUENCIES_ACROSS), down: cosines(FREQUENCIES_DOWN) }
    }

    /// What is to be seen in the picture, bars left out.
    pub(super) fn signature(&self, picture: &Picture) -> Signature {
        let cells = cells(picture);
        let count = (ACROSS * DOWN) as f32;
        let mean = cells.iter().flatten().sum::<f32>() / count;
        let variance = cells.iter().flatten().map(|level| (level - mean).powi(2)).sum::<f32>() / count;
        if variance < MIN_CONTRAST * MIN_CONTRAST {
            return Signature::BLANK;
        }
        let waves: Vec<[f32; DOWN]> =
            self.across.iter().map(|wave| cells.each_ref().map(|row| dot(row, wave))).collect();
        let is_positive = |(across, down): (u8, u8)| {
            let (column, wave) = (waves.get(usize::from(across)), self.down.get(usize::from(down)));
            column.zip(wave).is_some_and(|(column, wave)| dot(column, wave) > 0.0)
        };
        let bits =
            FREQUENCIES.into_iter().rev().fold(0, |bits, frequency| bits << 1 | u64::from(is_positive(frequency)));
        // All signs negative would read as blank; no picture was seen to do that, and then the lowest bit costs nothing.
        Signature::from_bits(bits.max(1))
    }
}

fn cosines<const N: usize>(frequencies: usize) -> Vec<[f32; N]> {
    let wave =
        |frequency: usize| std::array::from_fn(|at| (PI * frequency as f32 * (at as f32 + 0.5) / N as f32).cos());
    (0..frequencies).map(wave).collect()
}

fn dot<const N: usize>(a: &[f32; N], b: &[f32; N]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The picture averaged to [`ACROSS`] × [`DOWN`] cells; each pixel counts by the part of it that lies in a cell.
fn cells(picture: &Picture) -> [[f32; ACROSS]; DOWN] {
    let rows: Vec<[f32; ACROSS]> = picture.rows().map(average).collect();
    let columns: [Vec<f32>; ACROSS] =
        std::array::from_fn(|column| rows.iter().filter_map(|row| row.get(column).copied()).collect());
    let columns: [[f32; DOWN]; ACROSS] = columns.map(|column| average(&column));
    std::array::from_fn(|row| {
        std::array::from_fn(|column| {
            columns.get(column).and_then(|column| column.get(row)).copied().unwrap_or_default()
        })
    })
}

fn average<const N: usize>(levels: &[f32]) -> [f32; N] {
    let size = levels.len() as f32 / N as f32;
    std::array::from_fn(|cell| {
        let (from, to) = (cell as f32 * size, (cell + 1) as f32 * size);
        let first = from as usize;
        let covered = levels.iter().enumerate().skip(first).take((to.ceil() as usize).saturating_sub(first));
        let sum: f32 =
            covered.map(|(at, level)| level * (to.min((at + 1) as f32) - from.max(at as f32)).max(0.0)).sum();
        if size > 0.0 { sum / size } else { 0.0 }
    })
}

#[cfg(test)]
mod tests {
    use super::super::picture::{HEIGHT, WIDTH};
    use super::*;

    /// Smooth hills, so that scaling by a bar's width keeps the signs; `x` and `y` in `0..1`.
    fn hills(x: f32, y: f32) -> f32 {
        120.0 + 40.0 * (7.0 * x + 3.0 * y).sin() + 30.0 * (11.0 * y - 4.0 * x * x).cos() + 25.0 * (13.0 * x * y).sin()
    }

    fn signature(level: impl Fn(usize, usize) -> f32) -> Signature {
        let pixel = |at: usize| [level(at % WIDTH, at / WIDTH).clamp(0.0, 255.0) as u8; 3];
        let rgb: Vec<u8> = (0..WIDTH * HEIGHT).flat_map(pixel).collect();
        Transform::new().signature(&Picture::of_rgb(&rgb))
    }

    fn plain(x: usize, y: usize) -> f32 {
        hills((x as f32 + 0.5) / WIDTH as f32, (y as f32 + 0.5) / HEIGHT as f32)
    }

    #[test]
    fn a_mirrored_picture_has_the_mirrored_signature() {
        let mirrored = signature(|x, y| plain(WIDTH - 1 - x, y));
        assert!(signature(plain).mirrored().distance(mirrored) <= 1);
        assert!(signature(plain).distance(mirrored) >= 16);
    }

    #[test]
    fn contrast_brightness_and_bars_change_few_bits() {
        let seen = signature(plain);
        assert!(seen.distance(signature(|x, y| plain(x, y) * 0.6 + 60.0)) <= 3);
        let boxed = |x: usize, y: usize| match y.checked_sub(4).filter(|row| *row < HEIGHT - 8) {
            Some(row) => hills((x as f32 + 0.5) / WIDTH as f32, (row as f32 + 0.5) / (HEIGHT - 8) as f32),
            None => 16.0,
        };
        assert!(seen.distance(signature(boxed)) <= 6, "{}", seen.distance(signature(boxed)));
    }

    #[test]
    fn where_nothing_is_to_be_seen_the_signature_is_blank() {
        assert!(signature(|_, _| 0.0).is_blank());
        assert!(signature(|_, _| 255.0).is_blank());
        assert!(signature(|x, y| 100.0 + ((x + y) % 2) as f32).is_blank());
    }
}
