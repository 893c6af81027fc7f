//! Vectors of the class names, made once by a maintainer: the text model needs seconds for a thousand names.

use ndarray::Array2;

use crate::error::InferenceError;
use crate::objects::COCO_LABELS;
use crate::tags::{CLASSES, imagenet_words};

/// Components of a vector of the text model, bge-small-en.
pub(crate) const TEXT_DIMS: usize = 384;
/// Names of ImageNet's and of COCO's classes, then captions that say nothing in particular.
pub const LABEL_TEXTS_COUNT: usize = CLASSES + 2 * COCO_LABELS.len();
/// A row: its largest absolute value as f32, little endian, then every value as a 127th of that, i8.
const ROW_BYTES: usize = 4 + TEXT_DIMS;

const ROWS: &[u8] = include_bytes!("label_vectors.bin");

/// The texts whose vectors are kept, in order. The last ones stand for captions in general: what they have in common is taken
/// off every query.
pub fn label_texts() -> Vec<String> {
    let imagenet = imagenet_words().iter().map(|words| words.name.to_owned());
    let coco = COCO_LABELS.iter().map(|label| (*label).to_owned());
    let captions = COCO_LABELS.iter().map(|label| format!("a photo of a {label}"));
    imagenet.chain(coco).chain(captions).collect()
}

/// The bytes that are kept of `[LABEL_TEXTS_COUNT]` vectors, in the order of [`label_texts`].
pub fn encode_label_vectors(vectors: &[Vec<f32>]) -> Vec<u8> {
    let row = |vector: &Vec<f32>| {
        let largest = vector.iter().fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
        let values = vector.iter().map(|value| (value / largest * 127.0).round() as i8 as u8);
        largest.to_le_bytes().into_iter().chain(values.collect::<Vec<_>>())
    };
    vectors.iter().flat_map(row).collect()
}

/// The kept vectors.
#[derive(Debug)]
pub(crate) struct LabelVectors {
    /// `[CLASSES, TEXT_DIMS]`.
    pub(crate) imagenet: Array2<f32>,
    /// `[80, TEXT_DIMS]`.
    pub(crate) coco: Array2<f32>,
    /// `[80, TEXT_DIMS]`.
    pub(crate) captions: Array2<f32>,
}

impl LabelVectors {
    pub(crate) fn load() -> Result<Self, InferenceError> {
        Self::decode(ROWS)
    }

    fn decode(bytes: &[u8]) -> Result<Self, InferenceError> {
        let damaged = |reason: &str| InferenceError::ModelData {
            path: "inference/src/image_text/label_vectors.bin".into(),
            reason: reason.to_owned(),
        };
        if bytes.len() != LABEL_TEXTS_COUNT * ROW_BYTES {
            return Err(damaged("it has not one vector for each label"));
        }
        let mut values = bytes.chunks_exact(ROW_BYTES).flat_map(|row| {
            let (scale, values) = row.split_at(4);
            let scale = <[u8; 4]>::try_from(scale).map_or(0.0, f32::from_le_bytes) / 127.0;
            values.iter().map(move |value| f32::from(*value as i8) * scale)
        });
        let mut take = |rows: usize| {
            let taken: Vec<f32> = values.by_ref().take(rows * TEXT_DIMS).collect();
            Array2::from_shape_vec((rows, TEXT_DIMS), taken).map_err(|_| damaged("it ends too early"))
        };
        Ok(Self { imagenet: take(CLASSES)?, coco: take(COCO_LABELS.len())?, captions: take(COCO_LABELS.len())? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_survive_being_kept() -> Result<(), InferenceError> {
        let vectors: Vec<Vec<f32>> = (0..LABEL_TEXTS_COUNT)
            .map(|row| (0..TEXT_DIMS).map(|column| ((row * 31 + column) as f32).sin() / 10.0).collect())
            .collect();
        let kept = LabelVectors::decode(&encode_label_vectors(&vectors))?;
        assert!((kept.imagenet[[999, 383]] - vectors[999][383]).abs() < 1e-3);
        assert!((kept.captions[[0, 0]] - vectors[CLASSES + 80][0]).abs() < 1e-3);
        assert!(LabelVectors::decode(&[0; 7]).is_err());
        Ok(())
    }

    #[test]
    fn the_kept_vectors_are_of_length_one() -> Result<(), InferenceError> {
        let kept = LabelVectors::load()?;
        for row in kept.imagenet.rows().into_iter().chain(kept.coco.rows()).chain(kept.captions.rows()) {
            assert!((row.dot(&row).sqrt() - 1.0).abs() < 0.02);
        }
        Ok(())
    }
}
