//! Second stage: one decode, every analyzer, and what they saw as rows.

use std::time::Duration;

use reelgraph_media::DecodePlan;
use reelgraph_models::asset::{Asset, AssetState};
use reelgraph_models::clock::Clock;
use reelgraph_models::coverage::{Coverage, CoverageStatus, NO_AUDIO, NO_VIDEO};
use reelgraph_models::embedding::{Embedding, EmbeddingSpace};
use reelgraph_models::id::{EmbeddingId, MomentId};
use reelgraph_models::moment::MomentKind;
use reelgraph_models::observation::{Modality, ModalitySet, Observation};
use reelgraph_models::probe::Probe;
use reelgraph_models::reason::Reason;
use reelgraph_models::run::{AnalyzerRun, EmbeddingSet, StageCommit};
use reelgraph_models::scope::Scope;
use reelgraph_models::signature::SignatureTrack;
use reelgraph_models::space::SpaceRole;
use reelgraph_models::time::{MediaTime, Span};

use super::fan_out::{Looked, decode_and_look};
use super::rows::{self, cell};
use super::stills::{self, Scored, StillMaker};
use super::storyboard::{Storyboard, StoryboardMaker};
use super::{Context, Stage, assembly, subtitles};
use crate::analyze::{
    AnalyzeError, Analyzer, AnalyzerSet, Findings, Loaded, SourceModel, Vectors, Wanted, Wants, signatures,
};
use crate::decode::{News, plan};
use crate::error::IndexError;
use crate::timeline::{Timeline, window_at};

/// The channels by which others are grouped.
const SHAPING: [Modality; 4] = [Modality::Shots, Modality::Sound, Modality::Speech, Modality::ScreenText];

pub(super) async fn run(context: &Context, analyzers: &mut AnalyzerSet) -> Result<StageCommit, IndexError> {
    let asset = context.tenant.get_asset(context.asset.id).await?;
    let channels = analyzers.chosen(context.scope).without(brought_along(context, &asset).await?);
    let plan = Plan {
        wanted: Wanted { channels, spaces: spaces(context).await? },
        needs_stills: match context.scope {
            Scope::Everything => true,
            Scope::Only(_) => asset.thumbnail.is_none(),
            Scope::Fill(_) => false,
        },
        known: context.tenant.all_observations(asset.id, &SHAPING).await?,
    };
    let (maker, receiver) = StillMaker::channel();
    let writer = tokio::spawn(stills::write_all(context.blobs.clone(), asset.id, receiver));
    let lost = || IndexError::ThreadLost { thread: Stage::Analyze.as_str().to_owned() };
    let Analysed { commit, storyboard, stills } =
        tokio::task::block_in_place(|| analyze(context, asset.probe.as_ref(), plan, analyzers, maker))?;
    writer.await.map_err(|_| lost())??;
    let thumbnail = stills::write_scores(&context.blobs, asset.id, &stills).await?;
    if let Some(storyboard) = storyboard {
        storyboard.write(&context.blobs, asset.id).await?;
    }
    Ok(StageCommit { thumbnail, ..commit })
}

/// What of the analysis is done, and what is known from before.
struct Plan {
    /// The channels that are looked at, and the spaces of vectors.
    wanted: Wanted,
    /// Whether stills and the storyboard are made.
    needs_stills: bool,
    /// What shapes the timeline, by whomever, in order: at first what was known before.
    known: Vec<Observation>,
}

/// Channels that were imported before the first analysis: they are not computed again.
async fn brought_along(context: &Context, asset: &Asset) -> Result<ModalitySet, IndexError> {
    if context.scope != Scope::Everything || asset.state == AssetState::Ready {
        return Ok(ModalitySet::EMPTY);
    }
    let cells = context.tenant.coverage(&[asset.id]).await?.remove(&asset.id).unwrap_or_default();
    Ok(cells.iter().filter(|cell| cell.is_imported()).map(|cell| cell.modality).collect())
}

