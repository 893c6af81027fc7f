//! What was seen, as rows with provenance, and the coverage that tells of it.

use reelgraph_models::coverage::{Coverage, CoverageStatus};
use reelgraph_models::id::{ObservationId, RunId};
use reelgraph_models::observation::{Observation, Provenance};
use reelgraph_models::run::AnalyzerRun;

use super::Context;
use crate::analyze::{Seen, SourceModel};

/// One execution of an analyzer; each modality that it yields is a run of its own.
pub(super) fn run(
    context: &Context,
    analyzer: &str,
    model: &SourceModel,
    parameters: String,
    seen: Vec<Seen>,
) -> AnalyzerRun {
    let clock = context.store.clock().as_ref();
    let provenance = Provenance {
        analyzer: format!("{analyzer}/{}", model.modality.as_str()),
        model: model.model.clone(),
        version: model.version.clone(),
        parameters,
        run: RunId::generate(clock),
    };
    let observations = seen
        .into_iter()
        .map(|Seen { span, finding, confidence }| Observation {
            id: ObservationId::generate(clock),
            asset: context.asset.id,
            span,
            modality: model.modality,
            finding,
            confidence,
            provenance: provenance.clone(),
        })
        .collect();
    AnalyzerRun { provenance, observations }
}

/// A cell of coverage without counts.
pub(super) fn cell(context: &Context, model: &SourceModel, status: CoverageStatus) -> Coverage {
    Coverage {
        asset: context.asset.id,
        modality: model.modality,
        model: model.model.clone(),
        version: model.version.clone(),
        status,
        observations: 0,
        embeddings: 0,
        spent_ms: 0,
    }
}
