//! Who saw something, and how.

use async_graphql::SimpleObject;

/// Who saw something and how: enough to tell two runs apart and to run it again.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct Provenance {
    /// Name of the analyzer.
    pub analyzer: String,
    /// Name of the model.
    pub model: String,
    /// Version of the model.
    pub version: String,
    /// Parameters that change the outcome, as `key=value` joined by commas.
    pub parameters: String,
    /// The execution that wrote it.
    pub run_id: String,
}

impl From<&reelgraph_models::observation::Provenance> for Provenance {
    fn from(provenance: &reelgraph_models::observation::Provenance) -> Self {
        Self {
            analyzer: provenance.analyzer.clone(),
            model: provenance.model.clone(),
            version: provenance.version.clone(),
            parameters: provenance.parameters.clone(),
            run_id: provenance.run.to_string(),
        }
    }
}
