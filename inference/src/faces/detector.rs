//! One face detector over two models.

use std::sync::Arc;

use reelgraph_models::picture::Picture;

use super::blazeface::BlazeFace;
use super::face::{DetectedFace, suppress};
use super::yunet::Yunet;
use crate::catalog::{CardStatus, ModelCard, ModelStore};
use crate::error::InferenceError;
use crate::runtime::{Runtime, Threads};

/// Boxes that overlap more are one face.
const SAME_FACE_IOU: f32 = 0.4;
/// Faces reported of one picture.
const MAX_FACES: usize = 64;
/// Smaller boxes say nothing about a face, and logos and letters are taken for them.
const MIN_SIZE_PX: f32 = 16.0;

/// A model that finds faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaceDetectorModel {
    /// YuNet; an operator places it.
    Yunet,
    /// BlazeFace with the face mesh; `reelgraph models pull` fetches it.
    BlazeFace,
}

impl FaceDetectorModel {
    /// What an operator has to place first: who places it wants it.
    pub const ALL: [Self; 2] = [Self::Yunet, Self::BlazeFace];

    /// The name of its card.
    pub const fn card(self) -> &'static str {
        match self {
            Self::Yunet => "yunet",
            Self::BlazeFace => "blazeface-full-range",
        }
    }

    /// Confidence from which a face is worth showing.
    pub const fn shown_confidence(self) -> f32 {
        match self {
            Self::Yunet => 0.8,
            Self::BlazeFace => 0.5,
        }
    }
}

#[derive(Debug)]
enum Network {
    Yunet(Box<Yunet>),
    BlazeFace(Box<BlazeFace>),
}

/// Finds faces in pictures.
#[derive(Debug)]
pub struct FaceDetector {
    model: FaceDetectorModel,
    network: Network,
    card: ModelCard,
}

impl FaceDetector {
    /// Loads YuNet where an operator has placed it, else BlazeFace.
    ///
    /// # Errors
    /// Those of [`FaceDetector::load_model`].
    pub fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        Self::load_model(runtime, store, Self::preferred(store), threads)
    }

    /// The model that [`FaceDetector::load`] takes.
    pub fn preferred(store: &ModelStore) -> FaceDetectorModel {
        let is_ready = |model: &FaceDetectorModel| {
            let card = store.catalog().get(model.card());
            card.and_then(|card| store.status(&card)).is_ok_and(|status| status == CardStatus::Ready)
        };
        FaceDetectorModel::ALL.into_iter().find(is_ready).unwrap_or(FaceDetectorModel::BlazeFace)
    }

    /// Loads that model.
    ///
    /// # Errors
    /// [`InferenceError::FileMissing`] and its like where the model is not in the store; [`InferenceError::LoadGraph`].
    pub fn load_model(
        runtime: &Arc<Runtime>,
        store: &ModelStore,
        model: FaceDetectorModel,
        threads: Threads,
    ) -> Result<Self, InferenceError> {
        let files = store.open(model.card())?;
        let network = match model {
            FaceDetectorModel::Yunet => Network::Yunet(Box::new(Yunet::load(runtime, &files, threads)?)),
            FaceDetectorModel::BlazeFace => Network::BlazeFace(Box::new(BlazeFace::load(runtime, &files, threads)?)),
        };
        Ok(Self { model, network, card: files.card().clone() })
    }

    /// The card of the model in use.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// The model in use.
    pub fn model(&self) -> FaceDetectorModel {
        self.model
    }

    /// Finds the faces of a picture with at least `min_confidence` ([`FaceDetectorModel::shown_confidence`] is the usual one),
    /// by falling confidence, each face once; at most 64, none smaller than 16 pixels.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub fn detect(&mut self, picture: &Picture, min_confidence: f32) -> Result<Vec<DetectedFace>, InferenceError> {
        let mut found = match &mut self.network {
            Network::Yunet(network) => network.detect(picture, min_confidence),
            Network::BlazeFace(network) => network.detect(picture, min_confidence),
        }?;
        found.retain(|face| face.size_px(picture) >= MIN_SIZE_PX);
        Ok(suppress(found, SAME_FACE_IOU, MAX_FACES))
    }

    /// The same faces in a picture that hardly differs from the one that they were found in, for a fraction of what it costs to
    /// find them; those that are gone are missing. YuNet cannot do that and gives them back as they were.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub fn follow(&mut self, picture: &Picture, faces: &[DetectedFace]) -> Result<Vec<DetectedFace>, InferenceError> {
        match &mut self.network {
            Network::Yunet(_) => Ok(faces.to_vec()),
            Network::BlazeFace(network) => network.follow(picture, faces),
        }
    }
}
