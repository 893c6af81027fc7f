//! What is imported, checked and named.

use crate::clock::Clock;
use crate::id::{AssetId, ObservationId, RunId};
use crate::observation::{Finding, Modality, Observation, Origin, Provenance};
use crate::run::AnalyzerRun;
use crate::time::Span;

/// What is imported into one asset; every value is in range.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// By channel and model.
    pub runs: Vec<ImportRun>,
}

/// What one model saw through one channel, or one file of captions.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportRun {
    /// Imported or supplied.
    pub origin: Origin,
    /// The system, or the track of captions, that it comes from.
    pub source: String,
    /// Which channel.
    pub modality: Modality,
    /// Name of the model.
    pub model: String,
    /// Version of the model.
    pub version: String,
    /// Parameters that change the outcome.
    pub parameters: String,
    /// When, how sure, what.
    pub observations: Vec<(Span, f32, Finding)>,
}

impl ImportRun {
    /// Name of the analyzer in provenance. None of ours has such a name, so neither takes the other's place.
    pub fn analyzer(&self) -> String {
        let prefix = self.replaces();
        match self.origin {
            Origin::Supplied => prefix,
            _ => format!("{prefix}{}", self.model),
        }
    }

    /// What analyzers have names that begin with this (or, of captions, are this) are replaced: the source's own earlier
    /// ones of the channel.
    pub fn replaces(&self) -> String {
        let (prefix, source, modality) = (self.origin.prefix(), &self.source, self.modality.as_str());
        match self.origin {
            Origin::Supplied => format!("{prefix}{source}/{modality}"),
            _ => format!("{prefix}{source}/{modality}/"),
        }
    }

    /// Name of the model in coverage.
    pub fn coverage_model(&self) -> String {
        match self.origin {
            Origin::Supplied => self.coverage_prefix(),
            _ => format!("{}{}", self.coverage_prefix(), self.model),
        }
    }

    /// What names of models in coverage are replaced; as [`Self::replaces`].
    pub fn coverage_prefix(&self) -> String {
        let (prefix, source) = (self.origin.prefix(), &self.source);
        match self.origin {
            Origin::Supplied => format!("{prefix}{source}"),
            _ => format!("{prefix}{source}/"),
        }
    }

    /// What it is in the store: a run of its own with its observations.
    pub fn analyzer_run(&self, asset: AssetId, clock: &dyn Clock) -> AnalyzerRun {
        let provenance = Provenance {
            analyzer: self.analyzer(),
            model: self.model.clone(),
            version: self.version.clone(),
            parameters: self.parameters.clone(),
            run: RunId::generate(clock),
        };
        let observation = |(span, confidence, finding): &(Span, f32, Finding)| Observation {
            id: ObservationId::generate(clock),
            asset,
            span: *span,
            modality: self.modality,
            finding: finding.clone(),
            confidence: *confidence,
            provenance: provenance.clone(),
        };
        let observations = self.observations.iter().map(observation).collect();
        AnalyzerRun { provenance, observations }
    }

    /// Whether a name is one that this run replaces, given what it replaces.
    pub(crate) fn is_replaced(&self, name: &str, replaced: &str) -> bool {
        match self.origin {
            Origin::Supplied => name == replaced,
            _ => name.starts_with(replaced),
        }
    }
}
