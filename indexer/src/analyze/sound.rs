//! What is to be heard: speech, singing and music.

use std::sync::Arc;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_inference::sound::{SoundClassifier, SoundKind as Kind, SoundSegment};
use reelgraph_models::observation::{Finding, Modality, SoundKind};
use reelgraph_models::settings::TenantSettings;

use super::analyzer::{AnalyzeError, Analyzer, Findings, Input, Seen, SourceModel, Wants};
use crate::timeline::Timeline;

pub(super) struct Sound {
    classifier: SoundClassifier,
    segments: Vec<SoundSegment>,
}

impl Sound {
    pub(super) fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, AnalyzeError> {
        Ok(Self { classifier: SoundClassifier::load(runtime, store, threads)?, segments: Vec::new() })
    }
}

impl Analyzer for Sound {
    fn name(&self) -> &'static str {
        "sound"
    }

    fn models(&self) -> Vec<SourceModel> {
        vec![SourceModel::of(Modality::Sound, self.classifier.card())]
    }

    fn parameters(&self) -> String {
        SoundClassifier::parameters().to_owned()
    }

    fn wants(&self) -> Wants {
        Wants { audio: true, ..Wants::default() }
    }

    fn begin(&mut self, _settings: &TenantSettings) -> Result<(), AnalyzeError> {
        self.segments.clear();
        self.classifier.begin();
        Ok(())
    }

    fn feed(&mut self, input: &Input) -> Result<(), AnalyzeError> {
        match input {
            Input::Audio(samples) => self.classifier.push(samples),
            _ => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<(), AnalyzeError> {
        self.segments = self.classifier.finish()?;
        Ok(())
    }

    fn finish(&mut self, _timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError> {
        let seen = self.segments.drain(..).filter_map(|segment| {
            let sound = match segment.kind {
                Kind::Speech => SoundKind::Speech,
                Kind::Singing => SoundKind::Singing,
                Kind::Music => SoundKind::Music,
                // The technical cues tell of silence.
                Kind::Silence => return None,
            };
            let finding = Finding::Sound { sound, label: segment.kind.name().to_owned() };
            Some(Seen { span: segment.span, finding, confidence: segment.confidence })
        });
        Ok(vec![Findings::of(Modality::Sound, seen.collect())])
    }
}
