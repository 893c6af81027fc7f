//! Who speaks when.

use std::sync::Arc;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_inference::speakers::{VoiceListener, VoicedRegion, diarize};
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::observation::{Finding, Modality};
use reelgraph_models::settings::TenantSettings;

use super::analyzer::{AnalyzeError, Analyzer, Findings, Input, Seen, SourceModel, Vectors, Wants};
use crate::timeline::Timeline;

pub(super) struct Speakers {
    listener: VoiceListener,
    regions: Vec<VoicedRegion>,
}

impl Speakers {
    pub(super) fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, AnalyzeError> {
        Ok(Self { listener: VoiceListener::load(runtime, store, threads)?, regions: Vec::new() })
    }

    fn space(&self) -> EmbeddingSpace {
        let card = self.listener.card();
        EmbeddingSpace { name: card.name.clone(), version: card.version.clone(), dims: 256 }
    }
}

impl Analyzer for Speakers {
    fn name(&self) -> &'static str {
        "speakers"
    }

    fn models(&self) -> Vec<SourceModel> {
        vec![SourceModel::of(Modality::Speakers, self.listener.card())]
    }

    fn parameters(&self) -> String {
        VoiceListener::parameters().to_owned()
    }

    fn wants(&self) -> Wants {
        Wants { audio: true, ..Wants::default() }
    }

    fn begin(&mut self, _settings: &TenantSettings) -> Result<(), AnalyzeError> {
        self.listener.begin();
        self.regions.clear();
        Ok(())
    }

    fn feed(&mut self, input: &Input) -> Result<(), AnalyzeError> {
        if let Input::Audio(samples) = input {
            self.listener.push(samples)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), AnalyzeError> {
        self.regions = self.listener.finish()?;
        Ok(())
    }

    fn finish(&mut self, timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError> {
        // The voice detector hears voices in music; whoever tells sounds apart hears nobody there.
        self.regions.retain(|region| !timeline.sounds.is_only_music(region.span));
        let turns = diarize(&std::mem::take(&mut self.regions));
        let seen = turns.iter().map(|turn| Seen {
            span: turn.span,
            finding: Finding::Speaker { speaker: turn.speaker as u32 },
            confidence: 1.0,
        });
        let values = turns.iter().map(|turn| (turn.span, turn.voice.to_vec())).collect();
        let vectors = vec![Vectors { space: self.space(), values, spent: None }];
        Ok(vec![Findings { vectors, ..Findings::of(Modality::Speakers, seen.collect()) }])
    }
}
