//! The built-in space: both its sides.

use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView1, Axis};
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::picture::Picture;

use super::channels::{Channels, DETECTION_FLOOR, DIMS};
use super::label_vectors::LabelVectors;
use super::ridge::{centre, ridge};
use crate::catalog::ModelStore;
use crate::error::InferenceError;
use crate::objects::{Detection, ObjectDetector};
use crate::runtime::{Model, Runtime, Threads};
use crate::tags::{CLASSES, FEATURES, PictureTags, Tagger};
use crate::text::{Role, TextEmbedder, TextModel};

/// Sharpness of a text's posterior over class names.
const TEMPERATURE: f32 = 0.08;
/// Keeps the map from texts to the classifier's rows small.
const RIDGE_LAMBDA: f32 = 2.0;

/// The space's name and version; a change of any part of the vectors changes the version.
pub(crate) fn label_space() -> EmbeddingSpace {
    EmbeddingSpace { name: "label-space".to_owned(), version: "1".to_owned(), dims: DIMS as u32 }
}

/// Makes the vectors of pictures in the built-in space from what was seen in them.
#[derive(Debug)]
pub struct LabelChannels {
    channels: Channels,
    space: EmbeddingSpace,
}

impl LabelChannels {
    /// Needs no model.
    pub fn new() -> Self {
        Self { channels: Channels::new(), space: label_space() }
    }

    /// The space of the vectors.
    pub fn space(&self) -> &EmbeddingSpace {
        &self.space
    }

    /// The vector of a picture: its tags, and what [`ObjectDetector::detect_above`] found above [`DETECTION_FLOOR`].
    pub fn vector(&self, tags: &PictureTags, detections: &[Detection]) -> Vec<f32> {
        self.channels.picture(tags, detections)
    }
}

impl Default for LabelChannels {
    fn default() -> Self {
        Self::new()
    }
}

/// Pictures in the built-in space.
#[derive(Debug)]
pub struct LabelPictures {
    tagger: Tagger,
    detector: ObjectDetector,
    channels: LabelChannels,
}

impl LabelPictures {
    /// Loads the tagger and the detector.
    ///
    /// # Errors
    /// Those of [`Tagger::load`] and [`ObjectDetector::load`].
    pub fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        let tagger = Tagger::load(runtime, store, threads)?;
        let detector = ObjectDetector::load(runtime, store, threads)?;
        Ok(Self { tagger, detector, channels: LabelChannels::new() })
    }

    /// The space of the vectors.
    pub fn space(&self) -> &EmbeddingSpace {
        self.channels.space()
    }

    /// The vectors of pictures, in their order.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub fn embed(&mut self, pictures: &[Picture]) -> Result<Vec<Vec<f32>>, InferenceError> {
        let tags = self.tagger.see(pictures)?;
        let detections = self.detector.detect_above(pictures, DETECTION_FLOOR)?;
        Ok(tags.iter().zip(&detections).map(|(tags, found)| self.channels.vector(tags, found)).collect())
    }
}

/// Texts in the built-in space.
#[derive(Debug)]
pub struct LabelTexts {
    embedder: TextEmbedder,
    imagenet: LabelPosterior,
    coco: LabelPosterior,
    /// Mean vector of captions in general.
    caption: Array1<f32>,
    /// From a text's vector to what it looks for among the projected features.
    map: Array2<f32>,
    channels: Channels,
    space: EmbeddingSpace,
}

impl LabelTexts {
    /// Loads the English text model and fits the map to the classifier's rows.
    ///
    /// # Errors
    /// Those of [`TextEmbedder::load_model`] and of [`Runtime::load`].
    pub fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        let embedder = TextEmbedder::load_model(runtime, store, TextModel::BgeSmallEn, threads)?;
        let vectors = LabelVectors::load()?;
        let channels = Channels::new();
        let classifier = store.open("efficientnet-lite2")?;
        let mut rows = classifier_rows(runtime.load(classifier.path("classifier")?, Threads::ONE)?, &channels)?;
        centre(&mut rows);
        let mut names = vectors.imagenet.clone();
        centre(&mut names);
        let map = ridge(names.view(), rows.view(), RIDGE_LAMBDA);
        let caption = vectors.captions.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(vectors.captions.ncols()));
        let imagenet = LabelPosterior::new(vectors.imagenet, &vectors.captions);
        let coco = LabelPosterior::new(vectors.coco, &vectors.captions);
        Ok(Self { embedder, imagenet, coco, caption, map, channels, space: label_space() })
    }

    /// The space of the vectors.
    pub fn space(&self) -> &EmbeddingSpace {
        &self.space
    }

    /// The vector of a text.
    ///
    /// # Errors
    /// [`InferenceError::Tokenize`], [`InferenceError::Run`].
    pub fn embed(&mut self, text: &str) -> Result<Vec<f32>, InferenceError> {
        // As a passage: captions are like captions, not like questions.
        let vector = Array1::from(self.embedder.embed(&[text], Role::Passage)?.into_iter().next().unwrap_or_default());
        if vector.len() != self.caption.len() {
            return Err(InferenceError::InvalidInput {
                model: self.space.name.clone(),
                reason: "the text model gave a vector of another size than the labels have".to_owned(),
            });
        }
        let features = (&vector - &self.caption).dot(&self.map);
        let (labels, objects) = (self.imagenet.peculiar(vector.view()), self.coco.peculiar(vector.view()));
        Ok(self.channels.text(labels.to_vec(), objects.to_vec(), features.to_vec()))
    }
}

/// How likely a text is to be about each of some labels.
#[derive(Debug)]
struct LabelPosterior {
    mean: Array1<f32>,
    /// Labels' vectors less their mean.
    labels: Array2<f32>,
    /// What captions in general give.
    usual: Array1<f32>,
}

impl LabelPosterior {
    fn new(mut labels: Array2<f32>, captions: &Array2<f32>) -> Self {
        let mean = labels.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(labels.ncols()));
        labels -= &mean;
        let mut posterior = Self { usual: Array1::zeros(labels.nrows()), mean, labels };
        let mut sum = Array1::zeros(posterior.labels.nrows());
        for caption in captions.rows() {
            sum += &posterior.of(caption);
        }
        posterior.usual = sum / captions.nrows().max(1) as f32;
        posterior
    }

    /// Softmax of the text's similarity to each label.
    fn of(&self, text: ArrayView1<'_, f32>) -> Array1<f32> {
        let mut values = self.labels.dot(&(&text - &self.mean)) / TEMPERATURE;
        let largest = values.fold(f32::NEG_INFINITY, |largest, value| largest.max(*value));
        values.mapv_inplace(|value| (value - largest).exp());
        let sum = values.sum();
        values / sum
    }

    /// The text's posterior less that of captions in general.
    fn peculiar(&self, text: ArrayView1<'_, f32>) -> Array1<f32> {
        self.of(text) - &self.usual
    }
}

/// `[CLASSES, projected features]`: the classifier's rows as the space's pictures see them.
fn classifier_rows(mut model: Model, channels: &Channels) -> Result<Array2<f32>, InferenceError> {
    let graph = model.graph().to_path_buf();
    let outputs = model.run::<0>([])?;
    let (_, rows) = outputs.tensor_of::<f32>("rows", &[CLASSES as i64, FEATURES as i64])?;
    let projected: Vec<f32> = rows.chunks_exact(FEATURES).flat_map(|row| channels.project_features(row)).collect();
    let width = projected.len() / CLASSES;
    Array2::from_shape_vec((CLASSES, width), projected)
        .map_err(|_| InferenceError::ModelData { path: graph, reason: "its rows differ in length".to_owned() })
}
