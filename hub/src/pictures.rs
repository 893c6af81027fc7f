//! Vectors of pictures that people ask with: decoded in safe Rust, looked at by the models that frames were looked at by.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use reelgraph_api::pictures::{PictureError, PictureReader};
use reelgraph_indexer::SAMPLE_SIDE_PX;
use reelgraph_inference::InferenceError;
use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::image_text::PictureEncoder;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_media::{PictureFileError, read_picture, shrink};
use reelgraph_models::embedding::EmbeddingSpace;

use crate::config::Config;

/// The models, loaded when somebody sends the first picture.
#[derive(Debug)]
pub struct Pictures {
    models: PathBuf,
    pair: Option<PathBuf>,
    encoder: Mutex<Option<PictureEncoder>>,
}

impl Pictures {
    /// By the models that the settings name.
    pub fn new(config: &Config) -> Self {
        let pair = config.image_text_pair.clone();
        Self { models: config.models.clone(), pair, encoder: Mutex::new(None) }
    }

    fn load(&self) -> Result<PictureEncoder, InferenceError> {
        let store = ModelStore::new(&self.models);
        let runtime = store.open("onnxruntime").and_then(|files| Runtime::open(files.path("library")?))?;
        PictureEncoder::load(&runtime, &store, self.pair.as_deref(), Threads::ONE)
    }
}

impl PictureReader for Pictures {
    fn read(&self, file: &[u8]) -> Result<Vec<(EmbeddingSpace, Vec<f32>)>, PictureError> {
        let failed = |error: InferenceError| PictureError::Failed(Box::new(error));
        let picture =
            read_picture(file).map_err(|error: PictureFileError| PictureError::NoPicture(error.to_string()))?;
        let picture = shrink(&picture, SAMPLE_SIDE_PX).map_err(|error| PictureError::NoPicture(error.to_string()))?;
        let mut encoder = self.encoder.lock().unwrap_or_else(PoisonError::into_inner);
        let loaded = match encoder.take() {
            Some(loaded) => loaded,
            None => self.load().map_err(|error| PictureError::NoModels(Box::new(error)))?,
        };
        let encoder = encoder.insert(loaded);
        let vectors = encoder.embed(&[picture]).map_err(failed)?;
        Ok(vectors.into_iter().map(|vector| (encoder.space().clone(), vector)).collect())
    }
}
