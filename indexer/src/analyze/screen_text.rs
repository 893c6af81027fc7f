//! Text on screen: PP-OCR where the text may have changed, one observation an appearance.

use std::sync::Arc;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::ocr::{Appearance, AppearanceTracker, TextReader, TextWatch};
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_models::observation::{Finding, Modality};
use reelgraph_models::settings::TenantSettings;
use reelgraph_models::time::{MediaTime, Span};

use super::analyzer::{AnalyzeError, Analyzer, Findings, Input, Seen, SourceModel, Wants};
use super::roles::roles;
use crate::decode::SAMPLE_INTERVAL;
use crate::language;
use crate::timeline::Timeline;

/// What is gone this soon …
const FLEETING: MediaTime = MediaTime::from_millis(1_500);
/// … and has fewer letters and digits than this, is a texture that was taken for text more often than text. An ideograph
/// counts for two.
const SHORT_CHARACTERS: usize = 4;

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

fn is_noise(span: Span, text: &str) -> bool {
    let weight = |character: char| if character >= '\u{2e80}' { 2 } else { 1 };
    let characters: usize = text.chars().filter(|character| character.is_alphanumeric()).map(weight).sum();
    characters < SHORT_CHARACTERS && span.duration() <= FLEETING
}

/// A text that comes or goes between two sampled frames, with a cut between them, comes or goes with the cut.
fn between_samples(span: Span, shots: &[Span]) -> Span {
    let cut_in = |from: MediaTime, to: MediaTime| {
        shots
            .iter()
            .map(|shot| shot.start())
            .rfind(|cut| *cut > from && *cut <= to)
            .filter(|cut| *cut > MediaTime::ZERO)
    };
    let start = cut_in(span.start() - SAMPLE_INTERVAL, span.start()).unwrap_or(span.start());
    let end = cut_in(span.end() - SAMPLE_INTERVAL, span.end()).filter(|cut| *cut > start).unwrap_or(span.end());
    Span::at_least_one_micro(start, end)
}

impl Analyzer for ScreenText {
    fn name(&self) -> &'static str {
        "screen_text"
    }

    fn models(&self) -> Vec<SourceModel> {
        vec![self.model.clone()]
    }

    fn parameters(&self) -> String {
        TextWatch::parameters()
    }

    fn wants(&self) -> Wants {
        Wants { sampled: true, ..Wants::default() }
    }

    fn begin(&mut self, _settings: &TenantSettings) -> Result<(), AnalyzeError> {
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
        self.appearances.retain(|appearance| !is_noise(appearance.span, &appearance.text()));
        self.appearances.sort_by_key(|appearance| appearance.span);
        let roles = roles(&self.appearances, timeline.whole);
        let mut seen: Vec<Seen> = self
            .appearances
            .drain(..)
            .zip(roles)
            .map(|(appearance, role)| {
                let text = appearance.text();
                Seen {
                    span: between_samples(appearance.span, &timeline.shots),
                    confidence: appearance.confidence(),
                    finding: Finding::ScreenText {
                        language: language::guess(&text),
                        text,
                        lines: appearance.lines,
                        role,
                    },
                }
            })
            .collect();
        seen.sort_by_key(|seen| seen.span);
        Ok(vec![Findings::of(Modality::ScreenText, seen)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::span;

    #[test]
    fn short_readings_that_are_gone_at_once_are_noise() {
        assert!(
            is_noise(span(0, 500), "(c88)") && is_noise(span(0, 1_500), "9") && is_noise(span(0, 500), "G/\u{798f}")
        );
        assert!(
            !is_noise(span(0, 500), "STOP")
                && !is_noise(span(0, 4_000), "9")
                && !is_noise(span(0, 500), "\u{5224}\u{65ad}")
        );
    }

    #[test]
    fn a_text_keeps_to_its_side_of_a_cut() {
        let shots = [span(0, 10_300), span(10_300, 20_200), span(20_200, 30_000)];
        assert_eq!(between_samples(span(10_500, 20_500), &shots), span(10_300, 20_200));
        assert_eq!(between_samples(span(2_000, 5_000), &shots), span(2_000, 5_000), "no cut is near");
        assert_eq!(between_samples(span(9_000, 12_000), &shots), span(9_000, 12_000), "it goes on over the cut");
        assert_eq!(between_samples(span(0, 500), &shots), span(0, 500));
        assert_eq!(between_samples(span(20_500, 20_600), &shots), span(20_200, 20_600), "shorter than the interval");
    }
}