/// The spaces in which vectors are made: those that the library keeps; of a job that only fills, those that have not been covered yet.
async fn spaces(context: &Context) -> Result<Vec<EmbeddingSpace>, IndexError> {
    let kept = context.spaces.iter().cloned();
    let Scope::Fill(channels) = context.scope else { return Ok(kept.collect()) };
    let cells = context.tenant.coverage(&[context.asset.id]).await?.remove(&context.asset.id).unwrap_or_default();
    let is_done = |space: &EmbeddingSpace| {
        cells.iter().any(|cell| {
            let is_its = (&cell.model, &cell.version) == (&space.name, &space.version);
            is_its && channels.contains(cell.modality) && cell.status == CoverageStatus::Done
        })
    };
    Ok(kept.filter(|space| !is_done(space)).collect())
}

/// What one decode leaves behind.
struct Analysed {
    commit: StageCommit,
    storyboard: Option<Storyboard>,
    stills: Vec<Scored>,
}

fn analyze(
    context: &Context,
    probe: Option<&Probe>,
    mut run: Plan,
    analyzers: &mut AnalyzerSet,
    mut stills: StillMaker,
) -> Result<Analysed, IndexError> {
    let has = Wants {
        every_frame: probe.is_some_and(|probe| probe.main_video().is_some()),
        sampled: probe.is_some_and(|probe| probe.main_video().is_some()),
        audio: probe.is_some_and(|probe| probe.main_audio().is_some()),
    };
    let length = probe.map_or(MediaTime::ZERO, |probe| probe.duration);
    let mut commit = StageCommit::new(Stage::Analyze.as_str());
    for missing in analyzers.unavailable() {
        let status = CoverageStatus::Skipped { reason: missing.reason.clone() };
        let missing = missing.models.iter().filter(|model| run.wanted.channels.contains(model.modality));
        commit.coverage.extend(missing.map(|model| cell(context, model, status.clone())));
    }
    let is_chosen = |analyzer: &Loaded| analyzer.models().iter().any(|model| run.wanted.includes(model));
    let mut able = Vec::new();
    for analyzer in analyzers.loaded().iter_mut().filter(|analyzer| is_chosen(analyzer)) {
        let obstacle = analyzer.unwanted(&context.settings).or_else(|| no_stream(analyzer.wants(), has));
        match obstacle {
            None => {
                analyzer.ask(&run.wanted);
                able.push(analyzer);
            }
            Some(reason) => {
                let status = CoverageStatus::Skipped { reason };
                let is_kept =
                    |model: &SourceModel| SpaceRole::of(model.modality).is_none() || run.wanted.includes(model);
                let models = analyzer.models().into_iter().filter(is_kept);
                commit.coverage.extend(models.map(|model| cell(context, &model, status.clone())));
            }
        }
    }
    let mut wants = able.iter().fold(Wants::default(), |all, analyzer| union(all, analyzer.wants()));
    // Stills are taken even where no model looks at pictures.
    wants.sampled |= has.sampled && run.needs_stills;
    let mut storyboard = StoryboardMaker::new();
    let reads_subtitles = subtitles::are_read(run.wanted.channels);
    let is_decoded = context.scope == Scope::Everything
        || wants != Wants::default()
        || (reads_subtitles && probe.is_some_and(subtitles::has_tracks));
    let decode = is_decoded.then(|| DecodePlan { subtitles: reads_subtitles, ..plan(wants) });
    let decoded = decode_and_look(context, decode.as_ref(), length, &mut able, |frame, news| {
        if !run.needs_stills {
            return Ok(());
        }
        if news != News::Nothing {
            storyboard.take(frame)?;
        }
        stills.take(frame)
    })?;
    let stills = stills.finish()?;
    commit.warnings = decoded.warnings;
    // Headers may state any length; what was decoded is what there is. A part of the streams may end before the others.
    let decoded_length = decoded.summary.duration;
    let is_whole = context.scope == Scope::Everything && decoded_length > MediaTime::ZERO;
    let length = if is_whole || length == MediaTime::ZERO { decoded_length } else { length };
    commit.probe =
        probe.filter(|probe| probe.duration != length).map(|probe| Probe { duration: length, ..probe.clone() });
    if let Some(probe) = probe.filter(|_| reads_subtitles) {
        for track in subtitles::runs(context, probe, decoded.subtitles, length) {
            run.known = in_place(run.known, &track);
            commit.runs.push(track);
        }
    }
    let (loudness, fields) = (decoded.summary.loudness, decoded.summary.fields);
    let known = assembly::described(length, run.known.clone());
    let mut timeline = Timeline { whole: Timeline::of_length(length).whole, loudness, fields, ..known };
    for (analyzer, looked) in able.into_iter().zip(decoded.looked) {
        context.control.check()?;
        let (outcome, spent) = finish(analyzer.as_mut(), looked, &timeline);
        match outcome {
            Ok(all) => record(context, analyzer.as_ref(), &mut run, (all, spent), &mut timeline, &mut commit),
            Err(error) => {
                tracing::warn!(analyzer = analyzer.name(), asset = %context.asset.id, %error, "analyzer failed");
                let status = CoverageStatus::Failed { reason: Reason::new(error.code(), error.to_string()) };
                let models = analyzer.models().into_iter().filter(|model| run.wanted.includes(model));
                commit.coverage.extend(models.map(|model| cell(context, &model, status.clone())));
            }
        }
    }
    Ok(Analysed { commit, storyboard: storyboard.finish(length)?, stills: stills::judged(stills, &timeline) })
}

