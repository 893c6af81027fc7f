//! dlib's face descriptor (<https://github.com/davisking/dlib-models>): a ResNet trained so that faces of one person lie within
//! .6 of each other.

use std::sync::Arc;

use ort::value::TensorRef;
use reelgraph_models::picture::Picture;

use super::crop::crop;
use super::face::{DetectedFace, KeyPoints};
use super::similarity::Similarity;
use crate::catalog::{ModelCard, ModelStore};
use crate::error::InferenceError;
use crate::runtime::{Model, Runtime, Threads};

/// Numbers of a descriptor.
pub const DESCRIPTOR: usize = 128;

/// Faces nearer than this are one person's, by dlib's own rule. Measured on 64 photographs with BlazeFace: 1 of 114 pairs of one
/// person lies beyond, 1 of 1,902 pairs of two persons within; of faces 33 pixels wide 1 of 82 and 20 of 1,296.
pub const SAME_PERSON_DISTANCE: f32 = 0.6;

/// Faces nearer than this are one person's whatever their size: no pair of two persons of those photographs lies within, but 13
/// of 114 pairs of one person lie beyond, of faces 33 pixels wide 30 of 82.
pub const SURELY_SAME_PERSON_DISTANCE: f32 = 0.5;

const CARD: &str = "dlib-face-resnet";
const SIDE_PX: usize = 150;
const FACE_BYTES: usize = SIDE_PX * SIDE_PX * 3;
/// Faces described in one run.
const BATCH: usize = 8;
/// Where eyes and corners of the mouth come to lie, in pixels, the person's right first.
const TEMPLATE: [(f64, f64); 4] = [(44.8, 44.4), (105.2, 44.4), (51.0, 104.0), (99.0, 104.0)];

/// How far two descriptors lie apart: the Euclidean distance, about `0..=1.4`.
pub fn distance(a: &[f32; DESCRIPTOR], b: &[f32; DESCRIPTOR]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt()
}

/// Describes faces: `faces` `[n, 150, 150, 3]` u8 RGB to `descriptors` `[n, 128]`.
#[derive(Debug)]
pub struct FaceEmbedder {
    model: Model,
    card: ModelCard,
}

impl FaceEmbedder {
    /// Loads the model.
    ///
    /// # Errors
    /// [`InferenceError::FileMissing`] and its like where the model is not in the store; [`InferenceError::LoadGraph`].
    pub fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        let files = store.open(CARD)?;
        Ok(Self { model: runtime.load_fixed(files.path("graph")?, threads)?, card: files.card().clone() })
    }

    /// The card of the model in use.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// One descriptor for each of the faces that were found in this picture, in their order. Not of length one: compare by
    /// [`distance`].
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub fn embed(
        &mut self,
        picture: &Picture,
        faces: &[DetectedFace],
    ) -> Result<Vec<[f32; DESCRIPTOR]>, InferenceError> {
        let mut descriptors = Vec::with_capacity(faces.len());
        for faces in faces.chunks(BATCH) {
            let mut pixels = Vec::with_capacity(faces.len() * FACE_BYTES);
            for face in faces {
                pixels.extend(aligned(picture, &face.key_points, SIDE_PX)?);
            }
            let shape = [faces.len(), SIDE_PX, SIDE_PX, 3];
            let input =
                TensorRef::from_array_view((shape, pixels.as_slice())).map_err(self.model.tensor_error("faces"))?;
            let outputs = self.model.run(ort::inputs!["faces" => input])?;
            let (_, values) = outputs.tensor_of::<f32>("descriptors", &[faces.len() as i64, DESCRIPTOR as i64])?;
            descriptors.extend(values.as_chunks::<DESCRIPTOR>().0);
        }
        Ok(descriptors)
    }
}

/// `[side, side, 3]` u8 RGB: the face turned upright, eyes and mouth as near as may be to where the descriptor wants them, scaled
/// from its square of 150.
pub(crate) fn aligned(picture: &Picture, points: &KeyPoints, side: usize) -> Result<Vec<u8>, InferenceError> {
    let scale = side as f64 / SIDE_PX as f64;
    let places = [points.right_eye, points.left_eye, points.mouth_right, points.mouth_left];
    let view =
        Similarity::fit(TEMPLATE.map(|(x, y)| (x * scale, y * scale)), places.map(|place| place.in_pixels(picture)));
    crop(picture, view, side)
}

#[cfg(test)]
mod tests {
    use super::super::face::tests::frontal;
    use super::*;

    #[test]
    fn distance_is_euclidean() {
        let (mut a, mut b) = ([0.0; DESCRIPTOR], [0.0; DESCRIPTOR]);
        a[0] = 3.0;
        b[127] = 4.0;
        assert_eq!(distance(&a, &b), 5.0);
        assert_eq!(distance(&a, &a), 0.0);
    }

    #[test]
    fn an_aligned_face_has_its_eyes_where_the_descriptor_wants_them() -> Result<(), Box<dyn std::error::Error>> {
        // White where the eyes of the face are, else black.
        let face = frontal(0.2, 0.1, 0.5, 1.0);
        let (width, height) = (400_u32, 400_u32);
        let eyes = [face.key_points.right_eye, face.key_points.left_eye].map(|eye| (eye.x * 400.0, eye.y * 400.0));
        let is_eye = |x: u32, y: u32| eyes.iter().any(|eye| (eye.0 - x as f32).hypot(eye.1 - y as f32) < 8.0);
        let pixel = |x: u32, y: u32| [if is_eye(x, y) { 255 } else { 0 }; 3];
        let rgb: Vec<u8> = (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y))).collect();
        let crop = aligned(&Picture::new(width, height, rgb)?, &face.key_points, SIDE_PX)?;
        let level = |x: usize, y: usize| crop.get((y * SIDE_PX + x) * 3).copied();
        assert_eq!(
            (level(45, 45), level(105, 45), level(75, 45), level(75, 104)),
            (Some(255), Some(255), Some(0), Some(0))
        );
        Ok(())
    }
}
