//! Shots: TransNet V2 over every frame.

use std::sync::Arc;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_inference::shots::{FrameScore, ShotDetector, boundaries};
use reelgraph_models::observation::{Finding, Modality, Transition};
use reelgraph_models::settings::TenantSettings;
use reelgraph_models::time::{MediaTime, Span};

use super::analyzer::{AnalyzeError, Analyzer, Findings, Input, Seen, SourceModel, Wants};
use crate::timeline::Timeline;

pub(super) struct Shots {
    detector: ShotDetector,
    times: Vec<MediaTime>,
    scores: Vec<FrameScore>,
}

impl Shots {
    pub(super) fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, AnalyzeError> {
        let detector = ShotDetector::load(runtime, store, threads)?;
        Ok(Self { detector, times: Vec::new(), scores: Vec::new() })
    }
}

impl Analyzer for Shots {
    fn name(&self) -> &'static str {
        "shots"
    }

    fn models(&self) -> Vec<SourceModel> {
        vec![SourceModel::of(Modality::Shots, self.detector.card())]
    }

    fn parameters(&self) -> String {
        format!("threshold={}", ShotDetector::THRESHOLD)
    }

    fn wants(&self) -> Wants {
        Wants { every_frame: true, ..Wants::default() }
    }

    fn begin(&mut self, _settings: &TenantSettings) -> Result<(), AnalyzeError> {
        self.detector.begin();
        self.times.clear();
        self.scores.clear();
        Ok(())
    }

    fn feed(&mut self, input: &Input) -> Result<(), AnalyzeError> {
        if let Input::Small(batch) = input {
            self.times.extend_from_slice(&batch.at);
            self.scores.extend(self.detector.push(&batch.rgb)?);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), AnalyzeError> {
        self.scores.extend(self.detector.finish()?);
        Ok(())
    }

    fn finish(&mut self, timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError> {
        let found = boundaries(&self.scores, self.detector.wipes(), ShotDetector::THRESHOLD);
        let time = |frame: usize| self.times.get(frame).copied();
        // The film opens with a shot, of which nothing is in doubt.
        let mut seen: Vec<Seen> = Vec::with_capacity(found.len() + 1);
        let mut opened = (MediaTime::ZERO, Transition::Start, 1.0);
        let starts = found.iter().filter_map(|boundary| {
            let opened_by = match boundary.gradual.clone() {
                Some(mixed) => {
                    Transition::Gradual { span: Span::at_least_one_micro(time(mixed.start)?, time(mixed.end)?) }
                }
                None => Transition::Cut,
            };
            Some((time(boundary.frame)?, opened_by, boundary.probability))
        });
        for next in starts.chain([(timeline.whole.end(), Transition::Cut, 1.0)]) {
            if let Ok(span) = Span::new(opened.0, next.0) {
                let finding = Finding::Shot { index: seen.len() as u32, opened_by: opened.1 };
                seen.push(Seen { span, finding, confidence: opened.2 });
                opened = next;
            }
        }
        Ok(vec![Findings::of(Modality::Shots, seen)])
    }
}
