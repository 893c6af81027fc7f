//! Query vectors for the searcher: the models' text sides, handed from `inference` to `search`.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use reelgraph_inference::InferenceError;
use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::image_text::TextEncoder;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_inference::text::{Role, TextEmbedder};
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::observation::Modality;
use reelgraph_search::encoder::{EncodeError, QueryEncoder};
use reelgraph_search::space::VectorSpace;

use crate::config::{Config, SpaceSettings};

/// Threads of a query's model: a query is short, and several may run at once.
const QUERY_THREADS: Threads = Threads::ONE;

/// The encoders whose models are here.
#[derive(Default)]
pub struct Encoders {
    passages: Option<(EmbeddingSpace, Mutex<TextEmbedder>)>,
    frames: Option<(EmbeddingSpace, Mutex<TextEncoder>)>,
}

impl fmt::Debug for Encoders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spaces = [self.passages.as_ref().map(|(space, _)| space), self.frames.as_ref().map(|(space, _)| space)];
        f.debug_list().entries(spaces.into_iter().flatten().map(EmbeddingSpace::key)).finish()
    }
}

impl Encoders {
    /// Loads what is here; what is not only narrows the search, and is logged.
    pub fn load(config: &Config) -> Self {
        let store = ModelStore::new(&config.models);
        let runtime = store.open("onnxruntime").and_then(|files| Runtime::open(files.path("library")?));
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => {
                tracing::warn!(%error, "searching by words only");
                return Self::default();
            }
        };
        let passages = TextEmbedder::load(&runtime, &store, QUERY_THREADS);
        let frames = TextEncoder::load(&runtime, &store, config.image_text_pair.as_deref(), QUERY_THREADS);
        Self {
            passages: kept("passages", passages).map(|model| (model.space().clone(), Mutex::new(model))),
            frames: kept("frames", frames).map(|model| (model.space().clone(), Mutex::new(model))),
        }
    }

    /// The spaces that can be searched, as the settings have them.
    pub fn spaces(&self, settings: &SpaceSettings) -> anyhow::Result<Vec<VectorSpace>> {
        let mut spaces = Vec::new();
        if let Some((space, _)) = &self.passages {
            spaces.push(settings.apply(VectorSpace::new(space.clone(), Modality::Passages)?));
        }
        if let Some((space, _)) = &self.frames {
            spaces.push(settings.apply(VectorSpace::new(space.clone(), Modality::Frames)?));
        }
        Ok(spaces)
    }
}

fn kept<T>(what: &str, loaded: Result<T, InferenceError>) -> Option<T> {
    loaded.inspect_err(|error| tracing::warn!(%error, what, "these cannot be searched by meaning")).ok()
}

impl QueryEncoder for Encoders {
    fn encode(&self, space: &EmbeddingSpace, text: &str) -> Result<Vec<f32>, EncodeError> {
        let failed = |error: InferenceError| EncodeError::Failed { space: space.key(), source: Box::new(error) };
        if let Some((_, model)) = self.passages.as_ref().filter(|(known, _)| known == space) {
            let mut model = model.lock().unwrap_or_else(PoisonError::into_inner);
            let vectors = model.embed(&[text], Role::Query).map_err(failed)?;
            return vectors.into_iter().next().ok_or_else(|| EncodeError::Unavailable { space: space.key() });
        }
        if let Some((_, model)) = self.frames.as_ref().filter(|(known, _)| known == space) {
            let mut model = model.lock().unwrap_or_else(PoisonError::into_inner);
            return model.embed(text).map_err(failed);
        }
        Err(EncodeError::Unavailable { space: space.key() })
    }
}
