//! From a picture to what a vision model eats: cut, resized, normalised.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use reelgraph_models::observation::BoundingBox;
use reelgraph_models::picture::Picture;

use crate::error::InferenceError;

/// A part of a picture, in its pixels; edges may fall between pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Region {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Region {
    /// The whole picture.
    pub(crate) fn whole(picture: &Picture) -> Self {
        Self { left: 0.0, top: 0.0, width: f64::from(picture.width_px()), height: f64::from(picture.height_px()) }
    }

    /// What `bounds` cover of the picture.
    pub(crate) fn of(picture: &Picture, bounds: BoundingBox) -> Self {
        let (width, height) = (f64::from(picture.width_px()), f64::from(picture.height_px()));
        let (left, top) = (f64::from(bounds.left) * width, f64::from(bounds.top) * height);
        Self {
            left,
            top,
            width: (f64::from(bounds.right) * width - left).min(width - left),
            height: (f64::from(bounds.bottom) * height - top).min(height - top),
        }
    }

    /// The largest square in the middle of the picture.
    pub(crate) fn center_square(picture: &Picture) -> Self {
        let whole = Self::whole(picture);
        let side = whole.width.min(whole.height);
        Self { left: (whole.width - side) / 2.0, top: (whole.height - side) / 2.0, width: side, height: side }
    }
}

/// Cuts `region` out and resizes it, smoothing when it shrinks. `[height, width, 3]` u8 RGB.
///
/// # Errors
/// [`InferenceError::InvalidInput`] where the region does not lie inside the picture.
pub(crate) fn resize(
    picture: &Picture,
    region: Region,
    width_px: u32,
    height_px: u32,
    filter: FilterType,
) -> Result<Vec<u8>, InferenceError> {
    resize_rgb(picture.rgb(), picture.width_px(), picture.height_px(), region, (width_px, height_px), filter)
}

/// As [`resize`], from packed RGB bytes.
pub(crate) fn resize_rgb(
    rgb: &[u8],
    width_px: u32,
    height_px: u32,
    region: Region,
    (to_width_px, to_height_px): (u32, u32),
    filter: FilterType,
) -> Result<Vec<u8>, InferenceError> {
    let refused = |reason: String| InferenceError::InvalidInput { model: "picture resizer".to_owned(), reason };
    let source = ImageRef::new(width_px, height_px, rgb, PixelType::U8x3).map_err(|e| refused(e.to_string()))?;
    let mut target = Image::new(to_width_px, to_height_px, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).crop(
        region.left,
        region.top,
        region.width,
        region.height,
    );
    Resizer::new().resize(&source, &mut target, &options).map_err(|e| refused(e.to_string()))?;
    Ok(target.into_vec())
}

/// Order of the colour planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlaneOrder {
    /// Red first.
    Rgb,
    /// Blue first, as models trained on OpenCV's pictures want it.
    Bgr,
}

/// `(value / 255 - mean) / deviation` for each channel, as a table of all 256 values.
#[derive(Debug, Clone)]
pub(crate) struct Normalization {
    tables: [[f32; 256]; 3],
    order: PlaneOrder,
}

impl Normalization {
    /// `mean` and `deviation` are of planes in `order`, on a scale where white is 1.
    pub(crate) fn new(order: PlaneOrder, mean: [f32; 3], deviation: [f32; 3]) -> Self {
        let table = |mean: f32, deviation: f32| std::array::from_fn(|value| (value as f32 / 255.0 - mean) / deviation);
        let [m0, m1, m2] = mean;
        let [d0, d1, d2] = deviation;
        Self { tables: [table(m0, d0), table(m1, d1), table(m2, d2)], order }
    }

    /// Writes packed RGB rows of `width` pixels into the top left of three planes of `[plane_height, plane_width]`.
    /// What lies outside keeps its value.
    pub(crate) fn write_planes(
        &self,
        rgb: &[u8],
        width: usize,
        planes: &mut [f32],
        plane_width: usize,
        plane_height: usize,
    ) {
        let area = plane_width * plane_height;
        if width == 0 || area == 0 || planes.len() < area * 3 {
            return;
        }
        let (first, rest) = planes.split_at_mut(area);
        let (second, third) = rest.split_at_mut(area);
        let [t0, t1, t2] = &self.tables;
        let source_rows = rgb.chunks_exact(width * 3);
        let target_rows = first
            .chunks_exact_mut(plane_width)
            .zip(second.chunks_exact_mut(plane_width))
            .zip(third.chunks_exact_mut(plane_width));
        for (source, ((row0, row1), row2)) in source_rows.zip(target_rows) {
            let pixels = source.chunks_exact(3).zip(row0.iter_mut().zip(row1.iter_mut()).zip(row2.iter_mut()));
            for (pixel, ((p0, p1), p2)) in pixels {
                let &[red, green, blue] = pixel else { continue };
                let (a, c) = match self.order {
                    PlaneOrder::Rgb => (red, blue),
                    PlaneOrder::Bgr => (blue, red),
                };
                // A byte always finds its place in a table of 256.
                *p0 = t0[usize::from(a)];
                *p1 = t1[usize::from(green)];
                *p2 = t2[usize::from(c)];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_come_in_the_asked_order_and_scale() {
        let normalization = Normalization::new(PlaneOrder::Bgr, [0.5; 3], [0.5; 3]);
        let mut planes = vec![9.0_f32; 3 * 4];
        normalization.write_planes(&[255, 0, 128], 1, &mut planes, 2, 2);
        assert!((planes[0] - (128.0 / 255.0 - 0.5) / 0.5).abs() < 1e-6);
        assert_eq!(planes[4], -1.0);
        assert_eq!(planes[8], 1.0);
        assert_eq!(planes[1], 9.0, "outside the picture nothing is written");
    }

    #[test]
    fn a_region_outside_the_picture_is_refused() -> Result<(), Box<dyn std::error::Error>> {
        let picture = Picture::new(4, 4, vec![0; 48])?;
        let outside = Region { left: 2.0, top: 0.0, width: 4.0, height: 4.0 };
        assert!(resize(&picture, outside, 2, 2, FilterType::Bilinear).is_err());
        assert_eq!(resize(&picture, Region::whole(&picture), 2, 2, FilterType::Bilinear)?.len(), 12);
        Ok(())
    }
}