fn finish(
    analyzer: &mut dyn Analyzer,
    looked: Looked,
    timeline: &Timeline,
) -> (Result<Vec<Findings>, AnalyzeError>, Duration) {
    let started = std::time::Instant::now();
    let outcome = looked.result.and_then(|()| analyzer.finish(timeline));
    (outcome, looked.spent + started.elapsed())
}

/// Turns findings into rows, and lets shots, speech and text shape the timeline for the analyzers that come after.
fn record(
    context: &Context,
    analyzer: &dyn Analyzer,
    plan: &mut Plan,
    (all, spent): (Vec<Findings>, Duration),
    timeline: &mut Timeline,
    commit: &mut StageCommit,
) {
    let wanted = plan.wanted.channels;
    for findings in all.into_iter().filter(|findings| wanted.contains(findings.modality)) {
        timeline.eyes.extend(&findings.eyes);
        if SpaceRole::of(findings.modality).is_some() {
            record_spaces(context, analyzer, (findings, spent), timeline, commit);
            continue;
        }
        let Some(model) = model_of(analyzer, &findings) else { continue };
        let run = rows::run(context, analyzer.name(), &model, analyzer.parameters(), findings.seen);
        if SHAPING.contains(&findings.modality) {
            plan.known = in_place(std::mem::take(&mut plan.known), &run);
            let all = plan.known.iter().filter(|seen| seen.modality == findings.modality).cloned().collect();
            let described = assembly::described(timeline.whole.end(), all);
            match findings.modality {
                Modality::Shots => (timeline.shots, timeline.transitions) = (described.shots, described.transitions),
                Modality::Sound => timeline.sounds = described.sounds,
                Modality::ScreenText => timeline.written = described.written,
                _ => timeline.passages = described.passages,
            }
        }
        let sets = findings.vectors.into_iter();
        let sets: Vec<EmbeddingSet> =
            sets.map(|vectors| set_of(context, findings.modality, vectors, &run.observations, timeline)).collect();
        if let Some(samples) = findings.signatures {
            commit.signatures = Some(SignatureTrack {
                asset: context.asset.id,
                model: model.model.clone(),
                version: model.version.clone(),
                interval: signatures::INTERVAL,
                samples,
            });
        }
        commit.coverage.push(Coverage {
            observations: run.observations.len() as u64,
            embeddings: sets.iter().map(|set| set.embeddings.len() as u64).sum(),
            spent_ms: spent.as_millis() as u64,
            ..cell(context, &model, CoverageStatus::Done)
        });
        // What several models make together is covered by each of them.
        let others = analyzer.models().into_iter().filter(|other| other.modality == model.modality && *other != model);
        commit.coverage.extend(others.map(|other| cell(context, &other, CoverageStatus::Done)));
        commit.runs.push(run);
        commit.embeddings.extend(sets);
    }
}

