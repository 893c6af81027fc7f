//! Cutting a line of text out of a picture, upright, at the height that the recogniser reads.

use fast_image_resize::FilterType;
use reelgraph_models::picture::Picture;

use super::geometry::RotatedBox;
use crate::error::InferenceError;
use crate::pixels::{Region, resize, resize_rgb};

/// Height of the recogniser's input.
pub(crate) const LINE_HEIGHT_PX: u32 = 48;
/// Widest line that is read; longer ones are squeezed. A line of 100 Latin characters is about 1,400 wide.
const MAX_LINE_WIDTH_PX: u32 = 2_400;
/// Turns below it (half a degree) are left as they are.
const UPRIGHT_SINE: f32 = 0.0087;
/// Longest side of a tilted line before it is shrunk.
const MAX_WARP_SIDE_PX: f32 = 4_096.0;

/// A line, `[LINE_HEIGHT_PX, width_px, 3]` u8 RGB.
#[derive(Debug, Clone)]
pub(crate) struct LineCrop {
    pub(crate) width_px: u32,
    pub(crate) rgb: Vec<u8>,
}

/// Cuts `shape` out; `None` where it has no area inside the picture.
pub(crate) fn cut_line(picture: &Picture, shape: &RotatedBox) -> Result<Option<LineCrop>, InferenceError> {
    let upright = shape.sin.abs() < UPRIGHT_SINE && shape.cos > 0.0;
    if upright { cut_upright(picture, shape) } else { cut_turned(picture, shape) }
}

fn line_width_px(width: f64, height: f64) -> u32 {
    let width_px = (width / height * f64::from(LINE_HEIGHT_PX)).ceil();
    (width_px as u32).clamp(LINE_HEIGHT_PX / 3, MAX_LINE_WIDTH_PX)
}

fn cut_upright(picture: &Picture, shape: &RotatedBox) -> Result<Option<LineCrop>, InferenceError> {
    let (left, top, right, bottom) = shape.extent();
    let inside = |value: f32, limit: u32| f64::from(value).clamp(0.0, f64::from(limit));
    let (left, right) = (inside(left, picture.width_px()), inside(right, picture.width_px()));
    let (top, bottom) = (inside(top, picture.height_px()), inside(bottom, picture.height_px()));
    let region = Region { left, top, width: right - left, height: bottom - top };
    if region.width < 1.0 || region.height < 1.0 {
        return Ok(None);
    }
    let width_px = line_width_px(region.width, region.height);
    let rgb = resize(picture, region, width_px, LINE_HEIGHT_PX, FilterType::CatmullRom)?;
    Ok(Some(LineCrop { width_px, rgb }))
}

/// Samples the rectangle at the picture's own resolution between pixels, then resizes. Outside the picture its edge goes on.
fn cut_turned(picture: &Picture, shape: &RotatedBox) -> Result<Option<LineCrop>, InferenceError> {
    let (width, height) = (shape.half_width * 2.0, shape.half_height * 2.0);
    if !(width >= 1.0 && height >= 1.0) {
        return Ok(None);
    }
    let shrink = (MAX_WARP_SIDE_PX / width.max(height)).min(1.0);
    let (columns, rows) = ((width * shrink).round().max(1.0) as u32, (height * shrink).round().max(1.0) as u32);
    let [origin, ..] = shape.corners();
    let (step_u, step_v) = (width / columns as f32, height / rows as f32);
    let mut rgb = Vec::with_capacity(columns as usize * rows as usize * 3);
    for row in 0..rows {
        let v = (row as f32 + 0.5) * step_v;
        for column in 0..columns {
            let u = (column as f32 + 0.5) * step_u;
            let x = origin.x + shape.cos * u - shape.sin * v - 0.5;
            let y = origin.y + shape.sin * u + shape.cos * v - 0.5;
            rgb.extend(sample(picture, x, y));
        }
    }
    let width_px = line_width_px(f64::from(width), f64::from(height));
    let whole = Region { left: 0.0, top: 0.0, width: f64::from(columns), height: f64::from(rows) };
    let rgb = resize_rgb(&rgb, columns, rows, whole, (width_px, LINE_HEIGHT_PX), FilterType::CatmullRom)?;
    Ok(Some(LineCrop { width_px, rgb }))
}

/// Bilinear sample at pixel centres `(x, y)`.
fn sample(picture: &Picture, x: f32, y: f32) -> [u8; 3] {
    let (last_x, last_y) = ((picture.width_px() - 1) as f32, (picture.height_px() - 1) as f32);
    let (x, y) = (x.clamp(0.0, last_x), y.clamp(0.0, last_y));
    let (x0, y0) = (x.floor(), y.floor());
    let (fx, fy) = (x - x0, y - y0);
    let pixel = |x: f32, y: f32| -> [f32; 3] {
        let offset = (y.min(last_y) as usize * picture.width_px() as usize + x.min(last_x) as usize) * 3;
        match picture.rgb().get(offset..offset + 3) {
            Some(&[red, green, blue]) => [f32::from(red), f32::from(green), f32::from(blue)],
            _ => [0.0; 3],
        }
    };
    let (a, b, c, d) = (pixel(x0, y0), pixel(x0 + 1.0, y0), pixel(x0, y0 + 1.0), pixel(x0 + 1.0, y0 + 1.0));
    let mix = |a: f32, b: f32, c: f32, d: f32| {
        let (upper, lower) = (a + (b - a) * fx, c + (d - c) * fx);
        (upper + (lower - upper) * fy).round() as u8
    };
    let ([a0, a1, a2], [b0, b1, b2], [c0, c1, c2], [d0, d1, d2]) = (a, b, c, d);
    [mix(a0, b0, c0, d0), mix(a1, b1, c1, d1), mix(a2, b2, c2, d2)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::geometry::Point;

    /// Left half black, right half white.
    fn halves() -> Result<Picture, reelgraph_models::picture::WrongSize> {
        let row: Vec<u8> = (0..100).flat_map(|x| [if x < 50 { 0 } else { 255 }; 3]).collect();
        Picture::new(100, 60, row.repeat(60))
    }

    fn shape(cos: f32, sin: f32) -> RotatedBox {
        RotatedBox { center: Point { x: 50.0, y: 30.0 }, half_width: 24.0, half_height: 8.0, cos, sin }
    }

    #[test]
    fn a_line_read_upside_down_is_cut_mirrored() -> Result<(), Box<dyn std::error::Error>> {
        let picture = halves()?;
        let upright = cut_line(&picture, &shape(1.0, 0.0))?.ok_or("nothing cut")?;
        let turned = cut_line(&picture, &shape(-1.0, 0.0))?.ok_or("nothing cut")?;
        assert_eq!((upright.width_px, turned.width_px), (144, 144));
        let (first, last) = (0, 143 * 3);
        assert!(upright.rgb[first] < 10 && upright.rgb[last] > 245);
        assert!(turned.rgb[first] > 245 && turned.rgb[last] < 10);
        Ok(())
    }

    #[test]
    fn a_line_outside_the_picture_is_not_cut() -> Result<(), Box<dyn std::error::Error>> {
        let away = RotatedBox { center: Point { x: -500.0, y: 0.0 }, ..shape(1.0, 0.0) };
        assert!(cut_line(&halves()?, &away)?.is_none());
        Ok(())
    }
}
