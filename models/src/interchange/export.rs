//! Our analysis of an asset as a document.

use std::collections::BTreeMap;

use super::document::{Document, DocumentAsset, DocumentObservation, DocumentRun, FORMAT, VERSION};
use crate::asset::Asset;
use crate::coverage::{Coverage, CoverageStatus};
use crate::observation::{Modality, Observation, Origin};

/// What a document of ours names as its source.
const SOURCE: &str = "reelgraph";

/// All that was seen in an asset, as another library can import it. Vectors are not in it: they are made again of what is.
///
/// A channel that a model has done without seeing anything is a run without observations.
pub fn export(asset: &Asset, observations: Vec<Observation>, coverage: &[Coverage]) -> Document {
    let mut runs: BTreeMap<(Modality, String), DocumentRun> = BTreeMap::new();
    for seen in observations {
        let origin = seen.origin();
        let model = name_of(origin, &seen.provenance.analyzer, &seen.provenance.model);
        let run = runs.entry((seen.modality, model.clone())).or_insert_with(|| DocumentRun {
            modality: seen.modality,
            model,
            version: seen.provenance.version.clone(),
            parameters: seen.provenance.parameters.clone(),
            is_supplied: origin >= Origin::Supplied,
            observations: Vec::new(),
        });
        run.observations.push(DocumentObservation {
            span: seen.span,
            confidence: seen.confidence,
            finding: seen.finding,
        });
    }
    let without_rows = [Modality::Frames, Modality::Passages, Modality::Signatures, Modality::Title];
    for cell in coverage.iter().filter(|cell| cell.status == CoverageStatus::Done && cell.observations == 0) {
        if cell.is_imported() || without_rows.contains(&cell.modality) {
            continue;
        }
        runs.entry((cell.modality, cell.model.clone())).or_insert_with(|| DocumentRun {
            modality: cell.modality,
            model: cell.model.clone(),
            version: cell.version.clone(),
            parameters: String::new(),
            is_supplied: false,
            observations: Vec::new(),
        });
    }
    Document {
        format: FORMAT.to_owned(),
        version: VERSION,
        source: SOURCE.to_owned(),
        asset: Some(DocumentAsset {
            title: Some(asset.title.clone()),
            content_sha256: Some(asset.content.to_string()),
            duration: asset.probe.as_ref().map(|probe| probe.duration),
        }),
        runs: runs.into_values().collect(),
    }
}

/// The model's name; of what came from elsewhere with its source before it, since two may name theirs alike.
fn name_of(origin: Origin, analyzer: &str, model: &str) -> String {
    let source = analyzer.strip_prefix(origin.prefix()).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    match origin {
        Origin::Computed => model.to_owned(),
        Origin::Imported => format!("{source}/{model}"),
        Origin::Supplied => source.to_owned(),
        // Each is a run of its own here; elsewhere they are one track.
        Origin::Edited => "edited".to_owned(),
    }
}
