//! Scenes: neighbouring shots that look alike, come back to each other, or are held together by speech.

mod links;
mod look;

use reelgraph_models::observation::{Finding, Modality};
use reelgraph_models::settings::TenantSettings;
use reelgraph_models::time::MediaTime;

use super::analyzer::{AnalyzeError, Analyzer, Findings, Input, Seen, SourceModel, Wants};
use crate::timeline::Timeline;

use links::{LinkedScene, scenes};
use look::Look;

/// Time between two looks; 100 bytes each, so that an hour is 1.5 MB.
const LOOK_INTERVAL: MediaTime = MediaTime::from_millis(250);
/// Looks that stand for one shot at most.
const LOOKS_PER_SHOT: usize = 5;

/// Groups shots by overlapping links (Hanjalic, Lagendijk, Biemond: Automated high-level movie segmentation, 1999), with
/// colour and edge layout for the look of a shot.
#[derive(Default)]
pub(super) struct Scenes {
    looks: Vec<(MediaTime, Look)>,
}

impl Scenes {
    /// The looks within each shot that show something, but outside of transitions, spread evenly; of a shot that is too short
    /// for one, none.
    fn looks_of_shots(&self, timeline: &Timeline) -> Vec<Vec<Look>> {
        let is_mixed = |at: MediaTime| timeline.transitions.iter().any(|mixed| mixed.contains(at));
        let mut looks = self.looks.iter().peekable();
        let mut all = Vec::with_capacity(timeline.shots.len());
        for shot in &timeline.shots {
            let mut inside = Vec::new();
            while let Some((at, look)) = looks.next_if(|(at, _)| *at < shot.end()) {
                if !is_mixed(*at) && !look.is_empty() {
                    inside.push(*look);
                }
            }
            let step = inside.len().div_ceil(LOOKS_PER_SHOT).max(1);
            all.push(inside.into_iter().skip(step / 2).step_by(step).collect());
        }
        all
    }
}

impl Analyzer for Scenes {
    fn name(&self) -> &'static str {
        "scenes"
    }

    fn models(&self) -> Vec<SourceModel> {
        vec![SourceModel::algorithm(Modality::Scenes, "shot-links", "1")]
    }

    fn parameters(&self) -> String {
        links::parameters()
    }

    fn wants(&self) -> Wants {
        Wants { every_frame: true, ..Wants::default() }
    }

    fn depends_on(&self) -> &'static [Modality] {
        &[Modality::Shots, Modality::Speech]
    }

    fn begin(&mut self, _settings: &TenantSettings) -> Result<(), AnalyzeError> {
        self.looks.clear();
        Ok(())
    }

    fn feed(&mut self, input: &Input) -> Result<(), AnalyzeError> {
        let Input::Small(batch) = input else { return Ok(()) };
        for (at, rgb) in batch.frames() {
            if self.looks.last().is_none_or(|(last, _)| at - *last >= LOOK_INTERVAL) {
                self.looks.push((at, Look::of(rgb)));
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), AnalyzeError> {
        Ok(())
    }

    fn finish(&mut self, timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError> {
        let looks = self.looks_of_shots(timeline);
        let speech: Vec<_> = timeline.passages.iter().map(|passage| passage.span).collect();
        let seen = scenes(&timeline.shots, &looks, &speech, &timeline.transitions)
            .into_iter()
            .enumerate()
            .map(|(index, LinkedScene { span, shots, distinctness })| Seen {
                span,
                finding: Finding::Scene { index: index as u32, shots },
                confidence: distinctness,
            })
            .collect();
        Ok(vec![Findings::of(Modality::Scenes, seen)])
    }
}