/// Turns vectors that are searched into rows: each space has a cell of its own.
fn record_spaces(
    context: &Context,
    analyzer: &dyn Analyzer,
    (findings, spent): (Findings, Duration),
    timeline: &Timeline,
    commit: &mut StageCommit,
) {
    let channel = findings.modality;
    let model = |space: &EmbeddingSpace| SourceModel {
        modality: channel,
        model: space.name.clone(),
        version: space.version.clone(),
    };
    if let (Some(first), Scope::Everything | Scope::Only(_)) = (findings.vectors.first(), context.scope) {
        let run = rows::run(context, analyzer.name(), &model(&first.space), analyzer.parameters(), Vec::new());
        commit.runs.push(run);
    }
    for vectors in findings.vectors {
        let spent = vectors.spent.unwrap_or(spent);
        let set = set_of(context, channel, vectors, &[], timeline);
        commit.coverage.push(Coverage {
            embeddings: set.embeddings.len() as u64,
            spent_ms: spent.as_millis() as u64,
            ..cell(context, &model(&set.space), CoverageStatus::Done)
        });
        commit.embeddings.push(set);
    }
    for (space, reason) in findings.missed {
        tracing::warn!(space = space.key(), asset = %context.asset.id, %reason, "no vectors in a space");
        commit.coverage.push(cell(context, &model(&space), CoverageStatus::Failed { reason }));
    }
}

/// Vectors as rows, each with its moment.
fn set_of(
    context: &Context,
    modality: Modality,
    Vectors { space, values, .. }: Vectors,
    seen: &[Observation],
    timeline: &Timeline,
) -> EmbeddingSet {
    let clock = context.store.clock().as_ref();
    let embeddings = values.into_iter().enumerate().map(|(index, (span, values))| Embedding {
        id: id_of(clock, modality, seen.get(index)),
        asset: context.asset.id,
        moment: moment_of(context, modality, span, timeline),
        span,
        space: space.clone(),
        modality,
        values,
    });
    EmbeddingSet { embeddings: embeddings.collect(), space, modality }
}

/// What is known with a run in the place of the one before of the same analyzer, by start.
fn in_place(mut known: Vec<Observation>, run: &AnalyzerRun) -> Vec<Observation> {
    known.retain(|seen| seen.provenance.analyzer != run.provenance.analyzer);
    known.extend(run.observations.iter().cloned());
    known.sort_by_key(|seen| seen.span);
    known
}

fn model_of(analyzer: &dyn Analyzer, findings: &Findings) -> Option<SourceModel> {
    analyzer.models().into_iter().find(|model| model.modality == findings.modality)
}

/// The vector of a face has the id of the observation, so that each is found by the other.
fn id_of(clock: &dyn Clock, modality: Modality, seen: Option<&Observation>) -> EmbeddingId {
    match seen {
        Some(seen) if modality == Modality::Faces => EmbeddingId::from_uuid(seen.id.as_uuid()),
        _ => EmbeddingId::generate(clock),
    }
}

/// The moment that a vector finds: passages have one of their own, frames belong to the shot that they are in. Faces and voices
/// are compared with each other, not searched.
fn moment_of(context: &Context, modality: Modality, span: Span, timeline: &Timeline) -> Option<MomentId> {
    match modality {
        Modality::Passages => Some(MomentId::derive(context.asset.id, MomentKind::Speech, span)),
        Modality::Frames => {
            let windows = timeline.windows();
            let window = windows.get(window_at(&windows, span.start())?)?;
            Some(MomentId::derive(context.asset.id, MomentKind::Shot, *window))
        }
        _ => None,
    }
}

fn union(a: Wants, b: Wants) -> Wants {
    Wants { every_frame: a.every_frame || b.every_frame, sampled: a.sampled || b.sampled, audio: a.audio || b.audio }
}

/// What the asset lacks of what an analyzer wants, if anything.
fn no_stream(wants: Wants, has: Wants) -> Option<Reason> {
    if wants.audio && !has.audio {
        return Some(Reason::new(NO_AUDIO, "the asset has no sound that can be decoded"));
    }
    let lacks_pictures = wants.every_frame && !has.every_frame || wants.sampled && !has.sampled;
    lacks_pictures.then(|| Reason::new(NO_VIDEO, "the asset has no pictures that can be decoded"))
}
