//! The stages that every asset goes through, in order.

mod analysis;
mod assembly;
mod context;
mod fan_out;
mod original;
mod probing;
mod rows;
mod still_score;
mod stills;
mod storyboard;
mod subtitles;

pub(crate) use context::{Context, Control, Stop};
pub(crate) use original::Original;

use reelgraph_models::job::{Lease, Progress};
use reelgraph_models::scope::Scope;

use crate::analyze::AnalyzerSet;
use crate::error::IndexError;

/// A step of the work on one asset, committed as a whole and never done twice for one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reads what the file is; refuses what cannot be used.
    Probe,
    /// Decodes the file once and lets every analyzer look.
    Analyze,
    /// Makes moments of what was seen.
    Assemble,
}

/// THE list: order of work, of checkpoints and of progress.
pub const STAGES: [Stage; 3] = [Stage::Probe, Stage::Analyze, Stage::Assemble];

impl Stage {
    /// Name in checkpoints, progress and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Analyze => "analyze",
            Self::Assemble => "assemble",
        }
    }

    /// Share of the whole that is done when the stage begins; the analysis is nearly all of it.
    const fn begins_at(self) -> f32 {
        match self {
            Self::Probe => 0.0,
            Self::Analyze => 0.02,
            Self::Assemble => 0.98,
        }
    }
}

/// Whether a stage has anything to do: a job over a part of the analysis takes what the file is as known, and one over none
/// of it only makes the moments. One that fills leaves the moments alone.
fn is_needed(stage: Stage, context: &Context) -> bool {
    match (stage, context.scope) {
        (Stage::Assemble, Scope::Fill(_)) => false,
        (_, Scope::Everything) | (Stage::Assemble, _) => true,
        (Stage::Probe, Scope::Only(_) | Scope::Fill(_)) => context.asset.probe.is_none(),
        (Stage::Analyze, Scope::Only(chosen) | Scope::Fill(chosen)) => !chosen.is_empty(),
    }
}

/// Runs every stage that the job has not completed yet.
pub(crate) async fn run(context: &Context, lease: &Lease, analyzers: &mut AnalyzerSet) -> Result<(), IndexError> {
    for stage in STAGES {
        if lease.completed_stages.iter().any(|done| done == stage.as_str()) || !is_needed(stage, context) {
            continue;
        }
        context.control.check()?;
        context.control.report(Progress {
            stage: stage.as_str().to_owned(),
            fraction: stage.begins_at(),
            message: String::new(),
        });
        let started = tokio::time::Instant::now();
        let commit = match stage {
            Stage::Probe => probing::run(context).await?,
            Stage::Analyze => analysis::run(context, analyzers).await?,
            Stage::Assemble => assembly::run(context, analyzers).await?,
        };
        context.store.jobs().complete_stage(lease, &commit).await?;
        let elapsed_ms = started.elapsed().as_millis() as u64;
        tracing::info!(stage = stage.as_str(), asset = %context.asset.id, elapsed_ms, "stage completed");
    }
    Ok(())
}
