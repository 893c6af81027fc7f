//! Cutting a turned square out of a picture.

use fast_image_resize::FilterType;
use reelgraph_models::picture::Picture;

use super::similarity::Similarity;
use crate::error::InferenceError;
use crate::pixels::{Region, resize};

/// `[side, side, 3]` u8 RGB: the colour at each pixel's place in the picture, between four pixels; black outside. Where the
/// square shrinks, the part of the picture around it is shrunk first, so that nothing between its pixels is lost.
pub(crate) fn crop(picture: &Picture, view: Similarity, side: usize) -> Result<Vec<u8>, InferenceError> {
    let Some(region) = region(picture, view, side as f64) else { return Ok(vec![0; side * side * 3]) };
    let shrink = view.scale().max(1.0);
    let shrunk = |length: f64| ((length / shrink).round() as u32).max(1);
    let (width, height) = (shrunk(region.width), shrunk(region.height));
    let rgb = resize(picture, region, width, height, FilterType::Bilinear)?;
    let (scale_x, scale_y) = (f64::from(width) / region.width, f64::from(height) / region.height);
    let mut pixels = Vec::with_capacity(side * side * 3);
    for row in 0..side {
        for column in 0..side {
            let (x, y) = view.apply((column as f64 + 0.5, row as f64 + 0.5));
            let place = ((x - region.left) * scale_x - 0.5, (y - region.top) * scale_y - 0.5);
            pixels.extend(between(&rgb, width as usize, height as usize, place));
        }
    }
    Ok(pixels)
}

/// The pixels of the picture that the turned square touches; `None` where it lies outside.
fn region(picture: &Picture, view: Similarity, side: f64) -> Option<Region> {
    let corners = [(0.0, 0.0), (side, 0.0), (0.0, side), (side, side)].map(|corner| view.apply(corner));
    let within = |values: [f64; 4], length: u32| {
        let first = values.into_iter().fold(f64::INFINITY, f64::min).floor() - 1.0;
        let last = values.into_iter().fold(f64::NEG_INFINITY, f64::max).ceil() + 1.0;
        let (first, last) = (first.max(0.0), last.min(f64::from(length)));
        (last > first).then_some((first, last - first))
    };
    let (left, width) = within(corners.map(|corner| corner.0), picture.width_px())?;
    let (top, height) = within(corners.map(|corner| corner.1), picture.height_px())?;
    Some(Region { left, top, width, height })
}

/// The colour at a place between the middles of pixels; what lies outside the picture is black.
fn between(rgb: &[u8], width: usize, height: usize, (x, y): (f64, f64)) -> [u8; 3] {
    let mut sum = [0.0; 3];
    for (row, down) in [(y.floor(), 1.0 - (y - y.floor())), (y.floor() + 1.0, y - y.floor())] {
        for (column, right) in [(x.floor(), 1.0 - (x - x.floor())), (x.floor() + 1.0, x - x.floor())] {
            let inside = row >= 0.0 && column >= 0.0 && row < height as f64 && column < width as f64;
            let start = if inside { (row as usize * width + column as usize) * 3 } else { continue };
            for (total, value) in sum.iter_mut().zip(rgb.iter().skip(start)) {
                *total += f64::from(*value) * down * right;
            }
        }
    }
    sum.map(|value| value.round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    type TestResult = Result<(), Box<dyn std::error::Error>>;

    /// Red grows to the right, green downwards.
    fn ramp(side: u32) -> Result<Picture, reelgraph_models::picture::WrongSize> {
        let pixel = |x: u32, y: u32| [(x * 255 / side) as u8, (y * 255 / side) as u8, 9];
        let rgb: Vec<u8> = (0..side).flat_map(|y| (0..side).flat_map(move |x| pixel(x, y))).collect();
        Picture::new(side, side, rgb)
    }

    #[test]
    fn an_upright_square_of_the_same_size_is_copied() -> TestResult {
        let view = Similarity::square(64.0, 64.0, (32.0, 32.0), 0.0);
        assert_eq!(crop(&ramp(64)?, view, 64)?, ramp(64)?.rgb());
        Ok(())
    }

    #[test]
    fn a_quarter_turn_brings_the_right_side_down() -> TestResult {
        let view = Similarity::square(64.0, 64.0, (32.0, 32.0), std::f64::consts::FRAC_PI_2);
        let turned = crop(&ramp(64)?, view, 64)?;
        let (first, last) = (turned.first_chunk::<3>(), turned.last_chunk::<3>());
        assert_eq!((first, last), (Some(&[251, 0, 9]), Some(&[0, 251, 9])));
        Ok(())
    }

    #[test]
    fn shrinking_keeps_the_mean_and_what_lies_outside_is_black() -> TestResult {
        let stripes: Vec<u8> = (0..240 * 240).flat_map(|index| [if index % 2 == 0 { 255 } else { 0 }; 3]).collect();
        let picture = Picture::new(240, 240, stripes)?;
        let small = crop(&picture, Similarity::square(24.0, 240.0, (120.0, 120.0), 0.3), 24)?;
        let middle = small.get((12 * 24 + 12) * 3).copied();
        assert!(middle.is_some_and(|level| (126..=129).contains(&level)), "{middle:?}");
        assert_eq!(small.first(), Some(&0), "its corner reaches outside");
        let away = crop(&picture, Similarity::square(24.0, 24.0, (-100.0, 40.0), 0.0), 24)?;
        assert!(away.iter().all(|&level| level == 0) && away.len() == 24 * 24 * 3);
        Ok(())
    }
}
