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

/// Pictures are stretched to this square …
const SIDE_PX: u32 = 512;
/// … up to this ratio of the sides, as in training. Wider and taller ones keep a margin, and are stretched as far as 4:3 is:
/// measured on photographs cut to 16:9, mAP50 .497 against .466 for a full stretch.
const MAX_STRETCHED_RATIO: f64 = 1.6;
const USUAL_RATIO: f64 = 4.0 / 3.0;
/// Grey of the margin.
const MARGIN_LEVEL: u8 = 114;
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
        let (inner_width, inner_height) = inner_size(picture);
        let rgb = resize(picture, Region::whole(picture), inner_width, inner_height, FilterType::Bilinear)?;
        let rgb = with_margin(rgb, inner_width as usize);
        let side = SIDE_PX as usize;
        let input = TensorRef::from_array_view(([1, side, side, 3], rgb.as_slice()))
            .map_err(self.model.tensor_error("image"))?;
        let outputs = self.model.run(ort::inputs!["image" => input])?;
        let (_, values) = outputs.tensor_of::<f32>("detections", &[1, DETECTIONS as i64, FIELDS as i64])?;
        let (width, height) = (inner_width as f32, inner_height as f32);
        let detection = |fields: &[f32]| {
            let &[left, top, right, bottom, confidence, class] = fields else { return None };
            if confidence.is_nan() || confidence < min_confidence {
                return None;
            }
            let label = COCO_LABELS.get(class.max(0.0) as usize)?;
            Some(Detection {
                label,
                confidence,
                bounds: unit_box(left / width, top / height, right / width, bottom / height)?,
            })
        };
        Ok(values.chunks_exact(FIELDS).filter_map(detection).collect())
    }
}

/// Columns and rows of the square that the picture takes, from the top left.
fn inner_size(picture: &Picture) -> (u32, u32) {
    let ratio = f64::from(picture.width_px()) / f64::from(picture.height_px());
    let shorter = |ratio: f64| ((f64::from(SIDE_PX) * USUAL_RATIO / ratio).round() as u32).clamp(1, SIDE_PX);
    if ratio > MAX_STRETCHED_RATIO {
        (SIDE_PX, shorter(ratio))
    } else if ratio < 1.0 / MAX_STRETCHED_RATIO {
        (shorter(1.0 / ratio), SIDE_PX)
    } else {
        (SIDE_PX, SIDE_PX)
    }
}

/// Packed RGB rows of `width` pixels at the top left of the grey square.
fn with_margin(rgb: Vec<u8>, width: usize) -> Vec<u8> {
    let side = SIDE_PX as usize;
    if rgb.len() == side * side * 3 {
        return rgb;
    }
    let mut square = vec![MARGIN_LEVEL; side * side * 3];
    for (target, source) in square.chunks_exact_mut(side * 3).zip(rgb.chunks_exact(width * 3)) {
        for (to, from) in target.iter_mut().zip(source) {
            *to = *from;
        }
    }
    square
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wide_and_tall_pictures_keep_a_margin() -> Result<(), reelgraph_models::picture::WrongSize> {
        let size = |width: u32, height: u32| {
            Ok(inner_size(&Picture::new(width, height, vec![0; (width * height * 3) as usize])?))
        };
        assert_eq!(size(640, 480)?, (512, 512));
        assert_eq!(size(1_280, 720)?, (512, 384));
        assert_eq!(size(720, 1_280)?, (384, 512));
        assert_eq!(size(2_000, 1)?, (512, 1));
        Ok(())
    }
}
