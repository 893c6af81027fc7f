//! One detector over several models.

use std::sync::Arc;

use reelgraph_models::observation::BoundingBox;
use reelgraph_models::picture::Picture;

use super::centernet::CenterNet;
use super::suppress::suppress;
use super::yolox::Yolox;
use crate::catalog::{CardStatus, ModelCard, ModelStore};
use crate::error::InferenceError;
use crate::runtime::{Runtime, Threads};

/// Confidence from which a detection is worth showing, for both models: about four of five are right.
pub const SHOWN_CONFIDENCE: f32 = 0.35;
/// Boxes of one class that overlap more are one object.
const SAME_OBJECT_IOU: f32 = 0.55;
/// Objects reported of one picture.
const MAX_OBJECTS: usize = 100;

/// An object in a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// One of [`super::COCO_LABELS`].
    pub label: &'static str,
    /// The model's score, `0..=1`; not calibrated.
    pub confidence: f32,
    /// Where.
    pub bounds: BoundingBox,
}

/// A model that finds COCO's classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DetectorModel {
    /// YOLOX-nano; an operator places it.
    YoloxNano,
    /// CenterNet on MobileNetV3; `reelgraph models pull` fetches it.
    CenterNet,
}

impl DetectorModel {
    /// The better one first.
    pub const ALL: [Self; 2] = [Self::YoloxNano, Self::CenterNet];

    /// The name of its card.
    pub const fn card(self) -> &'static str {
        match self {
            Self::YoloxNano => "yolox-nano-coco",
            Self::CenterNet => "centernet-coco",
        }
    }
}

#[derive(Debug)]
enum Network {
    Yolox(Box<Yolox>),
    CenterNet(Box<CenterNet>),
}

/// Finds objects in pictures.
#[derive(Debug)]
pub struct ObjectDetector {
    network: Network,
    card: ModelCard,
}

impl ObjectDetector {
    /// Loads YOLOX-nano where an operator has placed it, else CenterNet.
    ///
    /// # Errors
    /// Those of [`ObjectDetector::load_model`].
    pub fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        Self::load_model(runtime, store, Self::preferred(store), threads)
    }

    /// The model that [`ObjectDetector::load`] takes.
    pub fn preferred(store: &ModelStore) -> DetectorModel {
        let is_ready = |model: &DetectorModel| {
            let card = store.catalog().get(model.card());
            card.and_then(|card| store.status(&card)).is_ok_and(|status| status == CardStatus::Ready)
        };
        DetectorModel::ALL.into_iter().find(is_ready).unwrap_or(DetectorModel::CenterNet)
    }

    /// Loads that model.
    ///
    /// # Errors
    /// [`InferenceError::FileMissing`] and its like where the model is not in the store; [`InferenceError::LoadGraph`].
    pub fn load_model(
        runtime: &Arc<Runtime>,
        store: &ModelStore,
        model: DetectorModel,
        threads: Threads,
    ) -> Result<Self, InferenceError> {
        let files = store.open(model.card())?;
        let network = match model {
            DetectorModel::YoloxNano => Network::Yolox(Box::new(Yolox::load(runtime, &files, threads)?)),
            DetectorModel::CenterNet => Network::CenterNet(Box::new(CenterNet::load(runtime, &files, threads)?)),
        };
        Ok(Self { network, card: files.card().clone() })
    }

    /// The card of the model in use.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Finds the objects of each picture, by falling confidence, each object once.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub fn detect(&mut self, pictures: &[Picture]) -> Result<Vec<Vec<Detection>>, InferenceError> {
        self.detect_above(pictures, SHOWN_CONFIDENCE)
    }

    /// As [`ObjectDetector::detect`], with everything of at least `min_confidence`.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub fn detect_above(
        &mut self,
        pictures: &[Picture],
        min_confidence: f32,
    ) -> Result<Vec<Vec<Detection>>, InferenceError> {
        let found = |picture| {
            let all = match &mut self.network {
                Network::Yolox(network) => network.detect(picture, min_confidence),
                Network::CenterNet(network) => network.detect(picture, min_confidence),
            };
            Ok(suppress(all?, SAME_OBJECT_IOU, MAX_OBJECTS))
        };
        pictures.iter().map(found).collect()
    }
}

/// A box clipped to the picture; `None` where nothing is left of it, or where a value is not a number.
pub(crate) fn unit_box(left: f32, top: f32, right: f32, bottom: f32) -> Option<BoundingBox> {
    let [left, top, right, bottom] = [left, top, right, bottom].map(|edge| edge.clamp(0.0, 1.0));
    let bounds = BoundingBox { left, top, right, bottom };
    (bounds.area() > 0.0).then_some(bounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_end_at_the_edge_of_the_picture() {
        assert_eq!(unit_box(-0.5, 0.2, 0.5, 1.5), Some(BoundingBox { left: 0.0, top: 0.2, right: 0.5, bottom: 1.0 }));
        assert_eq!(unit_box(1.2, 0.2, 1.5, 0.5), None);
        assert_eq!(unit_box(f32::NAN, 0.2, 1.5, 0.5), None);
    }
}
