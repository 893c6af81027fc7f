//! Speech: voice activity, then Whisper, then the tenant's own spelling of names, then doubt where there is only music.

use std::sync::Arc;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_inference::speech::{SpeechRecognizer, SpeechSegment, correct};
use reelgraph_models::content::ContentHash;
use reelgraph_models::observation::{Finding, Modality, SuspectReason};
use reelgraph_models::settings::{TenantSettings, Vocabulary};

use super::analyzer::{AnalyzeError, Analyzer, Findings, Input, Seen, SourceModel, Wants};
use crate::timeline::Timeline;

pub(super) struct Speech {
    recognizer: SpeechRecognizer,
    model: SourceModel,
    vocabulary: Vocabulary,
    segments: Vec<SpeechSegment>,
}

impl Speech {
    pub(super) fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, AnalyzeError> {
        let model = SourceModel::of(Modality::Speech, &store.catalog().get("whisper-base")?);
        let recognizer = SpeechRecognizer::load(runtime, store, threads)?;
        Ok(Self { recognizer, model, vocabulary: Vocabulary::default(), segments: Vec::new() })
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
        match self.vocabulary.entries() {
            [] => SpeechRecognizer::parameters().to_owned(),
            entries => {
                let hash = ContentHash::of(entries.join("\n").as_bytes()).to_string();
                let short = hash.get(..16).unwrap_or(&hash);
                format!("{},vocabulary={short}", SpeechRecognizer::parameters())
            }
        }
    }

    fn wants(&self) -> Wants {
        Wants { audio: true, ..Wants::default() }
    }

    fn begin(&mut self, settings: &TenantSettings) -> Result<(), AnalyzeError> {
        self.segments.clear();
        self.vocabulary = settings.vocabulary.clone();
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

    fn finish(&mut self, timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError> {
        for segment in &mut self.segments {
            correct(segment, self.vocabulary.entries());
            // The recogniser hears words in music; whoever tells sounds apart hears nobody there.
            if timeline.sounds.is_only_music(segment.span) {
                segment.suspect.push(SuspectReason::Music);
            }
        }
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
