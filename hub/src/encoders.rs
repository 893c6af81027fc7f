//! Query vectors for the searcher: the models' text sides, handed from `inference` to `search`.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use reelgraph_inference::InferenceError;
use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::image_text::TextEncoder;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_inference::text::{Role, TextEmbedder, TextModel};
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::space::SpaceRole;
use reelgraph_search::encoder::{EncodeError, QueryEncoder};
use reelgraph_search::space::VectorSpace;

use crate::config::{Config, SpaceSettings};

/// Threads of a query's model: a query is short, and several may run at once.
const QUERY_THREADS: Threads = Threads::ONE;

/// The encoders whose models are here, those of the preferred space of each role first.
#[derive(Default)]
pub struct Encoders {
    passages: Vec<(EmbeddingSpace, Mutex<TextEmbedder>)>,
    frames: Vec<(EmbeddingSpace, Mutex<TextEncoder>)>,
}

impl fmt::Debug for Encoders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.available().into_iter().map(|(_, space)| space.key())).finish()
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
        let mut texts = TextModel::available(&store);
        if texts.is_empty() {
            // So that it is said what is wrong with the one that everybody has.
            texts.push(TextModel::BgeSmallEn);
        }
        let passages = texts
            .into_iter()
            .filter_map(|model| kept("passages", TextEmbedder::load_model(&runtime, &store, model, QUERY_THREADS)));
        let pairs = config.image_text_pair.as_deref().map(Some).into_iter().chain([None]);
        let frames = pairs.filter_map(|pair| kept("frames", TextEncoder::load(&runtime, &store, pair, QUERY_THREADS)));
        Self {
            passages: passages.map(|model| (model.space().clone(), Mutex::new(model))).collect(),
            frames: frames.map(|model| (model.space().clone(), Mutex::new(model))).collect(),
        }
    }

    /// The spaces that can be searched, the preferred one of each role first.
    pub fn available(&self) -> Vec<(SpaceRole, EmbeddingSpace)> {
        let passages = self.passages.iter().map(|(space, _)| (SpaceRole::Passages, space.clone()));
        let frames = self.frames.iter().map(|(space, _)| (SpaceRole::Frames, space.clone()));
        passages.chain(frames).collect()
    }

    /// The spaces that can be searched, as the settings have them.
    pub fn spaces(&self, settings: &SpaceSettings) -> anyhow::Result<Vec<VectorSpace>> {
        let space = |(role, space): (SpaceRole, _)| Ok(settings.apply(VectorSpace::new(space, role.modality())?));
        self.available().into_iter().map(space).collect()
    }
}

fn kept<T>(what: &str, loaded: Result<T, InferenceError>) -> Option<T> {
    loaded.inspect_err(|error| tracing::warn!(%error, what, "these cannot be searched by meaning")).ok()
}

impl QueryEncoder for Encoders {
    fn encode(&self, space: &EmbeddingSpace, text: &str) -> Result<Vec<f32>, EncodeError> {
        let failed = |error: InferenceError| EncodeError::Failed { space: space.key(), source: Box::new(error) };
        if let Some((_, model)) = self.passages.iter().find(|(known, _)| known == space) {
            let mut model = model.lock().unwrap_or_else(PoisonError::into_inner);
            let vectors = model.embed(&[text], Role::Query).map_err(failed)?;
            return vectors.into_iter().next().ok_or_else(|| EncodeError::Unavailable { space: space.key() });
        }
        if let Some((_, model)) = self.frames.iter().find(|(known, _)| known == space) {
            let mut model = model.lock().unwrap_or_else(PoisonError::into_inner);
            return model.embed(text).map_err(failed);
        }
        Err(EncodeError::Unavailable { space: space.key() })
    }
}
