//! The channels of the built-in space: several ways in which a picture and a text can agree, side by side in one vector.
//!
//! Each channel is a pair of unit vectors whose inner product says how well picture and text agree. Scaled by the root of the
//! channel's weight and concatenated, their cosine is the weighted mean of the channels, so that one nearest-neighbour search
//! asks them all. Weights and temperature were tuned on captioned photographs (see the crate's `image_text_score` example).

use super::projection::Projection;
use crate::objects::{COCO_LABELS, Detection};
use crate::tags::{CLASSES, FEATURES, PictureTags};

/// Detections below this confidence say nothing; feed everything above it.
pub const DETECTION_FLOOR: f32 = 0.02;

const LABEL_DIMS: usize = 512;
const OBJECT_DIMS: usize = COCO_LABELS.len();
const FEATURE_DIMS: usize = 176;
/// Components of a vector of the space.
pub(crate) const DIMS: usize = LABEL_DIMS + OBJECT_DIMS + FEATURE_DIMS;

/// Weights of the channels.
const LABEL_WEIGHT: f32 = 1.0;
const OBJECT_WEIGHT: f32 = 0.7;
const FEATURE_WEIGHT: f32 = 0.8;

/// Seeds of the projections; part of the space's definition.
const LABEL_SEED: u64 = 1;
const FEATURE_SEED: u64 = 2;

/// The name of each channel and its components in a vector of the space, for measuring one by itself.
pub fn label_space_channels() -> [(&'static str, std::ops::Range<usize>); 3] {
    [
        ("labels", 0..LABEL_DIMS),
        ("objects", LABEL_DIMS..LABEL_DIMS + OBJECT_DIMS),
        ("features", LABEL_DIMS + OBJECT_DIMS..DIMS),
    ]
}

/// Puts channels together.
#[derive(Debug)]
pub(crate) struct Channels {
    labels: Projection,
    features: Projection,
}

impl Channels {
    pub(crate) fn new() -> Self {
        Self {
            labels: Projection::new(CLASSES, LABEL_DIMS, LABEL_SEED),
            features: Projection::new(FEATURES, FEATURE_DIMS, FEATURE_SEED),
        }
    }

    /// The vector of a picture, from its tags and all detections above [`DETECTION_FLOOR`].
    pub(crate) fn picture(&self, tags: &PictureTags, detections: &[Detection]) -> Vec<f32> {
        let mut objects = vec![0.0_f32; OBJECT_DIMS];
        for detection in detections.iter().filter(|detection| detection.confidence >= DETECTION_FLOOR) {
            let place = COCO_LABELS.iter().position(|label| *label == detection.label);
            if let Some(value) = place.and_then(|place| objects.get_mut(place)) {
                *value = value.max(detection.confidence.sqrt());
            }
        }
        let features = self.project_features(&tags.features);
        self.join(centred(&tags.root_probabilities), centred(&objects), features)
    }

    /// The vector of a text: its posteriors over ImageNet's and COCO's classes, each less that of captions in general, and what
    /// it looks for among the projected features.
    pub(crate) fn text(&self, labels: Vec<f32>, objects: Vec<f32>, features: Vec<f32>) -> Vec<f32> {
        self.join(labels, objects, features)
    }

    /// Fewer components of what the classifier sees, or looks for.
    pub(crate) fn project_features(&self, features: &[f32]) -> Vec<f32> {
        self.features.apply(features)
    }

    fn join(&self, labels: Vec<f32>, objects: Vec<f32>, features: Vec<f32>) -> Vec<f32> {
        let parts = [(self.labels.apply(&labels), LABEL_WEIGHT), (objects, OBJECT_WEIGHT), (features, FEATURE_WEIGHT)];
        let scaled = |(part, weight): (Vec<f32>, f32)| {
            let scale = weight.sqrt();
            unit(part).into_iter().map(move |value| value * scale)
        };
        unit(parts.into_iter().flat_map(scaled).collect())
    }
}

/// The vector at length 1; zero stays zero.
pub(crate) fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
    vector
}

/// The values less their mean.
fn centred(values: &[f32]) -> Vec<f32> {
    let mean = values.iter().sum::<f32>() / values.len().max(1) as f32;
    values.iter().map(|value| value - mean).collect()
}

#[cfg(test)]
mod tests {
    use reelgraph_models::observation::BoundingBox;

    use super::*;

    fn tags(class: usize) -> PictureTags {
        let mut probabilities = vec![0.0; CLASSES];
        probabilities[class] = 1.0;
        PictureTags { root_probabilities: probabilities.clone(), probabilities, features: vec![0.5; FEATURES] }
    }

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn vectors_have_length_one_with_and_without_objects() {
        let channels = Channels::new();
        let bounds = BoundingBox { left: 0.0, top: 0.0, right: 1.0, bottom: 1.0 };
        let dog = Detection { label: "dog", confidence: 0.8, bounds };
        for vector in [channels.picture(&tags(1), &[]), channels.picture(&tags(1), &[dog])] {
            assert_eq!(vector.len(), DIMS);
            assert!((cosine(&vector, &vector) - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn pictures_of_the_same_class_are_nearer_than_others() {
        let channels = Channels::new();
        let (a, b, c) =
            (channels.picture(&tags(5), &[]), channels.picture(&tags(5), &[]), channels.picture(&tags(9), &[]));
        assert!(cosine(&a, &b) > 0.999 && cosine(&a, &c) < 0.7);
    }
}
