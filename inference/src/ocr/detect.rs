//! Finding lines of text in a picture.

use std::sync::Arc;

use fast_image_resize::FilterType;
use ort::value::TensorRef;
use reelgraph_models::picture::Picture;

use super::components::components;
use super::geometry::{Point, RotatedBox, smallest_box};
use crate::catalog::ModelFiles;
use crate::error::InferenceError;
use crate::pixels::{Normalization, PlaneOrder, Region, resize};
use crate::runtime::{Model, Runtime, Threads};

/// Longest side of the usual look.
pub(crate) const USUAL_SIDE_PX: u32 = 960;
/// Longest side of a glimpse: a quarter of the time; a line of 2 % of the height is still seen.
pub(crate) const GLIMPSE_SIDE_PX: u32 = 480;
/// The network halves its input five times.
const STRIDE: u32 = 32;
/// Map values above it belong to text (RapidOCR's setting for PP-OCRv6).
const PIXEL_THRESHOLD: f32 = 0.3;
/// Regions whose mean value is below it are dropped (RapidOCR's setting for PP-OCRv6).
const BOX_THRESHOLD: f32 = 0.5;
/// The map shows a shrunken core of each line; boxes grow by this times area over perimeter to undo it (RapidOCR's setting).
const GROWTH: f32 = 1.6;
/// Cores thinner than this many map pixels are noise.
const MIN_CORE_PX: f32 = 3.0;
/// The same in a glimpse.
const MIN_GLIMPSED_CORE_PX: f32 = 1.5;
/// Mean and deviation of ImageNet's planes, in the network's order (PaddleOCR's setting). Between -1 and 1 instead, it takes
/// landscapes for text.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];
/// Regions looked at in one picture.
const MAX_REGIONS: usize = 1_000;

/// A found line, in pixels of the picture it was looked for in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FoundLine {
    pub(crate) shape: RotatedBox,
    /// Height of the line in the map that it was found in, in map pixels.
    pub(crate) map_height_px: f32,
}

/// PP-OCRv6's detector: `x` `[1, 3, height, width]` f32 BGR to a map `[1, 1, height, width]` of probabilities.
#[derive(Debug)]
pub(crate) struct LineDetector {
    model: Model,
    /// The same network for the rare large looks, made at the first of them: it gives its memory back, `model` keeps it.
    fine: Option<Model>,
    runtime: Arc<Runtime>,
    threads: Threads,
    normalization: Normalization,
    /// Input planes, kept between pictures.
    planes: Vec<f32>,
}

impl LineDetector {
    pub(crate) fn load(runtime: &Arc<Runtime>, files: &ModelFiles, threads: Threads) -> Result<Self, InferenceError> {
        Ok(Self {
            model: runtime.load_fixed(files.path("detector")?, threads)?,
            fine: None,
            runtime: Arc::clone(runtime),
            threads,
            normalization: Normalization::new(PlaneOrder::Bgr, MEAN, DEVIATION),
            planes: Vec::new(),
        })
    }

    /// Finds lines with the picture's longer side brought to about `long_side_px`, in no particular order.
    pub(crate) fn find(&mut self, picture: &Picture, long_side_px: u32) -> Result<Vec<FoundLine>, InferenceError> {
        self.find_in(picture, Region::whole(picture), long_side_px)
    }

    /// As [`Self::find`], in a part of the picture, brought to the size that it has in the whole.
    pub(crate) fn find_in(
        &mut self,
        picture: &Picture,
        part: Region,
        long_side_px: u32,
    ) -> Result<Vec<FoundLine>, InferenceError> {
        self.find_thicker_than(MIN_CORE_PX, picture, part, long_side_px)
    }

    /// As [`Self::find_in`], in a quarter of the time and as coarse.
    pub(crate) fn glimpse(&mut self, picture: &Picture, part: Region) -> Result<Vec<FoundLine>, InferenceError> {
        self.find_thicker_than(MIN_GLIMPSED_CORE_PX, picture, part, GLIMPSE_SIDE_PX)
    }

