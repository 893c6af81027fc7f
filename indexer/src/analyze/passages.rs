//! Vectors of transcript passages, so that speech is found by meaning, in every space that is wanted.

use std::sync::Arc;
use std::time::Instant;

use reelgraph_inference::InferenceError;
use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_inference::text::{Role, TextEmbedder, TextModel};
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::observation::Modality;
use reelgraph_models::settings::TenantSettings;
use reelgraph_models::space::SpaceRole;

use super::analyzer::{AnalyzeError, Analyzer, Findings, Input, SourceModel, Vectors, Wanted, Wants};
use super::set::reason;
use crate::timeline::Timeline;

pub(super) struct Passages {
    runtime: Arc<Runtime>,
    store: ModelStore,
    threads: Threads,
    /// The preferred one first.
    models: Vec<Embedder>,
    wanted: Vec<EmbeddingSpace>,
}

/// A model that is here; loaded when its space is first wanted.
struct Embedder {
    model: TextModel,
    space: EmbeddingSpace,
    loaded: Option<TextEmbedder>,
}

impl Passages {
    /// Finds the models that are here.
    ///
    /// # Errors
    /// What is wrong with the model that everybody has, where none is here.
    pub(super) fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, AnalyzeError> {
        let available = TextModel::available(store);
        if available.is_empty() {
            store.open(TextModel::BgeSmallEn.card())?;
        }
        let embedder = |model: TextModel| Ok(Embedder { model, space: model.space(store)?, loaded: None });
        let models = available.into_iter().map(embedder).collect::<Result<_, InferenceError>>()?;
        Ok(Self { runtime: Arc::clone(runtime), store: store.clone(), threads, models, wanted: Vec::new() })
    }
}

impl Embedder {
    fn embed(
        &mut self,
        texts: &[&str],
        runtime: &Arc<Runtime>,
        store: &ModelStore,
        threads: Threads,
    ) -> Result<Vec<Vec<f32>>, AnalyzeError> {
        let embedder = match &mut self.loaded {
            Some(embedder) => embedder,
            none => none.insert(TextEmbedder::load_model(runtime, store, self.model, threads)?),
        };
        embedder.embed(texts, Role::Passage)
    }
}

impl Analyzer for Passages {
    fn name(&self) -> &'static str {
        "passages"
    }

    fn models(&self) -> Vec<SourceModel> {
        let model = |embedder: &Embedder| SourceModel {
            modality: Modality::Passages,
            model: embedder.space.name.clone(),
            version: embedder.space.version.clone(),
        };
        self.models.iter().map(model).collect()
    }

    fn spaces(&self) -> Vec<(SpaceRole, EmbeddingSpace)> {
        self.models.iter().map(|embedder| (SpaceRole::Passages, embedder.space.clone())).collect()
    }

    fn ask(&mut self, wanted: &Wanted) {
        self.wanted.clone_from(&wanted.spaces);
    }

    fn parameters(&self) -> String {
        String::new()
    }

    fn wants(&self) -> Wants {
        Wants::default()
    }

    fn depends_on(&self) -> &'static [Modality] {
        &[Modality::Speech]
    }

    fn begin(&mut self, _settings: &TenantSettings) -> Result<(), AnalyzeError> {
        Ok(())
    }

    fn feed(&mut self, _input: &Input) -> Result<(), AnalyzeError> {
        Ok(())
    }

    fn flush(&mut self) -> Result<(), AnalyzeError> {
        Ok(())
    }

    fn finish(&mut self, timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError> {
        let texts: Vec<&str> = timeline.passages.iter().map(|passage| passage.text.as_str()).collect();
        let mut findings = Findings::of(Modality::Passages, Vec::new());
        for embedder in self.models.iter_mut().filter(|embedder| self.wanted.contains(&embedder.space)) {
            let started = Instant::now();
            // One space that fails costs the others nothing.
            match embedder.embed(&texts, &self.runtime, &self.store, self.threads) {
                Ok(vectors) => findings.vectors.push(Vectors {
                    space: embedder.space.clone(),
                    values: timeline.passages.iter().map(|passage| passage.span).zip(vectors).collect(),
                    spent: Some(started.elapsed()),
                }),
                Err(error) => findings.missed.push((embedder.space.clone(), reason(&error))),
            }
        }
        Ok(vec![findings])
    }
}
