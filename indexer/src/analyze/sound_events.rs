//! Sounds that have a name: applause, a siren, a dog. Only where an operator has placed the model.

use std::sync::Arc;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_inference::sound::{SoundEvent, SoundEventDetector};
use reelgraph_models::observation::{Finding, Modality, SoundKind};
use reelgraph_models::settings::TenantSettings;

use super::analyzer::{AnalyzeError, Analyzer, Findings, Input, Seen, SourceModel, Wants};
use crate::timeline::Timeline;

/// Classes that the segments of speech, music and silence tell better.
const TOLD_ELSEWHERE: [&str; 3] = ["Speech", "Music", "Silence"];

pub(super) struct SoundEvents {
    detector: SoundEventDetector,
    events: Vec<SoundEvent>,
}

impl SoundEvents {
    pub(super) fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, AnalyzeError> {
        Ok(Self { detector: SoundEventDetector::load(runtime, store, threads)?, events: Vec::new() })
    }
}

impl Analyzer for SoundEvents {
    fn name(&self) -> &'static str {
        "sound_events"
    }

    fn models(&self) -> Vec<SourceModel> {
        vec![SourceModel::of(Modality::Sound, self.detector.card())]
    }

    fn parameters(&self) -> String {
        SoundEventDetector::parameters().to_owned()
    }

    fn wants(&self) -> Wants {
        Wants { audio: true, ..Wants::default() }
    }

    fn begin(&mut self, _settings: &TenantSettings) -> Result<(), AnalyzeError> {
        self.events.clear();
        self.detector.begin();
        Ok(())
    }

    fn feed(&mut self, input: &Input) -> Result<(), AnalyzeError> {
        match input {
            Input::Audio(samples) => self.detector.push(samples),
            _ => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<(), AnalyzeError> {
        self.events = self.detector.finish()?;
        Ok(())
    }

    fn finish(&mut self, _timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError> {
        let named = self.events.drain(..).filter(|event| !TOLD_ELSEWHERE.contains(&event.label));
        let seen = named.map(|event| Seen {
            span: event.span,
            finding: Finding::Sound { sound: SoundKind::Event, label: event.label.to_lowercase() },
            confidence: event.confidence,
        });
        Ok(vec![Findings::of(Modality::Sound, seen.collect())])
    }
}
