//! YOLOX-nano (Ge et al. 2021, <https://arxiv.org/abs/2107.08430>).

use std::sync::Arc;

use fast_image_resize::FilterType;
use ort::value::TensorRef;
use reelgraph_models::picture::Picture;

use super::detector::{Detection, unit_box};
use super::labels::COCO_LABELS;
use crate::catalog::ModelFiles;
use crate::error::InferenceError;
use crate::pixels::{Normalization, PlaneOrder, Region, resize};
use crate::runtime::{Model, Runtime, Threads};

/// Pictures are fitted into this square, at its top left.
const SIDE_PX: u32 = 416;
/// Grey around a picture that is no square, as in training.
const MARGIN_LEVEL: f32 = 114.0;
/// Cells of the three grids.
const STRIDES_PX: [u32; 3] = [8, 16, 32];
const CELLS: usize = 3_549;
/// Values of one cell: centre and log size, objectness, classes.
const FIELDS: usize = 5 + COCO_LABELS.len();

/// `images` `[1, 3, 416, 416]` f32 BGR 0 to 255, to `[1, 3549, 85]`.
#[derive(Debug)]
pub(crate) struct Yolox {
    model: Model,
    input: String,
    normalization: Normalization,
    planes: Vec<f32>,
}

impl Yolox {
    pub(crate) fn load(runtime: &Arc<Runtime>, files: &ModelFiles, threads: Threads) -> Result<Self, InferenceError> {
        let model = runtime.load_fixed(files.path("graph")?, threads)?;
        let input = model.input_names().next().unwrap_or("images").to_owned();
        let normalization = Normalization::new(PlaneOrder::Bgr, [0.0; 3], [1.0 / 255.0; 3]);
        Ok(Self { model, input, normalization, planes: Vec::new() })
    }

    /// Everything above `min_confidence`; several may mean one object.
    pub(crate) fn detect(&mut self, picture: &Picture, min_confidence: f32) -> Result<Vec<Detection>, InferenceError> {
        let (width, height) = (f64::from(picture.width_px()), f64::from(picture.height_px()));
        let scale = f64::from(SIDE_PX) / width.max(height);
        let fitted = |side: f64| ((side * scale) as u32).clamp(1, SIDE_PX);
        let (inner_width, inner_height) = (fitted(width), fitted(height));
        let rgb = resize(picture, Region::whole(picture), inner_width, inner_height, FilterType::Bilinear)?;
        let side = SIDE_PX as usize;
        self.planes.clear();
        self.planes.resize(3 * side * side, MARGIN_LEVEL);
        self.normalization.write_planes(&rgb, inner_width as usize, &mut self.planes, side, side);

        let input = TensorRef::from_array_view(([1, 3, side, side], self.planes.as_slice()))
            .map_err(self.model.tensor_error(&self.input))?;
        let outputs = self.model.run(ort::inputs![self.input.as_str() => input])?;
        let (_, values) = outputs.tensor_of::<f32>("output", &[1, CELLS as i64, FIELDS as i64])?;
        let (inner_width, inner_height) = (inner_width as f32, inner_height as f32);
        let detections = values.chunks_exact(FIELDS).zip(cells()).flat_map(|(fields, (column, row, stride))| {
            let (shape, scores) = fields.split_at(4);
            let (objectness, scores) = scores.split_first().unwrap_or((&0.0, &[]));
            let bounds = match shape {
                &[x, y, log_width, log_height] if *objectness >= min_confidence => {
                    let (x, y) = ((x + column) * stride, (y + row) * stride);
                    let (half_width, half_height) = (log_width.exp() * stride / 2.0, log_height.exp() * stride / 2.0);
                    unit_box(
                        (x - half_width) / inner_width,
                        (y - half_height) / inner_height,
                        (x + half_width) / inner_width,
                        (y + half_height) / inner_height,
                    )
                }
                _ => None,
            };
            COCO_LABELS.iter().zip(scores).filter_map(move |(label, score)| {
                let confidence = objectness * score;
                (confidence >= min_confidence).then_some(Detection { label, confidence, bounds: bounds? })
            })
        });
        Ok(detections.collect())
    }
}

/// Column, row and stride of each cell, in the order of the output.
fn cells() -> impl Iterator<Item = (f32, f32, f32)> {
    STRIDES_PX.into_iter().flat_map(|stride| {
        let count = SIDE_PX / stride;
        (0..count).flat_map(move |row| (0..count).map(move |column| (column as f32, row as f32, stride as f32)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_cell_for_each_output() {
        assert_eq!(cells().count(), CELLS);
        assert_eq!(cells().nth(52), Some((0.0, 1.0, 8.0)));
    }
}
