//! Vectors of transcript passages, so that speech is found by meaning.

use std::sync::Arc;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_inference::text::{Role, TextEmbedder};
use reelgraph_models::observation::Modality;
use reelgraph_models::settings::TenantSettings;

use super::analyzer::{AnalyzeError, Analyzer, Findings, Input, SourceModel, Vectors, Wants};
use crate::timeline::Timeline;

pub(super) struct Passages {
    embedder: TextEmbedder,
}

impl Passages {
    pub(super) fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, AnalyzeError> {
        Ok(Self { embedder: TextEmbedder::load(runtime, store, threads)? })
    }
}

impl Analyzer for Passages {
    fn name(&self) -> &'static str {
        "passages"
    }

    fn models(&self) -> Vec<SourceModel> {
        vec![SourceModel::of(Modality::Passages, self.embedder.card())]
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
        let vectors = self.embedder.embed(&texts, Role::Passage)?;
        let spans = timeline.passages.iter().map(|passage| passage.span);
        let vectors = Some(Vectors { space: self.embedder.space().clone(), values: spans.zip(vectors).collect() });
        Ok(vec![Findings { vectors, ..Findings::of(Modality::Passages, Vec::new()) }])
    }
}
