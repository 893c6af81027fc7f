//! Text on screen: PP-OCR where the text may have changed, one observation an appearance.

use std::sync::Arc;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::ocr::{Appearance, AppearanceTracker, TextReader, TextWatch};
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_models::observation::{Finding, Modality};

use super::analyzer::{AnalyzeError, Analyzer, Findings, Input, Seen, SourceModel, Wants};
use crate::timeline::Timeline;

pub(super) struct ScreenText {
    reader: TextReader,
    model: SourceModel,
    watch: TextWatch,
    tracker: AppearanceTracker,
    appearances: Vec<Appearance>,
}

impl ScreenText {
    pub(super) fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, AnalyzeError> {
        let model = SourceModel::of(Modality::ScreenText, &store.catalog().get("ppocrv6-small")?);
        Ok(Self {
            model,
            reader: TextReader::load(runtime, store, threads)?,
            watch: TextWatch::default(),
            tracker: AppearanceTracker::new(),
            appearances: Vec::new(),
        })
    }
}

impl Analyzer for ScreenText {
    fn name(&self) -> &'static str {
        "screen_text"
    }

    fn models(&self) -> Vec<SourceModel> {
        vec![self.model.clone()]
    }

    fn parameters(&self) -> String {
        String::new()
    }

    fn wants(&self) -> Wants {
        Wants { sampled: true, ..Wants::default() }
    }

    fn begin(&mut self) -> Result<(), AnalyzeError> {
        self.watch = TextWatch::default();
        self.tracker = AppearanceTracker::new();
        self.appearances.clear();
        Ok(())
    }

    fn feed(&mut self, input: &Input) -> Result<(), AnalyzeError> {
        let Input::Sampled { frame, .. } = input else { return Ok(()) };
        let ended = match self.watch.look(&frame.picture, &mut self.reader)? {
            Some(lines) => self.tracker.push(frame.at, &lines),
            None => self.tracker.push_unchanged(frame.at),
        };
        self.appearances.extend(ended);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), AnalyzeError> {
        Ok(())
    }

    fn finish(&mut self, timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError> {
        let tracker = std::mem::take(&mut self.tracker);
        self.appearances.extend(tracker.finish(timeline.whole.end()));
        let mut seen: Vec<Seen> = self
            .appearances
            .drain(..)
            .map(|appearance| Seen {
                span: appearance.span,
                confidence: appearance.confidence(),
                finding: Finding::ScreenText { text: appearance.text(), lines: appearance.lines },
            })
            .collect();
        seen.sort_by_key(|seen| seen.span);
        Ok(vec![Findings::of(Modality::ScreenText, seen)])
    }
}
