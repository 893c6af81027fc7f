//! Last stage: moments out of what was seen, and what the words in it are about.

use reelgraph_models::asset::AssetState;
use reelgraph_models::coverage::{Coverage, CoverageStatus};
use reelgraph_models::id::MomentId;
use reelgraph_models::moment::MomentKind;
use reelgraph_models::observation::{Finding, Modality, Observation, SoundKind, Transition, standing};
use reelgraph_models::probe::Probe;
use reelgraph_models::run::{EmbeddingSet, StageCommit};
use reelgraph_models::scope::Scope;
use reelgraph_models::time::{MediaTime, Span};

use super::rows::{self, cell};
use super::stills::point_at_stills;
use super::{Context, Stage};
use crate::analyze::AnalyzerSet;
use crate::error::IndexError;
use crate::moments::{assemble, passages};
use crate::summary::{Summary, summary};
use crate::timeline::{Timeline, Written, window_at};

/// The channels that moments are made of.
const CHANNELS: [Modality; 6] =
    [Modality::Shots, Modality::Scenes, Modality::Speech, Modality::ScreenText, Modality::Objects, Modality::Tags];

pub(super) async fn run(context: &Context, analyzers: &AnalyzerSet) -> Result<StageCommit, IndexError> {
    // The title may have been changed while the analysis ran.
    let asset = context.tenant.get_asset(context.asset.id).await?;
    let observations = standing(context.tenant.all_observations(asset.id, &CHANNELS).await?, None);
    let stated = asset.probe.as_ref().map_or(MediaTime::ZERO, |probe: &Probe| probe.duration);
    let timeline = timeline(stated, &observations);
    let mut moments = assemble(asset.id, &asset.title, &timeline, &observations);
    point_at_stills(&context.blobs, asset.id, &mut moments).await?;
    let (mut runs, mut coverage) = (Vec::new(), Vec::new());
    for Summary { name, model, seen } in summary(&timeline, &observations, analyzers.suitability()) {
        coverage.push(Coverage { observations: seen.len() as u64, ..cell(context, &model, CoverageStatus::Done) });
        runs.push(rows::run(context, name, &model, String::new(), seen));
    }
    Ok(StageCommit {
        runs,
        coverage,
        moments: Some(moments),
        embeddings: moved(context, &timeline).await?,
        asset_state: Some((AssetState::Ready, None)),
        ..StageCommit::new(Stage::Assemble.as_str())
    })
}

/// Vectors of frames whose moment is not the one that they lie in any more, since others have cut the asset anew; whole sets,
/// as they are stored.
async fn moved(context: &Context, timeline: &Timeline) -> Result<Vec<EmbeddingSet>, IndexError> {
    if context.scope == Scope::Everything {
        return Ok(Vec::new());
    }
    let windows = timeline.windows();
    let mut sets: Vec<(EmbeddingSet, bool)> = Vec::new();
    for mut embedding in context.tenant.all_embeddings(context.asset.id).await? {
        if embedding.modality != Modality::Frames {
            continue;
        }
        let window = window_at(&windows, embedding.span.start()).and_then(|window| windows.get(window));
        let moment = window.map(|window| MomentId::derive(embedding.asset, MomentKind::Shot, *window));
        let has_moved = moment != embedding.moment;
        embedding.moment = moment;
        match sets.iter_mut().find(|(set, _)| set.space == embedding.space) {
            Some((set, any)) => {
                *any |= has_moved;
                set.embeddings.push(embedding);
            }
            None => {
                let (space, modality) = (embedding.space.clone(), embedding.modality);
                sets.push((EmbeddingSet { space, modality, embeddings: vec![embedding] }, has_moved));
            }
        }
    }
    // All or none, since a set takes the place of those in other spaces.
    let has_moved = sets.iter().any(|(_, has_moved)| *has_moved);
    Ok(if has_moved { sets.into_iter().map(|(set, _)| set).collect() } else { Vec::new() })
}

/// The timeline that observations of several sources describe; at least as long as the file states.
pub(super) fn described(stated: MediaTime, observations: Vec<Observation>) -> Timeline {
    timeline(stated, &standing(observations, None))
}

/// The timeline that observations describe; at least as long as the file states.
fn timeline(stated: MediaTime, observations: &[Observation]) -> Timeline {
    let shots: Vec<Span> = observations
        .iter()
        .filter(|observation| matches!(observation.finding, Finding::Shot { .. }))
        .map(|observation| observation.span)
        .collect();
    let seen_until = observations.iter().map(|observation| observation.span.end()).max().unwrap_or_default();
    let mut timeline = Timeline::of_length(stated.max(seen_until));
    if !shots.is_empty() {
        timeline.shots = shots;
    }
    timeline.passages = passages(observations);
    for observation in observations {
        match &observation.finding {
            Finding::Shot { opened_by: Transition::Gradual { span }, .. } => timeline.transitions.push(*span),
            Finding::Sound { sound: SoundKind::Music, .. } => timeline.sounds.music.push(observation.span),
            Finding::Sound { sound: SoundKind::Speech | SoundKind::Singing, .. } => {
                timeline.sounds.voices.push(observation.span);
            }
            Finding::ScreenText { lines, .. } => {
                timeline.written.push(Written { span: observation.span, lines: lines.len() });
            }
            _ => {}
        }
    }
    timeline
}
