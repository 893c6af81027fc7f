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
    segments: Vec<SpeechSegment>,
}

impl Speech {
    pub(super) fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, AnalyzeError> {
        Ok(Self { recognizer: SpeechRecognizer::load(runtime, store, threads)?, segments: Vec::new() })
    }
}

impl Analyzer for Speech {
    fn name(&self) -> &'static str {
        "speech"
    }

    fn models(&self) -> Vec<SourceModel> {
        vec![SourceModel::of(Modality::Speech, self.recognizer.card())]
    }

    fn parameters(&self) -> String {
        String::new()
    }

    fn wants(&self) -> Wants {
        Wants { audio: true, ..Wants::default() }
    }

    fn begin(&mut self) {
        self.recognizer.reset();
        self.segments.clear();
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
                confidence: segment.mean_log_probability.exp().clamp(0.0, 1.0),
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
