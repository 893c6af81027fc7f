//! Speech: voice activity, then Whisper.

use std::sync::Arc;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_inference::speech::{SpeechRecognizer, SpeechSegment};
use reelgraph_models::observation::{Finding, Modality};

use super::analyzer::{AnalyzeError, Analyzer, Findings, Input, Seen, SourceModel, Wants};
use crate::timeline::Timeline;

pub(super) struct Speech {
    recognizer: SpeechRecognizer,
    model: SourceModel,
    segments: Vec<SpeechSegment>,
}

impl Speech {
    pub(super) fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, AnalyzeError> {
        let model = SourceModel::of(Modality::Speech, &store.catalog().get("whisper-base")?);
        Ok(Self { recognizer: SpeechRecognizer::load(runtime, store, threads)?, model, segments: Vec::new() })
    }
}

impl Analyzer for Speech {
    fn name(&self) -> &'static str {
        "speech"
    }

    fn models(&self) -> Vec<SourceModel> {
        vec![self.model.clone()]
    }

    fn parameters(&self) -> String {
        SpeechRecognizer::parameters().to_owned()
    }

    fn wants(&self) -> Wants {
        Wants { audio: true, ..Wants::default() }
    }

    fn begin(&mut self) -> Result<(), AnalyzeError> {
        self.segments.clear();
        self.recognizer.begin(None)
    }

    fn feed(&mut self, input: &Input) -> Result<(), AnalyzeError> {
        if let Input::Audio(samples) = input {
            self.segments.extend(self.recognizer.push(samples)?);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), AnalyzeError> {
        self.segments.extend(self.recognizer.finish()?);
        Ok(())
    }

    fn finish(&mut self, _timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError> {
        let seen = self
            .segments
            .drain(..)
            .map(|segment| Seen {
                span: segment.span,
                confidence: segment.confidence(),
                finding: Finding::Speech {
                    text: segment.text,
                    language: segment.language,
                    words: segment.words,
                    suspect: segment.suspect,
                },
            })
            .collect();
        Ok(vec![Findings::of(Modality::Speech, seen)])
    }
}
