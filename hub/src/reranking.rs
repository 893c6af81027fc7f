//! The model that orders the best answers, handed from `inference` to `search`: loaded when the first search asks for it.

use std::sync::{Mutex, PoisonError};

use reelgraph_inference::InferenceError;
use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::rerank::{CARD, LANGUAGE, Reranker};
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_search::rerank::{PassageScorer, ScoreError, ScoringModel};

use crate::config::Config;

/// A model that takes memory only where it is used; then it stays.
#[derive(Debug)]
pub struct LazyReranker {
    store: ModelStore,
    threads: Threads,
    model: ScoringModel,
    loaded: Mutex<Option<Reranker>>,
}

impl LazyReranker {
    /// Knows which model it is, and loads nothing yet.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let store = ModelStore::new(&config.models);
        let card = store.catalog().get(CARD)?;
        let model = ScoringModel { name: card.name, version: card.version, language: Some(LANGUAGE.to_owned()) };
        Ok(Self { store, threads: Threads::shared(config.threads), model, loaded: Mutex::new(None) })
    }

    fn load(&self) -> Result<Reranker, InferenceError> {
        let runtime = Runtime::open(self.store.open("onnxruntime")?.path("library")?)?;
        Reranker::load(&runtime, &self.store, self.threads)
    }
}

impl PassageScorer for LazyReranker {
    fn model(&self) -> &ScoringModel {
        &self.model
    }

    fn score(&self, query: &str, passages: &[&str]) -> Result<Vec<f32>, ScoreError> {
        let failed = |error: InferenceError| match error.is_missing_model() {
            true => ScoreError::Unavailable { source: Box::new(error) },
            false => ScoreError::Failed { source: Box::new(error) },
        };
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        // Tried anew by each search, so that a model that was pulled meanwhile is found.
        let reranker = match &mut *loaded {
            Some(reranker) => reranker,
            empty => empty.insert(self.load().map_err(failed)?),
        };
        reranker.score(query, passages).map_err(failed)
    }
}
