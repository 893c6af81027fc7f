//! CenterNet ("Objects as Points", Zhou et al. 2019) on MobileNetV3.

use std::sync::Arc;

use fast_image_resize::FilterType;
use ort::value::TensorRef;
use reelgraph_models::picture::Picture;

use super::detector::{Detection, unit_box};
use super::labels::COCO_LABELS;
use crate::catalog::ModelFiles;
use crate::error::InferenceError;
use crate::pixels::{Region, resize};
use crate::runtime::{Model, Runtime, Threads};

/// Pictures are stretched to this square.
const SIDE_PX: u32 = 512;
/// Values of one detection: left, top, right, bottom in pixels of the square, score, class.
const FIELDS: usize = 6;
const DETECTIONS: usize = 100;

/// `image` `[n, 512, 512, 3]` u8 RGB to `detections` `[n, 100, 6]`.
#[derive(Debug)]
pub(crate) struct CenterNet {
    model: Model,
}

impl CenterNet {
    pub(crate) fn load(runtime: &Arc<Runtime>, files: &ModelFiles, threads: Threads) -> Result<Self, InferenceError> {
        Ok(Self { model: runtime.load_fixed(files.path("graph")?, threads)? })
    }

    /// Everything above `min_confidence`; several may mean one object.
    pub(crate) fn detect(&mut self, picture: &Picture, min_confidence: f32) -> Result<Vec<Detection>, InferenceError> {
        let rgb = resize(picture, Region::whole(picture), SIDE_PX, SIDE_PX, FilterType::Bilinear)?;
        let side = SIDE_PX as usize;
        let input = TensorRef::from_array_view(([1, side, side, 3], rgb.as_slice()))
            .map_err(self.model.tensor_error("image"))?;
        let outputs = self.model.run(ort::inputs!["image" => input])?;
        let (_, values) = outputs.tensor_of::<f32>("detections", &[1, DETECTIONS as i64, FIELDS as i64])?;
        let detection = |fields: &[f32]| {
            let &[left, top, right, bottom, confidence, class] = fields else { return None };
            if confidence.is_nan() || confidence < min_confidence {
                return None;
            }
            let label = COCO_LABELS.get(class.max(0.0) as usize)?;
            let side = SIDE_PX as f32;
            Some(Detection {
                label,
                confidence,
                bounds: unit_box(left / side, top / side, right / side, bottom / side)?,
            })
        };
        Ok(values.chunks_exact(FIELDS).filter_map(detection).collect())
    }
}
