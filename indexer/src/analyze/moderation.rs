//! Pictures that may not be suitable everywhere: what two models say of each picture, and what the default policy makes of it.

use std::sync::Arc;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::moderation::{PictureModel, PictureModerator, PictureScores, Policy};
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_models::observation::{Finding, Modality, RawScore, Severity};
use reelgraph_models::settings::TenantSettings;
use reelgraph_models::time::{MediaTime, Span};

use super::analyzer::{AnalyzeError, Analyzer, Findings, Input, Seen, SourceModel, Wants};
use crate::decode::News;
use crate::timeline::Timeline;

/// One picture in a thousand is flagged wrongly, so a flag stands only where another picture this near is flagged too.
const CONFIRMED_WITHIN: MediaTime = MediaTime::from_millis(10_000);

pub(super) struct Moderation {
    moderators: Vec<PictureModerator>,
    policy: Policy,
    looks: Vec<(MediaTime, Vec<PictureScores>)>,
}

impl Moderation {
    /// Loads both models; one alone may raise no flag.
    pub(super) fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, AnalyzeError> {
        let load = |kind| PictureModerator::load(runtime, store, kind, threads);
        let moderators = PictureModel::ALL.into_iter().map(load).collect::<Result<_, _>>()?;
        Ok(Self { moderators, policy: Policy::default(), looks: Vec::new() })
    }

    fn seen(&self, span: Span, scores: &[PictureScores], is_confirmed: bool) -> Option<Seen> {
        let judged = self.policy.judge_picture(scores)?;
        let named = |scores: &PictureScores| {
            let model = scores.model().card();
            scores.named().into_iter().map(move |(class, score)| RawScore {
                model: model.to_owned(),
                class: class.to_owned(),
                score,
            })
        };
        let finding = Finding::Moderation {
            path: judged.label.levels.map(str::to_owned).to_vec(),
            severity: if is_confirmed { judged.severity } else { Severity::None },
            scores: scores.iter().flat_map(named).collect(),
            words: Vec::new(),
        };
        Some(Seen { span, finding, confidence: judged.probability_at_least })
    }
}

impl Analyzer for Moderation {
    fn name(&self) -> &'static str {
        "moderation"
    }

    fn models(&self) -> Vec<SourceModel> {
        self.moderators.iter().map(|moderator| SourceModel::of(Modality::Moderation, moderator.card())).collect()
    }

    fn parameters(&self) -> String {
        format!("confirmed_within_ms={}", CONFIRMED_WITHIN.as_millis())
    }

    fn wants(&self) -> Wants {
        Wants { sampled: true, ..Wants::default() }
    }

    fn begin(&mut self, _settings: &TenantSettings) -> Result<(), AnalyzeError> {
        self.looks.clear();
        Ok(())
    }

    fn feed(&mut self, input: &Input) -> Result<(), AnalyzeError> {
        let Input::Sampled { frame, news } = input else { return Ok(()) };
        match (news, self.looks.last()) {
            (News::Nothing, _) => return Ok(()),
            (News::Again, Some((_, last))) => {
                self.looks.push((frame.at, last.clone()));
                return Ok(());
            }
            _ => {}
        }
        let mut scores = Vec::with_capacity(self.moderators.len());
        for moderator in &mut self.moderators {
            scores.extend(moderator.scores(std::slice::from_ref(&frame.picture))?);
        }
        self.looks.push((frame.at, scores));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), AnalyzeError> {
        Ok(())
    }

    /// One observation a picture, so that another policy can be tried on the scores without running a model.
    fn finish(&mut self, timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError> {
        let is_flagged = |scores: &[PictureScores]| {
            self.policy.judge_picture(scores).is_some_and(|judged| judged.severity > Severity::None)
        };
        let flagged: Vec<MediaTime> =
            self.looks.iter().filter(|(_, scores)| is_flagged(scores)).map(|(at, _)| *at).collect();
        let ends = self.looks.iter().skip(1).map(|(at, _)| *at).chain([timeline.whole.end()]);
        let seen = self.looks.iter().zip(ends).filter_map(|((at, scores), end)| {
            let near = flagged.iter().filter(|other| is_near(**other, *at)).count();
            self.seen(Span::at_least_one_micro(*at, end), scores, near > 1)
        });
        Ok(vec![Findings::of(Modality::Moderation, seen.collect())])
    }
}

fn is_near(a: MediaTime, b: MediaTime) -> bool {
    (a - b).as_micros().abs() <= CONFIRMED_WITHIN.as_micros()
}