    fn find_thicker_than(
        &mut self,
        min_core_px: f32,
        picture: &Picture,
        part: Region,
        long_side_px: u32,
    ) -> Result<Vec<FoundLine>, InferenceError> {
        let scale = f64::from(long_side_px) / f64::from(picture.width_px().max(picture.height_px()));
        let scaled = |side_px: f64| ((side_px * scale).round() as u32).max(1);
        let (inner_width, inner_height) = (scaled(part.width), scaled(part.height));
        // Filled up at the right and at the bottom, so that one factor leads back to the picture.
        let (width, height) = (inner_width.next_multiple_of(STRIDE), inner_height.next_multiple_of(STRIDE));
        let rgb = resize(picture, part, inner_width, inner_height, FilterType::Bilinear)?;
        let (plane_width, plane_height) = (width as usize, height as usize);
        self.planes.clear();
        self.planes.resize(3 * plane_width * plane_height, 0.0);
        self.normalization.write_planes(&rgb, inner_width as usize, &mut self.planes, plane_width, plane_height);

        let shape = [1, 3, plane_height, plane_width];
        let model = match (&mut self.fine, long_side_px > USUAL_SIDE_PX) {
            (_, false) => &mut self.model,
            (Some(fine), true) => fine,
            (fine @ None, true) => fine.insert(self.runtime.load(self.model.graph(), self.threads)?),
        };
        let input = TensorRef::from_array_view((shape, self.planes.as_slice())).map_err(model.tensor_error("x"))?;
        let outputs = model.run(ort::inputs!["x" => input])?;
        let (_, map) = outputs.tensor_of::<f32>("fetch_name_0", &[1, 1, i64::from(height), i64::from(width)])?;

        let back = (1.0 / scale) as f32;
        let lines = components(map, plane_width, PIXEL_THRESHOLD, MAX_REGIONS).into_iter().filter_map(|mut region| {
            let core = smallest_box(&mut region.outline)?;
            if core.half_width.min(core.half_height) * 2.0 < min_core_px
                || mean_inside(map, plane_width, &core) < BOX_THRESHOLD
            {
                return None;
            }
            let grown = core.grown(growth_px(&core));
            Some(FoundLine {
                shape: grown.scaled(back).moved(part.left as f32, part.top as f32),
                map_height_px: grown.half_height.min(grown.half_width) * 2.0,
            })
        });
        Ok(lines.collect())
    }
}

fn growth_px(core: &RotatedBox) -> f32 {
    let (width, height) = (core.half_width * 2.0, core.half_height * 2.0);
    width * height * GROWTH / (2.0 * (width + height))
}

/// Mean of the map's values whose pixel centres lie in the box.
fn mean_inside(map: &[f32], width: usize, shape: &RotatedBox) -> f32 {
    let (left, top, right, bottom) = shape.extent();
    let (first_row, first_column) = (top.max(0.0) as usize, left.max(0.0) as usize);
    let (rows, columns) = ((bottom.ceil().max(0.0) as usize).saturating_sub(first_row), right.ceil().max(0.0) as usize);
    let (mut sum, mut count) = (0.0_f32, 0_u32);
    for (y, row) in map.chunks_exact(width).enumerate().skip(first_row).take(rows) {
        for (x, value) in row.iter().enumerate().take(columns).skip(first_column) {
            if shape.contains(Point { x: x as f32 + 0.5, y: y as f32 + 0.5 }) {
                sum += value;
                count += 1;
            }
        }
    }
    if count == 0 { 0.0 } else { sum / count as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_counts_only_what_lies_inside() {
        let shape =
            RotatedBox { center: Point { x: 2.0, y: 1.0 }, half_width: 1.0, half_height: 1.0, cos: 1.0, sin: 0.0 };
        let map = [0.0, 1.0, 0.5, 9.0, 0.0, 1.0, 0.5, 9.0];
        assert!((mean_inside(&map, 4, &shape) - 0.75).abs() < 1e-6);
        assert_eq!(mean_inside(&[], 4, &shape), 0.0);
    }
}
